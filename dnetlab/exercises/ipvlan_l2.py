"""IPVLAN L2: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

from dnetlab.exercises import on_lan

QUESTIONS = (
    on_lan.macs_differ("With ipvlan all share the MAC of the host's NIC."),
    on_lan.HOST_REACHES,
)

EXERCISES = (
    on_lan.NEWCOMER,
    on_lan.TWIN,
    on_lan.shim(
        "ipvlan mode l2",
        on_lan.wrong_shim("macvlan mode bridge"),
        (
            "A route alone does not help: parent and child never exchange frames.",
            "A sibling helps, of the same kind as the containers: macvlan and ipvlan cannot share a parent.",
            "ip link add shim0 link {nic} type ipvlan mode l2, the address, up, and a route to {first} through it.",
        ),
    ),
)
