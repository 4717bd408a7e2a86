"""What the shell does itself: variables, directories, jobs, and the small commands it has built in."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import GeneratorType
from typing import TYPE_CHECKING

from .process import SIGNALS, Exit, Process, Program, Wait, finish
from .registry import exists, find

if TYPE_CHECKING:
    from .shell_run import Shell

Result = Generator[Wait, None, int] | Program | int | None


class LoopControl(Exception):
    """break N or continue N, on its way to the loop that it is for."""

    def __init__(self, levels: int, leave: bool) -> None:
        self.levels = levels
        self.leave = leave

    def leaves(self) -> bool:
        """At a loop: whether this loop ends; raises again where an outer one is meant."""
        if self.levels > 1:
            self.levels -= 1
            raise self
        return self.leave


class Return(Exception):
    """return N, on its way out of a function."""

    def __init__(self, status: int) -> None:
        self.status = status


def _number(shell: Shell, argv: list[str], default: int) -> int:
    if len(argv) < 2:
        return default
    if not argv[1].isdigit():
        shell.complain(f"{argv[0]}: Illegal number: {argv[1]}")
        raise Exit(2)
    return int(argv[1])


def _colon(shell: Shell, argv: list[str]) -> Result:
    return 0


def _exit(shell: Shell, argv: list[str]) -> Result:
    raise Exit(_number(shell, argv, shell.status) & 0xFF)


def _return(shell: Shell, argv: list[str]) -> Result:
    raise Return(_number(shell, argv, shell.status) & 0xFF)


def _break(shell: Shell, argv: list[str]) -> Result:
    levels = _number(shell, argv, 1)
    if not shell.loops:
        return 0
    raise LoopControl(min(max(levels, 1), shell.loops), argv[0] == "break")


def _cd(shell: Shell, argv: list[str]) -> Result:
    from .virtual import is_directory

    target = argv[1] if len(argv) > 1 else shell.get("HOME", "/")
    if target == "-":
        target = shell.get("OLDPWD", "/")
        shell.process.out(target + "\n")
    path = shell.process.context.files.normal(target, shell.process.cwd)
    if not is_directory(shell.process, path):
        shell.complain(f"cd: can't cd to {target}")
        return 2
    shell.assign("OLDPWD", shell.process.cwd)
    shell.process.cwd = path
    shell.assign("PWD", path)
    return 0


def _set(shell: Shell, argv: list[str]) -> Result:
    names = {"e": "errexit", "x": "xtrace", "u": "nounset"}
    rest = argv[1:]
    if not rest:
        for name, value in sorted(shell.variables.items()):
            shell.process.out(f"{name}='{value}'\n")
        return 0
    while rest and len(rest[0]) > 1 and rest[0][0] in "+-":
        flags = rest.pop(0)
        if flags == "--":
            shell.arguments = rest
            return 0
        wanted = [names.get(f) for f in flags[1:] if f != "o"]
        if "o" in flags[1:] and rest:
            wanted.append(rest.pop(0))
        for option in wanted:
            (shell.options.add if flags[0] == "-" else shell.options.discard)(option or "")
    if rest:
        shell.arguments = rest
    return 0


def _shift(shell: Shell, argv: list[str]) -> Result:
    count = _number(shell, argv, 1)
    if count > len(shell.arguments):
        shell.complain("shift: can't shift that many")
        raise Exit(2)
    del shell.arguments[:count]
    return 0


def _export(shell: Shell, argv: list[str]) -> Result:
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        if name == "-p":
            continue
        if not name.replace("_", "a").isalnum() or name[0].isdigit():
            shell.complain(f"{argv[0]}: {name}: bad variable name")
            raise Exit(2)
        if equals:
            shell.assign(name, value)
        if argv[0] == "export":
            shell.export(name)
    if len(argv) == 1 or argv[1] == "-p":
        for name in sorted(shell.exported):
            shell.process.out(f"export {name}='{shell.get(name)}'\n")
    return 0


def _unset(shell: Shell, argv: list[str]) -> Result:
    for name in argv[1:]:
        shell.variables.pop(name, None)
        shell.process.env.pop(name, None)
        shell.exported.discard(name)
        shell.functions.pop(name, None)
    return 0


def _eval(shell: Shell, argv: list[str]) -> Result:
    return shell.run_text(" ".join(argv[1:]))


def _source(shell: Shell, argv: list[str]) -> Result:
    from .virtual import read_file

    data = read_file(shell.process, argv[1]) if len(argv) > 1 else None
    if not isinstance(data, bytes):
        shell.complain(f".: cannot open {argv[1] if len(argv) > 1 else ''}: No such file")
        raise Exit(2)
    return shell.run_text(data.decode("utf-8", "replace"))


def _exec(shell: Shell, argv: list[str]) -> Result:
    if len(argv) == 1:
        return 0
    return _become(shell, argv[1:])


def _become(shell: Shell, argv: list[str]) -> Generator[Wait, None, int]:
    if not exists(argv[0]):
        shell.complain(f"exec: {argv[0]}: not found")
        raise Exit(127)
    code = yield from shell.process.execute(argv)
    raise Exit(code or 0)


def _read(shell: Shell, argv: list[str]) -> Generator[Wait, None, int]:
    rest, raw = argv[1:], False
    while rest and rest[0].startswith("-"):
        flags = rest.pop(0)
        raw = raw or "r" in flags
        if "p" in flags and rest:
            shell.process.err(rest.pop(0))
    if not rest:
        shell.complain("read: arg count")
        return 2
    line = (yield from shell.process.read_line()).decode("utf-8", "replace")
    ended = not line.endswith("\n")
    text = line.rstrip("\n")
    if not raw:
        text = text.replace("\\", "")
    blanks = shell.get("IFS", " \t\n")
    fields = (
        text.split(None, len(rest) - 1)
        if blanks == " \t\n"
        else text.split(blanks[:1] or None, len(rest) - 1)
    )
    for index, name in enumerate(rest):
        value = fields[index] if index < len(fields) else ""
        shell.assign(name, value.rstrip(" \t") if index == len(rest) - 1 and blanks == " \t\n" else value)
    return int(ended)


def find_job(shell: Shell, word: str) -> Process | None:
    """A background process by %N, or by PID."""
    if word.startswith("%"):
        number = word[1:]
        jobs = shell.background
        if number in ("", "%", "+"):
            return jobs[-1] if jobs else None
        return jobs[int(number) - 1] if number.isdigit() and 0 < int(number) <= len(jobs) else None
    for process in shell.background:
        if str(process.pid) == word:
            return process
    return None


def _wait(shell: Shell, argv: list[str]) -> Generator[Wait, None, int]:
    if len(argv) == 1:
        for process in shell.background:
            yield from shell.process.wait_for(process)
        shell.background.clear()
        return 0
    status = 0
    for word in argv[1:]:
        child = find_job(shell, word)
        status = (yield from shell.process.wait_for(child)) if child is not None else 127
        if child is not None:
            shell.tell_death(child)
    return status


def _kill(shell: Shell, argv: list[str]) -> Result:
    """kill with %N of this shell made PIDs; the rest is as the program does it."""
    words = []
    for word in argv:
        child = find_job(shell, word) if word.startswith("%") else None
        words.append(str(child.pid) if child is not None else word)
    return _program("kill")(shell, words)


def _jobs(shell: Shell, argv: list[str]) -> Result:
    for number, process in enumerate(shell.background, 1):
        if process.exit_code is None:
            shell.process.out(f"[{number}] + Running                    {' '.join(process.argv)}\n")
    return 0


def _trap(shell: Shell, argv: list[str]) -> Result:
    if len(argv) < 3:
        for name, text in shell.traps.items():
            shell.process.out(f"trap -- '{text}' {name}\n")
        return 0
    for word in argv[2:]:
        name = "EXIT" if word in ("0", "EXIT") else word.upper().removeprefix("SIG")
        name = next((n for n, number in SIGNALS.items() if str(number) == name), name)
        if name != "EXIT" and name not in SIGNALS:
            shell.complain(f"trap: {word}: bad trap")
            return 1
        shell.traps.pop(name, None)
        shell.process.handlers.pop(name, None)
        shell.process.ignored.discard(name)
        if argv[1] == "":
            shell.process.ignored.add(name)
        elif argv[1] != "-":
            shell.traps[name] = argv[1]
            if name != "EXIT":
                shell.process.handlers[name] = lambda name=name: shell.caught.append(name)  # type: ignore[misc]
    return 0


def _type(shell: Shell, argv: list[str]) -> Result:
    code = 0
    for name in argv[1:]:
        text = _kind(shell, name)
        if text is None:
            code = 127
        shell.process.out(f"{name}{text or ': not found'}\n")
    return code


def _kind(shell: Shell, name: str) -> str | None:
    from .coreutils import path_of

    if name in shell.functions:
        return " is a shell function"
    if name in BUILTINS:
        return " is a shell builtin"
    return f" is {path_of(name)}" if exists(name) else None


def _command(shell: Shell, argv: list[str]) -> Result:
    from .coreutils import path_of

    rest = argv[1:]
    if rest and rest[0] in ("-v", "-V"):
        for name in rest[1:]:
            if name in BUILTINS or name in shell.functions:
                shell.process.out(name + "\n")
            elif exists(name):
                shell.process.out(path_of(name) + "\n")
            else:
                return 127
        return 0
    if not rest:
        return 0
    return _run_command(shell, rest)


def _run_command(shell: Shell, argv: list[str]) -> Generator[Wait, None, int]:
    builtin = BUILTINS.get(argv[0])
    if builtin is not None:
        result = builtin(shell, argv)
        return (yield from finish(result)) or 0
    if not exists(argv[0]):
        return shell.not_a_command(argv)
    return (yield from shell.process.wait_for(shell.process.spawn(argv)))


def _umask(shell: Shell, argv: list[str]) -> Result:
    if len(argv) == 1:
        shell.process.out("0022\n")
    return 0


def _program(name: str) -> Callable[[Shell, list[str]], Result]:
    """A command of the usual kind, run inside the shell's own process."""

    def run(shell: Shell, argv: list[str]) -> Result:
        process = shell.process
        kept, process.argv = process.argv, argv
        main = find(name)
        assert main is not None
        try:
            result = main(process)
            return result if not isinstance(result, GeneratorType) else _finish(result)
        except Exit as leave:
            return leave.code
        finally:
            process.argv = kept

    return run


def _finish(result: Program) -> Generator[Wait, None, int]:
    try:
        return (yield from result) or 0
    except Exit as leave:
        return leave.code


BUILTINS: dict[str, Callable[[Shell, list[str]], Result]] = {
    ":": _colon,
    ".": _source,
    "[": _program("["),
    "break": _break,
    "cd": _cd,
    "command": _command,
    "continue": _break,
    "echo": _program("echo"),
    "eval": _eval,
    "exec": _exec,
    "exit": _exit,
    "export": _export,
    "false": _program("false"),
    "jobs": _jobs,
    "kill": _kill,
    "local": _export,
    "printf": _program("printf"),
    "pwd": _program("pwd"),
    "read": _read,
    "readonly": _export,
    "return": _return,
    "set": _set,
    "shift": _shift,
    "test": _program("test"),
    "trap": _trap,
    "true": _program("true"),
    "type": _type,
    "umask": _umask,
    "unset": _unset,
    "wait": _wait,
}
