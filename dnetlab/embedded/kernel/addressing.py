"""Addresses of devices: adding and removing, the routes that come with them, IPv6 autoconfiguration.

Linux net/ipv4/devinet.c and net/ipv6/addrconf.c; duplicate detection as in RFC 4862 section 5.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .frames import ETH_IPV6, ICMPV6, Frame, Mld, Ndp, packet
from .inet import Address
from .ipvlan import Ipvlan
from .mtu import IPV6_MINIMUM

if TYPE_CHECKING:
    from .stack import Stack

DAD_DELAY = 1.0
DAD_WAIT = 1.0


class Addressing:
    """The addresses of a namespace's devices."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._kernel = stack.kernel

    # by hand ---------------------------------------------------------------------------------------------

    def add(
        self,
        dev: Device,
        cidr: str,
        broadcast: str | None,
        scope: str | None,
        nodad: bool,
        noprefixroute: bool,
        label: str | None,
        replace: bool,
    ) -> Address:
        """Give a device an address (EEXIST, EINVAL, EACCES where IPv6 is disabled, EADDRINUSE)."""
        text, length = ip.split_cidr(cidr)
        family = ip.family(text)
        # IPv4 multicast addresses are taken, senseless as they are (tried on Linux 7.2).
        if family == 4 and text == ip.LIMITED_BROADCAST:
            raise KernelError("EINVAL", f"{text} is not an address of a host")
        if family == 6 and ip.is_multicast(text):
            raise KernelError("EADDRNOTAVAIL", f"{text} is not an address of a host")
        if family == 6 and not dev.ipv6:
            raise KernelError("EACCES", f"IPv6 is disabled on {dev.name}")
        dev.check_address(text)
        same = [a for a in dev.addresses if a.address == text and (family == 6 or a.prefixlen == length)]
        if same:
            if not replace:
                said = "ipv4: Address already assigned" if family == 4 else "ipv6: address already assigned"
                raise KernelError("EEXIST", f"{cidr} on {dev.name}", said)
            return same[0]
        if scope is None:
            scope = "host" if ip.is_loopback(text) else "link" if ip.is_link_local(text) else "global"
        if broadcast in ("+", "-"):
            broadcast = ip.broadcast(text, length) if broadcast == "+" and length < 31 else None
        noarp = dev.noarp or dev.kind == "loopback"
        address = Address(
            text,
            length,
            family,
            scope,
            None if broadcast is None else ip.canonical(broadcast),
            (label or dev.name) if family == 4 else None,
            None,
            tentative=family == 6 and not nodad and not noarp,
            nodad=nodad and family == 6,
            secondary=family == 4
            and any(a.family == 4 and a.network == ip.network(text, length) for a in dev.addresses),
            noprefixroute=noprefixroute,
        )
        dev.addresses.append(address)
        if dev.up:
            self._activate(dev, address)
        if isinstance(dev, Ipvlan):
            dev.address_changed(text, present=True)
        return address

    def remove(self, dev: Device, cidr: str) -> None:
        """Take an address away (EADDRNOTAVAIL); the secondary ones of its prefix go with a primary one."""
        text, length = ip.split_cidr(cidr)
        found = [a for a in dev.addresses if a.address == text and (a.prefixlen == length or "/" not in cidr)]
        if not found:
            said = "ipv4: Address not found" if "." in text else "ipv6: address not found"
            raise KernelError("EADDRNOTAVAIL", f"{cidr} on {dev.name}", said)
        gone = found[:1]
        if found[0].family == 4 and not found[0].secondary:
            gone += [a for a in dev.addresses if a.secondary and a.network == found[0].network]
        for address in gone:
            dev.addresses.remove(address)
            self._deactivate(dev, address)
            if isinstance(dev, Ipvlan):
                dev.address_changed(address.address, present=False)
        if gone[0].family == 4 and not any(a.family == 4 for a in dev.addresses):
            # Without its last address a device takes no part in IPv4 any more (fib_disable_ip).
            self._stack.routing.drop_device(dev, 4)
            self._stack.neighbours.flush(dev, 4)

    def _activate(self, dev: Device, address: Address) -> None:
        stack = self._stack
        stack.local.setdefault(address.address, []).append(dev)
        if address.family == 4 and address.prefixlen < 31:
            stack.broadcasts[ip.broadcast(address.address, address.prefixlen)] = dev
        if address.family == 4 and dev.kind == "loopback":
            stack.routing.forget()
        else:
            stack.routing.connect(dev, address)
        stack.routing.forget()
        if address.tentative and dev.carrier:
            self._begin_dad(dev, address)

    def _deactivate(self, dev: Device, address: Address) -> None:
        stack = self._stack
        owners = stack.local.get(address.address)
        if owners is None or dev not in owners:
            return
        owners.remove(dev)
        if not owners:
            del stack.local[address.address]
        if address.family == 4 and address.prefixlen < 31:
            last = ip.broadcast(address.address, address.prefixlen)
            if stack.broadcasts.get(last) is dev and not any(
                a.network == address.network and a is not address for a in dev.addresses
            ):
                del stack.broadcasts[last]
        stack.routing.disconnect(dev, address)

    # devices ---------------------------------------------------------------------------------------------

    def device_up(self, dev: Device) -> None:
        """Activate what a device has; loopback gets its addresses by itself."""
        if dev.kind == "loopback":
            have = {a.address for a in dev.addresses}
            if "127.0.0.1" not in have:
                dev.addresses.append(Address("127.0.0.1", 8, 4, "host", label="lo"))
            if dev.ipv6 and "::1" not in have:
                dev.addresses.append(Address("::1", 128, 6, "host", proto="kernel_lo"))
        for address in dev.addresses:
            self._activate(dev, address)

    def device_down(self, dev: Device) -> None:
        """Deactivate what a device has; IPv6 addresses are lost."""
        for address in list(dev.addresses):
            if address.family == 6:
                dev.addresses.remove(address)
            self._deactivate(dev, address)
            if address.family == 6 and isinstance(dev, Ipvlan):
                dev.address_changed(address.address, present=False)

    def carrier_up(self, dev: Device) -> None:
        """The wire is there: IPv6 gives itself a link-local address, and detection can run."""
        if not dev.up or not dev.ipv6 or dev.kind == "loopback" or dev.mtu < IPV6_MINIMUM:
            return
        if not any(a.proto == "kernel_ll" for a in dev.addresses):
            self._add_link_local(dev)
        for address in dev.addresses:
            if address.tentative and address.proto != "kernel_ll":
                self._begin_dad(dev, address)

    def _add_link_local(self, dev: Device) -> None:
        mode = self._stack.namespace.sysctl.conf(6, dev.name, "addr_gen_mode")
        if mode != 0:
            return
        text = ip.link_local(dev.mac, dev.dev_id)
        if any(a.address == text for a in dev.addresses):
            return
        address = Address(text, 64, 6, "link", proto="kernel_ll", tentative=not dev.noarp)
        dev.addresses.append(address)
        self._activate(dev, address)
        if isinstance(dev, Ipvlan):
            dev.address_changed(text, present=True)

    def ipv6_switched(self) -> None:
        """disable_ipv6 was set: addresses go, or come back."""
        sysctl = self._stack.namespace.sysctl
        for dev in self._stack.namespace.devices.values():
            enabled = not sysctl.conf(6, dev.name, "disable_ipv6")
            if enabled == dev.ipv6:
                continue
            dev.ipv6 = enabled
            if not enabled:
                dev.flush_addresses(6)
            elif dev.kind == "loopback" and dev.up:
                address = Address("::1", 128, 6, "host", proto="kernel_lo")
                dev.addresses.append(address)
                self._activate(dev, address)
            elif dev.up and dev.carrier:
                self.carrier_up(dev)

    # duplicate address detection -------------------------------------------------------------------------

    def _begin_dad(self, dev: Device, address: Address) -> None:
        delay = self._kernel.random.random() * DAD_DELAY
        group = ip.solicited_node(address.address)
        self._kernel.call_later(delay * 0.1, self._report, dev, group)
        self._kernel.call_later(delay, self._probe, dev, address)

    def _report(self, dev: Device, group: str) -> None:
        """Tell switches and routers which group we listen to (RFC 9777)."""
        if not dev.up or dev.gone or dev.namespace is not self._stack.namespace:
            return
        own = [a.address for a in dev.addresses if a.scope == "link" and a.family == 6 and not a.tentative]
        p = packet(own[0] if own else "::", "ff02::16", ICMPV6, Mld((group,)), 1)
        dev.transmit(Frame(dev.mac, "33:33:00:00:00:16", ETH_IPV6, p, self._kernel.new_trace(p)))

    def _probe(self, dev: Device, address: Address) -> None:
        if address not in dev.addresses or not dev.up:
            return
        group = ip.solicited_node(address.address)
        p = packet("::", group, ICMPV6, Ndp("ns", address.address, None), 255)
        dev.transmit(Frame(dev.mac, ip.multicast_mac(group), ETH_IPV6, p, self._kernel.new_trace(p)))
        self._kernel.call_later(DAD_WAIT, self._complete, dev, address)

    def _complete(self, dev: Device, address: Address) -> None:
        if address not in dev.addresses:
            return
        dev.addresses[dev.addresses.index(address)] = address.but(tentative=False)
        self._stack.routing.forget()
        if address.scope != "link" or not dev.up:
            return
        self._report(dev, ip.solicited_node(address.address))
        if not self._stack.namespace.sysctl.forward6:
            p = packet(address.address, "ff02::2", ICMPV6, Ndp("rs", "ff02::2", dev.mac), 255)
            dev.transmit(Frame(dev.mac, "33:33:00:00:00:02", ETH_IPV6, p, self._kernel.new_trace(p)))

    def duplicate(self, dev: Device, address: str) -> bool:
        """Whether a tentative address was just found to be somebody else's; it stays, marked as failed."""
        for index, held in enumerate(dev.addresses):
            if held.address == address and held.tentative and not held.nodad:
                dev.addresses[index] = held.but(dadfailed=True)
                self._stack.routing.forget()
                return True
        return False
