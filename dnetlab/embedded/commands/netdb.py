"""Names of services, protocols and networks, as the lab image's /etc has them (services(5), protocols(5))."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A line of /etc/services."""

    name: str
    port: int
    proto: str
    aliases: tuple[str, ...] = ()


def _services() -> tuple[Service, ...]:
    made = []
    for line in SERVICE_LINES.split("\n"):
        name, port, protos, *aliases = line.split()
        made += [Service(name, int(port), proto, tuple(aliases)) for proto in protos.split(",")]
    return tuple(made)


SERVICE_LINES = """echo 7 tcp,udp
discard 9 tcp,udp sink null
daytime 13 tcp,udp
ftp-data 20 tcp
ftp 21 tcp
ssh 22 tcp
telnet 23 tcp
smtp 25 tcp mail
time 37 tcp,udp timserver
domain 53 tcp,udp
bootps 67 udp
bootpc 68 udp
tftp 69 udp
http 80 tcp www
kerberos 88 tcp,udp kerberos5 krb5 kerberos-sec
pop3 110 tcp pop-3
sunrpc 111 tcp,udp portmapper
ntp 123 udp
imap2 143 tcp imap
snmp 161 tcp,udp
bgp 179 tcp
ldap 389 tcp,udp
https 443 tcp,udp
syslog 514 udp
ldaps 636 tcp,udp
imaps 993 tcp
openvpn 1194 tcp,udp
radius 1812 tcp,udp
nfs 2049 tcp,udp
mysql 3306 tcp
ms-wbt-server 3389 tcp
postgresql 5432 tcp postgres
mdns 5353 udp
http-alt 8080 tcp,udp webcache
omniorb 8088 tcp"""
SERVICES = _services()
_NAMES = {(service.port, service.proto): service.name for service in SERVICES}
_PORTS = {(name, s.proto): s.port for s in SERVICES for name in (s.name, *s.aliases)}

PROTOCOLS = (
    ("ip", 0, "IP"), ("icmp", 1, "ICMP"), ("igmp", 2, "IGMP"), ("tcp", 6, "TCP"), ("udp", 17, "UDP"),
    ("gre", 47, "GRE"), ("esp", 50, "IPSEC-ESP"), ("ah", 51, "IPSEC-AH"), ("ipv6-icmp", 58, "IPv6-ICMP"),
    ("ospf", 89, "OSPFIGP"), ("vrrp", 112, "VRRP"), ("sctp", 132, "SCTP"),
)  # fmt: skip
NETWORKS = (("default", "0.0.0.0"), ("loopback", "127.0.0.0"), ("link-local", "169.254.0.0"))


def service_name(port: int, proto: str = "tcp") -> str | None:
    """The name of a port, None where it has none."""
    return _NAMES.get((port, proto))


def service_port(name: str, proto: str = "tcp") -> int | None:
    """The port of a service, None where there is none of that name."""
    return _PORTS.get((name, proto))


def files() -> dict[str, str]:
    """The files of /etc with these names."""
    services = "".join(
        f"{s.name}\t\t{s.port}/{s.proto}" + "".join(f"\t{alias}" for alias in s.aliases) + "\n"
        for s in SERVICES
    )
    protocols = "".join(f"{name}\t{number}\t{alias}\n" for name, number, alias in PROTOCOLS)
    return {
        "services": f"# Network services, Internet style\n{services}",
        "protocols": f"# Internet (IP) protocols\n{protocols}",
        "networks": "".join(f"{name}\t\t{address}\n" for name, address in NETWORKS),
        "nsswitch.conf": "passwd:         files\ngroup:          files\n\nhosts:          files dns\nnetworks:       files\n",
        "host.conf": "multi on\n",
        "debian_version": "13.8\n",
        "issue": "Debian GNU/Linux 13 \\n \\l\n\n",
    }
