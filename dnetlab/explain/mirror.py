"""A real lab made again in the model kernel: read with ``ip``, ``bridge``, ``iptables-save``; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dnetlab import execute, objects
from dnetlab.embedded.kernel import Bridge, Device, Kernel, KernelError, Namespace
from dnetlab.errors import DnetlabError
from dnetlab.explain import scene
from dnetlab.explain.dump import MACHINE, SETTINGS, Dump, machine_script, parse, split
from dnetlab.lan_script import LAN_ROLES

if TYPE_CHECKING:
    from dnetlab.lab.probing import Probing
    from dnetlab.plan import Plan


def read(lab: Probing) -> scene.Scene:
    """Read a lab from its engine and make it again."""
    scripts = {"host": machine_script(None, bridges=True, firewall=True)}
    for machine in lab.plan.topology.machines:
        if machine.role in LAN_ROLES:
            switch = machine.role == "switch"
            scripts[machine.name] = machine_script(machine.name, bridges=switch, firewall=not switch)
    whole = "\n".join(f"echo '{MACHINE}{name}'\n{script}" for name, script in scripts.items())
    dumps = split(lab.lan.shell(whole, limit=30, shown="(reading)").output)
    hosts: list[str] = []
    containers: list[str] = []
    for name in scene.running(lab):
        mode = lab.client.api.inspect_container(name)["HostConfig"]["NetworkMode"]
        (hosts if mode == "host" else containers).append(name)

    def dump(name: str) -> Dump:
        argv = ["sh", "-c", machine_script(None)]
        try:
            return parse(execute.run(lab.client, name, argv, where=name, shown="(reading)").output)
        except DnetlabError:
            # It ended meanwhile: it takes no part.
            return Dump()

    dumps.update(zip(containers, objects.each(lab.engine.parallel, dump, containers), strict=True))
    return build(dumps, lab.plan, hosts)


def build(dumps: Mapping[str, Dump], plan: Plan, host_containers: Iterable[str] = ()) -> scene.Scene:
    """The machines of some dumps in a model kernel; pure."""
    builder = _Builder(dumps, plan)
    builder.devices()
    builder.wires()
    builder.children()
    builder.bridges()
    builder.states()
    builder.firewall()
    builder.sockets()
    # Link-local addresses are given at once, duplicate detection would only take time.
    builder.kernel.advance(3.0)
    machines = {**builder.machines, **dict.fromkeys(host_containers, builder.machines["host"])}
    lan = {"host", *(m.name for m in plan.topology.machines if m.role in LAN_ROLES)}
    return scene.Scene(
        builder.kernel, machines, mirrored=True, notes=tuple(builder.notes),
        containers=frozenset(builder.machines) - lan, plan=plan,
    )  # fmt: skip


class _Builder:
    """Makes devices first, then ties them, then brings them up."""

    def __init__(self, dumps: Mapping[str, Dump], plan: Plan) -> None:
        self.kernel = Kernel()
        self.dumps = dumps
        self.notes: list[str] = []
        # The Docker host first: the kernel copies its settings to the others, which are then set as read.
        names = sorted(dumps, key=lambda name: name != "host")
        self.machines: dict[str, Namespace] = {name: self.kernel.namespace(name) for name in names}
        self.cables = [(link.a, link.b) for link in plan.topology.links if link.kind == "cable"]
        self.lan = {m.name for m in plan.topology.machines if m.role in LAN_ROLES}

    def _rows(self, *kinds: str) -> Iterable[tuple[str, dict[str, Any]]]:
        for machine, dump in self.dumps.items():
            for row in dump.links:
                if _kind(row) in kinds:
                    yield machine, row

    def devices(self) -> None:
        """Devices that need no other: bridges, dummies, NICs."""
        for machine, row in self._rows("bridge", "dummy", ""):
            namespace = self.machines[machine]
            name, mac = row["ifname"], row.get("address")
            if name == "lo":
                continue
            if _kind(row) == "bridge":
                data = row.get("linkinfo", {}).get("info_data", {})
                namespace.add_bridge(name, bool(data.get("vlan_filtering")), mac=mac)
            elif _kind(row) == "dummy":
                namespace.add_dummy(name, mac)
            else:
                namespace.add_nic(name, mac)

    def wires(self) -> None:
        """veth pairs: a cable of the plan, or a container's end and the host's."""
        ends = {(machine, row["ifname"]): row for machine, row in self._rows("veth")}
        done: set[tuple[str, str]] = set()
        for a, b in self.cables:
            one, other = (a.machine, a.interface), (b.machine, b.interface)
            if one in ends and other in ends:
                self._wire(one, other, ends)
                done |= {one, other}
        for end, row in ends.items():
            if end in done:
                continue
            peer = self._peer(end, row, ends, done)
            if peer is None:
                self._stub(end, row)
            else:
                self._wire(end, peer, ends)
                done.add(peer)
            done.add(end)

    def _peer(
        self,
        end: tuple[str, str],
        row: dict[str, Any],
        ends: Mapping[tuple[str, str], dict[str, Any]],
        done: set[tuple[str, str]],
    ) -> tuple[str, str] | None:
        """The other end: the device of that index whose peer has our index, across the host and a container."""
        for other, there in ends.items():
            if other in done or other == end or other[0] in self.lan or end[0] in self.lan:
                continue
            named = row.get("link") == other[1] and other[0] == end[0]
            across = (end[0] == "host") is not (other[0] == "host")
            if named or (
                across
                and row.get("link_index") == there["ifindex"]
                and there.get("link_index") == row["ifindex"]
            ):
                return other
        return None

    def _wire(
        self, one: tuple[str, str], other: tuple[str, str], ends: Mapping[tuple[str, str], dict[str, Any]]
    ) -> None:
        self.machines[one[0]].add_veth(
            one[1], other[1], self.machines[other[0]], ends[one].get("address"), ends[other].get("address")
        )

    def _stub(self, end: tuple[str, str], row: dict[str, Any]) -> None:
        """A wire whose other end is no machine of the lab: something else on that host."""
        self.machines[end[0]].add_nic(end[1], row.get("address"))

    def children(self) -> None:
        """VLAN sub-interfaces, then macvlan and ipvlan children, of parents in their own or the host's namespace."""
        for kinds in (("vlan",), ("macvlan", "ipvlan")):
            for machine, row in self._rows(*kinds):
                parent = self._parent(machine, row)
                if parent is None:
                    self.notes.append(f"{row['ifname']} of {machine}, whose parent was not found")
                    continue
                try:
                    self._child(self.machines[machine], row, parent)
                except KernelError as error:
                    self.notes.append(f"{row['ifname']} of {machine} ({error.message})")

    def _parent(self, machine: str, row: dict[str, Any]) -> Device | None:
        if "link" in row:
            return self.machines[machine].devices.get(row["link"])
        index = row.get("link_index")
        for there in self.dumps["host"].links:
            if there["ifindex"] == index:
                return self.machines["host"].devices.get(there["ifname"])
        return None

    def _child(self, home: Namespace, row: dict[str, Any], parent: Device) -> None:
        data = row.get("linkinfo", {}).get("info_data", {})
        name, kind, base = row["ifname"], _kind(row), parent.namespace
        if kind == "vlan":
            base.add_vlan(name, parent, int(data["id"]), namespace=home)
        elif kind == "macvlan":
            base.add_macvlan(name, parent, data.get("mode", "bridge"), row.get("address"), home)
        else:
            flag = next(
                (f for f in ("private", "vepa") if f in data.get("flags", ()) or data.get(f)), "bridge"
            )
            base.add_ipvlan(name, parent, data.get("mode", "l2"), flag, home)

    def bridges(self) -> None:
        """Ports of bridges, their VLANs and settings, and lines of the forwarding table that were set."""
        for machine, dump in self.dumps.items():
            namespace = self.machines[machine]
            for row in dump.links:
                master = namespace.devices.get(row.get("master", ""))
                device = namespace.devices.get(row["ifname"])
                if isinstance(master, Bridge) and device is not None:
                    device.set_master(master)
            for row in dump.ports:
                device = namespace.devices.get(row.get("ifname", ""))
                if device is not None and device.port is not None:
                    for key in (
                        "learning",
                        "flood",
                        "mcast_flood",
                        "bcast_flood",
                        "hairpin",
                        "isolated",
                        "locked",
                    ):
                        if key in row:
                            setattr(device.port, key, bool(row[key]))
            self._vlans(namespace, dump)
            for row in dump.fdb:
                device = namespace.devices.get(row.get("ifname", ""))
                if row.get("state") == "static" and device is not None and device.port is not None:
                    device.port.bridge.fdb_add(row["mac"], device, row.get("vlan"))

    def _vlans(self, namespace: Namespace, dump: Dump) -> None:
        for row in dump.vlans:
            device = namespace.devices.get(row.get("ifname", ""))
            if device is None:
                continue
            bridge = device if isinstance(device, Bridge) else device.master
            if bridge is None or not bridge.vlan_filtering:
                continue
            for vlan in bridge.vlans_of(device):
                bridge.vlan_delete(device, vlan.vid)
            for entry in row.get("vlans", ()):
                flags = entry.get("flags", ())
                for vid in range(entry["vlan"], entry.get("vlanEnd", entry["vlan"]) + 1):
                    bridge.vlan_add(device, vid, "PVID" in flags, "Egress Untagged" in flags)

    def states(self) -> None:
        """Settings, MTUs, what is up, addresses, and the routes exactly as they were read."""
        for machine, dump in self.dumps.items():
            namespace = self.machines[machine]
            for name in SETTINGS:
                if name in dump.settings:
                    namespace.sysctl.set(name, dump.settings[name])
            # Only addresses that were read: no link-local ones of the model's own.
            for name in ("all", "default"):
                namespace.sysctl.set(f"net.ipv6.conf.{name}.addr_gen_mode", 1)
            for device in namespace.devices.values():
                namespace.sysctl.set(f"net.ipv6.conf.{device.name.replace('.', '/')}.addr_gen_mode", 1)
        # Parents before children: a VLAN comes up only on a device that is up.
        rows = [(m, row) for m, dump in self.dumps.items() for row in dump.links]
        for machine, row in sorted(rows, key=lambda item: _DEPTH.get(_kind(item[1]), 0)):
            found = self.machines[machine].devices.get(row["ifname"])
            if found is not None:
                self._bring_up(found, row)
        for machine, dump in self.dumps.items():
            for row in dump.routes + dump.routes6:
                self._route(self.machines[machine], row)

    def _bring_up(self, device: Device, row: dict[str, Any]) -> None:
        flags = row.get("flags", ())
        if device.kind != "loopback":
            device.mtu = int(row.get("mtu", 1500))
        device.noarp = "NOARP" in flags
        if "UP" in flags:
            try:
                device.set_up()
            except KernelError as error:
                self.notes.append(f"{device.name} is up there ({error.message})")
        elif device.up and device.kind != "loopback":
            # A sub-interface comes up with its parent, as in the kernel.
            device.set_down()
        for held in row.get("addr_info", ()):
            if device.kind != "loopback" and "local" in held:
                try:
                    device.add_address(f"{held['local']}/{held['prefixlen']}", held.get("broadcast"),
                                       nodad=True, noprefixroute=True)  # fmt: skip
                except KernelError as error:
                    self.notes.append(f"address {held['local']} of {device.name} ({error.message})")

    def _route(self, namespace: Namespace, row: dict[str, Any]) -> None:
        if row.get("dst", "").startswith(("ff00", "multicast")):
            return
        dev = namespace.devices.get(row.get("dev", ""))
        try:
            namespace.add_route(
                row["dst"], row.get("gateway"), dev, row.get("metric"), row.get("scope"), row.get("protocol", "boot"),
                row.get("prefsrc"), bool(row.get("gateway")), row.get("type", "unicast"),
            )  # fmt: skip
        except KernelError as error:
            if error.errno != "EEXIST":
                self.notes.append(f"route {row.get('dst')} of {namespace.name} ({error.message})")

    def sockets(self) -> None:
        """Listening programs, and neighbours that somebody set by hand."""
        for machine, dump in self.dumps.items():
            namespace = self.machines[machine]
            for line in dump.sockets:
                words = line.split()
                if len(words) < 5 or words[0] != "LISTEN":
                    continue
                # ss(8) writes "*" for a socket of both families, "[::]" for one of IPv6 alone.
                address, _, port = words[3].rpartition(":")
                bare = "::" if address == "*" else address.strip("[]").split("%")[0]
                try:
                    namespace.tcp_listen(bare, int(port), v6only=address == "[::]")
                except (KernelError, ValueError):
                    self.notes.append(f"the socket {words[3]} of {machine}")
            for row in dump.neighbours:
                if row.get("dev", "") in namespace.devices and "lladdr" in row:
                    namespace.set_neighbour(row["dst"], row["dev"], row["lladdr"])

    def firewall(self) -> None:
        """Rules, line by line; those that the model cannot read are named."""
        for machine, dump in self.dumps.items():
            skipped = load_rules(self.machines[machine], dump.rules)
            if skipped:
                self.notes.append(f"{len(skipped)} firewall rules of {machine}, the first: {skipped[0]}")


_DEPTH = {"vlan": 2, "macvlan": 3, "ipvlan": 3, "bridge": 1}


def _kind(row: Mapping[str, Any]) -> str:
    return str(row.get("linkinfo", {}).get("info_kind", ""))


def load_rules(namespace: Namespace, text: str) -> list[str]:
    """Put the lines of iptables-save into a namespace; gives those that the model has no words for."""
    skipped: list[str] = []
    firewall = namespace.netfilter(4)
    table = None
    for line in text.splitlines():
        if line.startswith("*"):
            table = firewall.table(line[1:]) if line[1:] in ("raw", "mangle", "nat", "filter") else None
        elif table is None:
            continue
        elif line.startswith(":"):
            chain, policy = line[1:].split()[:2]
            if policy == "-":
                table.new_chain(chain)
            else:
                table.set_policy(chain, policy)
        elif line.startswith("-A "):
            chain, rule = line[3:].split(" ", 1)
            try:
                table.append(chain, rule)
            except KernelError:
                skipped.append(line)
    return skipped
