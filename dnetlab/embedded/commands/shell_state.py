"""A shell's state: its parameters (variables and the special ones), functions and options, as dash has them."""

from __future__ import annotations

from typing import Self

from .process import Process
from .shell_tree import Node


class ShellState:
    """What one shell knows: variables, functions, options, what ran in the background."""

    def __init__(self, process: Process, name: str = "sh", arguments: list[str] | None = None) -> None:
        self.process = process
        self.name = name
        self.arguments = arguments or []
        self.variables: dict[str, str] = dict(process.env)
        self.exported: set[str] = set(process.env)
        self.functions: dict[str, Node] = {}
        self.options: set[str] = set()
        self.traps: dict[str, str] = {}
        self.caught: list[str] = []
        self.status = 0
        self.line = 1
        self.background: list[Process] = []
        self.guarded = 0
        self.loops = 0
        self.depth = 0
        self.variables.setdefault("PS1", "# ")
        self.variables.setdefault("PS2", "> ")
        self.variables.setdefault("IFS", " \t\n")
        self.variables["PWD"] = process.cwd
        self.export("PWD")

    def copy(self, process: Process) -> Self:
        """The same shell in a child process (a subshell)."""
        new = type(self)(process, self.name, list(self.arguments))
        new.variables = dict(self.variables)
        new.exported = set(self.exported)
        new.functions = dict(self.functions)
        new.options = set(self.options)
        new.status = self.status
        new.guarded = self.guarded
        new.line = self.line
        new.depth = self.depth
        return new

    # --- variables -----------------------------------------------------------------------------------

    def lookup(self, name: str) -> str | None:
        """The value of a variable or special parameter, None where it is unset."""
        if name in self.variables:
            return self.variables[name]
        if name == "?":
            return str(self.status)
        if name == "$":
            return str(self.process.pid)
        if name == "!":
            return str(self.background[-1].pid) if self.background else ""
        if name == "#":
            return str(len(self.arguments))
        if name in ("@", "*"):
            return " ".join(self.arguments)
        if name == "-":
            return "".join(
                {"errexit": "e", "xtrace": "x", "nounset": "u"}.get(o, "") for o in sorted(self.options)
            )
        if name.isdigit():
            number = int(name)
            if number == 0:
                return self.name
            return self.arguments[number - 1] if number <= len(self.arguments) else None
        return None

    def get(self, name: str, default: str = "") -> str:
        value = self.lookup(name)
        return default if value is None else value

    def assign(self, name: str, value: str) -> None:
        self.variables[name] = value
        if name in self.exported:
            self.process.env[name] = value

    def export(self, name: str) -> None:
        self.exported.add(name)
        if name in self.variables:
            self.process.env[name] = self.variables[name]

    def complain(self, text: str) -> None:
        self.process.err(f"{self.name}: {self.line}: {text}\n")
