"""What follows ``type KIND`` in ``ip link add`` and ``ip link set``: the settings of each kind of device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ip_common import Words, number, wrong

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device

KINDS = ("bridge", "dummy", "ipvlan", "macvlan", "veth", "vlan")
MACVLAN_MODES = ("private", "vepa", "bridge", "passthru", "source")
IPVLAN_MODES = ("l2", "l3", "l3s")
IPVLAN_FLAGS = ("bridge", "private", "vepa")
VLAN_OPTIONS = ("reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding")


def vlan_id(words: Words) -> int | None:
    """The id after ``type vlan``, None where it says none."""
    vid: int | None = None
    while words:
        word = words.take()
        if word == "id":
            value = words.value()
            if not value.isdigit():
                wrong(f'Error: argument "{value}" is wrong: id is invalid')
            vid = int(value)
        elif word in ("protocol", "proto"):
            value = words.value()
            if value.lower() != "802.1q":
                wrong(f'Error: argument "{value}" is wrong: protocol is invalid')
        elif word in VLAN_OPTIONS:
            words.value()
        else:
            wrong(f'vlan: unknown command "{word}"?', 255)
    return vid


def macvlan_mode(words: Words, default: str) -> str:
    """The mode after ``type macvlan``."""
    mode = default
    while words:
        word = words.take()
        if word == "mode":
            mode = words.value()
            if mode not in MACVLAN_MODES:
                listed = ", ".join(f'"{m}"' for m in MACVLAN_MODES[:-1])
                wrong(f'Error: argument of "mode" must be {listed} or "{MACVLAN_MODES[-1]}", not "{mode}"', 1)
        elif word in ("bcqueuelen", "flag"):
            words.value()
        elif word != "nopromisc":
            wrong(f'macvlan: unknown command "{word}"?', 255)
    return mode


def ipvlan_mode(words: Words, mode: str, flag: str) -> tuple[str, str]:
    """Mode and flag after ``type ipvlan``."""
    while words:
        word = words.take()
        if word == "mode":
            mode = words.value()
            if mode not in IPVLAN_MODES:
                wrong('Error: argument of "mode" must be either "l2", "l3" or "l3s"', 1)
        elif word in IPVLAN_FLAGS:
            flag = word
        else:
            wrong(f'ipvlan: unknown option "{word}"?', 255)
    return mode, flag


def bridge_settings(device: Device, words: Words) -> None:
    """Settings of a bridge: ``type bridge vlan_filtering 1 ageing_time 30000``."""
    while words:
        word = words.take()
        if word == "vlan_filtering":
            device.vlan_filtering = bool(number(word, words.value(), 0, 255))  # type: ignore[attr-defined]
        elif word == "ageing_time":
            device.ageing_time = number(word, words.value()) / 100  # type: ignore[attr-defined]
        elif word == "vlan_default_pvid":
            device.set_default_pvid(number(word, words.value(), 0, 4094))  # type: ignore[attr-defined]
        elif word in STP_SETTINGS:
            device.stp.set(word, number(word, words.value()))  # type: ignore[attr-defined]
        elif word == "fdb_flush":
            device.flush_fdb()  # type: ignore[attr-defined]
        elif word in BRIDGE_OPTIONS:
            device.settings[word] = words.value()  # type: ignore[attr-defined]
        else:
            wrong(
                f'bridge: unknown command "{word}"?\nUsage: ... bridge [ fdb_flush ] [ OPTION VALUE ]...', 1
            )


STP_SETTINGS = {"forward_delay", "hello_time", "max_age", "stp_state", "priority"}
BRIDGE_OPTIONS = {
    "mst_enabled", "group_fwd_mask",
    "group_address", "no_linklocal_learn", "fdb_max_learned", "vlan_protocol",
    "vlan_stats_enabled", "vlan_stats_per_port", "mcast_snooping", "mcast_vlan_snooping", "mcast_router",
    "mcast_query_use_ifaddr", "mcast_querier", "mcast_hash_elasticity", "mcast_hash_max",
    "mcast_last_member_count", "mcast_startup_query_count", "mcast_last_member_interval",
    "mcast_membership_interval", "mcast_querier_interval", "mcast_query_interval",
    "mcast_query_response_interval", "mcast_startup_query_interval", "mcast_stats_enabled",
    "mcast_igmp_version", "mcast_mld_version", "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables",
}  # fmt: skip
"""Options of a bridge that are taken and have no effect in the model."""
