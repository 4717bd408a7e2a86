"""Published UDP ports, and docker-proxy, which takes what the firewall does not translate."""

from __future__ import annotations

from tests.conformance.stage import HOST, Stage
from tests.conformance.suite import group

# Each listener answers the first who writes to it, and from then on hears nobody else.
LISTENERS = range(18001, 18008)
PONG = f"for p in {' '.join(map(str, LISTENERS))}; do echo pong | nc -u -l -p $p & done; sleep infinity"
CLOSED = 18009


@group("published-udp", order=13)
def published_udp(s: Stage) -> None:
    """Who reaches a published UDP port at which address, and from whom the container hears it."""
    ports = {f"{port}/udp": [{"HostPort": str(port)}] for port in (*LISTENERS, CLOSED)}
    s.lan()
    s.scenario("udp-server")
    s.run(
        "udp", command=["sh", "-c", PONG], ExposedPorts={p: {} for p in ports}, host={"PortBindings": ports}
    )
    s.run("b1")
    s.wait_for("udp", f"[ $(ss -lun | grep -c 0.0.0.0:1800) = {len(LISTENERS)} ]")
    s.x(HOST, "ss -lun | grep :18001 | sort", "iptables -t nat -S DOCKER | grep 18001")

    s.scenario("udp-from-the-host")
    with s.capture("udp", "eth0", "udp"):
        s.x(HOST, "echo ping | nc -u -w 1 127.0.0.1 18001")
    s.x(HOST, "ss -un")
    s.x(HOST, "echo ping | nc -6 -u -w 1 ::1 18002", "echo ping | nc -u -w 1 127.0.0.2 18003")
    s.x(HOST, "echo ping | nc -u -w 1 192.168.50.2 18004")

    s.scenario("udp-from-the-lan")
    s.x("pc1", "echo ping | nc -u -w 1 192.168.50.2 18005")

    s.scenario("udp-from-the-same-bridge")
    with s.capture("udp", "eth0", "udp"):
        s.x("b1", "echo ping | nc -u -w 1 172.17.0.1 18006")
    s.x("b1", "echo ping | nc -u -w 1 192.168.50.2 18007")

    s.scenario("udp-nobody-listens")
    # docker-proxy's port is open, whatever the container's is; what is translated is refused by the container.
    with s.capture(HOST, "docker0", "udp or icmp"):
        s.x(HOST, f"echo ping | nc -u -w 1 127.0.0.1 {CLOSED}; echo $?")
    s.x(HOST, f"nc -z -u -v -w 1 127.0.0.1 {CLOSED}", f"nc -z -u -v -w 1 192.168.50.2 {CLOSED}")
    s.remove("udp", "b1")
    s.scenario("udp-removed")
    s.x(HOST, "ss -aun | grep -c :1800", "echo ping | nc -u -w 1 127.0.0.1 18001; echo $?")
