"""Whom a flooded frame reaches, and that what nobody listens to is counted all the same."""

from __future__ import annotations

from dnetlab.embedded.kernel import Device, Kernel


class Room:
    """Machines on one bridge: 10.0.0.1, 10.0.0.2 ..."""

    def __init__(self, count: int) -> None:
        self.kernel = Kernel()
        self.switch = self.kernel.namespace("switch")
        self.bridge = self.switch.add_bridge("br0")
        self.bridge.set_up()
        self.machines = []
        self.cards: list[Device] = []
        for number in range(1, count + 1):
            machine = self.kernel.namespace(f"m{number}")
            card, port = machine.add_veth("eth0", f"p{number}", self.switch)
            port.set_master(self.bridge)
            card.add_address(f"10.0.0.{number}/24", nodad=True)
            for end in (card, port):
                end.ipv6 = False
                end.set_up()
            self.machines.append(machine)
            self.cards.append(card)
        self.kernel.advance(3)

    def received(self) -> list[int]:
        return [card.stats.rx_packets for card in self.cards]

    def ping(self, source: int, address: str) -> bool:
        return self.kernel.ping(self.machines[source - 1], address).ok


def test_a_question_counts_at_every_machine_but_its_asker() -> None:
    room = Room(4)
    before = room.received()
    assert room.ping(1, "10.0.0.2")
    # The asker gets an answer and a reply, the one asked a question and a request, the others a question each.
    assert [now - then for now, then in zip(room.received(), before, strict=True)] == [2, 2, 1, 1]


def test_counts_are_the_same_for_a_machine_that_is_watched() -> None:
    room = Room(4)
    capture = room.kernel.capture(room.cards[2])
    before = room.received()
    assert room.ping(1, "10.0.0.2")
    assert [now - then for now, then in zip(room.received(), before, strict=True)] == [2, 2, 1, 1]
    assert len(capture.frames) == 1


def test_counts_survive_a_change_of_the_ports() -> None:
    room = Room(3)
    before = room.received()
    assert room.ping(1, "10.0.0.2")
    room.cards[2].set_down()
    room.ping(2, "10.0.0.9")
    assert room.received()[2] - before[2] == 1


def test_a_capture_sees_the_next_broadcast() -> None:
    room = Room(3)
    assert room.ping(1, "10.0.0.2")
    capture = room.kernel.capture(room.cards[2])
    room.ping(1, "10.0.0.9")
    assert len(capture.frames) >= 1
    capture.close()
    seen = len(capture.frames)
    room.ping(2, "10.0.0.9")
    assert len(capture.frames) == seen


def test_an_address_counts_from_the_moment_it_is_there() -> None:
    room = Room(3)
    assert not room.ping(1, "10.0.0.77")
    room.cards[2].add_address("10.0.0.77/24")
    assert room.ping(1, "10.0.0.77")


def test_a_neighbour_with_a_new_mac_is_heard_by_those_who_know_it() -> None:
    room = Room(3)
    assert room.ping(3, "10.0.0.1")
    room.kernel.advance(2)  # an entry is locked for a second after its last change
    room.cards[0].set_mac("02:00:00:00:00:aa")
    assert room.ping(1, "10.0.0.2")
    known = {n.address: n.mac for n in room.machines[2].neighbours()}
    assert known["10.0.0.1"] == "02:00:00:00:00:aa"


def test_a_port_setting_counts_at_once() -> None:
    room = Room(3)
    assert room.ping(1, "10.0.0.2")
    room.machines[0].flush_neighbours()
    room.bridge.ports["p2"].bcast_flood = False
    assert not room.ping(1, "10.0.0.2")
    room.machines[0].flush_neighbours()
    room.bridge.ports["p2"].bcast_flood = True
    assert room.ping(1, "10.0.0.2")


def test_vlan_filtering_counts_at_once() -> None:
    room = Room(2)
    room.bridge.vlan_add(room.switch.device("p2"), 5, pvid=True, untagged=True)
    room.bridge.vlan_delete(room.switch.device("p2"), 1)
    assert room.ping(1, "10.0.0.2")
    room.machines[0].flush_neighbours()
    room.bridge.vlan_filtering = True
    assert not room.ping(1, "10.0.0.2")
