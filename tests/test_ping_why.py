"""What a ping that died says of itself."""

from __future__ import annotations

import dnetlab


def test_a_lost_ping_tells_where_it_died_and_what_cures_it():
    with dnetlab.Lab("ipvlan_l3", engine="embedded") as lab:
        lab.build()
        lost = lab.ping("web", "pc1")
        assert not lost.ok
        assert "pc1 has no route back to 10.50.1.2" in lost.why
        assert "ip route add 10.50.1.0/24 via 192.168.50.2" in lost.why


def test_a_ping_that_arrives_tells_its_way():
    with dnetlab.Lab("macvlan_bridge", engine="embedded") as lab:
        lab.build()
        arrived = lab.ping("web", "pc1")
        assert arrived.ok
        assert "switch: in at p-host" in arrived.why
