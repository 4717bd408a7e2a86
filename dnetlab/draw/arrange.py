"""From a topology to a scene: a computed, layered layout.

Rows from top to bottom: the Internet, the router, the switch with the PCs on both sides, the Docker host's NIC
on the border of its box, sub-interfaces and bridges, containers in the boxes of their networks. Every box is as
large as what it holds; nothing is placed by trial.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dnetlab.draw import cards, inside, legend, sides, words
from dnetlab.draw.facts import Facts, Marks, strands
from dnetlab.draw.page import STRAND, Line, Page, high, wide
from dnetlab.draw.scene import Box, Icon, Rect, Scene
from dnetlab.plan.model import Machine, Topology

MARGIN = 30.0
CLOUD = (124.0, 66.0)
DISC = 66.0
SWITCH = (150.0, 50.0)
LEAST_HALF = 440.0
"""Half the width of the narrowest page, so that pictures of small labs have the same scale."""


def layout(
    topology: Topology,
    *,
    subtitle: str | None = None,
    missing: Collection[str] = (),
    extra: Collection[str] = (),
    changed: Mapping[str, str] | None = None,
) -> Scene:
    """The scene of a plan or state.

    Args:
        topology: what is drawn.
        subtitle: the line under the title; None for one that fits the networks' drivers.
        missing: ids of what is planned but not there (see :class:`~dnetlab.draw.facts.Marks`); it must be part
            of ``topology``, as it is in :attr:`Difference.topology <dnetlab.draw.Difference>`.
        extra: ids of what is there but not planned.
        changed: ids of what differs from the plan, with the difference in words.
    """
    marks = Marks(frozenset(missing), frozenset(extra), dict(changed or {}))
    return _Layout(Facts(topology), marks, subtitle).scene()


@dataclass(frozen=True, slots=True)
class _Beside:
    """Blocks of text on both sides of the router."""

    left: tuple[Line, ...]
    right: tuple[Line, ...]


class _Layout:
    def __init__(self, facts: Facts, marks: Marks, subtitle: str | None) -> None:
        self.facts, self.marks = facts, marks
        self.page = Page()
        self.internet, self.router = facts.first("internet"), facts.first("router")
        self.switch, self.host = facts.first("switch"), facts.first("host")
        self.stack = [m for m in (self.internet, self.router, self.switch, self.host) if m is not None]
        names = [m.name for m in self.stack]
        self.left, self.right = sides.measure(facts, marks, names)
        self.inside = inside.measure(facts, marks)
        self.legend = legend.measure(facts, marks)
        self.beside = _Beside(_router_services(self.router), _router_addresses(self.router, facts, marks))
        self.nic_lines = _nic_lines(facts, marks)
        self.ports = _port_lines(facts)
        self.host_lines = _host_lines(facts, marks)
        self.subtitle = words.subtitle(facts) if subtitle is None else subtitle

    def scene(self) -> Scene:
        """Widths, then heights from top to bottom, each from what it must hold."""
        half = self._half()
        self.width, self.cx = 2 * half, half
        panel = self.legend.put(self.page, self.width - MARGIN, 22)
        title = self._title()
        middle, beside = self._lan(title, panel.y1)
        beside = max(beside, panel.y1)
        bottom = max(middle, beside)
        if self.host is not None:
            bottom = self._host(middle, beside)
        return self.page.scene(self.width, max(bottom, panel.y1, title) + MARGIN - 8)

    def _half(self) -> float:
        """Half the page's width: the widest of the host, the left and the right half of the LAN."""
        gap = 14.0
        left = MARGIN + self.left.width + sides.lanes(self.left) + gap
        left += max(DISC / 2 + gap + wide(self.beside.left), SWITCH[0] / 2 + 24, 150 if self.switch else 0)
        right = MARGIN + self.right.width + sides.lanes(self.right) + gap
        right += max(DISC / 2 + gap + wide(self.beside.right), SWITCH[0] / 2 + 24, 150 if self.switch else 0)
        top = max(DISC / 2 + gap + wide(self.beside.right), CLOUD[0] / 2) + 22 + self.legend.width + MARGIN
        host = self.inside.width / 2 + 2 * MARGIN
        nic = wide(self.nic_lines) / 2 + 30 + max(wide(self.ports), wide(self.host_lines)) + 2 * MARGIN
        return max(LEAST_HALF, left, right, top, host, nic)

    # --- the upper half ------------------------------------------------------------------------------------

    def _title(self) -> float:
        """Title and subtitle in the upper left corner; their bottom."""
        room = self.cx - CLOUD[0] / 2 - 20 - MARGIN
        if not any(m.role in {"internet", "router", "switch"} for m in self.stack):
            room = self.width - 2 * MARGIN - self.legend.width - 20
        title = Line(self.facts.topology.title, 16.5, bold=True).wrap(room)
        y = self.page.lines("#title", title, MARGIN, 22)
        return self.page.lines("#subtitle", Line(self.subtitle, 10, "muted").wrap(room), MARGIN, y + 4)

    def _lan(self, title: float, panel: float) -> tuple[float, float]:
        """Cloud, router, switch and the PCs; the lowest point of the middle and that of the sides."""
        page, facts, cx = self.page, self.facts, self.cx
        at = 22.0
        above: tuple[Machine, float] | None = None
        if self.internet is not None:
            rect = Rect.around(cx, at + CLOUD[1] / 2, *CLOUD)
            page.icons.append(Icon(self.internet.name, "cloud", rect, "line"))
            lines = [Line("Internet", 10.5, bold=True)]
            lines += [Line(str(a.ip), 7.8, "muted", mono=True) for a in self.internet.addresses[:1]]
            page.lines(
                self.internet.name, lines, cx, rect.cy - high(lines) / 2 + 8, "center", self.internet.name
            )
            at, above = rect.y1, (self.internet, rect.y1)
        if self.router is not None:
            text = max(high(self.beside.left), high(self.beside.right))
            cy = max(at + 30 + DISC / 2, at + 6 + text / 2) if above else at + max(DISC, text) / 2
            if self.beside.left:
                cy = max(cy, title + 14 + high(self.beside.left) / 2)
            rect = Rect.around(cx, cy, DISC, DISC)
            page.icons.append(Icon(self.router.name, "router", rect, self._colour(self.router)))
            y = cy - high(self.beside.right) / 2
            page.lines(self.router.name, self.beside.right, rect.x1 + 14, y)
            y = cy - high(self.beside.left) / 2
            page.lines(f"{self.router.name}#services", self.beside.left, rect.x0 - 14, y, "right")
            self._down(above, self.router, rect.y0)
            at, above = max(rect.y1, cy + text / 2), (self.router, rect.y1)
        anchor, anchor_id, middle = None, "", 0.0
        if self.switch is not None:
            name = [
                Line(
                    "switch" if self.switch.name == "switch" else f"switch {self.switch.name}", 11, bold=True
                )
            ]
            labels = self._trunk_lines(self.router, self.switch)
            gap = max(46.0, high(labels) + 18) if above else 24.0
            cy = at + gap + SWITCH[1] / 2
            cy = max(
                cy, title + 18 + self.left.above, panel + 18 + self.right.above if self.right.items else 0
            )
            rect = Rect.around(cx, cy, *SWITCH)
            page.icons.append(Icon(self.switch.name, "switch", rect, self._colour(self.switch)))
            x = cx + 12 + self._half_of(self.router, self.switch)
            kind = Line("  802.1Q, VLAN-aware" if facts.vlan_aware else "", 8.5, "muted")
            page.line(self.switch.name, name[0].fit(150), x, rect.y0 - 21)
            page.line(f"{self.switch.name}#kind", kind, x + name[0].fit(150).width, rect.y0 - 19.5)
            self._down(above, self.switch, rect.y0, labels)
            at, above = rect.y1, (self.switch, rect.y1)
            anchor, anchor_id, middle = rect, self.switch.name, cy
        elif self.left.items:  # no switch to stand beside: a row of its own, its cables lead nowhere
            middle = max(at + 12, title + 18) + self.left.above
            middle = max(middle, panel + 18 + self.right.above if self.right.items else 0)
        beside = 0.0
        for side, out in ((self.left, -1), (self.right, 1)):
            if side.items:
                border = self.cx + out * (self.width / 2 - MARGIN - 6 - self._inset(side))
                inner = border - out * side.width
                edge = (anchor.x0 if out < 0 else anchor.x1) if anchor else cx
                centre = (border + inner) / 2
                sides.put(page, side, centre, inner, edge, anchor, anchor_id, self.marks, middle)
                beside = max(beside, middle + side.below)
        self.above = above
        return (at if above else max(title, panel)), beside

    def _inset(self, side: sides.Side) -> float:
        """How far a side stands away from the margin: nearer to the switch where there is room."""
        beside = self.beside.left if side is self.left else self.beside.right
        taken = max(DISC / 2 + 14 + wide(beside), 150) + sides.lanes(side) + side.width + 20
        return max(0, min((self.width / 2 - MARGIN - taken) * 0.4, 70))

    def _colour(self, machine: Machine) -> str:
        return "note" if self.marks.of(machine.name) else "device"

    def _trunk_lines(self, upper: Machine | None, lower: Machine | None) -> list[Line]:
        """What stands beside a vertical cable: the switch's port and the VLANs on it."""
        link = self.facts.cable(upper.name, lower.name) if upper and lower else None
        if link is None:
            return []
        lines = [
            Line(f"port {end.interface}", 8.5, "muted").fit(130)
            for end in (link.a, link.b)
            if self.switch is not None and end.machine == self.switch.name
        ]
        if self.facts.vlan_aware and link.vlans:
            tagged = Line(f"trunk: tagged {', '.join(map(str, link.vlans))}", 8.5, "muted")
            lines += tagged.wrap(130)
            if link.untagged is not None:
                lines.append(Line(f"untagged {link.untagged}", 8.5, "muted"))
        return lines

    def _half_of(self, upper: Machine | None, lower: Machine) -> float:
        """From the middle of a vertical cable to its outermost strand."""
        link = self.facts.cable(upper.name, lower.name) if upper is not None else None
        return STRAND * (len(strands(link)) - 1) / 2 if link is not None else 0.0

    def _down(
        self,
        above: tuple[Machine, float] | None,
        to: Machine,
        y: float,
        labels: list[Line] | None = None,
        id: str = "",
    ) -> None:
        """The cable from the thing above, with its words on its left."""
        if above is None:
            return
        link = self.facts.cable(above[0].name, to.name)
        if link is None:
            return
        colours = [self.facts.vlan_colour(v) for v in strands(link)]
        name = f"link:{above[0].name}-{to.name}"
        self.page.strands(name, [(self.cx, above[1]), (self.cx, y)], colours, (above[0].name, id or to.name))
        if labels:
            x = self.cx - self._half_of(above[0], to) - 10
            self.page.lines(f"{name}#label", labels, x, (above[1] + y) / 2 - high(labels) / 2, "right")

    # --- the Docker host -----------------------------------------------------------------------------------

    def _host(self, top: float, beside: float) -> float:
        """The host's box with everything in it, under the middle and the sides of the LAN; its bottom."""
        assert self.host is not None
        page, cx, facts = self.page, self.cx, self.facts
        nic_high = high(self.nic_lines) + 10
        labels = self._trunk_lines(self.switch, self.host)
        gap = max(34.0, high(labels) + 14) if self.above else 26.0
        nic: Rect | None = None
        nic_id = ""
        border = top + gap
        if facts.nic is not None:
            border += nic_high / 2
        border = max(border, beside + 18)
        if facts.nic is not None:
            wide_enough = max(wide(self.nic_lines) + 26, 118.0)
            nic = Rect.around(cx, border, wide_enough, nic_high)
            nic_id = f"{self.host.name}:{facts.nic.name}"
        place_top = nic.y1 if nic is not None else border
        slot = len(page.boxes)
        y = page.lines(self.host.name, self.host_lines, MARGIN + 20, border + 10, inside=self.host.name)
        if nic is not None and self.ports:
            y = max(
                y,
                page.lines(
                    f"{self.host.name}#ports", self.ports, nic.x1 + 14, border + 8, inside=self.host.name
                ),
            )
        needs = bool(self.inside.blocks)
        bus = max(place_top + 18, y + 8) if needs else max(place_top, y)
        place = inside.Place(nic, nic_id, bus, cx)
        bottom = inside.put(page, self.inside, facts, self.marks, place) if needs else bus
        frame = Rect(MARGIN, border, self.width - MARGIN, bottom + 22)
        page.boxes.insert(slot, Box(self.host.name, frame, "host.border", "host", 1.7, radius=12, group=True))
        if nic is not None:
            dash, colour, _ = cards.frame(self.marks, nic_id)
            page.boxes.append(
                Box(nic_id, nic, colour or "ink", "card", 2.2, dash, 6, straddles=self.host.name)
            )
            page.lines(nic_id, self.nic_lines, cx, nic.y0 + 5, "center", nic_id)
            self._down(self.above, self.host, nic.y0, labels, nic_id)
        return frame.y1


def _router_addresses(router: Machine | None, facts: Facts, marks: Marks) -> tuple[Line, ...]:
    """The router's name and addresses, one line an interface and address, in the colour of their VLAN."""
    if router is None:
        return ()
    name = Line("router" if router.name == "router" else f"router {router.name}", 11, bold=True).fit(200)
    towards_internet = {
        own.interface for _, own, far in facts.cables_of(router.name)
        if facts.machines[far.machine].role == "internet"
    }  # fmt: skip
    rows = []
    for interface in router.interfaces:
        label = f"VLAN {interface.vlan}" if interface.vlan is not None else interface.name
        colour = facts.vlan_colour(interface.vlan if interface.vlan is not None else 1)
        colour = "muted" if interface.name in towards_internet else "ink" if colour == "line" else colour
        for number, address in enumerate(interface.addresses):
            rows.append((label if number == 0 else "", str(address.ip), colour))
    pad = max((len(label) for label, *_ in rows), default=0)
    lines = [Line(f"{label:<{pad}}  {address}", 9, colour, mono=True) for label, address, colour in rows]
    return (name, *lines, *cards.frame(marks, router.name)[2])


def _router_services(router: Machine | None) -> tuple[Line, ...]:
    """What the router does besides: its DHCP pool, its static routes."""
    if router is None:
        return ()
    lines: list[Line] = []
    if router.dhcp_pool is not None:
        lines.append(Line("DHCP server hands out", 8.5, "muted"))
        lines.append(Line(words.pool(router.dhcp_pool), 8.5, mono=True))
    if router.routes:
        lines.append(Line("static route" if len(router.routes) == 1 else "static routes", 8.5, "muted"))
        lines += [Line(f"{r.destination} via {r.via}", 8.5, mono=True) for r in router.routes[:4]]
        if len(router.routes) > 4:
            lines.append(Line(f"and {len(router.routes) - 4} more", 8.5, "muted"))
    return tuple(lines)


def _nic_lines(facts: Facts, marks: Marks) -> list[Line]:
    if facts.nic is None or facts.host is None:
        return []
    lines = [Line(facts.nic.name, 11, bold=True, mono=True)]
    lines += [Line(str(a), 9 if a.version == 4 else 8, mono=True) for a in facts.nic.addresses]
    if not facts.nic.addresses:
        lines.append(Line("host NIC, no IP needed", 8.5, "muted"))
    if facts.nic.mac:
        lines.append(Line(facts.nic.mac, 7.8, "muted", mono=True))
    return lines + cards.frame(marks, f"{facts.host.name}:{facts.nic.name}")[2]


def _port_lines(facts: Facts) -> list[Line]:
    ports = words.all_ports(facts)
    if not ports:
        return []
    lines = [Line("published ports", 8.5, "muted")]
    lines += [Line(text, 8.5, mono=True).fit(230) for text in ports[:3]]
    if len(ports) > 3:
        lines.append(Line(f"and {len(ports) - 3} more", 8.5, "muted"))
    return lines


def _host_lines(facts: Facts, marks: Marks) -> list[Line]:
    host = facts.host
    if host is None:
        return []
    name = "Docker host" if host.name == "host" else f"Docker host  {host.name}"
    lines = [Line(name, 11.5, bold=True).fit(260)]
    lines += [Line(f"route {r.destination} via {r.via}", 8.5, "muted") for r in host.routes[:3]]
    return lines + cards.frame(marks, host.name)[2]
