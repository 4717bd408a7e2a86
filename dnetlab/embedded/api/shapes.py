"""The Go types behind request bodies, as data, and the reading of JSON into them.

What comes out of ``read`` has the engine's own field names (Go matches them without regard to case), the right
types everywhere, no field that the engine does not know and no null. A value of a wrong type is refused in the
engine's words, for instance
``json: cannot unmarshal number into Go struct field CreateRequest.Name of type string``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dnetlab.embedded.api.gojson import GoFloat

_RANGES: Final = {
    "int": (-(2**63), 2**63 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint": (0, 2**64 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}


class ShapeError(ValueError):
    """A value has the wrong type; the text is Go's."""


@dataclass(frozen=True)
class Scalar:
    """A string, bool or integer; ``go`` is the type's name in messages (``container.NetworkMode``)."""

    kind: str
    go: str


@dataclass(frozen=True)
class Items:
    """A slice, or with ``length`` an array: longer ones are cut, shorter ones filled with zeros, as Go does."""

    element: Shape
    go: str
    length: int = 0


@dataclass(frozen=True)
class Table:
    """A map with string keys."""

    element: Shape
    go: str


@dataclass(frozen=True)
class Struct:
    """A struct; ``name`` is its own name, as in messages about its fields."""

    name: str
    go: str
    fields: Mapping[str, Shape]


@dataclass(frozen=True)
class Words:
    """Docker's ``strslice.StrSlice``: a list of strings, or one string which counts as a list of one."""

    go: str = "strslice.StrSlice"


Shape = Scalar | Items | Table | Struct | Words

Path = tuple[str | int, ...]
"""Where a value stands: names of fields, keys of maps, and numbers in slices."""


def struct(go: str, fields: Mapping[str, Shape | str], name: str | None = None) -> Struct:
    """A struct from field names and types; a type may be written in Go: ``"map[string]string"``."""
    shapes = {key: shape(value) if isinstance(value, str) else value for key, value in fields.items()}
    return Struct(go.rpartition(".")[2] if name is None else name, go, shapes)


def shape(go: str) -> Shape:
    """A shape from Go notation: ``string``, ``*bool``, ``[]string``, ``[2]uint``, ``map[string]string``, ``strslice``,
    or a named string type such as ``container.NetworkMode``."""
    go = go.lstrip("*")
    if go == "strslice":
        return Words()
    if go.startswith("[]"):
        return Items(shape(go[2:]), go)
    if go.startswith("["):
        size, _, element = go[1:].partition("]")
        return Items(shape(element), go, int(size))
    if go.startswith("map[string]"):
        return Table(shape(go.removeprefix("map[string]")), go)
    if go == "bool" or go in _RANGES:
        return Scalar("bool" if go == "bool" else "int", go)
    return Scalar("string", go)


def slice_of(element: Shape, pointer: str = "") -> Items:
    """``[]element``, or ``[]*element`` where ``pointer`` is a star."""
    return Items(element, f"[]{pointer}{element.go}")


def map_of(element: Shape, go: str = "") -> Table:
    """``map[string]element`` under an own type name if there is one."""
    return Table(element, go or f"map[string]{element.go}")


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def read(value: Any, wanted: Struct) -> dict[str, Any]:
    """The JSON value as ``wanted``; ``null`` gives an empty dict.

    Raises:
        ShapeError: a value has the wrong type.
    """
    if value is None:
        return {}
    result: dict[str, Any] = _read(value, wanted, wanted.name, ())
    return result


def _wrong(what: str, wanted: str, root: str, path: Path) -> ShapeError:
    if not path:
        return ShapeError(f"json: cannot unmarshal {what} into Go value of type {wanted}")
    field = ".".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)
    kind = "" if isinstance(path[-1], int) else "Go struct field "
    return ShapeError(f"json: cannot unmarshal {what} into {kind}{root}.{field} of type {wanted}")


def _read(value: Any, wanted: Shape, root: str, path: Path) -> Any:
    match wanted:
        case Struct():
            if not isinstance(value, dict):
                raise _wrong(_kind(value), wanted.go, root, path)
            return _read_struct(value, wanted, root, path)
        case Table():
            if not isinstance(value, dict):
                raise _wrong(_kind(value), wanted.go, root, path)
            return {
                key: _zero(wanted.element)
                if item is None
                else _read(item, wanted.element, root, (*path, key))
                for key, item in value.items()
            }
        case Items():
            if not isinstance(value, list):
                raise _wrong(_kind(value), wanted.go, root, path)
            return _read_items(value, wanted, root, path)
        case Words():
            return _read_words(value)
        case Scalar(kind="int"):
            return _read_integer(value, wanted, root, path)
        case Scalar(kind="bool"):
            if not isinstance(value, bool):
                raise _wrong(_kind(value), wanted.go, root, path)
            return value
        case _:
            if not isinstance(value, str):
                raise _wrong(_kind(value), wanted.go, root, path)
            return value


def _zero(wanted: Shape) -> Any:
    """What a null leaves in a list or map: Go's zero value, ``None`` for what is held by pointer or may be nil."""
    if isinstance(wanted, Scalar):
        return {"string": "", "int": 0, "bool": False}[wanted.kind]
    return None


def _read_struct(value: dict[str, Any], wanted: Struct, root: str, path: Path) -> dict[str, Any]:
    folded = {key.lower(): key for key in wanted.fields}
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = key if key in wanted.fields else folded.get(key.lower())
        if name is not None and item is not None:
            result[name] = _read(item, wanted.fields[name], root, (*path, name))
    return result


def _read_items(value: list[Any], wanted: Items, root: str, path: Path) -> list[Any]:
    zero = _zero(wanted.element)
    items = [
        zero if item is None else _read(item, wanted.element, root, (*path, index))
        for index, item in enumerate(value)
    ]
    if wanted.length:
        items = (items + [zero] * wanted.length)[: wanted.length]
    return [item for item in items if item is not None]


def _read_words(value: Any) -> list[str]:
    if isinstance(value, list) and all(item is None or isinstance(item, str) for item in value):
        return [item or "" for item in value]
    if not isinstance(value, str):
        raise _wrong(_kind(value), "string", "", ())
    return [value]


def _read_integer(value: Any, wanted: Scalar, root: str, path: Path) -> int:
    if isinstance(value, GoFloat):
        raise _wrong(f"number {value.text}", wanted.go, root, path)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(_kind(value), wanted.go, root, path)
    low, high = _RANGES[wanted.go]
    if not low <= value <= high:
        raise _wrong(f"number {value}", wanted.go, root, path)
    return value
