"""Routes that a DHCP server hands out: option 121."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.kernel.dhcp import packed_routes, unpacked_routes


def test_routes_are_packed_as_the_rfc_shows():
    # RFC 3442: 10.0.0.0/8 is 8.10, 10.27.129.0/24 is 24.10.27.129, the default is 0, each followed by its gateway.
    packed = packed_routes(
        (("10.0.0.0/8", "10.1.1.1"), ("10.27.129.0/24", "10.1.1.2"), ("0.0.0.0/0", "10.1.1.3"))
    )
    assert packed == bytes([8, 10, 10, 1, 1, 1, 24, 10, 27, 129, 10, 1, 1, 2, 0, 10, 1, 1, 3])


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4)), max_size=8))
def test_what_was_packed_is_unpacked(routes):
    from ipaddress import ip_network

    plain = tuple((str(ip_network(f"{a}/{n}", strict=False)), str(g)) for a, n, g in routes)
    assert unpacked_routes(packed_routes(plain)) == plain


@given(st.binary(max_size=60))
def test_rubbish_gives_no_error(data):
    assert isinstance(unpacked_routes(data), tuple)
