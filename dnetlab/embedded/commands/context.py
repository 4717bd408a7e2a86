"""One container as the commands see it: its network namespace, files, processes and capabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .accounts import Account, account, name_of, users
from .files import Files

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Kernel, Namespace

    from .process import Process

DOCKER_CAPABILITIES = frozenset({"NET_RAW", "NET_BIND_SERVICE", "KILL", "SYS_CHROOT", "MKNOD"})
"""What a container has by default, as far as networking commands care (docs.docker.com, engine/security)."""

ALL_CAPABILITIES = DOCKER_CAPABILITIES | {"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"}

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Mounts:
    """What a mount namespace decides here: whether /proc/sys can be written."""

    sys_writable: bool = False


def user_name(context: Context) -> str:
    """Who a container's processes are, as ps names them: by name, or by number where that has none."""
    uid = context.account.uid
    return name_of(uid, users(context.files)) or str(uid)


class Context:
    """A container. Commands run in it by ``start`` and ``run``; ``close`` ends all of them.

    ``namespace_of_pid`` answers for PIDs outside of the container (a helper that shares the host's PID
    namespace); ``clock`` gives seconds since 1970 for ``date`` and captures, by default simulated time
    counted from 2026-11-25 00:00 UTC. ``user`` and ``groups`` are who the processes are, as ``docker run`` takes
    them: a name or number, ":" and a group.
    """

    def __init__(
        self,
        kernel: Kernel,
        namespace: Namespace,
        hostname: str = "",
        *,
        files: Files | None = None,
        capabilities: Iterable[str] | None = None,
        privileged: bool = False,
        env: dict[str, str] | None = None,
        label: str = "",
        sys_writable: bool = False,
        namespace_of_pid: Callable[[int], Namespace | None] | None = None,
        clock: Callable[[], float] | None = None,
        image: str = "",
        user: str = "",
        groups: Iterable[str] = (),
    ) -> None:
        self.kernel = kernel
        self.namespace = namespace
        self.hostname = hostname or "localhost"
        self.files = files if files is not None else Files()
        chosen = (
            ALL_CAPABILITIES if privileged else DOCKER_CAPABILITIES if capabilities is None else capabilities
        )
        self._granted: set[str] = {c.removeprefix("CAP_") for c in chosen}
        if "ALL" in self._granted:
            self._granted |= ALL_CAPABILITIES
        self.mounts = Mounts(sys_writable or privileged)
        self.user = user
        self.groups = tuple(groups)
        self.account: Account = account(self.files, user, self.groups)
        self.capabilities: set[str] = set(self._granted) if self.account.root else set()
        self._env = {"PATH": PATH, "HOSTNAME": self.hostname, **(env or {})}
        self.label = label or self.hostname
        self.image = image
        self.netns: dict[str, Namespace] = {}
        self.processes: dict[int, Process] = {}
        self.namespace_of_pid = namespace_of_pid
        self.clock = clock or (lambda: 1795564800.0 + kernel.now)
        self.closed = False
        self._last_pid = 0
        self._whole = self

    @property
    def env(self) -> dict[str, str]:
        """The environment that processes start with; HOME is the user's unless it was set."""
        return {"HOME": self.account.home, **self._env}

    def privileged(self) -> Context:
        """The same container for a privileged exec: every capability. Its mounts are the container's."""
        view = copy(self)
        view._granted = set(ALL_CAPABILITIES)
        view.capabilities = set(view._granted) if view.account.root else set()
        return view

    def as_user(self, user: str) -> Context:
        """The same container for a process of another user; whoever is not root has no capability.

        Raises:
            UnknownAccount: the container knows no such user or group.
        """
        view = copy(self)
        view.user, view.account = user, account(self.files, user, self.groups)
        view.capabilities = set(view._granted) if view.account.root else set()
        return view

    def next_pid(self) -> int:
        self._whole._last_pid += 1
        return self._whole._last_pid

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    def wall(self, moment: float) -> float:
        """Seconds since 1970 of a moment of simulated time."""
        return self.clock() - self.kernel.now + moment

    def add_netns(self, name: str) -> Namespace:
        """Make a namespace for ``ip netns add``; it belongs to this container and goes with it."""
        made = self.kernel.namespace(f"{self.label}/{name}")
        self.netns[name] = made
        return made

    def delete_netns(self, name: str) -> None:
        """``ip netns delete``: processes in it keep it alive no longer than the model needs."""
        self.kernel.delete_namespace(self.netns.pop(name))

    def close(self) -> None:
        """End the container's processes and delete its namespaces, and with them their devices."""
        self.closed = True
        for process in sorted(self.processes.values(), key=lambda p: p.pid):
            process.end(137)
        for name in list(self.netns):
            self.delete_netns(name)
