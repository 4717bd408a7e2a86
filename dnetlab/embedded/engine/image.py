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
        return {
            "Hostname": "",
            "Domainname": "",
            "User": "",
            "AttachStdin": False,
            "AttachStdout": False,
            "AttachStderr": False,
            "Tty": False,
            "OpenStdin": False,
            "StdinOnce": False,
            "Env": list(_ENVIRONMENT),
            "Cmd": list(self.command),
            "Image": "",
            "Volumes": None,
            "WorkingDir": "",
            "Entrypoint": None,
            "OnBuild": None,
            "Labels": None,
            "StopSignal": "SIGKILL",
            **self.own,
        }

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
    plain = repository.partition("/")[2] if "." in repository.partition("/")[0] else repository
    if plain != plain.lower():
        shown = repository if "/" in repository else f"library/{repository}"
        raise invalid(f"invalid reference format: repository name ({shown}) must be lowercase")
    if not re.fullmatch(r"[a-z0-9:]+(([._/-]|__)[a-z0-9:.]+)*-*", repository) or (colon and not is_tag(tag)):
        raise invalid("invalid reference format")
    return repository, f"@{digest}" if digest else tag or "latest"


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", text) is not None
