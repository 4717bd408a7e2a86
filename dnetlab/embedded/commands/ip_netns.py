"""``ip netns``: named network namespaces of a container."""

from __future__ import annotations

from .context import Mounts
from .ip import Call
from .ip_common import Refused, matches, wrong
from .process import Program
from .registry import exists, lookup
from .usage import IP_NETNS_USAGE


def main(call: Call) -> Program | int:
    """ip netns COMMAND."""
    words = call.words
    if not words:
        return show(call)
    word = words.take()
    if matches(word, "help"):
        wrong(IP_NETNS_USAGE)
    if matches(word, "list", "show", "lst"):
        return show(call)
    if matches(word, "list-id"):
        return list_ids(call)
    if matches(word, "add"):
        return add(call)
    if matches(word, "delete"):
        return delete(call)
    if matches(word, "exec"):
        return execute(call)
    if matches(word, "identify"):
        return identify(call)
    if matches(word, "pids"):
        return pids(call)
    raise Refused(f'Command "{word}" is unknown, try "ip netns help".', 255)


def show(call: Call) -> int:
    """Names; with the id by which this namespace knows the other, where it has one."""
    # The newest first, as a directory in memory lists its files.
    for name, namespace in reversed(call.process.context.netns.items()):
        number = call.ns.nsids.get(namespace)
        call.out(f"{name} (id: {number})\n" if number is not None else f"{name}\n")
    return 0


def list_ids(call: Call) -> int:
    names = {namespace: name for name, namespace in call.process.context.netns.items()}
    for namespace, number in sorted(call.ns.nsids.items(), key=lambda item: item[1]):
        name = names.get(namespace)
        call.out(f"nsid {number} " + (f"(iproute2 netns name: {name})" if name else "") + "\n")
    return 0


def _name(call: Call) -> str:
    if not call.words:
        raise Refused("No netns name specified", 1)
    return call.words.take()


def add(call: Call) -> int:
    name = _name(call)
    context = call.process.context
    if not name or "/" in name or name in (".", ".."):
        raise Refused(f'Invalid netns name "{name}"', 255)
    if not context.can("SYS_ADMIN"):
        raise Refused("mount --make-shared /run/netns failed: Operation not permitted", 1)
    if name in context.netns:
        raise Refused(f'Cannot create namespace file "/run/netns/{name}": File exists', 1)
    context.add_netns(name)
    return 0


def delete(call: Call) -> int:
    context = call.process.context
    if call.words and call.words.peek() in ("-all", "-a"):
        for name in list(context.netns):
            context.delete_netns(name)
        return 0
    name = _name(call)
    if name not in context.netns:
        raise Refused(f'Cannot remove namespace file "/run/netns/{name}": No such file or directory', 1)
    context.delete_netns(name)
    return 0


def execute(call: Call) -> Program:
    """Become a command in another namespace, with a mount namespace of its own."""
    process = call.process
    if not call.words:
        process.err("No netns name specified\n")
        return 1
    name = call.words.take()
    rest = call.words.rest()
    namespace = process.context.netns.get(name)
    if namespace is None:
        process.err(f'Cannot open network namespace "{name}": No such file or directory\n')
        return 255
    if not rest:
        process.err("No command specified\n")
        return 1
    process.ns = namespace
    process.mounts = Mounts(process.mounts.sys_writable)
    if not exists(rest[0]) and "/" not in rest[0]:
        process.err(f'exec of "{rest[0]}" failed: No such file or directory\n')
        return 1
    lookup(process, rest)
    return (yield from process.execute(rest)) or 0


def identify(call: Call) -> int:
    process = call.process
    if call.words:
        pid = call.words.take()
        target = process.context.processes.get(int(pid)) if pid.isdigit() else None
        if target is None:
            raise Refused("Cannot open network namespace: No such file or directory", 1)
        namespace = target.ns
    else:
        namespace = call.ns
    names = [name for name, known in process.context.netns.items() if known is namespace]
    call.out("".join(f"{name}\n" for name in names) or "\n")
    return 0


def pids(call: Call) -> int:
    name = _name(call)
    namespace = call.process.context.netns.get(name)
    if namespace is None:
        raise Refused("Cannot open network namespace: No such file or directory", 1)
    for pid, process in sorted(call.process.context.processes.items()):
        if process.ns is namespace and process is not call.process:
            call.out(f"{pid}\n")
    return 0
