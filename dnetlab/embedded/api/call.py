"""What a handler gets and how a path finds its handler."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.api.http import Request, Response
from dnetlab.embedded.api.payload import body_of
from dnetlab.embedded.api.query import Query
from dnetlab.embedded.api.shapes import Struct
from dnetlab.embedded.api.versions import below

if TYPE_CHECKING:
    from dnetlab.embedded.engine import Engine


@dataclass(frozen=True)
class Call:
    """One request on its way to the engine.

    Attributes:
        engine: the model engine.
        request: as it came.
        names: the variable parts of the path, decoded.
        version: the API version that counts for this request.
        leave_keys: the detach keys of execs, by the exec's id, as they were given when it was made.
    """

    engine: Engine
    request: Request
    names: Mapping[str, str]
    version: str
    leave_keys: dict[str, str]

    @cached_property
    def query(self) -> Query:
        """The parameters. Raises EngineError 400 if they cannot be decoded."""
        return Query(self.request.query)

    @property
    def name(self) -> str:
        """The object that the path names."""
        return self.names["name"]

    def body(self, wanted: Struct, *, required: bool = False) -> dict[str, Any]:
        """The JSON body, see ``payload.body_of``."""
        return body_of(self.request, wanted, required=required)

    def before(self, version: str) -> bool:
        """Whether the client speaks an API older than ``version``."""
        return below(self.version, version)


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Route:
    """A method and a path such as ``/containers/{name}/json``; ``{name}`` also takes slashes, ``{name+}`` not nothing."""

    method: str
    path: str
    handler: Handler

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression."""
        text = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}").replace(r"\+}", "+}")
        text = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", text)
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.*)", text) + r"\Z")
