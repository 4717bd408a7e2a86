"""``nc`` of OpenBSD, as Debian has it: connecting, scanning, listening."""

from __future__ import annotations

from collections.abc import Generator

from dnetlab.embedded.kernel import KernelError, TcpConnection, UdpSocket

from .httpclient import connect
from .netdb import service_name, service_port
from .options import OptionError, parse
from .process import NETWORK_TICK, Process, Program, Wait
from .registry import command
from .resolve import ResolveError, canonical, resolve, reverse
from .streams import Condition
from .usage import NC_USAGE


@command("nc")
def nc(p: Process) -> Program:
    """nc [-46klNnuvz] [-p PORT] [-w SECONDS] [-s SOURCE] [HOST] PORT..."""
    try:
        found, rest = parse(p.argv[1:], "46CDdFhklNnrStUuvZzI:i:M:m:O:P:p:q:s:T:V:W:w:X:x:e:c:")
    except OptionError as error:
        p.fail(f"nc: {error.text}\n{NC_USAGE}", 1)
    options = dict(found)
    if "h" in options:
        p.fail(NC_USAGE, 1)
    if not options.get("w", "1").isdigit():
        p.fail(f"nc: timeout invalid: {options['w']}", 1)
    wait = float(options["w"]) if "w" in options else None
    if "l" in options:
        words = [options["p"]] if "p" in options else rest
        if not words:
            p.fail(NC_USAGE, 1)
        return (yield from _listen(p, options, words[-1], words[0] if len(words) > 1 else None))
    if len(rest) == 1:
        p.fail("nc: missing port number", 1)
    if not rest:
        p.fail(NC_USAGE, 1)
    if "n" in options and canonical(rest[0]) is None:
        p.fail(f'nc: getaddrinfo for host "{rest[0]}" port {rest[1]}: Name or service not known', 1)
    ports = _ports(p, rest[1])
    family = 4 if "4" in options else 6 if "6" in options else None
    try:
        addresses = yield from resolve(p, rest[0], family)
    except ResolveError as error:
        p.fail(f'nc: getaddrinfo for host "{rest[0]}" port {rest[1]}: {error}', 1)
    code = 1
    for port in ports:
        for address in addresses:
            if "u" in options:
                done = yield from _udp(p, options, rest[0], address, port, wait)
            else:
                done = yield from _tcp(p, options, rest[0], address, port, wait)
            if done:
                code = 0
                break
    return code


def _ports(p: Process, word: str) -> list[int]:
    low, dash, high = word.partition("-")
    named = service_port(word)
    if named is not None:
        return [named]
    for part in (low, high) if dash else (low,):
        if not part.isdigit():
            p.fail(f"nc: port number invalid: {part}", 1)
        if not 0 < int(part) < 65536:
            p.fail(f"nc: port number too {'large' if int(part) else 'small'}: {part}", 1)
    first, last = int(low), int(high) if dash else int(low)
    return list(range(min(first, last), max(first, last) + 1))


def _label(options: dict[str, str], proto: str, port: int) -> str:
    name = None if "n" in options else service_name(port, proto)
    return f"[{proto}/{name or '*'}]"


def _place(host: str, address: str) -> str:
    return host if host == address else f"{host} ({address})"


def _tcp(
    p: Process, options: dict[str, str], host: str, address: str, port: int, wait: float | None
) -> Generator[Wait, None, bool]:
    limit = None if wait is None else p.context.kernel.now + wait
    opened = yield from connect(p, address, port, limit, options.get("s"))
    if isinstance(opened, str):
        if "v" in options:
            why = (
                "timed out: Operation now in progress"
                if not opened
                else f"failed: {KernelError(opened).text}"
            )
            p.err(f"nc: connect to {_place(host, address)} port {port} (tcp) {why}\n")
        return False
    if set(options) & {"v", "z"}:
        p.err(
            f"Connection to {_place(host, address)} {port} port {_label(options, 'tcp', port)} succeeded!\n"
        )
    if "z" in options:
        opened.close()
        return True
    yield from _relay(p, options, opened, wait)
    return True


def _relay(
    p: Process, options: dict[str, str], connection: TcpConnection, wait: float | None
) -> Generator[Wait, None, None]:
    """Standard input to the connection, the connection to standard output, until one side ends."""
    kernel = p.context.kernel
    changed = Condition()
    connection.on_data = connection.on_close = changed.notify
    source = p.stdin
    written = 0
    open_input = "d" not in options
    idle = kernel.now
    try:
        while True:
            data = bytes(connection.received[written:])
            if data:
                written += len(data)
                p.out(data)
                idle = kernel.now
            if open_input and source.data:
                piece = bytes(source.data)
                source.data.clear()
                connection.send(piece)
                idle = kernel.now
            if open_input and source.ended and not source.data:
                open_input = False
                if "N" in options:
                    connection.shutdown()
            if connection.peer_closed or connection.state == "CLOSED":
                return
            until = None if wait is None or open_input else idle + wait
            if until is not None and kernel.now >= until - 1e-9:
                return
            tick = kernel.now + NETWORK_TICK
            yield Wait(until=min(until or tick, tick), conditions=(changed, source.changed))
    except KernelError:
        return
    finally:
        connection.close()


def _udp(
    p: Process, options: dict[str, str], host: str, address: str, port: int, wait: float | None
) -> Generator[Wait, None, bool]:
    kernel = p.context.kernel
    socket = p.ns.udp_socket(6 if ":" in address else 4)
    socket.owner = "nc"
    arrived = Condition()
    socket.on_datagram = arrived.notify
    try:
        if options.get("p", "").isdigit():
            socket.bind(None, int(options["p"]))
        if set(options) & {"v", "z"}:
            # nc -u writes single bytes and listens for "port unreachable" (udptest in netcat.c).
            for _ in range(4 if "z" in options else 1):
                socket.sendto(b"X", address, port)
                end = kernel.now + 0.25
                yield Wait(until=end, ready=lambda: bool(socket.errors))
                if socket.errors:
                    return False
            p.err(
                f"Connection to {_place(host, address)} {port} port {_label(options, 'udp', port)} succeeded!\n"
            )
            if "z" in options:
                return True
        yield from _datagrams(p, socket, arrived, (address, port), wait)
        return True
    except KernelError as error:
        if "v" in options:
            p.err(f"nc: write failed: {error.text}\n")
        return False
    finally:
        socket.close()


def _datagrams(
    p: Process, socket: UdpSocket, arrived: Condition, peer: tuple[str, int] | None, wait: float | None
) -> Generator[Wait, None, None]:
    kernel = p.context.kernel
    source = p.stdin
    seen = 0
    idle = kernel.now
    while True:
        for datagram in socket.received[seen:]:
            seen += 1
            peer = peer or (datagram.source, datagram.port)
            p.out(datagram.data)
            idle = kernel.now
        if source.data and peer is not None:
            data = bytes(source.data)
            source.data.clear()
            socket.sendto(data, *peer)
            idle = kernel.now
        until = None if wait is None else idle + wait
        if socket.errors or (until is not None and kernel.now >= until - 1e-9):
            return
        yield Wait(until=until, conditions=(arrived, source.changed), ready=lambda: bool(socket.errors))


def _listen(p: Process, options: dict[str, str], word: str, host: str | None) -> Program:
    port = _ports(p, word)[0]
    any_address = "::" if "6" in options else "0.0.0.0"
    address = host or any_address
    try:
        if "u" in options:
            socket = p.ns.udp_socket(6 if ":" in address else 4)
            socket.owner = "nc"
            socket.bind(address, port)
            arrived = Condition()
            socket.on_datagram = arrived.notify
            if "v" in options:
                p.err(f"Bound on {address} {port}\n")
            try:
                yield from _datagrams(p, socket, arrived, None, None)
            finally:
                socket.close()
            return 0
        waiting: list[TcpConnection] = []
        came = Condition()

        def accept(connection: TcpConnection) -> None:
            waiting.append(connection)
            came.notify()

        listener = p.ns.tcp_listen(address, port, on_accept=accept, backlog=1, owner="nc")
    except KernelError as error:
        mine = [i for i in p.ns.sockets() if i.local_port == port and i.state in ("LISTEN", "UNCONN")]
        if error.errno == "EADDRINUSE" and mine and all(i.owner == "nc" for i in mine):
            # nc sets SO_REUSEPORT: a second one may listen too (golden host/port-collision.txt).
            while True:
                yield Wait()
        p.err(f"nc: {error.text}\n")
        return 1
    p.socket = ("tcp", port)
    try:
        if "v" in options:
            p.err(f"Listening on {address} {port}\n")
        while True:
            while not waiting:
                yield Wait(conditions=(came,))
            connection = waiting.pop(0)
            if "k" not in options:
                listener.close()
            if "v" in options:
                name = None if "n" in options else (yield from reverse(p, connection.remote[0]))
                p.err(f"Connection received on {name or connection.remote[0]} {connection.remote[1]}\n")
            yield from _relay(p, options, connection, None)
            if "k" not in options:
                return 0
    finally:
        listener.close()
