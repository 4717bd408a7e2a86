"""What ``curl -v`` tells of a transfer, and its progress meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .resolve import canonical

if TYPE_CHECKING:
    from .httpclient import Fetch, Url

METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)
BAR = "\r" + "#" * 72 + " 100.0%\n"
"""What ``-#`` shows of a transfer that is done."""


def meter(percent: int, total: int, received: int, seconds: float) -> str:
    """One line of the meter; transfers of the model take no full second."""
    speed = round(received / seconds) if seconds else 0
    spent = f"  0:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}" if seconds >= 1 else " --:--:--"
    return (
        f"{percent:>3} {total:>5}  {percent:>3} {received:>5}    0     0 {min(speed, 999999):>6}      0"
        f" --:--:--{spent} --:--:-- {min(speed, 99999):>5}"
    )


def resolved(url: Url, addresses: list[str]) -> str:
    """What a name stands for; nothing for an address."""
    if canonical(url.host) is not None:
        return ""
    v6, v4 = [a for a in addresses if ":" in a], [a for a in addresses if ":" not in a]
    known = f"* IPv6: {', '.join(v6) or '(none)'}\n* IPv4: {', '.join(v4) or '(none)'}\n"
    return f"* Host {url.host}:{url.port} was resolved.\n{known}"


def trying(address: str, port: int) -> str:
    return f"*   Trying {f'[{address}]' if ':' in address else address}:{port}...\n"


def refused(result: Fetch) -> str:
    """One address that could not be connected to."""
    (there, port), (here, own_port) = result.remote, result.local
    why = KernelError(result.error).text
    return f"* connect to {there} port {port} from {here} port {own_port} failed: {why}\n"


def exchange(url: Url, request: bytes, result: Fetch) -> str:
    """The request and the answer, as they go over a connection that the server then closes."""
    head, _, _ = request.partition(b"\r\n\r\n")
    lines = [f"* Connected to {url.host} ({result.remote[0]}) port {url.port}", "* using HTTP/1.x"]
    lines += [f"> {line}\r" for line in head.decode("utf-8", "replace").split("\r\n")]
    lines += ["> \r", "* Request completely sent off"]
    lines += [f"< {line}\r" for line in result.response.head.decode("latin-1").split("\r\n")[:-2]]
    lines.append("< \r")
    if result.response.body:
        lines.append(f"{{ [{len(result.response.body)} bytes data]")
    return "".join(f"{line}\n" for line in lines)
