"""Containers in networks: what they ask for, what they get while they run, connecting and disconnecting."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from .allocation import Allocation
from .core import Core
from .drivers import BridgeDriver, Driver
from .errors import EngineError, failed, forbidden, invalid
from .ids import short
from .ipam.config import joined
from .lookup import find_network
from .model import ENDPOINT_SYSCTLS, Container, Endpoint, EndpointSettings, Json, Network
from .ports import exposed_port
from .sandbox import Sandboxes

BUILT_IN: Final = ("default", "bridge", "host", "none")

SHARED: Final = "container sharing network namespace with another container or host cannot be connected to any other network"
NONE_ALONE: Final = (
    "container cannot be connected to multiple networks with one of the networks in private (none) mode"
)
NO_STATIC: Final = "user specified IP address is supported on user defined networks only"
NO_SUBNET: Final = (
    "user specified IP address is supported only when connecting to networks with user configured subnets"
)
NO_ALIAS: Final = "network-scoped alias is supported only for containers in user defined networks"


def user_defined(name: str) -> bool:
    """Whether a network (or network mode) of that name is one that users make."""
    return name not in BUILT_IN and not name.startswith("container:")


def read_settings(body: Mapping[str, Any] | None) -> EndpointSettings:
    """An API EndpointConfig as settings."""
    body = body or {}
    ipam = {key: value for key, value in (body.get("IPAMConfig") or {}).items() if value}
    return EndpointSettings(
        ipam=ipam or ({} if body.get("IPAMConfig") is not None else None),
        links=list(body["Links"]) if body.get("Links") else None,
        aliases=list(body["Aliases"]) if body.get("Aliases") else None,
        driver_opts=dict(body["DriverOpts"]) if body.get("DriverOpts") else None,
        gw_priority=int(body.get("GwPriority") or 0),
        wanted_mac=str(body.get("MacAddress") or ""),
        shown_mac=str(body.get("MacAddress") or ""),
    )


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _range_problem(text: str, network: Network, family: int) -> str | None:
    if not text:
        return None
    pools = network.pools4 if family == 4 else network.pools6
    static = [pool for pool in pools if pool.static]
    if not static:
        return NO_SUBNET
    address = _ip(text)
    if address is not None and any(address in pool.lease.subnet for pool in static):
        return None
    return f"no configured subnet or ip-range contain the IP address {text}"


def problems(network: Network | None, name: str, settings: EndpointSettings) -> list[str]:
    """All that is wrong with endpoint settings, in the engine's words (moby: validateEndpointSettings)."""
    ipam: Json = settings.ipam or {}
    four, six = str(ipam.get("IPv4Address") or ""), str(ipam.get("IPv6Address") or "")
    found = []
    if not user_defined(name):
        if four or six:
            found.append(NO_STATIC)
        if settings.aliases:
            found.append(NO_ALIAS)
    for text, family in ((four, 4), (six, 6)):
        address = _ip(text)
        if text and (address is None or address.version != family or address.is_unspecified):
            found.append(f"invalid IPv{family} address: {text}")
    for text in ipam.get("LinkLocalIPs") or ():
        address = _ip(text)
        if address is None or address.is_unspecified:
            found.append(f"invalid link-local IP address: {text}")
    if network is not None:
        found += filter(None, (_range_problem(four, network, 4), _range_problem(six, network, 6)))
    return found


def _sysctl_problems(settings: EndpointSettings) -> list[str]:
    text = (settings.driver_opts or {}).get(ENDPOINT_SYSCTLS)
    if text is None:
        return []
    wrong = [
        name
        for name in text.split(",")
        if not re.fullmatch(r"[^.]*\.(ipv4|ipv6|mpls)\.[^.]*\.(IFNAME|ifname)\..*", name)
    ]
    return [
        f"unrecognised network interface sysctl '{name}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V',"
        " 'X' must be 'ipv4', 'ipv6' or 'mpls'"
        for name in wrong
    ]


def check_settings(network: Network | None, name: str, settings: EndpointSettings) -> None:
    """Refuses endpoint settings that cannot be.

    Raises:
        EngineError: 400, with all problems.
    """
    found = problems(network, name, settings)
    if settings.wanted_mac and not re.fullmatch(
        r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", settings.wanted_mac
    ):
        raise invalid(f"invalid MAC address {settings.wanted_mac}")
    found += _sysctl_problems(settings)
    if found:
        raise invalid("invalid endpoint settings:\n" + joined(found))


class Endpoints:
    """Puts containers into networks and takes them out."""

    def __init__(
        self,
        core: Core,
        drivers: dict[str, Driver],
        allocation: Allocation,
        sandboxes: Sandboxes,
        table: dict[str, Network],
    ) -> None:
        self._core = core
        self._drivers = drivers
        self._allocation = allocation
        self._sandboxes = sandboxes
        self._table = table

    def find(self, term: str) -> Network:
        """The network that a container's settings name."""
        return find_network(self._table, term, api=False)

    def network_of(self, name: str, settings: EndpointSettings) -> Network:
        """The network of a container's settings: by its id once it was connected, else by name."""
        return self.find(settings.network_id if user_defined(name) and settings.network_id else name)

    def connect(self, container: Container, ref: str, body: Mapping[str, Any] | None) -> None:
        """Connects a container; at once if it runs, else at its next start.

        Raises:
            EngineError: with the engine's status and message; then nothing has changed.
        """
        settings = read_settings(body)
        # A MAC address is taken at a container's creation only (until API 1.54).
        settings.wanted_mac, asked_mac = "", settings.wanted_mac
        if asked_mac:
            check_settings(None, ref, EndpointSettings(wanted_mac=asked_mac))
        if container.state.running:
            self.join(container, ref, settings)
            return
        try:
            network = self.find(ref)
        except EngineError as error:
            if error.status != 404:
                raise
            # Whether there is such a network is asked when the container starts (real 28.5).
            container.networks[ref] = settings
            return
        if self._admit(container, network, settings):
            container.networks[network.name] = settings

    def _admit(self, container: Container, network: Network, settings: EndpointSettings) -> bool:
        """Checks what forbids a connection; False if the container is connected already."""
        if user_defined(network.name):
            settings.dns_names = self.dns_names(container, settings)
        if self._core.version.endpoint_validated:
            check_settings(network, network.name, settings)
        elif found := problems(network, network.name, settings):
            # Engine 20.10 says one thing at a time, and learns of an address outside the subnets from IPAM.
            text = found[0]
            if not text.startswith("no configured subnet"):
                raise invalid(text)
        if container.network_mode != "host" and network.driver == "host":
            raise invalid(self._core.version.host_refusals[0])
        for name, known in container.networks.items():
            try:
                other = self.network_of(name, known)
            except EngineError:
                continue
            if other.name == network.name:
                return False
            if "host" in (other.driver, network.driver):
                raise invalid(SHARED)
            if "none" in (other.name, network.name):
                raise invalid(NONE_ALONE)
        return True

    def dns_names(self, container: Container, settings: EndpointSettings) -> list[str]:
        """The names that the embedded DNS knows an endpoint by; the first one is the one for its address."""
        names = [container.name, *(settings.aliases or ()), container.short_id, container.hostname]
        return list(dict.fromkeys(name for name in names if name))

    def join(self, container: Container, ref: str, settings: EndpointSettings, *, write: bool = True) -> None:
        """Makes a running container's endpoint in a network, and with ``write`` its files anew.

        Raises:
            EngineError: with the engine's status and message; then the container keeps the settings alone.
        """
        sandbox = container.sandbox
        if container.network_mode.startswith("container:") or sandbox is None:
            raise invalid(SHARED)
        network = self.find(ref)
        known = container.networks.get(network.name)
        self._admit(container, network, settings)
        if known is not None and known.endpoint is not None:
            raise forbidden(f"endpoint with name {container.name} already exists in network {network.name}")
        if network.config_only:
            raise forbidden("cannot create endpoint on configuration-only network")
        endpoint = Endpoint(self._core.ids.new_id(), container.name, network, container, settings)
        driver = self._drivers[network.driver]
        # The settings are the container's from here on, even where the rest fails (real 28.5).
        container.networks[network.name] = settings
        if driver.addresses:
            self._allocation.addresses(endpoint)
        network.endpoints[endpoint.id] = endpoint
        settings.endpoint, settings.failed, settings.shown_mac = endpoint, None, ""
        try:
            driver.admit(endpoint)
            settings.network_id = network.id
            self._sandboxes.join(sandbox, endpoint, write=write)
        except EngineError:
            settings.endpoint, settings.failed = None, copy(endpoint)
            self._allocation.release(endpoint)
            del network.endpoints[endpoint.id]
            raise
        self._link_rules(endpoint)
        self._core.events.network(network, "connect", container=container.id)

    def _link_rules(self, endpoint: Endpoint) -> None:
        """Opens the exposed ports of linked containers to this one."""
        driver = self._drivers[endpoint.network.driver]
        if endpoint.network.name != "bridge" or not isinstance(driver, BridgeDriver):
            return
        rules = driver.rules(endpoint.network, 4)
        for other in endpoint.container.links.values():
            settings = other.networks.get("bridge")
            peer = settings.endpoint if settings else None
            if rules is None or peer is None or peer.ip4 is None or endpoint.ip4 is None:
                continue
            exposed = [
                *(other.config.get("ExposedPorts") or {}),
                *(other.host_config.get("PortBindings") or {}),
            ]
            ports = dict.fromkeys(exposed_port(text) for text in exposed)
            endpoint.cleanups.append(self._core.firewall.link(rules, endpoint.ip4, peer.ip4, ports))

    def join_all(self, container: Container) -> None:
        """Makes the endpoints of a container that starts, that of its network mode first.

        Raises:
            EngineError: the first refusal; then none of them is left.
        """
        names = sorted(container.networks, key=lambda name: name != container.network_mode)
        try:
            for name in names:
                settings = container.networks[name]
                reference = settings.network_id if user_defined(name) and settings.network_id else name
                network = self.find(reference)
                if network.name != name:
                    container.networks[network.name] = container.networks.pop(name)
                self.join(container, network.id, settings, write=False)
        except EngineError:
            self.leave_all(container, quiet=True)
            for settings in container.networks.values():
                settings.failed = None
            raise

    def leave_all(self, container: Container, *, quiet: bool = False) -> None:
        """Takes away all endpoints of a container that stops; its settings stay. ``quiet``: without
        events.
        """
        sandbox = container.sandbox
        for settings in container.networks.values():
            endpoint = settings.endpoint
            if endpoint is None or sandbox is None:
                continue
            self._sandboxes.leave(sandbox, endpoint, last_breath=True)
            self._forget(endpoint)
            if not quiet:
                self._core.events.network(endpoint.network, "disconnect", container=container.id)

    def log_disconnected(self, container: Container) -> None:
        """A start has failed: the engine says "disconnect" for each network, also where nothing was
        connected.
        """
        for name, settings in container.networks.items():
            try:
                network = self.network_of(name, settings)
            except EngineError:
                continue
            self._core.events.network(network, "disconnect", container=container.id)

    def _forget(self, endpoint: Endpoint) -> None:
        self._allocation.release(endpoint)
        del endpoint.network.endpoints[endpoint.id]
        endpoint.settings.endpoint = None

    def disconnect(self, container: Container, ref: str, force: bool = False) -> None:
        """Disconnects a container, at once if it runs.

        Raises:
            EngineError: 500, it is not connected; 404, there is no such network; 400, host network.
        """
        if not container.state.running:
            try:
                name = self.find(ref).name
            except EngineError:
                name = ref
            if name not in container.networks:
                raise failed(f"container {container.id} is not connected to the network {name}")
            del container.networks[name]
            return
        try:
            network = self.find(ref)
        except EngineError as error:
            if force and error.status == 404:
                raise failed(f"container {container.id} is not connected to the network {ref}") from error
            raise
        if container.network_mode == "host" and network.driver == "host":
            raise invalid(self._core.version.host_refusals[1])
        settings = container.networks.get(network.name)
        endpoint = settings.endpoint if settings else None
        if endpoint is None or container.sandbox is None:
            raise failed(f"container {container.id} is not connected to network {network.name}")
        self._sandboxes.leave(container.sandbox, endpoint)
        self._forget(endpoint)
        del container.networks[network.name]
        self._sandboxes.update_ports(container)
        self._core.events.network(network, "disconnect", container=container.id)

    def rename(self, container: Container) -> None:
        """Brings the names of a renamed container's endpoints up to date."""
        for name, settings in container.networks.items():
            if user_defined(name):
                settings.dns_names = self.dns_names(container, settings)
            if settings.endpoint is not None:
                settings.endpoint.name = container.name


def settings_view(
    settings: EndpointSettings, container: Container, *, version_28: bool, old_aliases: bool
) -> Json:
    """A container's settings for one network, as inspection shows them."""
    endpoint = settings.endpoint
    shown = endpoint or settings.failed
    network_id = settings.network_id if endpoint is not None or settings.network_id else ""
    pool4 = shown.pool4 if shown else None
    pool6 = shown.pool6 if shown else None
    aliases = settings.aliases
    if old_aliases and settings.dns_names:
        names = [*(settings.aliases or ()), short(container.id), container.hostname]
        aliases = list(dict.fromkeys(name for name in names if name))
    view: Json = {
        "IPAMConfig": settings.ipam,
        "Links": settings.links,
        "Aliases": aliases,
        "MacAddress": endpoint.mac if endpoint else settings.shown_mac,
        "DriverOpts": settings.driver_opts,
        "GwPriority": settings.gw_priority,
        "NetworkID": network_id,
        "EndpointID": shown.id if shown else "",
        "Gateway": str(endpoint.gateway4 or "") if endpoint else "",
        "IPAddress": str(shown.ip4 or "") if shown else "",
        "IPPrefixLen": pool4.lease.subnet.prefixlen if pool4 else 0,
        "IPv6Gateway": str(endpoint.gateway6 or "") if endpoint else "",
        "GlobalIPv6Address": str(shown.ip6 or "") if shown else "",
        "GlobalIPv6PrefixLen": pool6.lease.subnet.prefixlen if pool6 else 0,
        "DNSNames": settings.dns_names,
    }
    if not version_28:
        del view["GwPriority"]
    if old_aliases:
        del view["DNSNames"]
    return view
