"""``/containers`` and ``/exec``: from the request's parts to the engine's call and back."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any, Final

from dnetlab.embedded.api import bodies
from dnetlab.embedded.api.call import Call, Route
from dnetlab.embedded.api.compat import container_answer, prepare_create
from dnetlab.embedded.api.framing import encoded, json_lines, multiplexed, on_terminal, raw
from dnetlab.embedded.api.http import (
    JSON,
    MULTIPLEXED_STREAM,
    RAW_STREAM,
    Hijack,
    Response,
    answer,
    nothing,
)
from dnetlab.embedded.api.pipe import InputPipe
from dnetlab.embedded.api.platforms import platform_of
from dnetlab.embedded.api.terminal import DetachKeysError, Terminal, detach_keys, kept_open, session, shared
from dnetlab.embedded.engine.errors import EngineError, failed, invalid
from dnetlab.embedded.engine.strconv import quoted
from dnetlab.embedded.engine.streams import STDOUT

_STAT_HEADER: Final = "X-Docker-Container-Path-Stat"
_LEFT: Final = b"exec attach failed: error on attach stdin: read escape sequence\r\n"
_CONDITIONS: Final = ("not-running", "next-exit", "removed")
_START_WITH_BODY: Final = (
    "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24"
)


def list_(call: Call) -> Response:
    """Containers, the running ones unless ``all``."""
    query = call.query
    filters, limit = query.filters(), query.integer("limit")
    listed = call.engine.containers.list(
        all=query.flag("all"), limit=limit or 0, size=query.flag("size"), filters=filters
    )
    return answer(listed)


def inspect(call: Call) -> Response:
    """Everything about one container."""
    found = call.engine.containers.inspect(call.name, size=call.query.flag("size"))
    return answer(container_answer(found, call.version))


def create(call: Call) -> Response:
    """Makes a container."""
    body = call.body(bodies.CONTAINER_CREATE, required=True)
    if not set(body) - {"HostConfig", "NetworkingConfig"}:
        raise invalid("config cannot be empty in order to create a container")
    platform = platform_of(call.query.text("platform"))
    if platform and body.get("Image"):
        call.engine.images.check_platform(body["Image"], platform)
    warnings = prepare_create(body, call.version)
    made = dict(call.engine.containers.create(body, call.query.text("name") or None))
    made["Warnings"] = [*(made.get("Warnings") or []), *warnings]
    return answer(made, 201)


def start(call: Call) -> Response:
    """Starts a container; 304 if it runs."""
    if len(call.request.body) > 7:
        raise invalid(_START_WITH_BODY)
    return nothing(204 if call.engine.containers.start(call.name) else 304)


def _stopping(call: Call) -> dict[str, Any]:
    signal = "" if call.before("1.42") else call.query.text("signal")
    return {"timeout": call.query.integer("t"), "signal": signal or None}


def stop(call: Call) -> Response:
    """Stops a container; 304 if it does not run."""
    return nothing(204 if call.engine.containers.stop(call.name, **_stopping(call)) else 304)


def restart(call: Call) -> Response:
    """Stops and starts."""
    call.engine.containers.restart(call.name, **_stopping(call))
    return nothing()


def kill(call: Call) -> Response:
    """Sends a signal, SIGKILL unless another is named."""
    try:
        call.engine.containers.kill(call.name, call.query.text("signal") or None)
    except EngineError as error:
        prefix = f"cannot kill container: {call.name}: "
        raise EngineError(error.status, prefix + error.message.removeprefix(prefix)) from error
    return nothing()


def pause(call: Call) -> Response:
    """Freezes a container's processes."""
    call.engine.containers.pause(call.name)
    return nothing()


def unpause(call: Call) -> Response:
    """Lets them run again."""
    call.engine.containers.unpause(call.name)
    return nothing()


def rename(call: Call) -> Response:
    """Gives a container another name."""
    call.engine.containers.rename(call.name, call.query.text("name"))
    return nothing()


def remove(call: Call) -> Response:
    """Removes a container."""
    query = call.query
    call.engine.containers.remove(
        call.name, force=query.flag("force"), volumes=query.flag("v"), link=query.flag("link")
    )
    return nothing()


def prune(call: Call) -> Response:
    """Removes all stopped containers."""
    return answer(call.engine.containers.prune(call.query.filters()))


def update(call: Call) -> Response:
    """Changes limits and the restart policy."""
    return answer(call.engine.containers.update(call.name, call.body(bodies.CONTAINER_UPDATE)))


def changes(call: Call) -> Response:
    """Files that differ from the image."""
    return answer(call.engine.containers.changes(call.name))


def top(call: Call) -> Response:
    """The processes."""
    return answer(call.engine.containers.top(call.name, call.query.text("ps_args")))


def wait(call: Call) -> Response:
    """Waits for the end; the headers go out at once, as the docker CLI needs it."""
    condition = call.query.text("condition") or _CONDITIONS[0]
    if condition not in _CONDITIONS:
        raise invalid(f"invalid condition: {quoted(condition)}")
    return Response(
        200, {"Content-Type": JSON}, json_lines(call.engine.containers.wait(call.name, condition))
    )


def stats(call: Call) -> Response:
    """Use of resources, once or again and again."""
    query = call.query
    stream = query.flag("stream", True)
    samples = call.engine.containers.stats(call.name, stream=stream, one_shot=query.flag("one-shot"))
    return Response(200, {"Content-Type": JSON}, json_lines(samples))


def logs(call: Call) -> Response:
    """What the container's main process has written."""
    query = call.query
    stdout, stderr = query.flag("stdout"), query.flag("stderr")
    if not stdout and not stderr:
        raise invalid("Bad parameters: you must choose at least one stream")
    tty = call.engine.containers.tty(call.name)
    output = call.engine.containers.logs(
        call.name,
        stdout=stdout,
        stderr=stderr,
        follow=query.flag("follow"),
        since=query.time("since"),
        until=query.time("until"),
        timestamps=query.flag("timestamps"),
        tail=_tail(query.text("tail")),
        details=query.flag("details"),
    )
    return Response(200, {"Content-Type": _stream_type(call, tty)}, encoded(output, tty))


def _tail(text: str) -> int | None:
    """The number of lines; anything that is not one means all of them, as the engine takes it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _stream_type(call: Call, tty: bool) -> str:
    return RAW_STREAM if tty or call.before("1.42") else MULTIPLEXED_STREAM


def _hijack(call: Call, hijack: Hijack, content_type: str) -> Response:
    if not call.request.upgrade:
        return Response(200, {"Content-Type": RAW_STREAM}, hijack)
    return Response(101, {"Content-Type": content_type, "Connection": "Upgrade", "Upgrade": "tcp"}, hijack)


def _leave_keys(text: str) -> bytes:
    try:
        return detach_keys(text)
    except DetachKeysError as error:
        raise invalid(f"Invalid detach keys ({text}) provided") from error


def attach(call: Call) -> Response:
    """Connects the client with the container's main process. A refusal is plain text, as the engine writes it."""
    query, containers = call.query, call.engine.containers
    stdin = query.flag("stdin")
    keyboard = InputPipe(closed=not stdin)
    try:
        leave_keys = _leave_keys(query.text("detachKeys"))
        config = containers.inspect(call.name)["Config"]
        tty = bool(config.get("Tty"))
        terminal = Terminal(keyboard, leave_keys) if tty and stdin else None
        stays_open = stdin and not tty and not config.get("StdinOnce")
        output = containers.attach(
            call.name,
            logs=query.flag("logs"),
            stream=query.flag("stream"),
            stdin=stdin,
            stdout=query.flag("stdout"),
            stderr=query.flag("stderr"),
            input=terminal or (kept_open(keyboard) if stays_open else keyboard),
        )
    except EngineError as error:
        return Response(error.status, {"Content-Type": RAW_STREAM}, f"{error.message}\r\n".encode())
    shown = raw(session(output, terminal)) if terminal else encoded(output, tty)
    if stays_open:
        shown = shared(shown, keyboard)
    return _hijack(call, Hijack(shown, keyboard), _stream_type(call, tty))


def resize(call: Call) -> Response:
    """The terminal's new size."""
    height = call.query.uint32("h", "resize height")
    width = call.query.uint32("w", "resize width")
    call.engine.containers.resize(call.name, height, width)
    return nothing(200)


def _archive_path(call: Call) -> str:
    path = call.query.text("path")
    if not call.name or not path:
        raise invalid(f"bad parameter: {'path' if call.name else 'name'}cannot be empty")
    return path


def _stat_header(stat: dict[str, Any]) -> dict[str, str]:
    text = json.dumps(stat, separators=(",", ":"))
    return {_STAT_HEADER: base64.b64encode(text.encode()).decode()}


def archive_stat(call: Call) -> Response:
    """Name, size and mode of a path, in a header."""
    return Response(200, _stat_header(call.engine.containers.archive_stat(call.name, _archive_path(call))))


def archive_get(call: Call) -> Response:
    """A file or directory as a tar archive."""
    stat, tar = call.engine.containers.archive_get(call.name, _archive_path(call))
    headers = {"Content-Type": "application/x-tar", **_stat_header(stat)}
    accepted = [
        coding.partition(";")[0].strip()
        for coding in call.request.headers.get("accept-encoding", "").split(",")
    ]
    if "gzip" in accepted:
        headers["Content-Encoding"] = "gzip"
        tar = gzip.compress(tar, mtime=0)
    return Response(200, headers, tar)


def archive_put(call: Call) -> Response:
    """Unpacks a tar archive in a directory."""
    call.engine.containers.archive_put(call.name, _archive_path(call), call.request.body)
    return nothing(200)


def export(call: Call) -> Response:
    """The container's files as a tar archive."""
    return Response(
        200, {"Content-Type": "application/octet-stream"}, call.engine.containers.export(call.name)
    )


def exec_create(call: Call) -> Response:
    """Prepares a command in a running container."""
    body = call.body(bodies.EXEC_CREATE)
    if not body.get("Cmd"):
        raise invalid("No exec command specified")
    if call.before("1.42"):
        body.pop("ConsoleSize", None)
    keys = body.get("DetachKeys", "")
    call.engine.execs.check(call.name)
    _check_exec_keys(keys)
    made = call.engine.execs.create(call.name, body)
    if keys:
        call.leave_keys[str(made["Id"])] = keys
    return answer(made, 201)


def _check_exec_keys(text: str) -> None:
    try:
        detach_keys(text)
    except DetachKeysError as error:
        raise failed(f"Invalid escape keys ({text}) provided") from error


def exec_start(call: Call) -> Response:
    """Runs it, attached unless ``Detach``.

    Whether the process has a terminal was settled when the exec was made; ``Tty`` here only says how its output is
    sent.
    """
    body = call.body(bodies.EXEC_START)
    if call.before("1.42") or not body.get("Tty"):
        body.pop("ConsoleSize", None)
    execs = call.engine.execs
    keyboard = InputPipe()
    known = execs.inspect(call.name)
    has_terminal = bool(known["ProcessConfig"]["tty"])
    terminal = None
    if has_terminal and known["OpenStdin"]:
        terminal = Terminal(keyboard, _leave_keys(call.leave_keys.pop(call.name, "")))
    try:
        output = execs.start(call.name, body, input=terminal or keyboard)
    except EngineError as error:
        # A missing or unfit exec is refused before the stream begins; what then fails is told in the stream.
        if body.get("Detach") or error.status < 500:
            raise
        output = iter([(STDOUT, f"{error.message}\r\n".encode())])
    if body.get("Detach"):
        next(output, None)
        return Response(200)
    raw_stream = bool(body.get("Tty"))
    if terminal:
        output = session(output, terminal, _LEFT)
    elif has_terminal:
        output = on_terminal(output)
    sent = raw(output) if raw_stream else multiplexed(output)
    return _hijack(call, Hijack(sent, keyboard), _stream_type(call, raw_stream))


def exec_inspect(call: Call) -> Response:
    """State and exit code of a command."""
    return answer(call.engine.execs.inspect(call.name))


def exec_resize(call: Call) -> Response:
    """The terminal's new size."""
    height = call.query.uint32("h", "resize height")
    width = call.query.uint32("w", "resize width")
    call.engine.execs.resize(call.name, height, width)
    return nothing(200)


ROUTES: Final = (
    Route("HEAD", "/containers/{name}/archive", archive_stat),
    Route("GET", "/containers/json", list_),
    Route("GET", "/containers/{name}/export", export),
    Route("GET", "/containers/{name}/changes", changes),
    Route("GET", "/containers/{name}/json", inspect),
    Route("GET", "/containers/{name}/top", top),
    Route("GET", "/containers/{name}/logs", logs),
    Route("GET", "/containers/{name}/stats", stats),
    Route("GET", "/exec/{name}/json", exec_inspect),
    Route("GET", "/containers/{name}/archive", archive_get),
    Route("POST", "/containers/create", create),
    Route("POST", "/containers/{name}/kill", kill),
    Route("POST", "/containers/{name}/pause", pause),
    Route("POST", "/containers/{name}/unpause", unpause),
    Route("POST", "/containers/{name}/restart", restart),
    Route("POST", "/containers/{name}/start", start),
    Route("POST", "/containers/{name}/stop", stop),
    Route("POST", "/containers/{name}/wait", wait),
    Route("POST", "/containers/{name}/resize", resize),
    Route("POST", "/containers/{name}/attach", attach),
    Route("POST", "/containers/{name}/exec", exec_create),
    Route("POST", "/exec/{name}/start", exec_start),
    Route("POST", "/exec/{name}/resize", exec_resize),
    Route("POST", "/containers/{name}/rename", rename),
    Route("POST", "/containers/{name}/update", update),
    Route("POST", "/containers/prune", prune),
    Route("PUT", "/containers/{name}/archive", archive_put),
    Route("DELETE", "/containers/{name}", remove),
)
