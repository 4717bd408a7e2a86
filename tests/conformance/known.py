"""What the embedded engine does not do as the real one, and why that may stay. An entry that differs no more is an error."""

from __future__ import annotations

from tests.conformance.suite import Known

KNOWN: tuple[Known, ...] = (
    Known(
        "host/view",
        "h1$ cat /etc/hosts",
        "The file of the engine's own host: the test engine's machine has an empty one, the model that of Debian.",
    ),
    *(
        Known(
            "claims-macvlan_bridge/own-device",
            f"switch$ bridge fdb show br br0 | grep p-host | grep -v permanent{again}",
            "The real host's NIC had spoken before (its kernel's own IPv6 reports), so the switch knows its MAC too;"
            " the model's NIC is silent until somebody uses it.",
        )
        for again in ("", " (2)")
    ),
    *(
        Known(
            "cases-addresses/FC-01 one subnet on two NICs",
            f"{container}$ ip -br addr",
            "A macvlan child counts as UP on a VLAN sub-interface that is down itself while the NIC below is up; nothing"
            " passes either way. The model calls it DOWN.",
        )
        for container in ("a1", "a2")
    ),
    Known(
        "refused-networks/pool-of-a-refused-network",
        "network create 'third' macvlan",
        "A defect of the engine (28.5): of a network that is refused for its second pool it keeps the first one until it"
        " is restarted. The model gives it back.",
    ),
)
