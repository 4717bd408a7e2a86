"""What a probe found, typed: it prints as text and as HTML, and keeps the command and its raw output."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dnetlab import tints


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ran:
    """A command that was run: where, what, its exit status and output. The evidence of every claim.

    ``where`` is a machine's name, or ``engine`` for a call to the Docker Engine API, whose ``command`` is then
    the equal docker CLI command and whose ``output`` is the engine's answer.
    """

    where: str
    command: str
    output: str
    exit_code: int
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True where the command succeeded."""
        return self.exit_code == 0

    def short(self, lines: int = 6) -> str:
        """Command and at most ``lines`` lines of output, for a list of evidence."""
        output = [line for line in self.output.strip().splitlines() if line.strip()]
        if len(output) > lines:
            output = [*output[: lines - 1], f"... ({len(output) - lines + 1} more lines)"]
        status = "" if self.ok else f"   (exit status {self.exit_code})"
        return "\n".join([f"{self.where}$ {self.command}{status}", *(f"  {line}" for line in output)])

    def __str__(self) -> str:
        return f"{self.where}$ {self.command}\n{self.output.rstrip()}"

    def __repr__(self) -> str:
        # The last value of a notebook's cell: what was seen, not a line of Python.
        return str(self)

    def _repr_html_(self) -> str:
        colour = "" if self.ok else tints.BAD
        return (
            "<pre style='margin:0;word-break:normal;overflow-wrap:anywhere'>"
            f"<b>{html.escape(self.where)}$ {html.escape(self.command)}</b>\n"
            f"<span style='{colour}'>{html.escape(self.output.rstrip())}</span></pre>"
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "where": self.where,
            "command": self.command,
            "output": self.output,
            "exit_code": self.exit_code,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Asked(Ran):
    """Something that was sent to another machine; ``ask`` is who can say what became of it."""

    ask: Callable[[], object] | None = field(default=None, compare=False)

    @property
    def why(self) -> str:
        """Its way from device to device, and where and why it died, with the cure: found out when it is read.

        Says what the network does *now*; on a real engine it is the model's explanation of that engine's state.
        Empty where nobody can be asked.
        """
        return str(self.ask()) if self.ask is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ping(Asked):
    """An echo request: ``received`` of ``sent`` answers, the TTL of the first, and who complained if anybody.

    ``to`` is what was asked for; ``address`` what it meant. ``unreachable`` is the text of an ICMP error and
    ``reporter`` the machine that sent it.
    """

    to: str
    address: str = ""
    sent: int = 0
    received: int = 0
    ttl: int | None = None
    answered_as: str = ""
    unreachable: str = ""
    reporter: str = ""

    @property
    def ok(self) -> bool:
        """True where at least one answer came."""
        return self.received > 0

    @property
    def verdict(self) -> str:
        """One sentence."""
        target = self.to if self.to == self.address or not self.address else f"{self.to} ({self.address})"
        if self.ok:
            return f"{self.where} reaches {target}, TTL {self.ttl}."
        if self.unreachable:
            return f"{self.where} does not reach {target}: {self.reporter or f'{self.where} itself'} says {self.unreachable}."
        return f"{self.where} does not reach {target}: no answer."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Lookup(Ran):
    """A name lookup: the addresses it gave, in order, and the resolver that was asked."""

    name: str
    addresses: tuple[str, ...] = ()
    server: str = ""

    @property
    def ok(self) -> bool:
        """True where the name has an address."""
        return bool(self.addresses)

    @property
    def verdict(self) -> str:
        """One sentence."""
        found = (
            f"finds {self.name}: {', '.join(self.addresses)}"
            if self.ok
            else f"does not find the name {self.name}"
        )
        return f"{self.where} {found}."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Connect(Asked):
    """A TCP connect: open, refused, unreachable or silent."""

    to: str
    port: int
    outcome: str = ""

    @property
    def verdict(self) -> str:
        """One sentence."""
        what = {"refused": "refused", "unreachable": "no way there", "silent": "no answer"}
        if self.ok:
            return f"{self.where} opens port {self.port} of {self.to}."
        return f"{self.where} does not open port {self.port} of {self.to}: {what.get(self.outcome, self.outcome)}."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Http(Asked):
    """An HTTP GET: status and body; status 0 where no answer came (``outcome`` says why)."""

    url: str
    status: int = 0
    body: str = ""
    outcome: str = ""

    @property
    def ok(self) -> bool:
        """True for a 2xx answer."""
        return 200 <= self.status < 300

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.ok:
            return f"{self.where} opens {self.url}: {self.body.strip()}"
        return f"{self.where} cannot open {self.url}: {self.status or self.outcome}."


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A line of the neighbour (ARP, NDP) table."""

    address: str
    device: str
    mac: str | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Neighbours(Ran):
    """A machine's neighbour table."""

    entries: tuple[Neighbour, ...] = ()

    def of(self, address: str) -> Neighbour | None:
        """The entry of an address."""
        return next((e for e in self.entries if e.address == address), None)


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A line of the routing table: ``default`` or a prefix, the gateway if any, and the device."""

    destination: str
    via: str | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Routes(Ran):
    """A machine's routing table."""

    entries: tuple[RouteLine, ...] = ()

    @property
    def default(self) -> RouteLine | None:
        """The default route, if there is one."""
        return next((e for e in self.entries if e.destination == "default"), None)


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A device as ``ip -d link`` shows it."""

    name: str
    kind: str
    mac: str
    flags: tuple[str, ...]
    parent: str | None
    mode: str | None
    vlan: int | None
    promiscuity: int
    mtu: int
    state: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Links(Ran):
    """A machine's devices."""

    entries: tuple[LinkLine, ...] = ()

    def of(self, name: str) -> LinkLine | None:
        """The device of that name."""
        return next((e for e in self.entries if e.name == name), None)


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured frame: who sent it to whom, with which 802.1Q tag (None: untagged), and what is in it."""

    source: str
    target: str
    vlan: int | None
    protocol: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Capture(Ran):
    """Frames that passed an interface while something was done."""

    device: str
    frames: tuple[Frame, ...] = ()

    def matching(self, *words: str) -> tuple[Frame, ...]:
        """The frames whose text holds all the words."""
        return tuple(f for f in self.frames if all(w in f.text for w in words))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ArpReplies(Ran):
    """Who answers an ARP request for an address: more than one MAC means that the address is taken twice."""

    address: str
    macs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class ReachMatrix:
    """Who reaches whom by IP address. ``cells[(a, b)]`` is True, False, or None where a or b has no address."""

    machines: tuple[str, ...]
    cells: dict[tuple[str, str], bool | None]
    seconds: float
    ran: tuple[Ran, ...] = field(default=())

    def __repr__(self) -> str:
        return str(self)

    def __getitem__(self, pair: tuple[str, str]) -> bool | None:
        return self.cells[pair]

    def __str__(self) -> str:
        wide = max([4, *(len(m) for m in self.machines)])
        head = " " * (wide + 2) + "  ".join(m.rjust(max(4, len(m))) for m in self.machines)
        rows = [
            f"{a.rjust(wide)}  "
            + "  ".join(_mark(a, b, self.cells.get((a, b))).rjust(max(4, len(b))) for b in self.machines)
            for a in self.machines
        ]
        return "\n".join(
            [head, *rows, "", "row reaches column: yes, no; '.' is the machine itself, '-' has no address"]
        )

    def _repr_html_(self) -> str:
        # Beside JupyterLab's file browser nine columns have little room.
        wide = len(self.machines) > 6
        room = f"padding:4px {2 if wide else 6}px"
        head = "".join(
            f"<th scope='col' style='text-align:center;{room}'>{html.escape(m)}</th>" for m in self.machines
        )
        rows = "".join(
            f"<tr><th scope='row' style='{room}'>{html.escape(a)}</th>"
            + "".join(_cell(_mark(a, b, self.cells.get((a, b))), room) for b in self.machines)
            + "</tr>"
            for a in self.machines
        )
        return (
            f"<table style='{'font-size:0.78em' if wide else ''}'><caption>Row reaches column (ping by address)</caption>"
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def as_dict(self) -> dict[str, dict[str, bool | None]]:
        """For JSON: source → target → reached."""
        return {a: {b: self.cells.get((a, b)) for b in self.machines if b != a} for a in self.machines}


def _mark(a: str, b: str, reached: bool | None) -> str:
    if a == b:
        return "."
    return {True: "yes", False: "no", None: "-"}[reached]


def _cell(mark: str, room: str) -> str:
    style = {"yes": tints.GOOD, "no": f"{tints.BAD};font-weight:bold"}.get(mark, tints.MUTED)
    sign = {"yes": "✓ yes", "no": "✗ no"}.get(mark, mark)
    return f"<td style='text-align:center;white-space:nowrap;{room};{style}'>{sign}</td>"
