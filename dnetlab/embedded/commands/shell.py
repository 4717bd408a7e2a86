"""``sh``: scripts from the command line, a file or standard input, and the prompt on a terminal."""

from __future__ import annotations

from collections.abc import Generator

from .process import Exit, Process, Program, Wait
from .registry import command
from .shell_builtins import LoopControl, Return
from .shell_parse import commands
from .shell_run import Shell
from .shell_tree import Incomplete, ShellSyntaxError
from .streams import source_of
from .virtual import open_for_reading


@command("sh", "dash", "bash", "ash")
def sh(p: Process) -> Program:
    """sh [-c SCRIPT [NAME [ARG...]] | FILE [ARG...]]; without either it reads commands from stdin."""
    options, rest, script_given = set(), p.argv[1:], False
    while rest and rest[0].startswith(("-", "+")) and len(rest[0]) > 1:
        flags = rest.pop(0)
        if flags == "--":
            break
        for flag in flags[1:] if not flags.startswith("--") else "":
            if flag == "c":
                script_given = True
            elif flag in "eux":
                options.add({"e": "errexit", "u": "nounset", "x": "xtrace"}[flag])
            elif flag not in "lis":
                p.fail(f"sh: 0: Illegal option -{flag}", 2)
    shell = Shell(p, p.argv[0])
    shell.options = options
    if script_given:
        if not rest:
            p.fail("sh: 0: -c requires an argument", 2)
        shell.name, shell.arguments = (rest[1] if len(rest) > 1 else p.argv[0]), rest[2:]
        text = rest[0]
    elif rest:
        found = open_for_reading(p, rest[0])
        if isinstance(found, str):
            p.fail(f"sh: 0: cannot open {rest[0]}: {found}", 2)
        shell.name, shell.arguments = rest[0], rest[1:]
        text = bytes(source_of(found).data).decode("utf-8", "replace")
    else:
        return (yield from _ending(shell, _read_commands(shell)))
    return (yield from _ending(shell, shell.run_text(text)))


def _ending(shell: Shell, body: Generator[Wait, None, int]) -> Generator[Wait, None, int]:
    """Run a shell to its end and its EXIT trap."""
    try:
        status = yield from body
    except Exit as leave:
        status = leave.code
    except (LoopControl, Return):
        status = shell.status
    trap = shell.traps.pop("EXIT", "")
    if trap:
        try:
            yield from shell.run_text(trap)
        except Exit as leave:
            status = leave.code
    return status


def _read_commands(shell: Shell) -> Generator[Wait, None, int]:
    """Commands from standard input, line by line; with prompts on a terminal."""
    process = shell.process
    tty = bool(process.job and process.job.tty)
    if tty:
        process.handlers["INT"] = lambda: None
        process.ignored.add("TERM")
    text = ""
    while True:
        if tty:
            prompt = "PS2" if text else "PS1"
            process.err(shell.get(prompt))
        line = yield from process.read_line()
        if not line:
            if text:
                shell.complain("Syntax error: end of file unexpected")
                shell.status = 2
            if tty:
                process.out("\n")
            return shell.status
        text += line.decode("utf-8", "replace")
        try:
            nodes = list(commands(text, interactive=True))
        except Incomplete:
            continue
        except ShellSyntaxError as error:
            shell.complain(f"Syntax error: {error.message}")
            shell.status, text = 2, ""
            if not tty:
                return 2
            continue
        text = ""
        try:
            for node in nodes:
                yield from shell.run(node)
        except (LoopControl, Return):
            pass
        shell.line += 1
