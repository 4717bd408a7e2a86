"""Filters of list, prune and events calls: reading them, matching with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .clock import parse_time
from .errors import invalid
from .strconv import quoted


class Filters:
    """Decoded filters: a name and its wanted values.

    Takes both forms of the API, ``{"name": ["a"]}`` and ``{"name": {"a": true}}``.
    """

    def __init__(self, raw: Mapping[str, Any] | None, accepted: Collection[str] | None = None) -> None:
        self._values: dict[str, list[str]] = {}
        if raw is None:
            raw = {}
        if not isinstance(raw, Mapping):
            raise invalid("invalid filter")
        for key, values in raw.items():
            if isinstance(values, Mapping):
                chosen: Iterable[Any] = [value for value, wanted in values.items() if wanted]
            elif isinstance(values, list | tuple | set):
                chosen = values
            else:
                raise invalid("invalid filter")
            texts = list(chosen)
            if not all(isinstance(text, str) for text in texts):
                raise invalid("invalid filter")
            self._values[key] = texts
            if accepted is not None and key not in accepted:
                raise invalid(f"invalid filter '{key}'")

    def __contains__(self, key: str) -> bool:
        return bool(self._values.get(key))

    def __bool__(self) -> bool:
        return any(self._values.values())

    def get(self, key: str) -> list[str]:
        """The wanted values of one filter; empty if it is not set."""
        return self._values.get(key, [])

    def exact(self, key: str, value: str) -> bool:
        """Whether the value is among the wanted ones, or nothing is wanted."""
        wanted = self.get(key)
        return not wanted or value in wanted

    def match(self, key: str, value: str) -> bool:
        """Whether a wanted value, taken as a regular expression, is found in the value (or nothing is
        wanted).
        """
        wanted = self.get(key)
        if not wanted or value in wanted:
            return True
        for pattern in wanted:
            try:
                if re.search(pattern, value):
                    return True
            except re.error:
                continue
        return False

    def prefix(self, key: str, value: str) -> bool:
        """Whether the value begins with a wanted one, or nothing is wanted."""
        wanted = self.get(key)
        return not wanted or any(value.startswith(text) for text in wanted)

    def labels(self, key: str, labels: Mapping[str, str]) -> bool:
        """Whether every wanted label (``key`` or ``key=value``) is there."""
        for text in self.get(key):
            name, equals, value = text.partition("=")
            if name not in labels or (equals and labels[name] != value):
                return False
        return True

    def prune_labels(self, labels: Mapping[str, str]) -> bool:
        """Whether an object falls under a prune call's ``label`` and ``label!``."""
        if not self.labels("label", labels):
            return False
        unwanted = self.get("label!")
        return not unwanted or not self.labels("label!", labels)

    def boolean(self, key: str, default: bool = False) -> bool:
        """A filter that is true or false.

        Raises:
            EngineError: 400, it is neither, or both.
        """
        values = set(self.get(key))
        if not values:
            return default
        truth = {text in ("1", "true") for text in values if text in ("0", "1", "true", "false")}
        if len(truth) != 1 or not values <= {"0", "1", "true", "false"}:
            raise invalid(f"invalid filter '{key}=[{' '.join(sorted(values))}]'")
        return truth.pop()


def prune_until(filters: Filters, now: float) -> float:
    """The time before which an object must have been made to be pruned.

    Raises:
        EngineError: 400, the filter cannot be read, or is there twice.
    """
    values = filters.get("until")
    if not values:
        return now
    if len(values) > 1:
        raise invalid("more than one until filter specified")
    try:
        return parse_time(values[0], now)
    except ValueError as error:
        raise invalid(f"failed to parse value as time or duration: {quoted(values[0])}") from error
