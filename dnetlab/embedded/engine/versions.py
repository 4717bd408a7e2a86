"""What differs between engine versions, as data.

Every other module asks this table; none compares version numbers. The model's own version is 28.5.2 and its
goldens; the differences of 26.1.5 and 20.10.24 were seen on those engines (``witness-26.1.5``,
``witness-native-20.10``) or read in the changelog of the API.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """The behaviour of one engine version, as far as a learner meets it.

    Attributes:
        number: the engine's version.
        api: the newest API version it speaks.
        min_api: the oldest API version it speaks.
        go: the Go version it reports.
        kernel: the kernel version that the host reports.
        random_macs: interfaces get a new random MAC at each start; else 02:42 and the IPv4 address.
        lowest_pool: an automatic subnet is the lowest free one; else the search goes on where it last ended.
        parents_shared: several macvlan networks may have one parent (none of them in mode passthru).
        gateway_optional: macvlan and ipvlan without a parent, and ipvlan L3, take no address for a gateway.
        ipam_validated: subnets, ranges and gateways are checked before anything else, all problems at once.
        pool_prefix: what is put before "Pool overlaps ...".
        start_prefix: what is put before a failure to set up networking at a container's start.
        active_endpoints_listed: the refusal to remove a used network lists its endpoints.
        unique_names: a second network of a name is always refused; else only if the request asks for the
            check.
        endpoint_lookup_names: endpoint inspection shows DNSNames; else the short id stands among the aliases.
        enable_ipv4: EnableIPv4 and GwPriority exist.
        resolv_header: resolv.conf is written with the engine's comments.
        host_marked: the comment lists host resolvers as ``host(ADDRESS)``.
        hosts_ipv6_net: how /etc/hosts writes the two IPv6 prefixes.
        no_pool: what an automatic subnet fails with: status and message.
        slash31: both addresses of a /31 can be used.
        empty_name: the message that refuses an empty network name.
        endpoint_validated: static addresses and aliases are checked at create time with all problems listed.
        firewall: which generation of firewall rules it writes (28 or 26); from 28 on, unpublished ports are closed to
            routed neighbours, also in the raw table.
        interface_lowest: a new interface in a container gets the lowest free number; else the next unused
            one.
        peer_in_sandbox: the container's end of a veth is made in its namespace; else in the host's, and
            moved.
        not_running: how an exec in a stopped container is refused, before the id.
        host_refusals: how connecting to, and disconnecting from, the host network is refused.
        bridge_random_mac: a bridge gets a random MAC; else 02:42 and four random octets.
    """

    number: str
    api: str
    min_api: str
    go: str
    kernel: str = "6.12.48"
    random_macs: bool = True
    lowest_pool: bool = True
    parents_shared: bool = True
    gateway_optional: bool = True
    ipam_validated: bool = True
    pool_prefix: str = "invalid pool request: "
    start_prefix: str = "failed to set up container networking: "
    active_endpoints_listed: bool = True
    unique_names: bool = True
    endpoint_lookup_names: bool = True
    enable_ipv4: bool = True
    resolv_header: bool = True
    host_marked: bool = True
    hosts_ipv6_net: tuple[str, str] = ("fe00::", "ff00::")
    no_pool: tuple[int, str] = (400, "all predefined address pools have been fully subnetted")
    slash31: bool = True
    empty_name: str = "invalid name: name is empty"
    endpoint_validated: bool = True
    bridge_random_mac: bool = True
    firewall: int = 28
    interface_lowest: bool = True
    peer_in_sandbox: bool = True
    not_running: str = "container"
    host_refusals: tuple[str, str] = (
        "cannot connect container to host network - container must be created in host network mode",
        "cannot disconnect container from host network - container was created in host network mode",
    )


_28: Final = EngineVersion(number="28.5.2", api="1.51", min_api="1.24", go="go1.24.9")
_26: Final = replace(
    _28,
    number="26.1.5",
    api="1.45",
    min_api="1.24",
    go="go1.23.2",
    random_macs=False,
    lowest_pool=False,
    parents_shared=False,
    gateway_optional=False,
    pool_prefix="",
    start_prefix="",
    active_endpoints_listed=False,
    enable_ipv4=False,
    host_marked=False,
    hosts_ipv6_net=("fe00::0", "ff00::0"),
    no_pool=(
        404,
        "could not find an available, non-overlapping IPv4 address pool among the defaults"
        " to assign to the network",
    ),
    empty_name="invalid name: ",
    bridge_random_mac=False,
    firewall=26,
    interface_lowest=False,
    peer_in_sandbox=False,
    host_refusals=("container cannot be disconnected from host network or connected to host network",) * 2,
)
_20: Final = replace(
    _26,
    number="20.10.24",
    api="1.41",
    min_api="1.12",
    go="go1.19.8",
    ipam_validated=False,
    unique_names=False,
    endpoint_lookup_names=False,
    resolv_header=False,
    slash31=False,
    endpoint_validated=False,
    not_running="Container",
)

VERSIONS: Final = {"28.5": _28, "26.1": _26, "20.10": _20}
"""The versions that the model can play, by the name that ``Engine(version=)`` takes."""


def engine_version(name: str) -> EngineVersion:
    """The table's row for a version such as "28.5" or "28.5.2".

    Raises:
        ValueError: the model does not know that version; the message lists those it knows.
    """
    for key, version in VERSIONS.items():
        if name in (key, version.number):
            return version
    raise ValueError(f"no engine version {name!r} in the model; it knows {', '.join(VERSIONS)}")
