"""Routers that know a shorter way (RFC 792, ICMP redirect): who is told, who listens, what is kept."""

from __future__ import annotations

from tests.conformance.fabric import sysctl
from tests.conformance.stage import HOST, Stage
from tests.conformance.suite import group

FAR = "192.168.200.1"
SETTINGS = "accept_redirects send_redirects secure_redirects shared_media"
ASK = (f"ip route get {FAR}",)
FORGET = ("ip route del default via 192.168.50.1", "ip route add default via 192.168.50.1")


@group("redirects", order=45)
def redirects(s: Stage) -> None:
    """Behind the Docker host is a network; the router, every machine's gateway, has the route to it."""
    s.lan()
    s.scenario("settings")
    for machine in ("pc1", "router", HOST):
        s.x(
            machine,
            *(
                f"for k in {SETTINGS}; do cat /proc/sys/net/ipv4/conf/{scope}/$k; done"
                for scope in ("all", "default", "lan0" if machine == HOST else "eth0")
            ),
        )
    s.x(HOST, "ip link add far type dummy", "ip link set far up", f"ip addr add {FAR}/24 dev far")
    s.x("router", "ip route add 192.168.200.0/24 via 192.168.50.2")
    s.scenario("the first packet")
    with s.capture("pc1", "eth0", "icmp or arp"):
        s.x("pc1", f"ping -c 1 -W 1 {FAR}")
    s.x("pc1", f"ip route get {FAR}", "ip route show cache", "ip neigh show 192.168.50.2")
    s.scenario("the next packets")
    s.x("pc1", "sleep 0.5", f"ping -c 1 -W 1 {FAR}", f"ip route get {FAR}", "ip route show cache")
    s.x("pc1", f"ping -c 2 -W 1 -i 0.2 {FAR}", f"traceroute -n -m 4 -q 1 -w 1 {FAR}", "ip route")
    s.x("pc1", "ip -d route show cache", "ip -j route show cache", f"ip -j route get {FAR}")
    s.x("pc1", "ip route get 192.168.200.9", "ping -c 1 -W 1 192.168.200.9", "ip route show cache")
    s.scenario("ended")
    s.x("pc1", "ip route flush cache", "ip route show cache", f"ip route get {FAR}")
    s.x("pc1", f"ping -c 1 -W 1 {FAR}", f"ip route get {FAR}")
    s.x("pc1", "ip route del default", "ip route add default via 192.168.50.1", f"ip route get {FAR}")
    s.scenario("deaf")
    s.x(
        "pc1",
        sysctl("net.ipv4.conf.all.accept_redirects=0"),
        f"sleep 0.5; ping -c 2 -W 1 -i 0.5 -q {FAR}",
        *ASK,
    )
    s.x("pc1", *FORGET, sysctl("net.ipv4.conf.eth0.accept_redirects=0"))
    s.x(
        "pc1",
        f"sleep 1; ping -c 2 -W 1 -i 0.5 -q {FAR}",
        *ASK,
        sysctl("net.ipv4.conf.eth0.accept_redirects=1"),
    )
    s.x("pc1", sysctl("net.ipv4.conf.all.accept_redirects=1"), sysctl("net.ipv4.ip_forward=1"))
    s.x(
        "pc1",
        "cat /proc/sys/net/ipv4/conf/all/accept_redirects",
        f"sleep 2; ping -c 2 -W 1 -i 0.5 -q {FAR}",
        *ASK,
    )
    s.x("pc1", sysctl("net.ipv4.ip_forward=0"), "cat /proc/sys/net/ipv4/conf/all/accept_redirects")
    s.scenario("only gateways that are known")
    s.x("pc1", sysctl("net.ipv4.conf.all.shared_media=0"), sysctl("net.ipv4.conf.eth0.shared_media=0"))
    s.wait(21)
    s.x("pc1", f"ping -c 2 -W 1 -i 0.5 {FAR}", *ASK, "ip route add 10.99.0.0/16 via 192.168.50.2")
    s.x("pc1", f"sleep 1; ping -c 2 -W 1 -i 0.5 {FAR}", *ASK)
    s.x("pc1", sysctl("net.ipv4.conf.all.shared_media=1"), "ip route del 10.99.0.0/16", *FORGET)
    s.scenario("silent router")
    s.x("router", sysctl("net.ipv4.conf.all.send_redirects=0"))
    s.wait(21)
    s.x("pc1", f"ping -c 1 -W 1 {FAR}")
    s.x("router", sysctl("net.ipv4.conf.eth0.send_redirects=0"))
    s.x("pc1", f"sleep 1; ping -c 1 -W 1 {FAR}", *ASK)
    s.x("router", sysctl("net.ipv4.conf.all.send_redirects=1"))
    s.scenario("how often")
    s.x("pc1", *FORGET, sysctl("net.ipv4.conf.all.accept_redirects=0"))
    s.x("pc1", sysctl("net.ipv4.conf.eth0.accept_redirects=0"))
    s.wait(21)
    s.x("pc1", f"ping -c 50 -W 1 -i 0.2 {FAR} | grep Redirect")
    s.x("pc1", sysctl("net.ipv4.conf.all.accept_redirects=1"))
    s.x(HOST, "ip link del far")


@group("redirect-cases", order=45)
def cases(s: Stage) -> None:
    """Who is not told, and who does not listen."""
    s.lan()
    s.scenario("other programs")
    s.x(HOST, "ip link add far type dummy", "ip link set far up", f"ip addr add {FAR}/24 dev far")
    s.x("router", "ip route add 192.168.200.0/24 via 192.168.50.2")
    s.x("pc1", "ping -q -c 1 -W 1 192.168.50.2")
    s.x("pc1", f"busybox ping -c 1 -W 1 {FAR}", *ASK)
    s.x("pc1", *FORGET, "sleep 0.5", f"traceroute -n -m 4 -q 1 -w 1 {FAR}", *ASK)
    s.x("pc1", *FORGET, "sleep 1", f"traceroute -I -n -m 4 -q 1 -w 1 {FAR}", *ASK)
    s.x("pc1", *FORGET, "sleep 2", f"nc -z -w 1 {FAR} 80", *ASK)
    s.x("pc1", *FORGET, "sleep 4", f"curl -sS -m 2 http://{FAR}/", *ASK)
    s.scenario("the answer is redirected")
    s.x("pc1", *FORGET)
    s.wait(21)
    s.x(HOST, f"ping -c 2 -W 1 -i 0.2 -I {FAR} 192.168.50.100")
    s.x("pc1", *ASK)
    s.scenario("the sender is elsewhere")
    s.x("pc10", "ip route add default via 10.10.10.1", f"ping -c 2 -W 1 -i 0.2 {FAR}")
    s.x(HOST, "ip route add 10.10.10.0/24 via 192.168.50.1")
    with s.capture("router", "eth0", "icmp"):
        s.x("pc10", f"ping -c 2 -W 1 -i 0.2 {FAR}")
    s.x(HOST, "ip route del 10.10.10.0/24 via 192.168.50.1")
    s.scenario("the firewall forbids it")
    s.x("pc1", *FORGET)
    s.wait(21)
    s.x("router", "iptables -A FORWARD -d 192.168.200.0/24 -j DROP")
    s.x("pc1", f"ping -c 2 -W 1 -i 0.2 {FAR}", *ASK)
    s.x("router", "iptables -D FORWARD -d 192.168.200.0/24 -j DROP")
    s.scenario("rewritten")
    s.x("pc1", *FORGET)
    s.wait(21)
    s.x("router", "iptables -t nat -A POSTROUTING -d 192.168.200.0/24 -j MASQUERADE")
    s.x("pc1", f"ping -c 2 -W 1 -i 0.2 {FAR}", *ASK)
    s.x("router", "iptables -t nat -F POSTROUTING")
    s.x("pc1", f"ping -c 3 -W 1 -i 0.2 {FAR}", *ASK)
    s.scenario("containers")
    s.network(
        "mv", "macvlan", {"Subnet": "192.168.50.0/24", "Gateway": "192.168.50.1"}, opts={"parent": "lan0"}
    )
    for number in (1, 2, 3):
        s.run(f"m{number}", "mv", {"IPAMConfig": {"IPv4Address": f"192.168.50.20{number}"}})
    s.x("m1", "cat /proc/sys/net/ipv4/conf/all/accept_redirects", "cat /proc/sys/net/ipv4/ping_group_range")
    s.x("router", "ip route add 192.168.201.0/24 via 192.168.50.100", "ping -q -c 1 192.168.50.100")
    s.x("pc1", "ip addr add 192.168.201.1/32 dev lo")
    s.x("m1", "ping -c 1 -W 1 192.168.201.1", "ip route get 192.168.201.1")
    s.x("m2", "ping -c 3 -W 1 -i 0.2 192.168.201.1", "busybox ping -c 1 -W 1 192.168.201.1")
    s.x("m3", "traceroute -n -m 4 -q 1 -w 1 192.168.201.1")
    s.scenario("IPVLAN L3 behind the router")
    s.remove("m1", "m2", "m3", "mv")
    s.network("l3", "ipvlan", {"Subnet": "192.168.202.0/24"}, opts={"parent": "lan0", "ipvlan_mode": "l3"})
    s.run("v1", "l3", {"IPAMConfig": {"IPv4Address": "192.168.202.9"}})
    s.x("router", "ip route add 192.168.202.0/24 via 192.168.50.2")
    s.x(
        "pc1",
        "ping -c 3 -W 1 -i 0.2 192.168.202.9",
        "ip route show cache",
        "traceroute -n -m 4 -q 1 192.168.202.9",
    )
    s.x("v1", "ping -c 3 -W 1 -i 0.2 192.168.50.100")
    s.x(HOST, "ip link del far")


@group("path-mtu", order=45)
def path_mtu(s: Stage) -> None:
    """A narrow stretch behind the router."""
    s.lan()
    far = "10.10.10.100"
    s.scenario("told and kept")
    s.x("router", "ip link set eth0.10 mtu 1400")
    s.x("pc10", "ip route add default via 10.10.10.1", "ip link set eth0 mtu 1400")
    s.x(
        "pc1",
        f"ping -M do -c 1 -W 1 -s 1400 {far}",
        f"ip route get {far}",
        "ip route show cache",
        f"ip -j route get {far}",
    )
    s.x(
        "pc1",
        f"ping -M do -c 1 -W 1 -s 1372 {far}",
        f"ping -M do -c 1 -W 1 -s 1373 {far}",
        f"ping -c 1 -W 1 -s 1373 {far}",
    )
    s.x("pc1", "ip route get 10.10.10.1", "ip -j route show cache")
    s.x("router", "ip link set eth0.10 mtu 1200")
    s.x(
        "pc1",
        f"ping -M do -c 1 -W 1 -s 1300 {far}",
        f"ip route get {far}",
        f"ping -M want -c 1 -W 1 -s 1300 {far}",
    )
    s.x("router", "ip link set eth0.10 mtu 500")
    s.x("pc1", f"ping -M do -c 1 -W 1 -s 1000 {far}", f"ip route get {far}", "ip route show cache")
    s.x("pc1", "ip route del default", "ip route add default via 192.168.50.1", f"ip route get {far}")
    s.x("router", "ip link set eth0.10 mtu 1400")
    s.scenario("who may cut")
    s.x("pc1", f"ping -c 1 -W 1 -M dont -s 1400 {far}", f"ip route get {far}")
    s.x("pc1", f"ping -c 2 -W 1 -i 0.2 -s 1400 {far}", f"ip route get {far}")
    s.x("pc1", "ip route del default", "ip route add default via 192.168.50.1")
    s.scenario("fragments")
    with s.capture("pc1", "eth0", "ip"):
        s.x("pc1", f"ping -c 1 -W 1 -s 3000 {far}")
    with s.capture("pc10", "eth0", "icmp"):
        s.x("pc1", f"ping -c 1 -W 1 -s 3000 {far}", f"ping -c 1 -W 1 -s 1473 {far}")
    s.x("pc1", f"ping -c 1 -W 1 -s 20000 -q {far}")
    s.background("pc10", "timeout 20 nc -u -l -p 9000 >/tmp/udp 2>&1")
    s.wait(0.5)
    with s.capture("pc1", "eth0", "udp port 9000"):
        s.x("pc1", f"seq 1000 1599 | head -c 3000 | nc -u -p 9001 -w 1 {far} 9000")
    with s.capture("pc1", "eth0", "udp or icmp"):
        s.x("pc1", f"seq 1000 1599 | head -c 1420 | nc -u -p 9002 -w 1 {far} 9000", f"ip route get {far}")
    s.x(HOST, "wc -c </tmp/udp")
    s.scenario("a firewall on the way")
    s.x("pc1", "ip route del default", "ip route add default via 192.168.50.1")
    s.x("router", "iptables -t nat -A POSTROUTING -o eth0.10 -j MASQUERADE")
    with s.capture("pc10", "eth0", "icmp"):
        s.x("pc1", f"ping -c 1 -W 1 -s 3000 {far}")
    s.x("router", "iptables -t nat -F POSTROUTING")
    s.scenario("IPv6")
    s.x("pc1", "ip -6 addr add 2001:db8:1::2/64 dev eth0 nodad", "ip -6 route add default via 2001:db8:1::1")
    s.x(
        "router",
        "ip -6 addr add 2001:db8:1::1/64 dev eth0 nodad",
        "ip -6 addr add 2001:db8:10::1/64 dev eth0.10 nodad",
    )
    s.x("router", sysctl("net.ipv6.conf.all.forwarding=1"))
    s.x(
        "pc10",
        "ip -6 addr add 2001:db8:10::2/64 dev eth0 nodad",
        "ip -6 route add default via 2001:db8:10::1",
    )
    s.wait(2)
    six = "2001:db8:10::2"
    s.x(
        "pc1",
        "ip -6 route get 2001:db8:1::1",
        "ip -6 route get 2001:db8:1::2",
        "ip -j -6 route get 2001:db8:1::2",
    )
    s.x("pc1", f"ip -6 route get {six}", f"ip -j -6 route get {six}", f"ping -c 2 -i 0.2 -W 1 -s 1400 {six}")
    s.x(
        "pc1",
        f"ip -6 route get {six}",
        f"ip -j -6 route get {six}",
        "ip -6 route show cache",
        "ip -j -6 route show cache",
    )
    with s.capture("pc1", "eth0", f"host {six}"):
        s.x("pc1", f"ping -c 1 -W 1 -s 3000 {six}")


@group("path-mtu-bridge", order=45)
def path_mtu_bridge(s: Stage) -> None:
    """Containers behind the host's NAT, and pieces that pass a bridge whose packets the firewall sees."""
    s.lan()
    s.scenario("containers")
    s.network("br", "bridge", {"Subnet": "172.28.0.0/24"})
    s.run("b1", "br")
    s.run("b2", "br")
    with s.capture(HOST, "lan0", "icmp"):
        s.x("b1", "ping -c 1 -W 1 -s 3000 192.168.50.100")
    with s.capture("b2", "eth0", "icmp"):
        s.x("b1", "ping -c 1 -W 1 -s 3000 172.28.0.3")
    s.x(HOST, "ip link set lan0 mtu 1400")
    s.x("pc1", "ip link set eth0 mtu 1400")
    s.x("b1", "ping -c 1 -W 1 -s 1400 192.168.50.100", "ip route get 192.168.50.100", "ip route show cache")
    s.x("b1", "ping -c 1 -W 1 -s 1400 192.168.50.100", "ping -c 1 -W 1 -M do -s 1400 192.168.50.100")
    s.x(HOST, "ip route get 192.168.50.100")
    s.scenario("a narrow network")
    s.network("nb", "bridge", {"Subnet": "172.29.0.0/24"}, opts={"com.docker.network.driver.mtu": "1300"})
    s.run("n1", "nb")
    s.run("n2", "nb")
    s.x(
        "n1",
        "ip link show eth0",
        "ping -c 1 -W 1 -s 2000 n2",
        "ping -c 1 -W 1 -M do -s 1272 n2",
        "ping -c 1 -M do -s 1273 n2",
    )
    s.x(HOST, "ping -c 1 -W 1 -s 1400 172.29.0.2", "ping -c 1 -W 1 -M do -s 1400 172.29.0.2")
