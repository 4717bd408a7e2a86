"""Reading dumps: what is odd or broken is left out and named, never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab import types
from dnetlab.embedded.kernel import Kernel
from dnetlab.explain import dump, mirror

LINKS = """@@ links
[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"addr_info":[]},
 {"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500,"address":"02:00:00:00:00:02","linkinfo":{"info_kind":"strange"},
  "addr_info":[{"family":"inet","local":"10.9.9.9","prefixlen":24}]},
 {"ifindex":3,"ifname":"mv0","link_index":99,"flags":[],"linkinfo":{"info_kind":"macvlan","info_data":{"mode":"bridge"}}}]
@@ routes
[{"dst":"default","gateway":"10.1.1.1","dev":"eth7"}]
@@ settings
/proc/sys/net/ipv4/ip_forward:1
/proc/sys/net/ipv4/nonsense:1
@@ rules
*filter
:INPUT ACCEPT [0:0]
:MINE - [0:0]
-A INPUT -m nosuchmatch --x -j MINE
-A INPUT -s 10.0.0.0/8 -j DROP
COMMIT
"""


def test_what_the_model_has_no_words_for_is_named() -> None:
    plan = types.get("macvlan_bridge").plan()
    made = mirror.build({"host": dump.parse(LINKS)}, plan)
    notes = " | ".join(made.notes)
    for part in (
        "mv0 of host, whose parent was not found",
        "1 firewall rules of host",
        "route default of host",
    ):
        assert part in notes
    host = made.machines["host"]
    assert host.sysctl.get("net.ipv4.ip_forward") == "1"
    assert [r.text() for r in host.netfilter().table("filter").chains["INPUT"].rules] == [
        "-s 10.0.0.0/8 -j DROP"
    ]


@given(st.text(max_size=300))
def test_garbage_is_an_empty_dump_or_harmless(text: str) -> None:
    assert isinstance(dump.parse("@@ links\n" + text).links, list)


@given(st.text(alphabet="-*:ADFIOUNTPabc \n", max_size=200))
def test_garbage_rules_are_skipped(text: str) -> None:
    skipped = mirror.load_rules(Kernel().namespace("a"), text)
    assert all(line.startswith("-A ") for line in skipped)


def test_dumps_of_several_machines_are_told_apart() -> None:
    found = dump.split("@@@ host\n" + LINKS + "@@@ pc1\n@@ links\n[]\n")
    assert set(found) == {"host", "pc1"}
    assert len(found["host"].links) == 3 and found["pc1"].links == []


@pytest.mark.real
def test_on_a_real_engine_the_model_says_what_the_engine_shows(test_engine: str) -> None:
    import dnetlab
    from dnetlab.explain import _model

    for kind in ("macvlan_bridge", "ipvlan_l3", "user_bridge"):
        with dnetlab.Lab(kind, engine=test_engine) as lab:
            lab.build()
            reach = lab.reach()
            made = mirror.read(lab)
            assert made.notes == ()
            for source in reach.machines:
                for target in reach.machines:
                    if source != target:
                        said = _model(made, source, target, lab.target(target))
                        assert (source, target, said.ok) == (source, target, bool(reach[source, target]))
            found = lab.explain("web", "pc1")
            assert found.mirrored and found.seen is not None and found.agrees
