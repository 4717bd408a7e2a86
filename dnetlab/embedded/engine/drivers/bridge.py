"""The driver "bridge": a Linux bridge on the host, veth pairs, firewall rules, published ports.

Sources: the Docker documentation's bridge page, goldens default-bridge/ and user-bridge/, and for option
names, messages and the order of things moby's libnetwork/drivers/bridge.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from ...kernel import KernelError
from ..errors import EngineError, failed, forbidden, invalid
from ..firewall import BridgeRules
from ..ids import short
from ..model import Endpoint, Network, Sandbox
from ..ports import Wanted
from ..strconv import parse_bool, parse_int, quoted
from .base import LONGEST, Driver, DriverConfig
from .publishing import Publisher

if TYPE_CHECKING:
    from ...kernel import Bridge
    from ..core import Core

_PREFIX: Final = "com.docker.network.bridge."
_GATEWAY_MODES: Final = ("nat", "nat-unprotected", "routed", "isolated")
_DEFAULT_MTU: Final = 1500


@dataclass(frozen=True, slots=True)
class BridgeConfig(DriverConfig):
    """Options of a bridge network, read.

    Attributes:
        bridge: the host interface's name.
        mtu: of the containers' interfaces and the bridge.
        icc: whether containers may talk to each other.
        masquerade: whether the host's address replaces theirs outside.
        binding: the host address for published ports that name none.
        mode4, mode6: gateway modes.
        snat: the host's IPv4 address that replaces theirs, instead of the outgoing interface's.
        trusted: host interfaces from which containers may be reached directly.
        default: it is the network "bridge".
    """

    bridge: str = ""
    mtu: int = 1500
    icc: bool = True
    masquerade: bool = True
    binding: str = ""
    mode4: str = "nat"
    mode6: str = "nat"
    snat: str = ""
    trusted: tuple[str, ...] = ()
    default: bool = False
    prefix: str = "eth"


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("nil ip") from None


def _check_mac(mac: str, interface: str) -> None:
    """Refuses what the kernel does not give an interface: a group's address, or none (is_valid_ether_addr)."""
    if int(mac[:2], 16) & 1 or not int(mac.replace(":", ""), 16):
        raise failed(
            f"failed to add interface {interface} to sandbox: error setting interface {quoted(interface)}"
            f" MAC to {quoted(mac)}: cannot assign requested address"
        )


def _mode(text: str) -> str:
    if text not in _GATEWAY_MODES:
        raise ValueError(f"unknown gateway mode {text}")
    return text


def _trusted(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(":") if name)


_READERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    _PREFIX + "name": ("bridge", str),
    "com.docker.network.driver.mtu": ("mtu", parse_int),
    _PREFIX + "enable_icc": ("icc", parse_bool),
    _PREFIX + "enable_ip_masquerade": ("masquerade", parse_bool),
    _PREFIX + "host_binding_ipv4": ("binding", _address),
    _PREFIX + "gateway_mode_ipv4": ("mode4", _mode),
    _PREFIX + "gateway_mode_ipv6": ("mode6", _mode),
    _PREFIX + "trusted_host_interfaces": ("trusted", _trusted),
    _PREFIX + "default_bridge": ("default", parse_bool),
    "com.docker.network.host_ipv4": ("snat", _address),
    "com.docker.network.container_iface_prefix": ("prefix", str),
}


class BridgeDriver(Driver):
    """Networks on a bridge of the host."""

    name: ClassVar[str] = "bridge"

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._networks: dict[str, Network] = {}
        self._bridges: dict[str, Bridge] = {}
        self._undo: dict[str, list[Callable[[], None]]] = {}
        self._publisher = Publisher(core)

    def configure(self, network_id: str, options: Mapping[str, str], internal: bool) -> BridgeConfig:
        """Reads the options; those of other names are ignored.

        Raises:
            EngineError: 400, a value that cannot be read.
        """
        config = BridgeConfig(internal=internal)
        status = 400 if self.core.version.ipam_validated else 500
        for label, value in options.items():
            if label not in _READERS:
                continue
            name, read = _READERS[label]
            try:
                config = replace(config, **{name: read(value)})
            except ValueError as error:
                raise EngineError(status, f"failed to parse {label} value: {value} ({error})") from None
        if config.mtu < 0:
            raise invalid(f"invalid MTU number: {config.mtu}")
        if "isolated" in (config.mode4, config.mode6) and not internal:
            raise failed("gateway mode 'isolated' can only be used for an internal network")
        return replace(config, bridge=config.bridge or f"br-{short(network_id)}")

    def needs_gateway(self, config: DriverConfig) -> bool:
        """Not in gateway mode "isolated", where the bridge has no address."""
        return cast(BridgeConfig, config).mode4 != "isolated"

    def create(self, network: Network) -> None:
        """Makes the bridge, gives it the gateways' addresses and writes the rules.

        Raises:
            EngineError: 403, another network uses the bridge; 500, the kernel refuses (a name too long).
        """
        config = cast(BridgeConfig, network.config)
        self._check_subnets(network)
        for other in self._networks.values():
            if cast(BridgeConfig, other.config).bridge == config.bridge:
                raise forbidden(
                    f"cannot create network {network.id} ({config.bridge}): conflicts with network {other.id}"
                    f" ({config.bridge}): networks have same bridge name"
                )
        host = self.core.host
        undo: list[Callable[[], None]] = []
        try:
            bridge = self._bridge(config, undo)
            for pool in network.pools:
                if pool.gateway is None:
                    continue
                text = f"{pool.gateway}/{pool.lease.subnet.prefixlen}"
                if not any(address.cidr == text for address in bridge.addresses):
                    bridge.add_address(
                        text, **({"broadcast": "+"} if pool.gateway.version == 4 else {"nodad": True})
                    )
            if network.ipv6 and host.sysctl.get("net.ipv6.conf.all.forwarding") == "0":
                host.sysctl.set("net.ipv6.conf.all.forwarding", "1")
                self.core.firewall.forward_drop6()
            bridge.set_up()
            undo += [self.core.firewall.network(rules) for rules in self._rules(network)]
        except KernelError as error:
            _run(undo)
            raise failed(error.message) from error
        self._bridges[network.id] = bridge
        self._networks[network.id] = network
        self._undo[network.id] = undo

    def _check_subnets(self, network: Network) -> None:
        if not (network.ipv4 or network.ipv6):
            raise invalid("IPv4 or IPv6 must be enabled")
        if len(network.pools4) > 1 or len(network.pools6) > 1:
            raise forbidden("bridge driver doesn't support multiple subnets")
        link_local = ipaddress.ip_network("fe80::/64")
        for pool in network.pools6:
            subnet = pool.lease.subnet
            shown = f"{pool.gateway or subnet.network_address}/{subnet.prefixlen}"
            if subnet.is_multicast:
                raise invalid(f"multicast subnet '{shown}' is not allowed")
            if subnet != link_local and subnet.overlaps(link_local):
                raise invalid(f"'{shown}' clashes with the Link-Local prefix 'fe80::/64'")

    def _bridge(self, config: BridgeConfig, undo: list[Callable[[], None]]) -> Bridge:
        host = self.core.host
        found = host.devices.get(config.bridge)
        if found is not None:
            if found.kind != "bridge":
                raise failed(f"existing interface {config.bridge} is not a bridge")
            return cast("Bridge", found)
        if len(config.bridge) > LONGEST:
            raise failed("numerical result out of range")
        mac = self.core.ids.mac() if self.core.version.bridge_random_mac else self.core.ids.docker_mac()
        bridge = host.add_bridge(config.bridge, mac=mac, txqueuelen=0)
        undo.append(bridge.delete)
        if config.mtu not in (0, _DEFAULT_MTU):  # 0: not said
            bridge.set_mtu(config.mtu)
        return bridge

    def _rules(self, network: Network) -> list[BridgeRules]:
        """One description for the rules of each address family that the network has."""
        return [rules for rules in (self.rules(network, 4), self.rules(network, 6)) if rules is not None]

    def rules(self, network: Network, family: int) -> BridgeRules | None:
        """What the network's firewall rules of one family depend on; None without a subnet."""
        config = cast(BridgeConfig, network.config)
        pools = network.pools4 if family == 4 else network.pools6
        if not pools:
            return None
        return BridgeRules(
            bridge=config.bridge,
            subnet=pools[0].lease.subnet,
            icc=config.icc,
            masquerade=config.masquerade,
            internal=network.internal,
            mode=config.mode4 if family == 4 else config.mode6,
            snat=config.snat if family == 4 else "",
            trusted=config.trusted,
        )

    def delete(self, network: Network) -> None:
        """Removes the rules and the bridge, also one that the learner has deleted."""
        del self._networks[network.id]
        bridge = self._bridges.pop(network.id)
        undo = self._undo.pop(network.id)
        if self.core.host.devices.get(bridge.name) is not bridge:
            undo = [step for step in undo if step != bridge.delete]
        _run(undo)

    def attach(self, endpoint: Endpoint, sandbox: Sandbox, interface: str) -> None:
        """Makes a veth pair, one end in the bridge, the other in the sandbox.

        Raises:
            EngineError: 500, the bridge is gone, or the kernel refuses.
        """
        core = self.core
        config = cast(BridgeConfig, endpoint.network.config)
        bridge = self._bridges[endpoint.network.id]
        if core.host.devices.get(config.bridge) is not bridge:
            raise failed(
                f"failed to create endpoint {endpoint.name} on network {endpoint.network.name}:"
                f" adding interface {core.ids.interface(core.host.devices)} to bridge {config.bridge} failed:"
                f" could not find bridge {config.bridge}: route ip+net: no such network interface"
            )
        outer_name = core.ids.interface(core.host.devices)
        _check_mac(endpoint.mac, core.ids.interface((*core.host.devices, outer_name)))
        pair: dict[str, Any] = {"mtu": config.mtu or _DEFAULT_MTU, "txqueuelen": 0}
        try:
            if core.version.peer_in_sandbox:
                outer, inner = core.host.add_veth(
                    outer_name, interface, sandbox.namespace, peer_mac=endpoint.mac, **pair
                )
            else:
                inner_name = core.ids.interface((*core.host.devices, outer_name))
                outer, inner = core.host.add_veth(outer_name, inner_name, peer_mac=endpoint.mac, **pair)
                inner.move(sandbox.namespace, interface)
        except KernelError as error:
            raise failed(f"failed to add the host ({outer_name}) interface: {error.message}") from error
        outer.set_master(bridge)
        outer.set_up()
        endpoint.device, endpoint.host_device = inner, outer
        if not endpoint.network.internal:
            self.gateways(endpoint)
        for rules, address in (
            (self.rules(endpoint.network, 4), endpoint.ip4),
            (self.rules(endpoint.network, 6), endpoint.ip6),
        ):
            if rules is not None and address is not None:
                endpoint.cleanups.append(core.firewall.endpoint(rules, address))

    def detach(self, endpoint: Endpoint) -> None:
        """Removes the endpoint's rules and its veth pair."""
        _run(endpoint.cleanups)
        endpoint.cleanups.clear()
        device, endpoint.device, endpoint.host_device = endpoint.host_device, None, None
        if device is not None and device.namespace.devices.get(device.name) is device:
            device.delete()

    def publish(self, endpoint: Endpoint, wanted: list[Wanted]) -> None:
        """Publishes ports on the host.

        Raises:
            EngineError: 500, a port is taken.
        """
        config = cast(BridgeConfig, endpoint.network.config)
        if not endpoint.network.internal:
            self._publisher.publish(endpoint, wanted, config.binding, self.rules)

    def unpublish(self, endpoint: Endpoint) -> None:
        """Takes the published ports back."""
        self._publisher.unpublish(endpoint)


def _run(steps: list[Callable[[], None]]) -> None:
    for step in reversed(steps):
        step()
