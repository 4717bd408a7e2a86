"""Images: the lab image, and well-known names that the model answers with it.

There is no registry in the model. An image of the list below can be pulled and used; whatever its name, its
containers have the emulated commands. Every other name is refused as on a host without Internet.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .clock import EngineClock, rfc3339
from .commits import image_config
from .core import RESOLVER
from .errors import EngineError, conflict, failed, forbidden, invalid, not_found
from .events import Events
from .filters import Filters, prune_until
from .image import PLATFORM, Image, Platform, familiar, is_tag, split, target
from .model import Container, Json, JsonList
from .streams import JSONStream

LAB_IMAGE: Final = "dnetlab/lab:1"

_SHELL: Final = ("sh",)
_WEB: Final = ("web", "80")
EMBEDDED: Final[dict[str, tuple[str, ...]]] = {
    "alpine": _SHELL,
    "archlinux": _SHELL,
    "busybox": _SHELL,
    "curlimages/curl": _SHELL,
    "debian": _SHELL,
    "fedora": _SHELL,
    "hello-world": ("echo", "Hello from the embedded engine (a model of Docker Engine)!"),
    "httpd": _WEB,
    "lab": _WEB,
    "nginx": _WEB,
    "nicolaka/netshoot": _SHELL,
    "praqma/network-multitool": _WEB,
    "redis": ("sleep", "infinity"),
    "traefik/whoami": _WEB,
    "ubuntu": _SHELL,
    "wbitt/network-multitool": _WEB,
}
"""Images that can be pulled, and their command."""

_ACCEPTED: Final = ("before", "dangling", "label", "reference", "since", "until")


class Images:
    """The images that an engine has."""

    def __init__(self, clock: EngineClock, events: Events, containers: Mapping[str, Container]) -> None:
        self._clock = clock
        self._events = events
        self._containers = containers
        self._started = clock.now()
        self._images: dict[str, Image] = {}
        self._add(LAB_IMAGE, _WEB, "the lab image of dnetlab, as the embedded engine models it")

    def _add(self, reference: str, command: tuple[str, ...], comment: str) -> Image:
        digest = hashlib.sha256(f"dnetlab embedded image {familiar(reference)}".encode()).hexdigest()
        image = self._images.setdefault(
            f"sha256:{digest}", Image(f"sha256:{digest}", self._started, command, comment=comment)
        )
        if reference not in image.tags:
            image.tags.append(reference)
        return image

    def find(self, reference: str) -> Image:
        """An image by name, id or id prefix.

        Raises:
            EngineError: 404, the engine has none of that name; 400, it is no reference.
        """
        if reference in self._images:
            return self._images[reference]
        plain = reference.removeprefix("sha256:")
        if re.fullmatch(r"[0-9a-f]{4,64}", plain):
            found = [image for image in self._images.values() if image.id[7:].startswith(plain)]
            if len(found) == 1:
                return found[0]
        repository, tag = split(reference)
        name = f"{repository}{tag}" if tag.startswith("@") else f"{repository}:{tag}"
        for image in self._images.values():
            if name in image.tags:
                return image
        raise not_found(f"No such image: {name}")

    def check_platform(self, reference: str, wanted: Platform) -> None:
        """Refuses a platform that an image is not made for.

        Raises:
            EngineError: 404, it is another one, or there is no such image.
        """
        self.find(reference)
        if not PLATFORM.fits(wanted):
            raise not_found(
                f"image with reference {reference} was found but its platform ({PLATFORM})"
                f" does not match the specified platform ({wanted})"
            )

    def commit(
        self, container: Container, name: str, comment: str, author: str, changes: Sequence[str]
    ) -> Json:
        """An image of a container's files, without what is mounted there; ``name`` may be empty.

        Returns:
            ``{"Id"}``.

        Raises:
            EngineError: 400, the name is no reference, or a change cannot be made.
        """
        config = image_config(container, changes)
        now = self._clock.now()
        digest = hashlib.sha256(f"{container.id} {now}".encode()).hexdigest()
        made = Image(
            f"sha256:{digest}",
            now,
            tuple(config.get("Cmd") or ()),
            comment=comment,
            author=author,
            files=container.files.copy(),
            own=config,
            parent=container.image_id,
            made_by=" ".join([container.path, *container.args]),
        )
        self._images[made.id] = made
        told = {"comment": comment, "imageID": made.id, "imageRef": name}
        self._events.container(container, "commit", **told)
        if name:
            self.tag(made.id, name)
        return {"Id": made.id}

    def size(self, image_id: str) -> int:
        """Bytes of all layers of an image; 0 where it is gone."""
        image = self._images.get(image_id)
        return image.size if image is not None else 0

    def list(self, all: bool = False, filters: Mapping[str, Any] | None = None) -> JsonList:
        """The images, newest first."""
        wanted = Filters(filters, _ACCEPTED)
        dangling = wanted.boolean("dangling", False) if "dangling" in wanted else None
        result = []
        for image in sorted(self._images.values(), key=lambda each: -each.created):
            if dangling is not None and dangling == bool(image.tags):
                continue
            if "reference" in wanted and not any(
                _matches(tag, wanted.get("reference")) for tag in image.tags
            ):
                continue
            if "label" in wanted:
                continue
            result.append(self._summary(image))
        return result

    def usage(self) -> JsonList:
        """The images with the bytes that each shares with others."""
        parents = {image.parent for image in self._images.values()}
        result = []
        for view in self.list():
            shared = view["Size"] if view["Id"] in parents else self.size(view["ParentId"])
            nothing = {key: None for key in ("RepoDigests", "RepoTags") if not view[key]}
            result.append(view | nothing | {"SharedSize": shared})
        return result

    def _summary(self, image: Image) -> Json:
        return {
            "Containers": sum(one.image_id == image.id for one in self._containers.values()),
            "Created": int(image.created),
            "Id": image.id,
            "Labels": None,
            "ParentId": image.parent,
            "RepoDigests": [],
            "RepoTags": list(image.tags),
            "SharedSize": -1,
            "Size": image.size,
        }

    def inspect(self, reference: str) -> Json:
        """Everything about an image.

        Raises:
            EngineError: 404, there is none of that name.
        """
        image = self.find(reference)
        return {
            "Id": image.id,
            "RepoTags": list(image.tags),
            "RepoDigests": [],
            "Parent": image.parent,
            "Comment": image.comment,
            "Created": rfc3339(image.created),
            "DockerVersion": "",
            "Author": image.author,
            "Architecture": "amd64",
            "Os": "linux",
            "Size": image.size,
            "GraphDriver": {"Data": None, "Name": "overlay2"},
            "RootFS": {"Type": "layers", "Layers": [image.id]},
            "Metadata": {"LastTagTime": rfc3339(image.created)},
            "Config": image.config,
        }

    def history(self, reference: str) -> JsonList:
        """The image's layers, the newest first: one, and one a commit."""
        image: Image | None = self.find(reference)
        result: JsonList = []
        while image is not None:
            parent = self._images.get(image.parent)
            result.append(
                {
                    "Comment": image.comment,
                    "Created": int(image.created),
                    "CreatedBy": image.made_by,
                    "Id": image.id,
                    "Size": image.size - (parent.size if parent else 0),
                    "Tags": list(image.tags) or None,
                }
            )
            image = parent
        return result

    def pull(self, from_image: str, tag: str = "", platform: Platform = PLATFORM) -> JSONStream:
        """Pulls an image of the list; the progress says that it is a model's.

        Raises:
            EngineError: 500, another image (there is no registry); 400, no image reference.
        """
        separator = "@" if tag.startswith("sha256:") else ":"
        if separator == ":" and tag and not is_tag(tag):
            raise invalid("invalid tag format")
        repository, name = split(f"{from_image}{separator}{tag}" if tag else from_image)
        if repository == "scratch":
            raise forbidden("'scratch' is a reserved name")
        reference = f"{repository}{name}" if name.startswith("@") else f"{repository}:{name}"
        command = self._command(repository, reference) if PLATFORM.fits(platform) else None
        if command is None:
            first, slash, _ = repository.partition("/")
            registry = first if slash and ("." in first or ":" in first) else "registry-1.docker.io"
            host = registry.partition(":")[0]
            raise failed(
                f'Get "https://{registry}/v2/": dial tcp: lookup {host} on {RESOLVER}:53: no such host'
            )
        known = any(reference in image.tags for image in self._images.values())
        image = self._add(reference, command, "answered by the embedded engine, not downloaded")
        self._events.log("image", "pull", reference, {"name": repository})
        return self._progress(image, repository, name.removeprefix("@"), reference, known)

    def _command(self, repository: str, reference: str) -> tuple[str, ...] | None:
        if reference == LAB_IMAGE:
            return _WEB
        return EMBEDDED.get(repository)

    @staticmethod
    def _progress(
        image: Image, repository: str, tag: str, reference: str, known: bool
    ) -> Iterator[Json | None]:
        full = repository if "/" in repository else f"library/{repository}"
        yield {"status": f"Pulling from {full}", "id": tag}
        yield {"status": "Embedded engine: a model image with emulated commands, nothing is downloaded"}
        yield {"status": f"Digest: {image.id}"}
        what = "Image is up to date for" if known else "Downloaded newer image for"
        yield {"status": f"Status: {what} {reference}"}

    def tag(self, reference: str, repo: str, tag: str = "") -> None:
        """Gives an image one more name.

        Raises:
            EngineError: 404, no such image; 400, the new name is no reference.
        """
        new = target(repo, tag)
        image = self.find(reference)
        for other in self._images.values():
            if new in other.tags:
                other.tags.remove(new)
        image.tags.append(new)
        self._events.log("image", "tag", image.id, {"name": new})

    def remove(self, reference: str, force: bool = False, noprune: bool = False) -> JsonList:
        """Takes a name from an image, and the image itself with its last name.

        Raises:
            EngineError: 404, no such image; 409, a container uses it.
        """
        image = self.find(reference)
        by_id = reference.removeprefix("sha256:") == image.id[7:][: len(reference.removeprefix("sha256:"))]
        if by_id and len(image.tags) > 1 and not force:
            raise conflict(
                f"conflict: unable to delete {image.id[7:19]} (must be forced) - image is referenced in multiple"
                " repositories"
            )
        users = [container for container in self._containers.values() if container.image_id == image.id]
        running = [container for container in users if container.state.running]
        last = by_id or len(image.tags) <= 1
        if last and users and (running or not force):
            user = (running or users)[0]
            how = "cannot be forced" if running else "must be forced"
            verb = "running" if running else "stopped"
            if by_id:
                raise conflict(
                    f"conflict: unable to delete {image.id[7:19]} ({how}) - image is being used by {verb}"
                    f" container {user.short_id}"
                )
            raise conflict(
                f"conflict: unable to remove repository reference {json.dumps(reference)} ({how}) - container"
                f" {user.short_id} is using its referenced image {image.id[7:19]}"
            )
        result: JsonList = []
        repository, tag = ("", "") if by_id else split(reference)
        for name in list(image.tags) if by_id else [f"{repository}:{tag}"]:
            if name in image.tags:
                image.tags.remove(name)
                result.append({"Untagged": name})
                self._events.log("image", "untag", image.id, {"name": image.id})
        if not image.tags:
            del self._images[image.id]
            result.append({"Deleted": image.id})
            self._events.log("image", "delete", image.id, {"name": image.id})
        return result

    def load(self, data: bytes) -> JSONStream:
        """Reads the names of an image archive; each becomes a name of the model's image.

        Raises:
            EngineError: 500, it is no image archive.
        """
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                handle = archive.extractfile("manifest.json")
                manifest = json.loads(handle.read() if handle else b"")
                names = [str(name) for entry in manifest for name in entry.get("RepoTags") or ()]
        except (
            tarfile.TarError,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            EOFError,
            OSError,
        ) as error:
            raise failed("unexpected EOF") from error
        references = [":".join(split(name)) for name in names]
        return self._loaded(references)

    def _loaded(self, references: Sequence[str]) -> Iterator[Json | None]:
        for reference in references:
            command = self._command(reference.rpartition(":")[0], reference) or _WEB
            image = self._add(reference, command, "loaded by name; its contents are the embedded engine's")
            self._events.log("image", "load", image.id, {"name": image.id})
            yield {"stream": f"Loaded image: {reference}\n"}

    def prune(self, filters: Mapping[str, Any] | None = None) -> Json:
        """Removes images without a name (or, with ``dangling=false``, those that no container uses)."""
        wanted = Filters(filters, ("dangling", "label", "label!", "until"))
        deleted: JsonList = []
        used = {container.image_id for container in self._containers.values()}
        dangling = wanted.boolean("dangling", True)
        try:
            before = prune_until(wanted, self._clock.now())
        except EngineError as error:
            raise failed(error.message) from error
        freed = 0
        for image in list(self._images.values()):
            if image.created <= before and image.id not in used and not (dangling and image.tags):
                freed += image.size - self.size(image.parent)
                deleted += self.remove(image.id, force=True)
        return {"ImagesDeleted": deleted or None, "SpaceReclaimed": freed}

    def search(self, term: str) -> JsonList:
        """Images of the list whose name contains the term."""
        return [
            {
                "name": name,
                "description": "answered by the embedded engine",
                "star_count": 0,
                "is_official": "/" not in name,
                "is_automated": False,
            }
            for name in EMBEDDED
            if term.lower() in name
        ]

    def __len__(self) -> int:
        return len(self._images)


def _matches(tag: str, patterns: list[str]) -> bool:
    repository = tag.rpartition(":")[0]
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in (tag, repository))
