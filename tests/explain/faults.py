"""Faults that a learner makes, each with what an explanation must say of it: for the embedded and for a real engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dnetlab
from dnetlab.explain import Explanation


@dataclass(frozen=True)
class Fault:
    """What is broken on which type's network, who asks for whom, and the words that must be said.

    ``breaks`` are commands as a cure has them: "on MACHINE: COMMAND" or "docker ...". ``cured`` is False where
    what helps is advice and no command.
    """

    id: str
    kind: str
    breaks: Sequence[str]
    ask: tuple[str, str]
    reason: str
    says: str
    port: int | None = None
    cured: bool = True


def inside(container: str, command: str) -> str:
    return f"docker exec --privileged {container} {command}"


U, D, M, V, L3, H = "user_bridge", "default_bridge", "macvlan_bridge", "macvlan_8021q", "ipvlan_l3", "host"
WEB, DB, PC = "172.28.0.2", "172.28.0.3", "192.168.50.100"

FAULTS = (
    # a container's own table
    Fault("no default route", U, [inside("web", "ip route del default")], ("web", "pc1"), "no-route", "no default route"),
    Fault("default route to a sibling", U, [inside("web", f"ip route replace default via {DB}")], ("web", "pc1"), "no-route",
          f"web sends it to {DB}, not to the bridge br-shop"),
    Fault("default route to nobody", U, [inside("web", "ip route replace default via 172.28.0.77")], ("web", "pc1"),
          "neighbour-failed", "nobody on eth0 answers for 172.28.0.77"),
    Fault("blackhole", U, [inside("web", f"ip route add blackhole {PC}")], ("web", "pc1"), "route-refused", "a route of web says so"),
    Fault("wrong mask", M, [inside("web", "ip address flush dev eth0"),
                            inside("web", "ip address add 192.168.50.192/30 dev eth0")], ("web", "pc1"), "no-route", "no default route"),
    # the PC's
    Fault("PC without a default route", U, ["on pc1: ip route del default"], ("pc1", "internet"), "no-route", "no default route"),
    Fault("PC with a gateway that is nobody", U, ["on pc1: ip route replace default via 192.168.50.77"], ("pc1", "internet"),
          "neighbour-failed", "its gateway 192.168.50.77"),
    Fault("PC with the host as gateway", U, ["on pc1: ip route replace default via 192.168.50.2"], ("pc1", "internet"),
          "filter-drop", "Docker set that policy"),
    Fault("PC with a narrow mask", M, ["on pc1: ip address flush dev eth0", f"on pc1: ip address add {PC}/25 dev eth0"],
          ("web", "pc1"), "no-route", "pc1 has no route back to 192.168.50.192"),
    # interfaces that are down
    Fault("container's interface down", U, [inside("web", "ip link set eth0 down")], ("db", "web"), "neighbour-failed",
          "web's eth0 is down"),
    Fault("own interface down", U, [inside("web", "ip link set eth0 down")], ("web", "db"), "no-route", "web's eth0 is down"),
    Fault("bridge down", U, ["on host: ip link set br-shop down"], ("web", "db"), "device-down", "host's br-shop is down"),
    Fault("bridge down, from the host", U, ["on host: ip link set br-shop down"], ("host", "web"), "wire-to-nowhere",
          "host's br-shop is down"),
    Fault("NIC down", M, ["on host: ip link set lan0 down"], ("pc1", "web"), "neighbour-failed", "host's lan0 is down"),
    Fault("switch port down", M, ["on switch: ip link set p-host down"], ("web", "pc1"), "no-carrier", "switch's p-host is down"),
    Fault("router's way out down", U, ["on router: ip link set wan0 down"], ("pc1", "internet"), "no-route", "router's wan0 is down"),
    Fault("router's leg down", V, ["on router: ip link set eth0.20 down"], ("web10", "web20"), "no-route", "router's eth0.20 is down"),
    Fault("host's address lost", H, ["on host: ip address del 192.168.50.2/24 dev lan0"], ("pc1", "host"), "neighbour-failed",
          "it should be the address of host's lan0"),
    # VLANs
    Fault("VLAN off the trunk, from the PC", V, ["on switch: bridge vlan del dev p-host vid 20"], ("pc20", "web20"), "neighbour-failed",
          "its port p-host, behind which web20 is, does not carry VLAN 20"),
    Fault("VLAN off the trunk, from the container", V, ["on switch: bridge vlan del dev p-host vid 20"], ("web20", "pc20"),
          "vlan-not-allowed", "p-host, which is not a member of VLAN 20"),
    Fault("VLAN off the trunk, by the router", V, ["on switch: bridge vlan del dev p-host vid 20"], ("web10", "web20"),
          "neighbour-failed", "does not carry VLAN 20"),
    Fault("PC in the wrong VLAN", V, ["on switch: bridge vlan del dev p-pc10 vid 10",
          "on switch: bridge vlan add dev p-pc10 vid 20 pvid untagged"],
          ("pc10", "web10"), "neighbour-failed", "pc10's frames are in VLAN 20 on switch, but web10 is in VLAN 10"),
    Fault("VLAN without its tag", V, ["on switch: bridge vlan add dev p-host vid 20 pvid untagged"], ("pc20", "web20"),
          "neighbour-failed", "without its tag"),
    Fault("forwarding off", V, ["on router: sysctl -w net.ipv4.ip_forward=0"], ("web10", "web20"), "forwarding-off", "does not forward it"),
    # the firewall
    Fault("FORWARD", U, ["on host: iptables -I FORWARD -p icmp -j DROP"], ("web", "pc1"), "filter-drop",
          "(filter FORWARD: -p icmp -j DROP)"),
    Fault("FORWARD rejects", U, [f"on host: iptables -I FORWARD -s {WEB} -j REJECT"], ("web", "pc1"), "filter-reject", "rejects it"),
    Fault("DOCKER-USER", U, [f"on host: iptables -I DOCKER-USER -s {WEB} -j DROP"], ("web", "pc1"), "filter-drop", "(filter DOCKER-USER: "),
    Fault("DOCKER-USER, on the way back", U, [f"on host: iptables -I DOCKER-USER -d {WEB} -j DROP"], ("web", "pc1"), "filter-drop",
          "the request arrives, but a firewall rule of host drops it"),
    Fault("raw", U, [f"on host: iptables -t raw -I PREROUTING -s {WEB} -j DROP"], ("web", "pc1"), "filter-drop", "(raw PREROUTING: "),
    Fault("INPUT of the PC", U, ["on pc1: iptables -I INPUT -p icmp -j DROP"], ("host", "pc1"), "filter-drop", "a firewall rule of pc1"),
    Fault("NAT rule gone", U, ["on host: iptables -t nat -D POSTROUTING -s 172.28.0.0/24 ! -o br-shop -j MASQUERADE"], ("web", "pc1"),
          "no-route", "the Docker host does not put its own address on it (NAT)"),
    Fault("subnet not translated", L3, ["on router: ip route add 10.50.1.0/24 via 192.168.50.2"], ("web", "internet"), "no-route",
          "router translates the LAN's addresses only (NAT)"),
    # neighbours and addresses
    Fault("wrong neighbour entry", U, [inside("web", f"ip neigh replace {DB} lladdr 02:00:00:00:00:99 dev eth0")], ("web", "db"),
          "not-for-us", f"its neighbour table says that {DB} has 02:00:00:00:00:99"),
    Fault("wrong neighbour entry, on the way back", U, [inside("db", f"ip neigh replace {WEB} lladdr 02:00:00:00:00:99 dev eth0")],
          ("web", "db"), "not-for-us", "the request arrives, but db sends it to the wrong MAC address"),
    Fault("sender's address twice", U, [inside("db", f"ip address add {WEB}/24 dev eth0")], ("web", "db"), "martian",
          f"Two machines have the address {WEB}: "),
    Fault("L3 subnet taken for the own link", L3, ["on pc1: ip route add 10.50.1.0/24 dev eth0"], ("pc1", "web"), "arp-suppressed",
          "neither hear nor answer ARP"),
    # containers that are not there
    Fault("stopped", U, ["docker kill db"], ("web", "db"), "not-running", "db does not run (exited)"),
    Fault("stopped, asked itself", U, ["docker kill db"], ("db", "web"), "not-running", "db does not run (exited)"),
    Fault("disconnected", U, ["docker network disconnect shop db"], ("db", "web"), "no-route", "db is in no network"),
    Fault("disconnected, by address", U, ["docker network disconnect shop db"], ("web", DB), "neighbour-failed",
          "not connected to that network"),
    Fault("name misspelt", U, [], ("web", "dbb"), "no-name", "its name server 127.0.0.11 does not know it", cured=False),
    Fault("name on the default bridge", D, [], ("web", "dbb"), "no-name", "finds no address for the name dbb", cured=False),
    Fault("internal network", U, ["docker network create --internal vault", "docker run -d --name monk --network vault dnetlab/lab:1"],
          ("monk", "pc1"), "no-route", "no default route", cured=False),
    Fault("no ICC", U, ["docker network create -o com.docker.network.bridge.enable_icc=false --subnet 172.30.9.0/24 quiet",
                        "docker run -d --name q1 --network quiet dnetlab/lab:1",
          "docker run -d --name q2 --network quiet --ip 172.30.9.9 dnetlab/lab:1"],
          ("q1", "172.30.9.9"), "filter-drop", "enable_icc=false", cured=False),
    # services
    Fault("nobody listens", U, [], ("web", "db"), "no-listener", "db listens on 80", port=81, cured=False),
    Fault("published port used inside", D, [], ("db", "web"), "no-listener", "web listens on 80", port=8080, cured=False),
    Fault("published at another address", D, ["docker run -d --name own -p 127.0.0.1:8125:80 dnetlab/lab:1"], ("pc1", "host"),
          "no-listener", "port 8125 is open at 127.0.0.1 only", port=8125, cured=False),
    Fault("wrong port published", D, ["docker run -d --name off -p 8126:81 dnetlab/lab:1"], ("pc1", "host"), "no-listener",
          "off listens on 80", port=8126, cured=False),
    Fault("INPUT in host mode", H, ["on host: iptables -I INPUT -p tcp --dport 8080 -j DROP"], ("pc1", "host"), "filter-drop",
          "a firewall rule of host drops it", port=8080),
    Fault("DOCKER-USER before a published port", D, ["on host: iptables -I DOCKER-USER -p tcp --dport 80 -j DROP"], ("pc1", "host"),
          "filter-drop", "(filter DOCKER-USER: ", port=8080),
)  # fmt: skip


def type_in(lab: dnetlab.Lab, command: str) -> None:
    """Carry out a command as it stands in a cure."""
    if command.startswith("docker "):
        done = lab.docker(command)
    else:
        machine, _, text = command.removeprefix("on ").partition(": ")
        done = lab.run(machine, text.split("   ")[0])
    assert done.ok, f"{command}: {done.output}"


def cure(lab: dnetlab.Lab, fault: Fault) -> Explanation:
    """Do what helps, as often as there is something that does; gives the last explanation."""
    found = lab.explain(*fault.ask, port=fault.port)
    for _ in range(4):
        if found.ok:
            break
        commands = [text for text in found.cures if text.startswith(("docker ", "on "))]
        assert commands, found
        type_in(lab, commands[0])
        found = lab.explain(*fault.ask, port=fault.port)
    return found


def works(lab: dnetlab.Lab, fault: Fault) -> bool:
    """What the engine itself shows."""
    source, target = fault.ask
    if fault.port is not None:
        return lab.connect(source, target, fault.port).ok
    return lab.ping(source, target, wait=2).ok
