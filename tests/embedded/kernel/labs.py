"""The LAN of the goldens (fabric/build.txt), and containers on it, made with kernel calls alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from dnetlab.embedded.kernel import Bridge, Device, Kernel, Namespace, PingResult


def up(kernel: Kernel, name: str) -> Namespace:
    """A namespace whose loopback is up."""
    namespace = kernel.namespace(name)
    namespace.lo.set_up()
    return namespace


def pair() -> tuple[Kernel, Namespace, Namespace]:
    """Two machines on one cable, 10.0.0.1 and 10.0.0.2."""
    kernel = Kernel(5)
    a, b = up(kernel, "a"), up(kernel, "b")
    left, right = a.add_veth("eth0", "eth0", peer_namespace=b)
    for device, address in ((left, "10.0.0.1/24"), (right, "10.0.0.2/24")):
        device.set_up()
        device.add_address(address)
    return kernel, a, b


@dataclass
class Lan:
    """The Docker host with its NICs, the switch, the router and three PCs."""

    kernel: Kernel = field(default_factory=lambda: Kernel(seed=7))

    def __post_init__(self) -> None:
        self.host = up(self.kernel, "host")
        self.switch = up(self.kernel, "switch")
        self.router = up(self.kernel, "router")
        self.pc = up(self.kernel, "pc")
        self.pc10 = up(self.kernel, "pc10")
        self.pc20 = up(self.kernel, "pc20")
        host = self.host
        eth0 = host.add_nic("eth0")
        eth0.set_up()
        eth0.add_address("10.0.2.15/24")
        host.add_route("default", via="10.0.2.2", dev=eth0)
        host.sysctl.set("net.ipv4.ip_forward", 1)
        docker0 = host.add_bridge("docker0", mac="56:69:b5:a7:4c:f2")
        docker0.set_up()
        docker0.add_address("172.17.0.1/16", broadcast="+")
        self.docker0 = docker0

        self.lan0, _ = host.add_veth("lan0", "p-host", peer_namespace=self.switch)
        for name, namespace in (
            ("p-pc", self.pc),
            ("p-pc10", self.pc10),
            ("p-pc20", self.pc20),
            ("p-router", self.router),
        ):
            self.switch.add_veth(name, "eth0", peer_namespace=namespace)
        self.lan0.set_up()
        self.lan0.add_address("192.168.50.2/24")
        self.br0 = self.switch.add_bridge("br0", vlan_filtering=True)
        self.br0.set_up()
        for name in ("p-host", "p-pc", "p-pc10", "p-pc20", "p-router"):
            port = self.switch.device(name)
            port.set_master(self.br0)
            port.set_up()
        for name in ("p-host", "p-router"):
            self.br0.vlan_add(self.switch.device(name), 10)
            self.br0.vlan_add(self.switch.device(name), 20)
        for name, vid in (("p-pc10", 10), ("p-pc20", 20)):
            self.br0.vlan_delete(self.switch.device(name), 1)
            self.br0.vlan_add(self.switch.device(name), vid, pvid=True, untagged=True)
        for namespace, address in (
            (self.pc, "192.168.50.100/24"),
            (self.pc10, "10.10.10.100/24"),
            (self.pc20, "10.10.20.100/24"),
            (self.router, "192.168.50.1/24"),
        ):
            namespace.device("eth0").set_up()
            namespace.device("eth0").add_address(address)
        self.pc.add_route("default", via="192.168.50.1")
        for vid in (10, 20):
            vlan = self.router.add_vlan(f"eth0.{vid}", "eth0", vid)
            vlan.set_up()
            vlan.add_address(f"10.10.{vid}.1/24")
        self.router.sysctl.set("net.ipv4.ip_forward", 1)
        self.kernel.advance(3.0)

    # containers ------------------------------------------------------------------------------------------

    def sandbox(self, name: str, ipv6: bool = False) -> Namespace:
        """A container's namespace as Docker makes it."""
        namespace = up(self.kernel, name)
        if not ipv6:
            namespace.sysctl.set("net.ipv6.conf.all.disable_ipv6", 1)
        return namespace

    def macvlan(
        self,
        name: str,
        cidr: str,
        gateway: str | None = "192.168.50.1",
        parent: Device | None = None,
        mode: str = "bridge",
        ipv6: bool = False,
    ) -> Namespace:
        """A container with a macvlan interface."""
        namespace = self.sandbox(name, ipv6)
        child = self.host.add_macvlan("tmp0", parent or self.lan0, mode, txqueuelen=0)
        return self._finish(namespace, child, cidr, gateway)

    def ipvlan(
        self,
        name: str,
        cidr: str,
        gateway: str | None = "192.168.50.1",
        parent: Device | None = None,
        mode: str = "l2",
        flag: str = "bridge",
        ipv6: bool = False,
    ) -> Namespace:
        """A container with an ipvlan interface; in L3 modes its default route is the device."""
        namespace = self.sandbox(name, ipv6)
        child = self.host.add_ipvlan("tmp0", parent or self.lan0, mode, flag, txqueuelen=0)
        self._finish(namespace, child, cidr, gateway if mode == "l2" else None)
        if mode != "l2":
            namespace.add_route("default", dev="eth0")
        return namespace

    def _finish(self, namespace: Namespace, child: Device, cidr: str, gateway: str | None) -> Namespace:
        child.move(namespace, "eth0")
        child.add_address(cidr, broadcast="+")
        child.set_up()
        if gateway is not None:
            namespace.add_route("default", via=gateway)
        return namespace

    def bridge(self, name: str, cidr: str) -> Bridge:
        """A user-defined bridge network's bridge, with its address."""
        made = self.host.add_bridge(name, mac=self.kernel.random_mac())
        made.set_up()
        made.add_address(cidr, broadcast="+")
        return made

    def bridged(self, name: str, cidr: str, bridge: Bridge, gateway: str | None = None) -> Namespace:
        """A container on a bridge network."""
        namespace = self.sandbox(name)
        outer, inner = self.host.add_veth(f"veth{name}", "eth0", peer_namespace=namespace)
        outer.set_master(bridge)
        outer.set_up()
        inner.add_address(cidr, broadcast="+")
        inner.set_up()
        if gateway is not None:
            namespace.add_route("default", via=gateway)
        return namespace

    def ping(self, source: Namespace, dst: str, timeout: float = 4.0) -> PingResult:
        """One echo request and what came of it."""
        return self.kernel.ping(source, dst, timeout=timeout)

    def reaches(self, source: Namespace, dst: str) -> bool:
        """Whether an echo request is answered."""
        return self.ping(source, dst).ok


DOCKER_FILTER = """
-P FORWARD DROP
-N DOCKER
-N DOCKER-BRIDGE
-N DOCKER-CT
-N DOCKER-FORWARD
-N DOCKER-ISOLATION-STAGE-1
-N DOCKER-ISOLATION-STAGE-2
-N DOCKER-USER
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
"""
DOCKER_NAT = """
-N DOCKER
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
"""
PER_BRIDGE = """
-A DOCKER ! -i {name} -o {name} -j DROP
-A DOCKER-BRIDGE -o {name} -j DOCKER
-A DOCKER-CT -o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -i {name} -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i {name} ! -o {name} -j DOCKER-ISOLATION-STAGE-2
-I DOCKER-ISOLATION-STAGE-2 -o {name} -j DROP
"""


def iptables(namespace: Namespace, table: str, lines: str) -> None:
    """Run lines in the language of ``iptables -S`` (and -I)."""
    rules = namespace.netfilter(4).table(table)
    for line in lines.strip().splitlines():
        option, chain, *rest = line.split()
        if option == "-P":
            rules.set_policy(chain, rest[0])
        elif option == "-N":
            rules.new_chain(chain)
        elif option == "-I":
            rules.insert(chain, rest)
        else:
            rules.append(chain, rest)


def docker_rules(lan: Lan) -> None:
    """The rules that the engine sets at its start (golden default-bridge/host-before.txt)."""
    iptables(lan.host, "filter", DOCKER_FILTER)
    iptables(lan.host, "nat", DOCKER_NAT)
    bridge_rules(lan, "docker0", "172.17.0.0/16")


def bridge_rules(lan: Lan, name: str, subnet: str) -> None:
    """The rules of one bridge network (golden user-bridge/two-containers.txt)."""
    iptables(lan.host, "filter", PER_BRIDGE.format(name=name))
    iptables(
        lan.host,
        "nat",
        f"-I POSTROUTING -s {subnet} ! -o {name} -j MASQUERADE\n-I DOCKER -i {name} -j RETURN",
    )


def container_rule(lan: Lan, address: str, bridge: str) -> None:
    """The rule that keeps others than the bridge from a container's address."""
    iptables(lan.host, "raw", f"-A PREROUTING -d {address}/32 ! -i {bridge} -j DROP")
