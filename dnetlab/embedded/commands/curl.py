"""``curl`` in its own form (8.14): GET and HEAD over HTTP, its exit statuses and messages."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field

from . import virtual
from .curl_verbose import BAR, METER, exchange, meter, refused, resolved, trying
from .httpclient import Fetch, Url, fetch, parse_url, source_of
from .options import OptionError, parse
from .process import Process, Program
from .registry import command
from .resolve import ResolveError, resolve

LONG = (
    "silent", "show-error", "max-time=", "output=", "write-out=", "head", "include", "verbose", "fail",
    "connect-timeout=", "interface=", "header=", "request=", "data=", "location", "ipv4", "ipv6", "insecure",
    "user-agent=", "version", "help=?", "retry=", "no-progress-meter", "remote-name", "url=", "noproxy=", "resolve=",
    "fail-with-body", "globoff", "http1.1", "http1.0", "compressed", "proxy=", "dump-header=", "get", "user=",
    "progress-bar", "local-port=", "retry-delay=", "upload-file=",
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
    "D": "dump-header",
    "G": "get",
    "u": "user",
    "#": "progress-bar",
    "T": "upload-file",
}
BAD_PORT = re.compile(r"(?:[a-zA-Z][\w+.-]*://)?[^/\[\]@?#]*:[^/\[\]@?#]*:")
"""An IPv6 address without its brackets."""
HINT = "curl: try 'curl --help' or 'curl --manual' for more information"


@dataclass(slots=True)
class Settings:
    options: dict[str, str] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    typed: str = ""
    """The URL at hand, as it was typed."""
    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Addresses that ``--resolve`` gives to a host and port."""

    def has(self, name: str) -> bool:
        return name in self.options


@command("curl")
def curl(p: Process) -> Program:
    """curl [-sSfvIi4] [-m SECONDS] [-o FILE] [-w FORMAT] URL..."""
    try:
        found, rest = parse(p.argv[1:], "sSm:o:w:IivfH:X:d:L46A:Vh#kgnOx:u:b:e:NaZD:GT:", LONG)
    except OptionError as error:
        name = f"-{error.option}" if len(error.option) == 1 else f"--{error.option}"
        why = "requires parameter" if "argument" in error.text else "is unknown"
        p.fail(f"curl: option {name}: {why}\n{HINT}", 2)
    s = Settings()
    for name, value in found:
        full = SHORT_NAMES.get(name, name)
        if full == "resolve" and value.count(":") >= 2:
            host, port, address = value.split(":", 2)
            s.known[(host.lower(), port)] = address.strip("[]").split(",")
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
            typed = next(
                f"-{n}" if len(n) == 1 else f"--{n}" for n, _ in found if SHORT_NAMES.get(n, n) == name
            )
            p.fail(f"curl: option {typed}: expected a proper numerical parameter\n{HINT}", 2)
    if s.has("get") and s.has("data"):
        rest = [f"{url}{'&' if '?' in url else '?'}{s.options['data']}" for url in rest]
        del s.options["data"]
    code = 0
    for url in rest:
        s.typed = url
        code = (yield from _one(p, s, url)) or 0
    return code


def _complain(p: Process, s: Settings, code: int, text: str) -> int:
    if not s.has("silent") or s.has("show-error"):
        p.err(f"curl: ({code}) {text}\n")
    return code


def _one(p: Process, s: Settings, text: str) -> Program:
    url = parse_url(text)
    if " " in text:
        return _complain(p, s, 3, "URL rejected: Malformed input to a URL function")
    if url is None or BAD_PORT.match(text):
        bad = "Port number was not a decimal number between 0 and 65535"
        why = (
            bad if re.search(r":\d{5,}|:.*:", text.partition("://")[2] or text) else "No host part in the URL"
        )
        return _complain(p, s, 3, f"URL rejected: {why}")
    if url.scheme not in ("http", "https", "ftp"):
        return _complain(p, s, 1, f'Protocol "{url.scheme}" not supported')
    kernel = p.context.kernel
    start = kernel.now
    total = start + float(s.options["max-time"]) if float(s.options.get("max-time") or 0) else None
    limit = start + float(s.options.get("connect-timeout") or 300)
    family = 4 if s.has("ipv4") else 6 if s.has("ipv6") else None
    source = source_of(p, s.options.get("interface"))
    if source is False:
        why = (
            "No such device"
            if s.options["interface"] not in p.ns.devices
            else "Cannot assign requested address"
        )
        number = 19 if why == "No such device" else 99
        return _complain(p, s, 45, f"Couldn't bind to '{s.options['interface']}' with errno {number}: {why}")
    if _measured(s):
        p.err(METER + "\r" + meter(0, 0, 0, 0.0))
    try:
        addresses = s.known.get((url.host.lower(), str(url.port))) or (
            yield from resolve(p, url.host, family)
        )
    except ResolveError:
        if s.has("verbose"):
            p.err(f"* Could not resolve host: {url.host}\n* shutting down connection #0\n")
        elif _measured(s):
            p.err("\n")
        return _complain(p, s, 6, f"Could not resolve host: {url.host}")
    result = Fetch()
    if s.has("verbose"):
        p.err(resolved(url, addresses))
    for address in addresses:
        if s.has("verbose"):
            p.err(trying(address, url.port))
        result = yield from fetch(
            p, address, url, _request(s, url), connect_limit=limit, total_limit=total,
            source=source if isinstance(source, str) else None, head_only=s.has("head"),
        )  # fmt: skip
        if result.connected or result.failed == "timeout-connect":
            break
        if s.has("verbose"):
            p.err(refused(result))
    result.seconds = kernel.now - start
    if result.failed:
        return _failed(p, s, url, result, total)
    return _show(p, s, url, result, addresses)


def _request(s: Settings, url: Url) -> bytes:
    method = _method(s)
    credentials = s.options.get("user")
    lines = [
        f"{method} {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        *(
            ()
            if credentials is None
            else (f"Authorization: Basic {b64encode(credentials.encode()).decode()}",)
        ),
        f"User-Agent: {s.options.get('user-agent', 'curl/8.14.1')}",
        "Accept: */*",
        *s.headers,
    ]
    body = s.options.get("data", "").encode()
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + body


def _method(s: Settings) -> str:
    default = (
        "HEAD" if s.has("head") else "PUT" if s.has("upload-file") else "POST" if s.has("data") else "GET"
    )
    return s.options.get("request", default)


def _measured(s: Settings) -> bool:
    """Whether the meter is shown."""
    return not s.has("silent") and not s.has("progress-bar") and not s.has("no-progress-meter")


def _progress_end(p: Process, s: Settings, result: Fetch) -> None:
    if _measured(s):
        p.err("\r" + meter(0, 0, 0, result.seconds) + "\n")


def _failed(p: Process, s: Settings, url: Url, result: Fetch, total: float | None) -> int:
    code, why = _complaint(url, result)
    if s.has("verbose") and not result.connected:
        p.err(f"* {why}\n")
    _progress_end(p, s, result)
    if s.has("verbose") and not result.connected:
        p.err("* closing connection #0\n")
    # The complaint comes first, what --write-out says after it.
    code = _complain(p, s, code, why)
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
        p.err(exchange(url, _request(s, url), result))
    if s.has("dump-header"):
        headers = virtual.open_for_writing(p, s.options["dump-header"])
        if s.options["dump-header"] == "-":
            p.out(response.head)
        elif not isinstance(headers, str):
            headers.write(response.head)
    body = b"" if s.has("head") else response.body
    if s.has("fail") and response.status >= 400:
        _progress_end(p, s, result)
        code = _complain(p, s, 22, f"The requested URL returned error: {response.status}")
        _write_out(p, s, url, result)
        return code
    shown = (response.head if s.has("include") or s.has("head") else b"") + body
    target = s.options.get("output")
    if s.has("remote-name"):
        target = url.path.rsplit("/", 1)[-1] or "index.html"
    length = response.header("content-length") or "0"
    if _measured(s) and s.has("head") and length.isdigit():
        p.err("\r" + meter(0, int(length), 0, 0.0) + "\n")
    elif _measured(s):
        p.err("\r" + meter(100, len(body), len(body), result.seconds) + "\n")
    elif s.has("progress-bar") and not s.has("silent"):
        p.err(BAR)
    if s.has("verbose"):
        p.err("* shutting down connection #0\n")
    if target is not None and target != "-":
        opened = virtual.open_for_writing(p, target)
        if isinstance(opened, str):
            return _complain(p, s, 23, "client returned ERROR on write, 0 bytes of data")
        opened.write(shown)
    else:
        p.out(shown)
    _write_out(p, s, url, result)
    return 0


EXIT_CODES = {"connect": "7", "timeout": "28", "timeout-connect": "28", "reset": "56", "empty": "52"}


def _write_out(p: Process, s: Settings, url: Url, result: Fetch) -> None:
    """What ``--write-out`` asks for, after a transfer."""
    template = s.options.get("write-out")
    if template is None:
        return
    r = result.response
    values = {
        "http_code": f"{r.status:03d}", "response_code": f"{r.status:03d}", "size_download": str(len(r.body)),
        "remote_ip": result.remote[0] if result.connected else "", "remote_port": str(result.remote[1]) if result.connected else "0",
        "local_ip": result.local[0], "local_port": str(result.local[1]), "num_connects": str(int(result.connected)),
        "time_total": f"{result.seconds:.6f}", "time_connect": f"{result.connect_seconds if result.connected else 0:.6f}",
        "size_header": str(len(r.head)), "num_redirects": "0", "url": s.typed, "errormsg": "",
        "time_namelookup": "0.000100", "url_effective": f"{url.scheme}://{url.authority}{url.path}",
        "content_type": r.header("content-type") or "", "http_version": "1.1", "scheme": "http", "method": _method(s),
        "exitcode": EXIT_CODES.get(result.failed, "0"),
    }  # fmt: skip
    for name in re.findall(r"%\{(\w+)\}", template):
        if name not in values:
            p.err(f"curl: unknown --write-out variable: '{name}'\n")
    text = re.sub(r"%\{(\w+)\}", lambda m: values.get(m.group(1), ""), template)
    for mark, char in (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("%%", "%")):
        text = text.replace(mark, char)
    p.out(text)
