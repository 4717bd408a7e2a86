"""``arping`` in iputils' form (20240905)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .options import OptionError, parse
from .process import Exit, Process, Program, Wait
from .registry import command
from .resolve import ResolveError, resolve
from .usage import ARPING_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device


@command("arping")
def arping(p: Process) -> Program:
    """arping [-fqbDUA] [-c COUNT] [-w SECONDS] [-i SECONDS] [-I DEVICE] [-s SOURCE] TARGET."""
    try:
        found, rest = parse(p.argv[1:], "fqbDUAVhc:w:i:I:s:")
    except OptionError as error:
        p.fail(f"arping: {error.text}\n{ARPING_USAGE}", 2)
    options = dict(found)
    if "V" in options:
        p.out(
            "arping from iputils 20240905\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n"
        )
        return 0
    if not rest:
        p.fail(ARPING_USAGE, 2)
    count = _number(p, options["c"], 1) if "c" in options else None
    deadline = _number(p, options["w"], 0) if "w" in options else None
    interval = _number(p, options["i"], 0) if "i" in options else 1
    try:
        address = (yield from resolve(p, rest[0], 4))[0]
    except ResolveError as error:
        p.fail(f"arping: {rest[0]}: {error}", 2)
    device = _device(p, options.get("I"), address)
    own = next((a.address for a in device.addresses if a.family == 4), None)
    source = options.get("s") or (
        "0.0.0.0" if "D" in options else address if set(options) & {"U", "A"} else own
    )
    if not source:
        p.fail("arping: No suitable source address", 2)
    if source != "0.0.0.0" and not any(
        a.address == source for d in p.ns.devices.values() for a in d.addresses
    ):
        p.fail("arping: bind: Cannot assign requested address", 2)
    if any(
        ip_network(a.cidr, strict=False).broadcast_address == ip_address(address) for a in device.addresses
    ):
        p.fail("arping: connect: Permission denied", 2)
    run = _Run(p, device, address, str(source), set(options), count, deadline, float(interval or 1))
    return (yield from run.run())


def _number(p: Process, word: str, low: int) -> int:
    if not word.lstrip("-").isdigit():
        p.fail(f"arping: invalid argument: '{word}'", 1)
    if not low <= int(word) < 2**31:
        p.fail(f"arping: invalid argument: '{word}': out of range: {low} <= value <= 2147483647", 1)
    return int(word)


def _device(p: Process, name: str | None, address: str) -> Device:
    if name is None:
        try:
            found = p.ns.route_get(address).dev
        except KernelError:
            found = None
        device = found if found is not None and found.kind != "loopback" else None
        if device is None:
            p.fail("arping: No suitable device could be determined. Please, use option -I.", 2)
    else:
        device = p.ns.devices.get(name)
        if device is None:
            p.fail(f"arping: Device {name} not available.", 2)
        if not device.up:
            p.fail(f'Interface "{name}" is down', 2)
    if device.noarp or device.kind == "loopback":
        p.out(f'Interface "{device.name}" is not ARPable\n')
        raise Exit(2)
    return device


def jitter(key: int) -> float:
    """Milliseconds that an answer takes on its way through the program, different each time."""
    return (key * 2654435761 % 2**32) / 2**32 * 0.2


BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"


class _Run:
    def __init__(
        self, p: Process, device: Device, address: str, source: str, options: set[str], count: int | None,
        deadline: int | None, interval: float,
    ) -> None:  # fmt: skip
        self.p, self.device, self.address, self.source = p, device, address, source
        self.options, self.count, self.deadline, self.interval = options, count, deadline, interval
        self.kernel = p.context.kernel
        self.sent = self.broadcasts = self.received = 0
        self.stopped = False
        self.to = BROADCAST_MAC

    def _stop(self) -> None:
        self.stopped = True

    def run(self) -> Program:
        options = self.options
        self.p.handlers["INT"] = self._stop
        self._say(f"ARPING {self.address} from {self.source} {self.device.name}\n")
        end = self.kernel.now + self.deadline if self.deadline else None
        while not self.stopped and not self._enough() and (self.count is None or self.sent < self.count):
            self.sent += 1
            self.broadcasts += self.to == BROADCAST_MAC
            yield from self._probe(end)
            if end is not None and self.kernel.now >= end - 1e-9:
                break
        self._say(
            f"Sent {self.sent} probes ({self.broadcasts} broadcast(s))\nReceived {self.received} response(s)\n"
        )
        if "D" in options:
            return int(self.received > 0)
        if options & {"U", "A"}:
            return 0
        wanted = self.count if self.deadline and "f" not in options else None
        return int(self.received < (wanted or 1))

    def _enough(self) -> bool:
        """Whether no more answers are wanted: with a time limit, a count is one of answers too (arping(8), -w)."""
        if self.options & {"f", "D"}:
            return self.received > 0
        return bool(self.deadline) and self.received == self.count

    def _probe(self, end: float | None) -> Program:
        """One request, and the answers until the next is due."""
        start = self.kernel.now
        until = start + self.interval if end is None else min(start + self.interval, end)
        if self.options & {"U", "A"}:
            self.device.announce(self.address, BROADCAST_MAC)
            if self.sent != self.count:
                yield from self.p.sleep(until - start)
            return None
        probe = self.p.ns.arping(self.device, self.address, src=self.source, to=self.to)
        seen = 0
        try:
            while self.kernel.now < until - 1e-9 and not self.stopped:
                have = seen
                yield Wait(until=until, ready=lambda have=have: len(probe.replies) > have)  # type: ignore[misc]
                for reply in probe.replies[seen:]:
                    seen += 1
                    self.received += 1
                    mac = reply.mac.upper()
                    if "b" not in self.options:
                        self.to = reply.mac  # from now on only who answered last is asked
                    ms = (reply.time - start) * 1000 + 0.5 + jitter(self.sent + self.received)
                    self._say(f"Unicast reply from {reply.source} [{mac}]  {ms:.3f}ms\n")
                    if self._enough():
                        return None
        finally:
            close = getattr(probe, "close", None)
            if close is not None:
                close()
        return None

    def _say(self, text: str) -> None:
        if "q" not in self.options:
            self.p.out(text)
