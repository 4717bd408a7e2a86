"""The sysctls of a namespace: a table of names and defaults, and one set per device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .errors import KernelError

if TYPE_CHECKING:
    from .namespace import Namespace

GLOBAL: Final = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.ip_default_ttl": "64",
    "net.ipv4.ip_local_port_range": "32768\t60999",
    "net.ipv4.ip_unprivileged_port_start": "1024",
    "net.ipv4.ip_nonlocal_bind": "0",
    "net.ipv4.ping_group_range": "1\t0",
    "net.ipv4.icmp_echo_ignore_all": "0",
    "net.ipv4.icmp_echo_ignore_broadcasts": "1",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.neigh.default.gc_thresh1": "128",
    "net.ipv4.neigh.default.gc_thresh2": "512",
    "net.ipv4.neigh.default.gc_thresh3": "1024",
    "net.ipv6.bindv6only": "0",
    "net.ipv6.conf.all.forwarding": "0",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "net.bridge.bridge-nf-call-arptables": "1",
    "net.netfilter.nf_conntrack_max": "262144",
    "net.core.somaxconn": "4096",
}
DEVICE4: Final = {
    "forwarding": "0",
    "rp_filter": "0",
    "proxy_arp": "0",
    "arp_ignore": "0",
    "arp_announce": "0",
    "arp_filter": "0",
    "arp_accept": "0",
    "accept_local": "0",
    "route_localnet": "0",
    "send_redirects": "1",
    "accept_redirects": "1",
    "secure_redirects": "1",
    "shared_media": "1",
    "log_martians": "0",
    "ignore_routes_with_linkdown": "0",
    "promote_secondaries": "0",
}
DEVICE6: Final = {
    "forwarding": "0",
    "disable_ipv6": "0",
    "accept_ra": "1",
    "autoconf": "1",
    "accept_dad": "1",
    "dad_transmits": "1",
    "addr_gen_mode": "0",
    "proxy_ndp": "0",
    "use_tempaddr": "0",
    "mtu": "1500",
    "hop_limit": "64",
}


class Sysctls:
    """Read and set by dotted name; a dot within a device's name is written as "/"."""

    def __init__(self, namespace: Namespace, changed: Callable[[str, str], None]) -> None:
        self._namespace = namespace
        self._changed = changed
        self._values: dict[str, str] = dict(GLOBAL)
        for scope in ("all", "default"):
            self._fill(scope)
        self.forward4 = False
        self.forward6 = False
        self.bridge4 = True
        self.bridge6 = True
        self._inherit()

    def _inherit(self) -> None:
        """A new namespace copies the IPv4 settings of the machine's first one (devconf_inherit_init_net=0).

        On an engine's host that is why every container and every LAN machine forwards unless told not to.
        """
        first = next(iter(self._namespace.kernel.namespaces.values()), None)
        if first is not None:
            for scope in ("all", "default"):
                for key in DEVICE4:
                    name = f"net.ipv4.conf.{scope}.{key}"
                    self._values[name] = first.sysctl.get(name)
            self._values["net.ipv4.ip_forward"] = first.sysctl.get("net.ipv4.ip_forward")
        self._refresh()

    def _fill(self, scope: str) -> None:
        for table, defaults in ((4, DEVICE4), (6, DEVICE6)):
            prefix = f"net.ipv{table}.conf."
            for key, value in defaults.items():
                self._values[prefix + scope + "." + key] = self._values.get(prefix + "default." + key, value)

    def add_device(self, name: str) -> None:
        """A device appeared: it gets the values of "default"."""
        self._fill(name.replace(".", "/"))
        if name == "lo":
            self._values["net.ipv6.conf.lo.accept_dad"] = "-1"

    def remove_device(self, name: str) -> None:
        """A device went away, or has another name now."""
        scope = name.replace(".", "/")
        for table, defaults in ((4, DEVICE4), (6, DEVICE6)):
            for key in defaults:
                self._values.pop(f"net.ipv{table}.conf.{scope}.{key}", None)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._values)

    def get(self, name: str) -> str:
        """The value as text (ENOENT)."""
        try:
            return self._values[name]
        except KeyError:
            raise KernelError("ENOENT", name) from None

    def conf(self, family: int, device: str, key: str) -> int:
        """A device's number, for the stack; 0 where the device has none."""
        return int(self._values.get(f"net.ipv{family}.conf.{device.replace('.', '/')}.{key}", "0"))

    def set(self, name: str, value: str | int) -> None:
        """Set a value (ENOENT for an unknown name, EINVAL where a number is needed)."""
        old = self.get(name)
        new = str(value).strip()
        if old.lstrip("-").isdigit():
            if not new.lstrip("-").isdigit():
                raise KernelError("EINVAL", f"{name} = {new!r}")
        elif not all(part.isdigit() for part in new.split()):
            raise KernelError("EINVAL", f"{name} = {new!r}")
        else:
            new = "\t".join(new.split())
        self._values[name] = new
        self._spread(name, new)
        self._refresh()
        self._changed(name, new)

    def _spread(self, name: str, value: str) -> None:
        """Some names are switches for many: ip_forward and conf.all.forwarding, disable_ipv6 of "all"."""
        values = self._values
        if name in ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"):
            values["net.ipv4.ip_forward"] = value
            # A router does not let others tell it its routes (inet_forward_change).
            values["net.ipv4.conf.all.accept_redirects"] = "1" if value == "0" else "0"
            targets, table, key = ["all", "default", *self._scopes()], 4, "forwarding"
        elif name == "net.ipv6.conf.all.forwarding":
            targets, table, key = ["default", *self._scopes()], 6, "forwarding"
        elif name == "net.ipv6.conf.all.disable_ipv6":
            targets, table, key = ["default", *self._scopes()], 6, "disable_ipv6"
        else:
            return
        for scope in targets:
            values[f"net.ipv{table}.conf.{scope}.{key}"] = value

    def _scopes(self) -> list[str]:
        return [name.replace(".", "/") for name in self._namespace.devices]

    def _refresh(self) -> None:
        values = self._values
        self.forward4 = values["net.ipv4.ip_forward"] != "0"
        self.forward6 = values["net.ipv6.conf.all.forwarding"] != "0"
        self.bridge4 = values["net.bridge.bridge-nf-call-iptables"] != "0"
        self.bridge6 = values["net.bridge.bridge-nf-call-ip6tables"] != "0"
