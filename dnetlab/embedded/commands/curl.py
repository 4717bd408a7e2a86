"""``curl`` in its own form (8.14): GET and HEAD over HTTP, its exit statuses and messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import virtual
from .httpclient import Fetch, Url, fetch, parse_url, source_of
from .options import OptionError, parse
from .process import Process, Program
from .registry import command
from .resolve import ResolveError, resolve

LONG = (
    "silent", "show-error", "max-time=", "output=", "write-out=", "head", "include", "verbose", "fail",
    "connect-timeout=", "interface=", "header=", "request=", "data=", "location", "ipv4", "ipv6", "insecure",
    "user-agent=", "version", "help=?", "retry=", "no-progress-meter", "remote-name", "url=", "noproxy=", "resolve=",
    "fail-with-body", "globoff", "http1.1", "http1.0", "compressed", "proxy=",
)  # fmt: skip
SHORT_NAMES = {
    "s": "silent",
    "S": "show-error",
    "m": "max-time",
    "o": "output",
    "w": "write-out",
    "I": "head",
    "i": "include",
    "v": "verbose",
    "f": "fail",
    "H": "header",
    "X": "request",
    "d": "data",
    "L": "location",
    "4": "ipv4",
    "6": "ipv6",
    "A": "user-agent",
    "V": "version",
    "h": "help",
    "O": "remote-name",
    "k": "insecure",
    "x": "proxy",
}
HINT = "curl: try 'curl --help' or 'curl --manual' for more information"
METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)


@dataclass(slots=True)
class Settings:
    options: dict[str, str] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.options


@command("curl")
def curl(p: Process) -> Program:
    """curl [-sSfvIi4] [-m SECONDS] [-o FILE] [-w FORMAT] URL..."""
    try:
        found, rest = parse(p.argv[1:], "sSm:o:w:IivfH:X:d:L46A:Vh#kgnOx:u:b:e:NaZ", LONG)
    except OptionError as error:
        name = f"-{error.option}" if len(error.option) == 1 else f"--{error.option}"
        why = "requires parameter" if "argument" in error.text else "is unknown"
        p.fail(f"curl: option {name}: {why}\n{HINT}", 2)
    s = Settings()
    for name, value in found:
        full = SHORT_NAMES.get(name, name)
        s.options[full] = value
        if full == "header":
            s.headers.append(value)
        elif full == "url":
            rest.append(value)
    if s.has("version"):
        p.out("curl 8.14.1 (dnetlab embedded engine)\nProtocols: http\n")
        return 0
    if s.has("help"):
        p.out("Usage: curl [options...] <url>\n")
        return 0
    if not rest:
        p.fail(f"curl: (2) no URL specified\n{HINT}" if found else HINT, 2)
    for name in ("max-time", "connect-timeout"):
        if s.has(name) and not re.fullmatch(r"\d+(\.\d*)?", s.options[name]):
            p.fail(
                f"curl: option {'-m' if name == 'max-time' else '--' + name}: expected a proper numerical parameter\n{HINT}",
                2,
            )
    code = 0
    for url in rest:
        code = (yield from _one(p, s, url)) or 0
    return code


def _complain(p: Process, s: Settings, code: int, text: str) -> int:
    if not s.has("silent") or s.has("show-error"):
        p.err(f"curl: ({code}) {text}\n")
    return code


def _one(p: Process, s: Settings, text: str) -> Program:
    url = parse_url(text)
    if url is None:
        return _complain(
            p,
            s,
            3,
            "URL rejected: No host part in the URL"
            if not re.search(r":\d{6,}", text)
            else "URL rejected: Port number was not a decimal number between 0 and 65535",
        )
    if url.scheme not in ("http", "https", "ftp"):
        return _complain(p, s, 1, f'Protocol "{url.scheme}" not supported')
    kernel = p.context.kernel
    start = kernel.now
    total = start + float(s.options["max-time"]) if float(s.options.get("max-time") or 0) else None
    limit = start + float(s.options.get("connect-timeout") or 300)
    family = 4 if s.has("ipv4") else 6 if s.has("ipv6") else None
    source = source_of(p, s.options.get("interface"))
    if source is False:
        return _complain(p, s, 45, f"Couldn't bind to '{s.options['interface']}'")
    if not s.has("silent"):
        p.err(METER + _meter(0, 0, 0.0))
    try:
        addresses = yield from resolve(p, url.host, family)
    except ResolveError:
        _progress_end(p, s)
        return _complain(p, s, 6, f"Could not resolve host: {url.host}")
    result = Fetch()
    for address in addresses:
        if s.has("verbose"):
            p.err(f"*   Trying {f'[{address}]' if ':' in address else address}:{url.port}...\n")
        result = yield from fetch(
            p, address, url, _request(s, url), connect_limit=limit, total_limit=total,
            source=source if isinstance(source, str) else None, head_only=s.has("head"),
        )  # fmt: skip
        if result.connected or result.failed == "timeout-connect":
            break
    result.seconds = kernel.now - start
    if result.failed:
        return _failed(p, s, url, result, total)
    return _show(p, s, url, result, addresses)


def _request(s: Settings, url: Url) -> bytes:
    method = "HEAD" if s.has("head") else s.options.get("request", "POST" if s.has("data") else "GET")
    lines = [
        f"{method} {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        f"User-Agent: {s.options.get('user-agent', 'curl/8.14.1')}",
        "Accept: */*",
        *s.headers,
    ]
    body = s.options.get("data", "").encode()
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + body


def _progress_end(p: Process, s: Settings) -> None:
    if not s.has("silent"):
        p.err("\n")


def _failed(p: Process, s: Settings, url: Url, result: Fetch, total: float | None) -> int:
    _progress_end(p, s)
    # The complaint comes first, what --write-out says after it.
    code = _complain(p, s, *_complaint(url, result))
    _write_out(p, s, url, result)
    return code


def _complaint(url: Url, result: Fetch) -> tuple[int, str]:
    ms = round(result.seconds * 1000)
    unconnected = (
        f"Failed to connect to {url.host} port {url.port} after {ms} ms: Could not connect to server"
    )
    if result.failed == "connect":
        return 7, unconnected
    if result.failed == "timeout-connect":
        if result.error == "ETIMEDOUT":
            return 28, unconnected
        return 28, f"Connection timed out after {ms} milliseconds"
    if result.failed == "timeout":
        received = len(result.response.body)
        return 28, f"Operation timed out after {ms} milliseconds with {received} bytes received"
    if result.failed == "reset":
        return 56, "Recv failure: Connection reset by peer"
    return 52, "Empty reply from server"


def _show(p: Process, s: Settings, url: Url, result: Fetch, addresses: list[str]) -> int:
    response = result.response
    if url.scheme != "http":
        text = (
            "TLS connect error: error:0A00010B:SSL routines::wrong version number"
            if url.scheme == "https"
            else "weird server reply"
        )
        return _complain(p, s, 35 if url.scheme == "https" else 8, text)
    if not response.status:
        return _complain(p, s, 1, "Received HTTP/0.9 when not allowed")
    if s.has("verbose"):
        _verbose(p, s, url, result)
    body = b"" if s.has("head") else response.body
    if s.has("fail") and response.status >= 400:
        _progress_end(p, s)
        code = _complain(p, s, 22, f"The requested URL returned error: {response.status}")
        _write_out(p, s, url, result)
        return code
    shown = (response.head if s.has("include") or s.has("head") else b"") + body
    target = s.options.get("output")
    if s.has("remote-name"):
        target = url.path.rsplit("/", 1)[-1] or "index.html"
    if not s.has("silent"):
        p.err("\r" + _meter(100, len(body), result.seconds) + "\n")
    if target is not None and target != "-":
        path = p.context.files.normal(target, p.cwd)
        why = virtual.can_create(p, path) if path != "/dev/null" else ""
        if why:
            return _complain(p, s, 23, "client returned ERROR on write, 0 bytes of data")
        if path != "/dev/null":
            p.context.files.write(path, shown)
    else:
        p.out(shown)
    _write_out(p, s, url, result)
    return 0


def _meter(percent: int, size: int, seconds: float) -> str:
    speed = round(size / seconds) if seconds else 0
    return (
        f"{percent:>3} {size:>5}  {percent:>3} {size:>5}    0     0 {min(speed, 999999):>6}      0"
        f" --:--:-- --:--:-- --:--:-- {min(speed, 99999):>5}"
    )


def _verbose(p: Process, s: Settings, url: Url, result: Fetch) -> None:
    p.err(f"* Connected to {url.host} ({result.remote[0]}) port {url.port}\n* using HTTP/1.x\n")
    for line in _request(s, url).decode("utf-8", "replace").split("\r\n\r\n")[0].split("\r\n"):
        p.err(f"> {line}\n")
    p.err("> \n")
    for line in result.response.head.decode("latin-1").split("\r\n")[:-2]:
        p.err(f"< {line}\n")
    p.err("< \n* shutting down connection #0\n")


EXIT_CODES = {"connect": "7", "timeout": "28", "timeout-connect": "28", "reset": "56", "empty": "52"}


def _write_out(p: Process, s: Settings, url: Url, result: Fetch) -> None:
    template = s.options.get("write-out")
    if template is None:
        return
    r = result.response
    values = {
        "http_code": f"{r.status:03d}", "response_code": f"{r.status:03d}", "size_download": str(len(r.body)),
        "remote_ip": result.remote[0] if result.connected else "", "remote_port": str(result.remote[1]) if result.connected else "0",
        "local_ip": result.local[0], "local_port": str(result.local[1]), "num_connects": str(int(result.connected)),
        "time_total": f"{result.seconds:.6f}", "time_connect": f"{result.connect_seconds if result.connected else 0:.6f}",
        "time_namelookup": "0.000100", "url_effective": f"{url.scheme}://{url.authority}{url.path}",
        "content_type": r.header("content-type") or "", "http_version": "1.1", "scheme": "http", "method": "GET",
        "exitcode": EXIT_CODES.get(result.failed, "0"),
    }  # fmt: skip
    text = re.sub(r"%\{(\w+)\}", lambda m: values.get(m.group(1), ""), template)
    for mark, char in (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("%%", "%")):
        text = text.replace(mark, char)
    p.out(text)
