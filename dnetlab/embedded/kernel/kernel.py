"""The machine: a clock, the events that wait on it, the namespaces and the records of packets."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from .device import Device
from .errors import KernelError
from .explain import PingResult, Verdict, explain
from .flooding import Audience
from .frames import Arp, IpPacket
from .kerneltimer import Timer
from .namespace import Namespace
from .raw import Capture, Captured
from .trace import Trace

# Frames hop in microseconds, the shortest timer of a stack (ARP, TCP) is far longer.
SETTLED = 0.002


class Kernel:
    """A model of one Linux kernel with any number of network namespaces.

    The clock is simulated: it stands still until ``advance`` or ``run_until`` lets things happen, and then
    jumps from event to event, so that waiting costs no time.

    Attributes:
        now: seconds of simulated time.
        followed: how many of them passed outside, too (``follow``): for clocks that add the world's time to the model's.

    Args:
        seed: decides every random MAC address, port and identifier; the same seed gives the same lab.
        record: how many packets' ways are kept; older ones are forgotten.
    """

    def __init__(self, seed: int = 0, record: int = 5000) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.followed = 0.0
        self.namespaces: dict[str, Namespace] = {}
        self._queue: list[tuple[float, int, Callable[[Any], object], Any]] = []
        # Counts up whenever it may have changed whom a flooded frame reaches: devices up or down, ports,
        # receivers, captures.
        self.wiring = 0
        # Audiences that hold counts back, in the order in which they began to.
        self.unsettled: dict[Audience, None] = {}
        # How many events were scheduled so far: what the kernel had to do.
        self.events = 0
        self._record = record
        self._traces: dict[int, Trace] = {}
        self._trace_id = 0
        self._inode = 4026532000

    # time ------------------------------------------------------------------------------------------------

    def schedule(self, delay: float, call: Callable[[Any], object], argument: Any) -> None:
        """Let ``call(argument)`` happen after a delay in seconds; it cannot be cancelled."""
        self.events += 1
        heappush(self._queue, (self.now + delay, self.events, call, argument))

    def call_later(self, delay: float, call: Callable[..., object], *args: Any) -> Timer:
        """Let ``call(*args)`` happen after a delay in seconds, unless the timer is cancelled."""
        timer = Timer(self.now + delay, call, args)
        self.schedule(delay, timer.fire, None)
        return timer

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        self.run_until(_never, seconds)

    def run_until(self, predicate: Callable[[], object], timeout: float) -> bool:
        """Let time pass until ``predicate()`` is true, at most ``timeout`` seconds.

        Returns:
            Whether it became true. The clock then stands at that moment, else at the end of the timeout.
        """
        deadline = self.now + timeout
        queue = self._queue
        while not predicate():
            if not queue or queue[0][0] > deadline:
                self.now = max(self.now, deadline)
                return False
            when, _, call, argument = heappop(queue)
            # A handler that waits inside an event may have moved the clock past this one.
            if when > self.now:
                self.now = when
            call(argument)
        return True

    @property
    def ahead(self) -> float:
        """Seconds that were simulated on top of the time that passed outside."""
        return self.now - self.followed

    def settle(self) -> None:
        """Let the frames in flight arrive: events that follow each other within two milliseconds."""
        queue = self._queue
        while queue and queue[0][0] <= self.now + SETTLED:
            when, _, call, argument = heappop(queue)
            self.now = max(self.now, when)
            call(argument)

    @property
    def next_event(self) -> float | None:
        """When the next thing is due, None where nothing is."""
        return self._queue[0][0] if self._queue else None

    def settle_counts(self) -> None:
        """Write the counts that bridges hold back to the devices."""
        for audience in self.unsettled:
            audience.settle()
        self.unsettled.clear()

    # namespaces ------------------------------------------------------------------------------------------

    def namespace(self, name: str) -> Namespace:
        """Create a network namespace with a loopback interface that is down.

        Raises:
            KernelError: EEXIST when the name is in use, EINVAL when it is empty.
        """
        if not name:
            raise KernelError("EINVAL", "a namespace needs a name")
        if name in self.namespaces:
            raise KernelError("EEXIST", f"namespace {name}")
        self._inode += 1
        created = Namespace(self, name, self._inode)
        self.namespaces[name] = created
        return created

    def delete_namespace(self, namespace: Namespace) -> None:
        """Remove a namespace, its sockets and its devices; veth peers and sub-interfaces go with them."""
        if self.namespaces.get(namespace.name) is not namespace:
            raise KernelError("ENOENT", f"namespace {namespace.name}")
        namespace.dissolve()
        del self.namespaces[namespace.name]
        for other in self.namespaces.values():
            other.forget(namespace)

    def random_mac(self) -> str:
        """A random, locally administered unicast MAC address (``eth_random_addr``)."""
        value = self.random.getrandbits(48) & ~(1 << 40) | (2 << 40)
        digits = f"{value:012x}"
        return ":".join(digits[i : i + 2] for i in range(0, 12, 2))

    # records ---------------------------------------------------------------------------------------------

    def new_trace(self, packet: IpPacket | Arp, cause: Trace | None = None) -> Trace:
        """Begin the record of a packet."""
        ident = self._trace_id = self._trace_id + 1
        traces = self._traces
        trace = traces[ident] = Trace(ident, packet, cause, traces)
        traces.pop(ident - self._record, None)
        return trace

    def trace(self, ident: int) -> Trace:
        """The record of a packet.

        Raises:
            KernelError: ENOENT when it was never made or is forgotten.
        """
        try:
            return self._traces[ident]
        except KeyError:
            raise KernelError("ENOENT", f"no record of packet {ident}") from None

    def explain(self, ident: int) -> Verdict:
        """What came of a packet, its answer and the questions it waited for (ENOENT)."""
        return explain(self.trace(ident), self.now)

    def ping(
        self,
        namespace: Namespace,
        dst: str,
        timeout: float = 1.0,
        family: int | None = None,
        **options: Any,
    ) -> PingResult:
        """Send one echo request and wait for its answer (options as for ``EchoSocket.send``).

        Raises:
            KernelError: where the request cannot be sent at all, such as ENETUNREACH.
        """
        socket = namespace.echo_socket(family or (6 if ":" in dst else 4))
        try:
            probe = socket.send(dst, **options)
            trace = self._traces[probe.trace_id]
            self.run_until(lambda: probe.replies or probe.errors, timeout)
        finally:
            socket.close()
        return PingResult(probe, trace, self)

    def capture(
        self,
        dev: Device,
        on_frame: Callable[[Captured], object] | None = None,
        limit: int | None = None,
    ) -> Capture:
        """Look at the frames of a device."""
        return Capture([dev], on_frame, limit)

    @property
    def traces(self) -> list[Trace]:
        """The records that are kept, oldest first."""
        return list(self._traces.values())


def _never() -> bool:
    return False
