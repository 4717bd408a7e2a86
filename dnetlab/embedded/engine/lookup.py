"""Finding an object by id, name or the beginning of its id, as the engine does."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from .errors import EngineError, invalid, not_found
from .model import Container, Network


def find_network(networks: Mapping[str, Network], term: str, *, api: bool = True) -> Network:
    """A network: full id before name, name before id prefix.

    Args:
        networks: by id.
        term: what to look for.
        api: the wording of the API's own look-up, else that of a container's start.

    Raises:
        EngineError: 404, there is none; 400, several.
    """
    if term in networks:
        return networks[term]
    named = [network for network in networks.values() if network.name == term]
    if len(named) == 1:
        return named[0]
    if named:
        how = "based on name" if api else "on name"
        raise invalid(f"network {term} is ambiguous ({len(named)} matches found {how})")
    begun = [network for network in networks.values() if term and network.id.startswith(term)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise invalid(f"network {term} is ambiguous ({len(begun)} matches found based on ID prefix)")
    raise not_found(f"network {term} not found")


class ContainerStore:
    """All containers, by id and by name."""

    def __init__(self) -> None:
        self.by_id: dict[str, Container] = {}
        self.names: dict[str, str] = {}
        self._gone: deque[Container] = deque(maxlen=32)

    def add(self, container: Container) -> None:
        """Registers a container under its id and name."""
        self.by_id[container.id] = container
        self.names[container.name] = container.id

    def remove(self, container: Container) -> None:
        """Forgets a container."""
        self.by_id.pop(container.id, None)
        self.names.pop(container.name, None)
        self._gone.append(container)

    def find_ended(self, ref: str) -> Container:
        """As ``find``; a name or full id may also be that of a container removed not long ago.

        A short-lived container with AutoRemove is gone before its client asks for its exit code and output. A
        real engine leaves more time.

        Raises:
            EngineError: as ``find``.
        """
        try:
            return self.find(ref)
        except EngineError:
            for container in reversed(self._gone):
                if ref in (container.id, container.name):
                    return container
            raise

    def rename(self, container: Container, name: str) -> None:
        """Moves a container to another name."""
        self.names.pop(container.name, None)
        container.name = name
        self.names[name] = container.id

    def find(self, ref: str) -> Container:
        """A container by full id, name (with or without slash) or unique id prefix.

        Raises:
            EngineError: 404, there is none; 400, the reference is empty or fits several.
        """
        if not ref:
            raise invalid('invalid name or ID supplied: ""')
        if ref in self.by_id:
            return self.by_id[ref]
        identifier = self.names.get(ref.removeprefix("/"))
        if identifier is not None:
            return self.by_id[identifier]
        begun = [known for known in self.by_id if known.startswith(ref)]
        if len(begun) > 1:
            raise invalid(f"multiple IDs found with provided prefix: {ref}")
        if not begun:
            raise not_found(f"No such container: {ref}")
        return self.by_id[begun[0]]
