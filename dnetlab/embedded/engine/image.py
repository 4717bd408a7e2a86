"""One image: how it is named, its Config and its files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from ..commands import Files
from .errors import invalid
from .model import Json

_ENVIRONMENT: Final = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
_SIZE: Final = 101_886_216


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image is made for."""

    system: str
    architecture: str
    variant: str = ""

    def fits(self, wanted: Platform) -> bool:
        """Whether it is the one that is wanted."""
        return (self.system, self.architecture) == (wanted.system, wanted.architecture)

    def __str__(self) -> str:
        return "/".join(filter(None, (self.system, self.architecture, self.variant)))


PLATFORM: Final = Platform("linux", "amd64")
"""That of all images of the model."""


@dataclass(slots=True)
class Image:
    """An image of the model: a name for the emulated commands, with its own default command."""

    id: str
    created: float
    command: tuple[str, ...]
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    author: str = ""
    files: Files | None = None
    """Its files, where they are not the lab image's."""
    own: Json = field(default_factory=dict)
    """What a commit has changed of the Config."""
    parent: str = ""
    made_by: str = ""

    @property
    def config(self) -> Json:
        """The image's Config."""
        config = {
            "User": "",
            "Env": list(_ENVIRONMENT),
            "Cmd": list(self.command),
            "Volumes": None,
            "WorkingDir": "",
            "Entrypoint": None,
            "OnBuild": None,
            "Labels": None,
            "StopSignal": "SIGKILL",
            **self.own,
        }
        return dict(sorted(config.items()))

    @property
    def size(self) -> int:
        """Bytes of all its layers."""
        return _SIZE + (self.files.size() - Files().size() if self.files else 0)


def image_files(image: Image | None) -> Files:
    """The files that a container of an image starts with."""
    return image.files.copy() if image is not None and image.files is not None else Files()


def familiar(name: str) -> str:
    """An image name as people write it: without Docker Hub's registry and "library"."""
    for prefix in ("docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name.removeprefix("library/")


def split(reference: str) -> tuple[str, str]:
    """Repository and tag of a reference; the tag is "latest" where none is given.

    Raises:
        EngineError: 400, it is no image reference.
    """
    name = familiar(reference)
    name, _, digest = name.partition("@")
    head, slash, tail = name.rpartition("/")
    tail, colon, tag = tail.partition(":")
    repository = f"{head}{slash}{tail}"
    first, slash, rest = repository.partition("/")
    plain = rest if slash and "." in first else repository
    if plain != plain.lower():
        shown = repository if "/" in repository else f"library/{repository}"
        raise invalid(f"invalid reference format: repository name ({shown}) must be lowercase")
    if not re.fullmatch(r"[a-z0-9:]+(([._/-]|__)[a-z0-9:.]+)*-*", repository) or (colon and not is_tag(tag)):
        raise invalid("invalid reference format")
    return repository, f"@{digest}" if digest else tag or "latest"


def target(repo: str, tag: str) -> str:
    """The name that an image is to get; ``tag`` counts before one within ``repo``.

    Raises:
        EngineError: 400, it cannot be one.
    """
    if re.fullmatch(r"[0-9a-f]{64}", repo):
        raise invalid(f"invalid repository name ({repo}), cannot specify 64-byte hexadecimal strings")
    repository, own = split(repo)
    if own.startswith("@"):
        raise invalid("cannot import digest reference")
    if tag and not is_tag(tag):
        raise invalid("invalid tag format")
    return f"{repository}:{tag or own}"


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", text) is not None
