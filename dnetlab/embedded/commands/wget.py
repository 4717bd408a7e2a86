"""``wget`` in GNU's form (1.25), and busybox's."""

from __future__ import annotations

import re
from collections.abc import Callable
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
FURTHER_LINKS = (
    "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n"
)


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
        "directory-prefix=",
    )
    try:
        found, rest = parse(p.argv[1:], "qO:T:t:SvcVhn:P:U:Y:46", long)
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
        "server-response": "S",
        "directory-prefix": "P",
        "inet4-only": "4",
        "inet6-only": "6",
    }
    options = {names.get(n, n): v for n, v in found}
    if options.get("n") == "v":
        options["no-verbose"] = ""
    if "help" in options:
        p.out("GNU Wget 1.25.0, a non-interactive network retriever.\nUsage: wget [OPTION]... [URL]...\n")
        return 0
    if "V" in options or "version" in options:
        p.out("GNU Wget 1.25.0 built on linux-gnu.\n")
        return 0
    if not rest:
        p.fail(
            "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.", 1
        )
    if not re.fullmatch(r"\d+(\.\d+)?", options.get("T", "1")):
        p.fail(f"wget: timeout: Invalid time period '{options['T']}'", 2)
    if not options.get("t", "1").isdigit():
        del options["t"]
    code = 0
    for text in rest:
        code = (yield from _one(p, text, options, busybox)) or code
    return code


def _one(p: Process, text: str, options: dict[str, str], busybox: bool) -> Program:
    url = parse_url(text)
    if url is not None and "://" not in text and not busybox:
        p.err(f"Prepended http:// to '{text}'\n")
    if url is None or url.scheme not in ("http", "https"):
        p.err(f"{text}: Unsupported scheme.\n" if url is not None else f"{text}: Invalid host name.\n")
        return 1
    quiet = "q" in options
    say = _sayer(p, options, busybox)
    if "spider" in options:
        say("Spider mode enabled. Check if remote file exists.\n")
    say(f"--{_now(p)}--  {url.scheme}://{url.authority}{url.path}\n")
    numeric = canonical(url.host) is not None
    try:
        addresses = yield from resolve(p, url.host, 4 if "4" in options else 6 if "6" in options else None)
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


def _sayer(p: Process, options: dict[str, str], busybox: bool) -> Callable[[str], None]:
    """What tells how a retrieval goes; nothing where only its end, or nothing at all, is to be told."""
    silent = busybox or "q" in options or "no-verbose" in options
    return (lambda _: None) if silent else p.err


def _now(p: Process) -> str:
    return f"{datetime.fromtimestamp(int(p.context.clock()), UTC):%Y-%m-%d %H:%M:%S}"


def _try(p: Process, url: Url, addresses: list[str], options: dict[str, str], busybox: bool) -> Program:
    quiet = "q" in options
    say = _sayer(p, options, busybox)
    timeout = float(options.get("T") or DEFAULT_TIMEOUT) or DEFAULT_TIMEOUT
    tries = int(options.get("t") or DEFAULT_TRIES) or DEFAULT_TRIES
    numeric = canonical(url.host) is not None
    agent = "Wget" if busybox else "Wget/1.25.0"
    body = options.get("post-data")
    method = "HEAD" if "spider" in options else "GET" if body is None else "POST"
    head = (
        f"{method} {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        f"User-Agent: {agent}",
        "Accept: */*",
        "Connection: close",
        *(
            ()
            if body is None
            else ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
        ),
    )
    request = ("\r\n".join((*head, "", "")) + (body or "")).encode()
    for attempt in range(1 if busybox else tries):
        for address in addresses:
            place = f"{url.host}:{url.port}" if numeric else f"{url.host} ({url.host})|{address}|:{url.port}"
            say(f"Connecting to {place}... ")
            if busybox and not quiet:
                p.err(
                    f"Connecting to {url.host}{'' if url.port == 80 else f':{url.port}'} ({address}:{url.port})\n"
                )
            moment = p.context.kernel.now + timeout
            result = yield from fetch(
                p, address, url, request, connect_limit=moment, total_limit=moment, head_only=method == "HEAD"
            )
            if result.connected and url.scheme == "https":
                say("connected.\n")
                if not quiet:
                    p.err("Unable to establish SSL connection.\n")
                return NETWORK_FAILURE
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
    say = _sayer(p, options, busybox)
    brief, spider = "no-verbose" in options and "q" not in options, "spider" in options
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
    if "S" in options and not busybox:
        say("\n")
        lines = response.head.decode("latin-1").rstrip("\r\n").split("\r\n")
        p.err("".join(f"  {line}\n" for line in lines))
    else:
        say(f"{response.status} {response.reason}\n")
    if response.status >= 400:
        if busybox:
            p.err(f"wget: server returned error: HTTP/1.1 {response.status} {response.reason}\n")
            return 1
        if spider:
            say("Remote file does not exist -- broken link!!!\n\n")
        elif brief:
            p.err(
                f"{url.scheme}://{url.authority}{url.path}:\n{_now(p)} ERROR {response.status}: {response.reason}.\n"
            )
        else:
            say(f"{_now(p)} ERROR {response.status}: {response.reason}.\n\n")
        return SERVER_ERROR
    kind = (response.header("content-type") or "text/html").split(";")[0]
    if spider:
        say(f"Length: {response.header('content-length') or 'unspecified'} [{kind}]\n")
        say(FURTHER_LINKS if kind == "text/html" else "Remote file exists.\n\n")
        return 0
    size = len(response.body)
    target = options.get("O") or _free_name(p, url, options.get("P"))
    name = "STDOUT" if target == "-" else target
    say(
        f"Length: {size} [{kind}]\nSaving to: '{name}'\n\n     0K{' ' * 55}100% {_rate(size, result.seconds)}=0s\n\n"
    )
    if target == "-":
        p.out(response.body)
    else:
        if "P" in options:
            p.context.files.make_directory(p.context.files.normal(options["P"], p.cwd))
        opened = virtual.open_for_writing(p, target)
        if isinstance(opened, str):
            p.err(f"{target}: {'No such file or directory' if opened.startswith('Directory') else opened}\n")
            return 3
        opened.write(response.body)
    where = f"written to stdout [{size}/{size}]" if target == "-" else f"'{target}' saved [{size}/{size}]"
    say(f"{_now(p)} ({_rate(size, result.seconds, ' KB/s')}) - {where}\n\n")
    if brief:
        p.err(f'{_now(p)} URL:http://{url.authority}{url.path} [{size}/{size}] -> "{target}" [1]\n')
    return 0


def _free_name(p: Process, url: Url, directory: str | None) -> str:
    """The file that a page goes into: its own name, with a number where there is one already."""
    name = url.path.split("?")[0].rsplit("/", 1)[-1] or "index.html"
    base = name if directory is None else f"{directory.rstrip('/')}/{name}"
    number, free = 0, base
    while virtual.exists(p, free):
        number += 1
        free = f"{base}.{number}"
    return free


def _rate(size: int, seconds: float, unit: str = "K") -> str:
    """Three digits of a rate (retrate of wget)."""
    rate = size / max(seconds, 1e-6) / 1024
    return f"{rate:.{0 if rate >= 99.95 else 1 if rate >= 9.995 else 2}f}{unit}"
