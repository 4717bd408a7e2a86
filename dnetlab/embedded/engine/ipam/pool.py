"""The addresses of one subnet: which are taken, which comes next."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressTaken(Exception):
    """The wanted address belongs to somebody else."""


class NoAddress(Exception):
    """Every address of the pool (or of its range) is taken."""


class OutOfRange(Exception):
    """The wanted address does not lie in the subnet."""


class AddressPool:
    """The addresses of a subnet. The lowest free one is given first; a released one may come again at once.

    The network address and, in IPv4, the broadcast address are reserved, but not in a /31 or /32 (RFC 3021);
    in IPv6 the subnet-router anycast address is (RFC 4291, 2.6.1). With ``slash31=False`` (Engine 20.10) a
    /31 has no usable address. Cost does not depend on the subnet's size: a /8 is as good as a /28.
    """

    def __init__(self, subnet: Network, *, slash31: bool = True) -> None:
        self.subnet = subnet
        first, last = int(subnet.network_address), int(subnet.broadcast_address)
        bits = subnet.max_prefixlen - subnet.prefixlen
        self._taken: set[int] = set()
        self._lowest: dict[tuple[int, int], int] = {}
        if subnet.version == 6 or bits > 1 or not slash31:
            self._taken.add(first)
        if subnet.version == 4 and (bits > 1 or not slash31):
            self._taken.add(last)

    def __len__(self) -> int:
        """How many addresses are taken, the reserved ones among them."""
        return len(self._taken)

    def __contains__(self, address: Address) -> bool:
        return int(address) in self._taken

    def take(self, address: Address) -> Address:
        """Takes one address.

        Raises:
            OutOfRange: it is not in the subnet.
            AddressTaken: it is taken or reserved.
        """
        if address not in self.subnet:
            raise OutOfRange(str(address))
        if int(address) in self._taken:
            raise AddressTaken(str(address))
        self._taken.add(int(address))
        return address

    def take_any(self, within: Network | None = None) -> Address:
        """Takes the lowest free address, of the subnet or of a range in it.

        Raises:
            NoAddress: all are taken.
        """
        span = within or self.subnet
        if span.prefixlen < self.subnet.prefixlen:
            span = self.subnet
        first, last = int(span.network_address), int(span.broadcast_address)
        candidate = self._lowest.get((first, last), first)
        while candidate in self._taken:
            candidate += 1
        self._lowest[first, last] = candidate
        if candidate > last:
            raise NoAddress(str(span))
        self._taken.add(candidate)
        return ip_address(candidate) if self.subnet.version == 4 else IPv6Address(candidate)

    def release(self, address: Address) -> None:
        """Gives an address back. One that is not taken is left alone."""
        number = int(address)
        self._taken.discard(number)
        for span, lowest in self._lowest.items():
            if span[0] <= number < lowest:
                self._lowest[span] = number
