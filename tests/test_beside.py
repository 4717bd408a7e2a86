"""Several labs on one engine, each with a NIC, a LAN and names of its own."""

from __future__ import annotations

import pytest

from dnetlab import Lab
from dnetlab.engine import Engine, find
from dnetlab.errors import InUse

SECOND = {
    "nic": "lan1",
    "subnet": "192.168.60.0/24",
    "gateway": "192.168.60.1",
    "ip_range": "192.168.60.192/27",
    "names": "web2, db2",
}


def both(engine: Engine) -> None:
    with Lab("user_bridge", engine=engine) as first, Lab("macvlan_bridge", engine=engine, **SECOND) as second:
        assert first.build().differences == ()
        assert second.build().differences == ()
        for lab in (first, second):
            assert [v for v in lab.claims() if not v.holds] == []
        first.remove()
        assert second.state().differences == ()


def test_two_labs_stand_side_by_side_and_every_claim_holds_in_both() -> None:
    both(find("embedded"))


def test_two_labs_stand_side_by_side_on_a_real_engine(test_engine: str) -> None:
    both(find(test_engine))


def test_a_second_lab_with_the_same_nic_is_refused_and_the_first_one_stays() -> None:
    engine = find("embedded")
    with Lab("user_bridge", engine=engine) as first:
        first.build()
        wanted = {k: v for k, v in SECOND.items() if k != "nic"}
        with pytest.raises(InUse, match='nic="lan1"'):
            Lab("macvlan_bridge", engine=engine, **wanted).build()
        assert first.state().differences == ()


@pytest.mark.parametrize("type", ["default_bridge", "user_bridge", "host", "macvlan_8021q", "ipvlan_l3"])
def test_a_lab_can_leave_the_learners_own_subnet_alone(type: str) -> None:
    with Lab(type, engine="embedded", lan="192.168.60.0/24") as lab:
        assert lab.build().differences == ()
        assert lab.address("pc1") == "192.168.60.100"
        assert [v for v in lab.claims() if not v.holds] == []
