"""DHCP across the LAN (RFC 2131)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from labs import Lan, up

from dnetlab.embedded.kernel import DhcpClient, DhcpServer, Namespace
from dnetlab.embedded.kernel.dhcp import DhcpMessage


def laptop(lan: Lan, name: str) -> Namespace:
    machine = up(lan.kernel, name)
    port, inner = lan.switch.add_veth(f"p-{name}", "eth0", peer_namespace=machine)
    port.set_master(lan.br0)
    port.set_up()
    inner.set_up()
    return machine


def serve(lan: Lan, first: str = "192.168.50.3", last: str = "192.168.50.99") -> DhcpServer:
    return DhcpServer(
        lan.router, lan.router.device("eth0"), first, last, "255.255.255.0", "192.168.50.1", lease_time=3600.0
    )


def test_clients_get_addresses_in_order_and_a_default_route(lan: Lan) -> None:
    serve(lan)
    for name, address in (("one", "192.168.50.3"), ("two", "192.168.50.4")):
        machine = laptop(lan, name)
        client = DhcpClient(machine, machine.device("eth0"))
        client.start()
        assert lan.kernel.run_until(lambda c=client: c.lease, 5.0)
        assert client.lease is not None
        assert (client.lease.address, client.lease.server, client.lease.router) == (
            address,
            "192.168.50.1",
            "192.168.50.1",
        )
        client.lease.apply(machine.device("eth0"))
        assert [str(r) for r in machine.routes()] == [
            "default via 192.168.50.1 dev eth0",
            "192.168.50.0/24 dev eth0",
        ]
        assert lan.reaches(machine, "192.168.50.100")
        assert [text for _, text in client.events] == [
            "broadcasting discover",
            f"broadcasting select for {address}, server 192.168.50.1",
            f"lease of {address} obtained from 192.168.50.1, lease time 3600",
        ]


def test_the_same_client_gets_the_same_address_again(lan: Lan) -> None:
    server = serve(lan)
    machine = laptop(lan, "one")
    for _ in range(2):
        client = DhcpClient(machine, machine.device("eth0"))
        client.start()
        lan.kernel.run_until(lambda c=client: c.lease, 5.0)
        assert client.lease is not None and client.lease.address == "192.168.50.3"
    assert next(iter(server.leases.values()))[0] == "192.168.50.3"


def test_without_a_server_the_client_gives_up(lan: Lan) -> None:
    machine = laptop(lan, "one")
    client = DhcpClient(machine, machine.device("eth0"), tries=3)
    client.start()
    lan.kernel.advance(8.9)
    assert not client.failed
    lan.kernel.advance(0.2)
    assert client.failed and client.lease is None
    assert [text for _, text in client.events] == ["broadcasting discover"] * 3 + ["no lease, failing"]


def test_an_empty_pool_offers_nothing(lan: Lan) -> None:
    serve(lan, "192.168.50.3", "192.168.50.3")
    leases = []
    for name in ("one", "two"):
        machine = laptop(lan, name)
        client = DhcpClient(machine, machine.device("eth0"))
        client.start()
        lan.kernel.run_until(lambda c=client: c.lease or c.failed, 20.0)
        leases.append(client.lease and client.lease.address)
    assert leases == ["192.168.50.3", None]


def test_a_client_in_another_vlan_hears_nothing(lan: Lan) -> None:
    serve(lan)
    client = DhcpClient(lan.pc10, lan.pc10.device("eth0"))
    client.start()
    lan.kernel.run_until(lambda: client.lease or client.failed, 20.0)
    assert client.failed


def test_a_macvlan_container_can_lease_an_address_of_the_lan(lan: Lan) -> None:
    serve(lan)
    m1 = lan.macvlan("m1", "192.168.50.192/24", gateway=None)
    client = DhcpClient(m1, m1.device("eth0"))
    client.start()
    assert lan.kernel.run_until(lambda: client.lease, 5.0)


@given(st.binary(max_size=400))
def test_garbage_is_no_message(data: bytes) -> None:
    message = DhcpMessage.decode(data)
    assert message is None or message.kind >= 0


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 8),
    st.dictionaries(st.integers(1, 52), st.binary(min_size=1, max_size=20), max_size=5),
)
def test_messages_survive_the_wire(xid: int, kind: int, options: dict[int, bytes]) -> None:
    message = DhcpMessage(
        1, xid, "02:00:00:00:00:01", kind, "10.0.0.1", "10.0.0.2", "10.0.0.3", 0x8000, options
    )
    assert DhcpMessage.decode(message.encode()) == message
