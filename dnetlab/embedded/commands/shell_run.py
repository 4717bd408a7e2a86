"""The shell: runs the tree that :mod:`.shell_parse` makes, as dash does."""

from __future__ import annotations

from collections.abc import Generator

from . import shell_expand as expand
from .process import Exit, Process, Wait, finish
from .registry import exists, what_exists
from .shell_builtins import BUILTINS, LoopControl, Return
from .shell_parse import commands
from .shell_redirect import redirect
from .shell_state import ShellState
from .shell_tree import (
    AndOr,
    Background,
    Case,
    For,
    Function,
    Group,
    If,
    Loop,
    Node,
    Pipeline,
    Sequence,
    ShellSyntaxError,
    Simple,
)
from .streams import NULL, Capture, Pipe, Stream

LOOP_TICK = 0.001
"""Simulated seconds that one round of while or until takes, so that no script can stop the clock."""

SPECIAL_BUILTINS = {
    ":",
    "break",
    "continue",
    "eval",
    "exec",
    "exit",
    "export",
    "readonly",
    "return",
    "set",
    "shift",
    "trap",
    "unset",
}


DEATHS = {
    "HUP": "Hangup",
    "QUIT": "Quit",
    "ABRT": "Aborted",
    "KILL": "Killed",
    "USR1": "User defined signal 1",
    "USR2": "User defined signal 2",
    "ALRM": "Alarm clock",
    "TERM": "Terminated",
}
"""strsignal(3) of the signals that a shell speaks of: not INT, not PIPE."""


class Shell(ShellState):
    """A shell at work: it runs the nodes of a tree, one after the other."""

    def run_text(self, text: str) -> Generator[Wait, None, int]:
        """Run a whole script; a syntax error is told and ends it with 2."""
        try:
            for node in commands(text):
                yield from self.run(node)
        except ShellSyntaxError as error:
            self.line = error.line
            self.complain(f"Syntax error: {error.message}")
            raise Exit(2) from None
        return self.status

    def run(self, node: Node, tail: bool = False) -> Generator[Wait, None, int]:
        """Run one command; with ``tail`` the process may become the last program."""
        self.depth += 1
        if self.depth > 150:
            self.complain("nested too deeply")
            raise Exit(2)
        try:
            yield from self._run(node, tail)
        except expand.ExpansionError as error:
            self.complain(str(error))
            raise Exit(2) from None
        finally:
            self.depth -= 1
        while self.caught:
            yield from self.run_text(self.traps.get(self.caught.pop(0), ""))
        return self.status

    def _run(self, node: Node, tail: bool) -> Generator[Wait, None, None]:
        if isinstance(node, Simple):
            yield from self._simple(node, tail)
            self._errexit()
        elif isinstance(node, Sequence):
            for child in node.commands:
                yield from self.run(child)
        elif isinstance(node, AndOr):
            self.guarded += 1
            try:
                yield from self.run(node.left)
            finally:
                self.guarded -= 1
            if (self.status == 0) == (node.op == "&&"):
                yield from self.run(node.right)
        elif isinstance(node, Pipeline):
            yield from self._pipeline(node)
        elif isinstance(node, Group):
            yield from self._group(node)
        elif isinstance(node, Background):
            job = self._child(node.body, {0: NULL})
            self.background.append(job)
            self.start(job, node.body)
            self.status = 0
        elif isinstance(node, If):
            yield from self._if(node)
        elif isinstance(node, Loop):
            yield from self._loop(node)
        elif isinstance(node, For):
            yield from self._for(node)
        elif isinstance(node, Case):
            yield from self._case(node)
        elif isinstance(node, Function):
            self.functions[node.name] = node.body
            self.status = 0

    def _errexit(self) -> None:
        if self.status and "errexit" in self.options and not self.guarded:
            raise Exit(self.status)

    def _child(self, node: Node, fds: dict[int, Stream]) -> Process:
        argv = ["sh"]
        return Process(self.process.context, argv, parent=self.process, fds={**self.process.fds, **fds})

    def start(self, child: Process, node: Node) -> None:
        """Begin a subshell that runs ``node``."""
        child.begin(lambda process: self.copy(process).run(node, tail=True))

    def substitute(self, body: Node | None) -> Generator[Wait, None, str]:
        """Run a command substitution; its output without newlines at the end."""
        if body is None:
            return ""
        capture = Capture()
        child = self._child(body, {1: capture})
        self.start(child, body)
        self.status = yield from self.process.wait_for(child)
        return capture.data.decode("utf-8", "replace").replace("\0", "").rstrip("\n")

    # --- simple commands -----------------------------------------------------------------------------

    def _simple(self, node: Simple, tail: bool) -> Generator[Wait, None, None]:
        self.line = node.line
        before = self.status
        self.status = 0
        # $? inside the words is that of the command before.
        self.status = before
        argv = yield from expand.words(self, node.words)
        values = []
        for name, word in node.assignments:
            values.append((name, (yield from expand.text(self, word))))
        if "xtrace" in self.options and (argv or values):
            shown = [f"{name}={value}" for name, value in values] + argv
            self.process.err(self.get("PS4", "+ ") + " ".join(shown) + "\n")
        if not argv:
            if not any(_substitutes(word) for _, word in node.assignments) and not _substituted(node.words):
                self.status = 0
            for name, value in values:
                self.assign(name, value)
            if node.redirects:
                saved = dict(self.process.fds)
                if not (yield from redirect(self, node.redirects)):
                    self.status = 2
                self.process.restore_fds(saved)
            return
        name = argv[0]
        builtin = BUILTINS.get(name)
        function = self.functions.get(name) if builtin is None or name not in SPECIAL_BUILTINS else None
        if function is not None or builtin is not None:
            yield from self._inside(node, argv, values, function)
            return
        if not tail:
            child = self._child(node, {})
            child.begin(lambda process: self._external(self.copy(process), node, argv, values))
            self.status = yield from self.process.wait_for(child)
            self.tell_death(child)
            return
        self.status = yield from self._external(self, node, argv, values)

    def tell_death(self, child: Process) -> None:
        """What dash prints when a child was killed by a signal."""
        text = DEATHS.get(child.killed_by or "")
        if text:
            self.process.err(text + "\n")

    def _external(
        self, shell: Shell, node: Simple, argv: list[str], values: list[tuple[str, str]]
    ) -> Generator[Wait, None, int]:
        """In a child process: set it up and become the command."""
        process = shell.process
        if not (yield from redirect(shell, node.redirects)):
            return 2
        process.env.update(values)
        if not exists(argv[0]):
            return shell.not_a_command(argv)
        return (yield from process.execute(argv)) or 0

    def not_a_command(self, argv: list[str]) -> int:
        """127 for what is not there (with the sentence that says what is), 126 for a file that is no program."""
        files = self.process.context.files
        path = files.normal(argv[0], self.process.cwd)
        if "/" in argv[0] and files.exists(path):
            self.complain(f"{argv[0]}: Permission denied")
            return 126
        self.complain(f"{argv[0]}: not found")
        self.process.err(what_exists() + "\n")
        return 127

    def _inside(
        self, node: Simple, argv: list[str], values: list[tuple[str, str]], function: Node | None
    ) -> Generator[Wait, None, None]:
        """Run a builtin or a function in this process, with its redirections and assignments."""
        saved = dict(self.process.fds)
        if not (yield from redirect(self, node.redirects)):
            self.process.restore_fds(saved)
            self.status = 2
            if argv[0] in SPECIAL_BUILTINS and function is None:
                raise Exit(2)
            return
        kept = {name: self.variables.get(name) for name, _ in values}
        for name, value in values:
            self.assign(name, value)
        keep_fds = argv == ["exec"]
        try:
            if function is not None:
                yield from self._call(function, argv)
            else:
                result = BUILTINS[argv[0]](self, argv)
                self.status = (yield from finish(result)) or 0
        finally:
            if not keep_fds and self.process.exit_code is None:
                self.process.restore_fds(saved)
            if argv[0] not in SPECIAL_BUILTINS:
                for name, old in kept.items():
                    if old is None:
                        self.variables.pop(name, None)
                    else:
                        self.assign(name, old)

    def _call(self, body: Node, argv: list[str]) -> Generator[Wait, None, None]:
        outer, self.arguments = self.arguments, argv[1:]
        try:
            yield from self.run(body)
        except Return as back:
            self.status = back.status
        finally:
            self.arguments = outer

    # --- compound commands ---------------------------------------------------------------------------

    def _pipeline(self, node: Pipeline) -> Generator[Wait, None, None]:
        if len(node.commands) == 1:
            self.guarded += 1
            try:
                yield from self.run(node.commands[0])
            finally:
                self.guarded -= 1
        else:
            children = []
            reader: Stream | None = None
            for index, _ in enumerate(node.commands):
                fds: dict[int, Stream] = {} if reader is None else {0: reader}
                if index < len(node.commands) - 1:
                    pipe = Pipe()
                    fds[1], reader = pipe.writer(), pipe.reader()
                children.append(self._child(node.commands[index], fds))
            for child, part in zip(children, node.commands, strict=True):
                self.start(child, part)
            for child in children:
                self.status = yield from self.process.wait_for(child)
        if node.negated:
            self.status = int(not self.status)
        else:
            self._errexit()

    def _group(self, node: Group) -> Generator[Wait, None, None]:
        if node.subshell:
            child = self._child(node.body, {})
            child.begin(lambda process: self._subshell(process, node))
            self.status = yield from self.process.wait_for(child)
            self._errexit()
            return
        saved = dict(self.process.fds)
        try:
            if (yield from redirect(self, node.redirects)):
                yield from self.run(node.body)
            else:
                self.status = 2
        finally:
            if self.process.exit_code is None:
                self.process.restore_fds(saved)
        self._errexit()

    def _subshell(self, process: Process, node: Group) -> Generator[Wait, None, int]:
        shell = self.copy(process)
        if not (yield from redirect(shell, node.redirects)):
            return 2
        return (yield from shell.run(node.body, tail=True))

    def _test(self, condition: Node) -> Generator[Wait, None, bool]:
        self.guarded += 1
        try:
            yield from self.run(condition)
        finally:
            self.guarded -= 1
        return self.status == 0

    def _if(self, node: If) -> Generator[Wait, None, None]:
        for condition, body in node.branches:
            if (yield from self._test(condition)):
                yield from self.run(body)
                return
        self.status = 0
        if node.otherwise is not None:
            yield from self.run(node.otherwise)

    def _loop(self, node: Loop) -> Generator[Wait, None, None]:
        status = 0
        self.loops += 1
        try:
            while (yield from self._test(node.condition)) != node.until:
                try:
                    yield from self.run(node.body)
                except LoopControl as control:
                    self.status = 0
                    if control.leaves():
                        break
                status = self.status
                yield from self.process.sleep(LOOP_TICK)
        finally:
            self.loops -= 1
        self.status = status

    def _for(self, node: For) -> Generator[Wait, None, None]:
        items = self.arguments if node.words is None else (yield from expand.words(self, node.words))
        self.status = 0
        self.loops += 1
        try:
            for item in list(items):
                self.assign(node.name, item)
                try:
                    yield from self.run(node.body)
                except LoopControl as control:
                    self.status = 0
                    if control.leaves():
                        break
        finally:
            self.loops -= 1

    def _case(self, node: Case) -> Generator[Wait, None, None]:
        value = yield from expand.text(self, node.word)
        self.status = 0
        for patterns, body in node.branches:
            for word in patterns:
                if expand.matches(value, (yield from expand.pattern(self, word))):
                    if body is not None:
                        yield from self.run(body)
                    return


def _substitutes(word: object) -> bool:
    return any(type(part).__name__ == "Substitution" for part in getattr(word, "parts", ()))


def _substituted(words: tuple[object, ...]) -> bool:
    return any(_substitutes(word) for word in words)
