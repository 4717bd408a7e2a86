"""``wget`` in GNU's form (1.25), and busybox's."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dnetlab.embedded.kernel import KernelError

from . import virtual
from .httpclient import Fetch, Url, fetch, parse_url
from .options import OptionError, parse
from .process import Process, Program
from .registry import command
from .resolve import ResolveError, canonical, resolve

NETWORK_FAILURE = 4
SERVER_ERROR = 8
DEFAULT_TIMEOUT = 900.0
DEFAULT_TRIES = 20


@command("wget")
def wget(p: Process) -> Program:
    """wget [-q] [-O FILE|-] [-T SECONDS] [-t TRIES] URL..."""
    busybox = p.busybox
    long = (
        "quiet",
        "output-document=",
        "timeout=",
        "tries=",
        "spider",
        "no-verbose",
        "server-response",
        "version",
        "help",
        "header=",
        "inet4-only",
        "inet6-only",
        "connect-timeout=",
        "no-check-certificate",
        "post-data=",
    )
    try:
        found, rest = parse(p.argv[1:], "qO:T:t:SvcVhnP:U:Y:46".replace("n", "n:"), long)
    except OptionError as error:
        p.fail(
            f"wget: {error.text}\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.", 2
        )
    names = {
        "quiet": "q",
        "output-document": "O",
        "timeout": "T",
        "tries": "t",
        "connect-timeout": "T",
        "no-verbose": "q",
    }
    options = {names.get(n, n): v for n, v in found}
    if "V" in options or "version" in options:
        p.out("GNU Wget 1.25.0 built on linux-gnu.\n")
        return 0
    if not rest:
        p.fail(
            "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.", 1
        )
    if not re.fullmatch(r"\d+(\.\d+)?", options.get("T", "1")) or not options.get("t", "1").isdigit():
        p.fail("wget: Invalid time period or number of tries", 2)
    code = 0
    for text in rest:
        code = (yield from _one(p, text, options, busybox)) or code
    return code


def _one(p: Process, text: str, options: dict[str, str], busybox: bool) -> Program:
    url = parse_url(text)
    if url is None or url.scheme != "http":
        p.err(f"{text}: Unsupported scheme.\n" if url is not None else f"{text}: Invalid host name.\n")
        return 1
    quiet = "q" in options
    say = (lambda _: None) if quiet or busybox else p.err
    say(f"--{_now(p)}--  http://{url.authority}{url.path}\n")
    numeric = canonical(url.host) is not None
    try:
        addresses = yield from resolve(p, url.host)
    except ResolveError as error:
        if busybox:
            p.err(f"wget: bad address '{url.host}'\n")
            return 1
        say(f"Resolving {url.host} ({url.host})... failed: {error}.\n")
        if not quiet:
            p.err(f"wget: unable to resolve host address '{url.host}'\n")
        return NETWORK_FAILURE
    if not numeric:
        say(f"Resolving {url.host} ({url.host})... {', '.join(addresses)}\n")
    return (yield from _try(p, url, addresses, options, busybox))


def _now(p: Process) -> str:
    return f"{datetime.fromtimestamp(int(p.context.clock()), UTC):%Y-%m-%d %H:%M:%S}"


def _try(p: Process, url: Url, addresses: list[str], options: dict[str, str], busybox: bool) -> Program:
    quiet = "q" in options
    say = (lambda _: None) if quiet or busybox else p.err
    timeout = float(options.get("T") or DEFAULT_TIMEOUT) or DEFAULT_TIMEOUT
    tries = int(options.get("t") or DEFAULT_TRIES) or DEFAULT_TRIES
    numeric = canonical(url.host) is not None
    agent = "Wget" if busybox else "Wget/1.25.0"
    head = (
        f"GET {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        f"User-Agent: {agent}",
        "Accept: */*",
        "Connection: close",
    )
    request = "\r\n".join((*head, "", "")).encode()
    for attempt in range(1 if busybox else tries):
        for address in addresses:
            place = f"{url.host}:{url.port}" if numeric else f"{url.host} ({url.host})|{address}|:{url.port}"
            say(f"Connecting to {place}... ")
            if busybox and not quiet:
                p.err(
                    f"Connecting to {url.host}{'' if url.port == 80 else f':{url.port}'} ({address}:{url.port})\n"
                )
            moment = p.context.kernel.now + timeout
            result = yield from fetch(p, address, url, request, connect_limit=moment, total_limit=moment)
            if result.connected:
                say("connected.\nHTTP request sent, awaiting response... ")
                return _finish(p, url, result, options, busybox)
            why = KernelError(result.error).text if result.error else "Connection timed out"
            say(f"failed: {why}.\n")
            if busybox:
                p.err(
                    "wget: download timed out\n"
                    if not result.error
                    else f"wget: can't connect to remote host ({address}): {why}\n"
                )
                return 1
            if result.error == "ECONNREFUSED" and address == addresses[-1]:
                return NETWORK_FAILURE
        if attempt + 1 < tries:
            say("Retrying.\n\n")
            yield from p.sleep(min(attempt + 1, 10))
            say(f"--{_now(p)}--  (try:{attempt + 2:>2})  http://{url.authority}{url.path}\n")
    say("Giving up.\n\n")
    return NETWORK_FAILURE


def _finish(p: Process, url: Url, result: Fetch, options: dict[str, str], busybox: bool) -> int:
    quiet = "q" in options
    say = (lambda _: None) if quiet or busybox else p.err
    response = result.response
    if result.failed or not response.status:
        say(
            "Read error (Connection timed out) in headers.\nGiving up.\n\n"
            if result.failed == "timeout"
            else "No data received.\nGiving up.\n\n"
        )
        if busybox:
            p.err("wget: error getting response\n")
        return 1 if busybox else NETWORK_FAILURE
    say(f"{response.status} {response.reason}\n")
    if response.status >= 400:
        if busybox:
            p.err(f"wget: server returned error: HTTP/1.1 {response.status} {response.reason}\n")
            return 1
        say(f"{_now(p)} ERROR {response.status}: {response.reason}.\n\n")
        return SERVER_ERROR
    kind = (response.header("content-type") or "text/html").split(";")[0]
    size = len(response.body)
    target = options.get("O") or url.path.split("?")[0].rsplit("/", 1)[-1] or "index.html"
    name = "STDOUT" if target == "-" else target
    say(
        f"Length: {size} [{kind}]\nSaving to: '{name}'\n\n     0K{' ' * 55}100% {_rate(size, result.seconds)}=0s\n\n"
    )
    if target == "-":
        p.out(response.body)
    else:
        path = p.context.files.normal(target, p.cwd)
        why = virtual.can_create(p, path) if path != "/dev/null" else ""
        if why:
            p.err(f"{target}: {'No such file or directory' if why.startswith('Directory') else why}\n")
            return 3
        if path != "/dev/null":
            p.context.files.write(path, response.body)
    where = f"written to stdout [{size}/{size}]" if target == "-" else f"'{target}' saved [{size}/{size}]"
    say(f"{_now(p)} ({_rate(size, result.seconds, ' KB/s')}) - {where}\n\n")
    return 0


def _rate(size: int, seconds: float, unit: str = "K") -> str:
    return f"{size / max(seconds, 1e-6) / 1024:.1f}{unit}"
