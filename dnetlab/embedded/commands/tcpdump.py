"""``tcpdump``: captures on a device until it is stopped or has enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from dnetlab.embedded.kernel import Arp, Captured, IpPacket

from .options import OptionError, parse
from .process import Exit, Process, Program, Wait
from .registry import command
from .resolve import reverse
from .streams import Condition
from .tcpdump_filter import FilterError, compile_filter
from .tcpdump_print import Style, cooked_line, line

SNAPSHOT = 262144


@dataclass(slots=True)
class Settings:
    device: str | None = None
    count: int | None = None
    stamps: int = 0
    quiet: bool = False
    style: Style | None = None
    direction: str | None = None
    numbered: bool = False
    counting: bool = False


@command("tcpdump")
def tcpdump(p: Process) -> Program:
    """tcpdump [-i DEVICE] [-ennvltq] [-c COUNT] [-Q in|out|inout] [EXPRESSION]."""
    s, expression = _settings(p)
    style = s.style or Style()
    if not p.context.can("NET_RAW"):
        p.fail(
            f"tcpdump: {s.device or 'eth0'}: You don't have permission to perform this capture on that device\n"
            "(socket: Operation not permitted)",
            1,
        )
    name = s.device or next((d.name for d in p.ns.devices.values() if d.up and d.kind != "loopback"), "lo")
    if name != "any" and name not in p.ns.devices:
        p.fail(f"tcpdump: {name}: No such device exists\n(No such device exists)", 1)
    if name != "any" and not p.ns.devices[name].up:
        p.fail(f"tcpdump: {name}: That device is not up", 1)
    try:
        test = compile_filter(expression)
    except FilterError as error:
        p.fail(
            f"tcpdump: can't parse filter expression: {error}"
            if str(error) == "syntax error"
            else f"tcpdump: {error}",
            1,
        )
    if name == "any":
        p.err(
            'tcpdump: WARNING: any: That device doesn\'t support promiscuous mode\n(Promiscuous mode not supported on the "any" device)\n'
        )
    link = "LINUX_SLL2 (Linux cooked v2)" if name == "any" else "EN10MB (Ethernet)"
    if style.verbose:
        p.err(f"tcpdump: listening on {name}, link-type {link}, snapshot length {SNAPSHOT} bytes\n")
    else:
        p.err("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n")
        p.err(f"listening on {name}, link-type {link}, snapshot length {SNAPSHOT} bytes\n")
    return (yield from _capture(p, s, style, name, test))


def _settings(p: Process) -> tuple[Settings, str]:
    try:
        found, rest = parse(
            p.argv[1:],
            "aAbB:c:C:dDeE:fF:G:hHi:IjJ:KlLm:M:nNOpqQ:r:s:StT:uUvV:w:W:xXy:z:Z:#",
            (
                "interface=",
                "immediate-mode",
                "version",
                "help",
                "list-interfaces",
                "number",
                "print",
                "count",
            ),
        )
    except OptionError as error:
        p.fail(
            f"tcpdump: {error.text}\nUsage: tcpdump [-eln] [-c count] [-i interface] [-Q in|out|inout] [expression]",
            1,
        )
    s, style = Settings(), Style()
    for name, value in found:
        if name in ("i", "interface"):
            s.device = value
        elif name == "c":
            if not value.isdigit() or not int(value):
                p.fail(f"tcpdump: invalid packet count {value}", 1)
            s.count = int(value)
        elif name == "e":
            style.ethernet = True
        elif name == "n":
            style.numeric += 1
        elif name == "v":
            style.verbose += 1
        elif name == "t":
            s.stamps += 1
        elif name == "q":
            s.quiet = True
        elif name == "S":
            style.absolute = True
        elif name in ("#", "number"):
            s.numbered = True
        elif name == "count":
            s.counting = True
        elif name == "Q":
            if value not in ("in", "out", "inout"):
                p.fail(f"tcpdump: unknown capture direction `{value}'", 1)
            s.direction = None if value == "inout" else value
        elif name in ("D", "list-interfaces"):
            _list(p)
        elif name == "version":
            p.out("tcpdump version 4.99.5\nlibpcap version 1.10.5 (with TPACKET_V3)\n")
            raise Exit(0)
        elif name in ("w", "r"):
            p.fail(f"tcpdump: the embedded engine has no capture files (-{name})", 1)
        elif name in ("h", "help"):
            p.fail("Usage: tcpdump [-eln] [-c count] [-i interface] [-Q in|out|inout] [expression]", 0)
    # -n once means no names for hosts and ports; the second n changes nothing more.
    if style.numeric:
        style.numeric = 2
    s.style = style
    return s, " ".join(rest)


def _list(p: Process) -> None:
    rows = sorted(p.ns.devices.values(), key=lambda d: (d.kind == "loopback", not d.up))
    outside, inside = [d for d in rows if d.kind != "loopback"], [d for d in rows if d.kind == "loopback"]
    for number, device in enumerate([*outside, None, *inside], 1):
        if device is None:
            p.out(f"{number}.any (Pseudo-device that captures on all interfaces) [Up, Running]\n")
        elif device.kind == "loopback":
            p.out(f"{number}.{device.name} [Up, Running, Loopback]\n")
        else:
            state = (
                "Up, Running, Connected"
                if device.carrier and device.up
                else "Up, Disconnected"
                if device.up
                else "none"
            )
            p.out(f"{number}.{device.name} [{state}]\n")
    raise Exit(0)


def _capture(p: Process, s: Settings, style: Style, name: str, test: object) -> Program:
    queue: list[Captured] = []
    came = Condition()
    seen = [0]
    stopped: list[str] = []

    def on_frame(captured: Captured) -> None:
        # libpcap shows a packet of the loopback device once, when it comes in.
        if captured.dev.kind == "loopback" and captured.direction == "out":
            return
        seen[0] += 1
        if (s.direction is None or captured.direction == s.direction) and test(captured.frame):  # type: ignore[operator]
            queue.append(captured)
            came.notify()

    capture = p.ns.capture(None if name == "any" else name, on_frame=on_frame, limit=1)
    p.handlers["INT"] = p.handlers["TERM"] = lambda: stopped.append("")
    printed = received = 0
    previous: list[float] = []
    try:
        while not stopped and (s.count is None or printed < s.count):
            while queue and (s.count is None or printed < s.count):
                captured = queue.pop(0)
                received += 1
                if not style.numeric:
                    yield from _learn_names(p, captured, style)
                printed += 1
                if not s.counting:
                    number = f"{printed:>5}  " if s.numbered else ""
                    p.out(number + _text(p, s, style, captured, name == "any", previous) + "\n")
            if not stopped and (s.count is None or printed < s.count):
                yield Wait(conditions=(came,))
    finally:
        capture.close()
    if stopped:
        p.out("\n")
    received += len(queue)
    plural = "" if printed == 1 else "s"
    p.err(
        f"{printed} packet{plural} captured\n{received} packet{'' if received == 1 else 's'} received by filter\n"
        "0 packets dropped by kernel\n"
    )
    return 0


def _learn_names(p: Process, captured: Captured, style: Style) -> Program:
    load = captured.frame.payload
    ends = (load.sender_ip, load.target_ip) if isinstance(load, Arp) else (load.src, load.dst)
    for address in ends:
        if address in style.names or not isinstance(load, (Arp, IpPacket)):
            continue
        style.names[address] = address
        if not ip_address(address).is_multicast:
            style.names[address] = (yield from reverse(p, address)) or address
    return None


def _text(
    p: Process, s: Settings, style: Style, captured: Captured, cooked: bool, previous: list[float]
) -> str:
    moment = p.context.wall(captured.time)
    text = _stamp(s, moment, previous)
    if cooked:
        direction = {"in": "In ", "out": "Out"}[captured.direction]
        if captured.direction == "in" and captured.frame.dst not in (captured.dev.mac, "00:00:00:00:00:00"):
            direction = "P  "
        if captured.direction == "in" and captured.frame.dst == "ff:ff:ff:ff:ff:ff":
            direction = "B  "
        elif captured.direction == "in" and int(captured.frame.dst[:2], 16) & 1:
            direction = "M  "
        text += f"{captured.dev.name:<5} {direction} "
        if style.ethernet:
            return text + f"ifindex {captured.dev.ifindex} " + cooked_line(captured.frame, style)
    style.moment = captured.time
    return text + line(captured.frame, style)


def _stamp(s: Settings, moment: float, previous: list[float]) -> str:
    when = datetime.fromtimestamp(moment, UTC)
    if s.stamps == 0:
        return f"{when:%H:%M:%S.%f} "
    if s.stamps == 2:
        return f"{moment:.6f} "
    if s.stamps in (3, 5):
        base = previous[0] if previous else moment
        previous[:] = [moment] if s.stamps == 3 or not previous else previous
        return f" {datetime.fromtimestamp(max(0.0, moment - base), UTC):%H:%M:%S.%f} "
    if s.stamps == 4:
        return f"{when:%Y-%m-%d %H:%M:%S.%f} "
    return ""
