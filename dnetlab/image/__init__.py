"""The lab image: present, built in the engine with a multi-stage Dockerfile, or imported as a Debian root.

An engine with a registry builds the ``Dockerfile`` beside this file
(https://docs.docker.com/build/building/multi-stage/). An engine that cannot pull ``debian:trixie-slim`` or
install packages is given the same content as an import (https://docs.docker.com/reference/cli/docker/image/import/).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dnetlab.errors import ImageError
from dnetlab.image import debian, recipe
from dnetlab.image.recipe import LABEL, REF, version

if TYPE_CHECKING:
    import docker

__all__ = ["LABEL", "REF", "build", "ensure", "make_archive", "outdated", "present", "version"]

Progress = Callable[[str], None]


def _silent(line: str) -> None:
    return None


def present(client: docker.DockerClient) -> bool:
    """Whether the engine has the lab image."""
    import docker.errors

    try:
        client.images.get(REF)
    except docker.errors.ImageNotFound:
        return False
    return True


def outdated(client: docker.DockerClient) -> bool:
    """Whether the engine's lab image was made by dnetlab from another recipe; one without our label was not.

    It still runs every lab: what a lab needs is in the number of :data:`REF`.
    """
    label = (client.images.get(REF).labels or {}).get(LABEL)
    return label is not None and label != version()


def ensure(client: docker.DockerClient, progress: Progress | None = None) -> None:
    """Make the lab image unless the engine has it already.

    Raises:
        ImageError: It is missing and cannot be made; the text says why and what to do.
    """
    if not present(client):
        build(client, progress)


def build(client: docker.DockerClient, progress: Progress | None = None) -> str:
    """Make the lab image and return its id.

    The engine builds the Dockerfile; if it cannot (no registry, no way out for its containers), a Debian root
    made on this machine is imported instead, which takes root and mmdebstrap.

    Args:
        client: The engine that is to have the image.
        progress: Called with a line of text at each step.

    Raises:
        ImageError: Neither way works.
    """
    say = progress or _silent
    why_not_built = _build_dockerfile(client, say)
    if why_not_built:
        why_not_imported = debian.missing()
        if why_not_imported:
            raise ImageError(
                f"The lab image {REF} cannot be made for this engine.",
                f"Building the Dockerfile failed ({why_not_built}), and no Debian root can be made to be "
                f"imported instead: {why_not_imported}.",
                "Give the engine a way to pull debian:trixie-slim, or run `dnetlab image build` as root on a "
                f"Debian machine with mmdebstrap, or load it from an engine that has it: `docker save {REF}` "
                "there, `docker load` here.",
            )
        say(f"the engine cannot build it ({why_not_built}); importing a Debian root instead")
        _import_root(client, say)
    identifier: str = client.images.get(REF).id or ""
    return identifier


def make_archive(target: Path, say: Progress = _silent) -> None:
    """Write the image's files as a tar archive, for ``docker import``.

    Raises:
        ImageError: mmdebstrap failed.
    """
    with tempfile.TemporaryDirectory(prefix="dnetlab-") as folder:
        files = {}
        for name, path in recipe.SCRIPTS.items():
            files[path] = Path(folder) / name
            files[path].write_text(recipe.source(name))
        debian.make_root(
            target,
            recipe.SUITE,
            recipe.packages(),
            variant="apt",
            files=files,
            empty=recipe.TRIM,
            say=say,
        )


def _build_dockerfile(client: docker.DockerClient, say: Progress) -> str:
    """Build the Dockerfile in the engine. What kept it from being built is returned, nothing if it was."""
    import io

    import docker.errors
    import requests

    say(f"building {REF} from its Dockerfile")
    last = ""
    try:
        for step in client.api.build(
            fileobj=io.BytesIO(recipe.context()),
            custom_context=True,
            tag=REF,
            labels={LABEL: version()},
            rm=True,
            forcerm=True,
            decode=True,
        ):
            if "error" in step:
                return _brief(step["error"]) + (
                    f"; before that: {_brief(last)}" if "returned a non-zero" in step["error"] else ""
                )
            text = step.get("stream", "").strip()
            last = text or last
            if text.startswith("Step "):
                say(text)
    except (docker.errors.DockerException, requests.RequestException) as error:
        return _brief(str(error))
    return ""


def _import_root(client: docker.DockerClient, say: Progress) -> None:
    import docker.errors

    repository, tag = REF.rsplit(":", 1)
    with tempfile.TemporaryDirectory(prefix="dnetlab-") as folder:
        archive = Path(folder) / "lab.tar"
        make_archive(archive, say)
        say(f"importing {archive.stat().st_size // 1_000_000} MB into the engine")

        def import_it(changes: list[str]) -> None:
            client.api.import_image_from_file(str(archive), repository=repository, tag=tag, changes=changes)

        try:
            try:
                import_it(recipe.changes())
            except docker.errors.APIError as error:
                if recipe.changes(str(error)) == recipe.changes():
                    raise
                import_it(recipe.changes(str(error)))
        except docker.errors.APIError as error:
            raise ImageError(
                f"The engine refused to import the lab image {REF}.",
                f"It said: {_brief(str(error))}",
                "Check its free disk space (`docker system df`) and try again.",
            ) from error


def _brief(text: str) -> str:
    """One line of an engine's message, at most 300 characters."""
    return " ".join(text.split()).strip(" .")[:300]
