"""Web servers: ``web [PORT]`` of the lab image, ``httpd`` of busybox."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from urllib.parse import unquote

from dnetlab.embedded.kernel import KernelError

from .options import OptionError, parse
from .process import Process, Program, Wait
from .registry import command

NOT_FOUND = (
    b"<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n"
    b"The requested URL was not found\n</BODY></HTML>\n"
)
BACKLOG = 9
"""Of busybox httpd (golden host/view.txt has 32 for dnsmasq; lan.txt has 9 for httpd)."""

Reader = Callable[[str], bytes | None]


def respond(request: bytes, read: Reader, date: str) -> bytes | None:
    """The answer of busybox httpd 1.37 to a request, None while the request is not complete."""
    head, end, _ = request.partition(b"\r\n\r\n")
    if not end:
        head, end, _ = request.partition(b"\n\n")
        if not end:
            return None
    first = head.split(b"\n", 1)[0].decode("latin-1").split()
    if len(first) < 2:
        return _answer("400 Bad Request", date, b"", "text/html", b"")
    method, path = first[0].upper(), unquote(first[1].split("?")[0])
    if method not in ("GET", "HEAD"):
        return _answer("501 Not Implemented", date, b"", "text/html", b"")
    if path.endswith("/"):
        path += "index.html"
    body = read(path)
    if body is None:
        return _answer("404 Not Found", date, b"" if method == "HEAD" else NOT_FOUND, "text/html", NOT_FOUND)
    return _answer("200 OK", date, b"" if method == "HEAD" else body, _type(path), body)


def _type(path: str) -> str:
    return {"html": "text/html", "htm": "text/html", "txt": "text/plain", "json": "application/json"}.get(
        path.rsplit(".", 1)[-1], "application/octet-stream"
    )


def _answer(status: str, date: str, body: bytes, kind: str, whole: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Date: {date}", "Connection: close", f"Content-type: {kind}"]
    if status.startswith("200"):
        tag = f'"{zlib.crc32(whole):x}-{len(whole):x}"'
        lines += [
            "Accept-Ranges: bytes",
            f"Last-Modified: {date}",
            f"ETag: {tag}",
            f"Content-Length: {len(whole)}",
        ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def http_date(p: Process) -> str:
    from email.utils import formatdate

    return formatdate(p.context.clock(), usegmt=True)


def serve(p: Process, port: int, read: Reader, name: str) -> Program:
    """Listen and answer until the process ends; a port in use ends it at once."""
    listener = None
    try:
        try:
            listener = p.ns.tcp_listen(
                "::", port, handler=lambda request: respond(request, read, http_date(p)), backlog=BACKLOG,
                owner=name,
            )  # fmt: skip
        except KernelError as error:
            p.err(f"{name}: bind: {error.text}\n")
            return 1
        p.socket = ("tcp", port)
        while True:
            yield Wait()
    finally:
        if listener is not None:
            listener.close()


@command("web")
def web(p: Process) -> Program | int:
    """web [PORT]: answers every GET / with one line that names this machine."""
    word = p.argv[1] if len(p.argv) > 1 else "80"
    port = _port(word)
    if port is None:
        p.err(f"httpd: invalid number '{word}'\n")
        return 1
    # The image's script ends in "exec busybox httpd", so that is what ps and pgrep show.
    host, directory = p.context.hostname, f"/tmp/web.{p.pid:06d}"
    page = f"hello from {host}\n".encode()
    p.context.files.write(f"{directory}/index.html", page)
    p.title = ["busybox", "httpd", "-f", "-p", word, "-h", directory]
    return serve(p, port, _below(p, directory), "httpd")


def _port(word: str) -> int | None:
    word = word.rsplit(":", 1)[-1]
    return int(word) if re.fullmatch(r"\d{1,5}", word) and 0 < int(word) < 65536 else None


def _below(p: Process, directory: str) -> Reader:
    def read(path: str) -> bytes | None:
        full = p.context.files.normal(directory.rstrip("/") + "/" + path.lstrip("/"))
        if not full.startswith(directory.rstrip("/") + "/"):
            return None
        try:
            return p.context.files.read(full)
        except KeyError:
            return None

    return read


@command("httpd")
def httpd(p: Process) -> Program | int:
    """httpd [-f] [-p [ADDRESS:]PORT] [-h DIRECTORY]: without -f it goes to the background."""
    try:
        found, _ = parse(p.argv[1:], "fivp:h:c:u:r:")
    except OptionError as error:
        p.err(f"httpd: {error.text}\n")
        return 1
    options = dict(found)
    word = options.get("p", "80")
    port = _port(word)
    if port is None:
        p.err(f"httpd: invalid number '{word}'\n")
        return 1
    directory = p.context.files.normal(options.get("h", "."), p.cwd)
    if not p.context.files.is_directory(directory):
        p.err(f"httpd: can't change directory to '{options.get('h')}': No such file or directory\n")
        return 1
    read = _below(p, directory)
    if "f" in options:
        return serve(p, port, read, "httpd")
    child = p.spawn(p.command_line, main=lambda q: serve(q, port, read, "httpd"))
    # The daemon has no terminal and no caller that waits for it.
    child.restore_fds({})
    return child.exit_code or 0
