"""A container's network namespace: interfaces, default routes, hosts and resolver files, published ports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ..kernel import KernelError
from .core import Core
from .dns import NameServer
from .drivers import Driver
from .errors import EngineError, failed, invalid
from .etcfiles import HOST_HOSTS, ResolverSettings, hosts_file, resolv_conf
from .model import Container, Endpoint, Sandbox
from .ports import port_map, wanted_ports

if TYPE_CHECKING:
    from ..kernel import Namespace

_NAME_LIMIT = 15
"""Characters in the name of a Linux interface."""


_CREATE: Final = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create"
)

_SYSCTLS: Final = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"}
"""What the engine sets in every namespace it makes: any user may bind low ports and ping."""


class Sandboxes:
    """Makes sandboxes, puts endpoints into them and takes them out again."""

    def __init__(
        self,
        core: Core,
        drivers: dict[str, Driver],
        names: NameServer,
        containers: Callable[[], Iterable[Container]],
    ) -> None:
        self._core = core
        self._containers = containers
        self._left: list[Namespace] = []
        self._drivers = drivers
        self._names = names

    def create(self, container: Container) -> Sandbox:
        """A sandbox for a container that has none: a new namespace with lo up, or the host's."""
        identifier = self._core.ids.new_id()
        if container.network_mode == "host":
            for name in container.host_config.get("Sysctls") or {}:
                raise failed(f'{_CREATE} failed: sysctl "{name}" not allowed in host network namespace')
            sandbox = Sandbox(identifier, "/var/run/docker/netns/default", self._core.host, owned=False)
        else:
            namespace = self._core.kernel.namespace(f"container/{container.short_id}/{identifier[:8]}")
            namespace.lo.set_up()
            self._sysctls(namespace, container)
            sandbox = Sandbox(identifier, f"/var/run/docker/netns/{identifier[:12]}", namespace, owned=True)
        container.sandbox = sandbox
        return sandbox

    def _sysctls(self, namespace: Namespace, container: Container) -> None:
        wanted = container.host_config.get("Sysctls") or {}
        for name, value in {**_SYSCTLS, **wanted}.items():
            try:
                if not name.startswith("net."):
                    raise failed(f'{_CREATE} failed: sysctl "{name}" is not in a separate kernel namespace')
                namespace.sysctl.set(name, value)
            except (KernelError, EngineError) as error:
                self._core.kernel.delete_namespace(namespace)
                if isinstance(error, EngineError):
                    raise
                path = name.replace(".", "/")
                init = f"{_CREATE} failed: unable to start container process: error during container init:"
                if error.errno != "ENOENT":
                    raise failed(
                        f'{init} failed to write sysctl {name} = "{value}": write'
                        f" fsmount:fscontext:proc/./sys/{path}: {error.message}"
                    ) from error
                raise invalid(
                    f"{init} open sysctl {name} file: unsafe procfs detected: openat2"
                    f" fsmount:fscontext:proc/./sys/{path}: {error.message}"
                ) from error

    def destroy(self, container: Container) -> None:
        """Removes the sandbox with its namespace; endpoints must have left."""
        sandbox, container.sandbox = container.sandbox, None
        if sandbox is None:
            return
        for socket in sandbox.sockets:
            socket.close()
        if sandbox.owned:
            self._left.append(sandbox.namespace)
            self.sweep()

    def sweep(self) -> None:
        """Deletes the namespaces that no container uses any more: one that is shared outlives its owner."""
        used = {c.context.namespace for c in self._containers() if c.context is not None}
        for namespace in [left for left in self._left if left not in used]:
            self._left.remove(namespace)
            self._core.kernel.delete_namespace(namespace)

    def join(self, sandbox: Sandbox, endpoint: Endpoint, *, write: bool = True) -> None:
        """Puts an endpoint into the sandbox: interface, addresses, names, routes, published ports.

        Raises:
            EngineError: the interface cannot be made, or a port is taken; then nothing is left of it.
        """
        driver = self._drivers[endpoint.network.driver]
        interface = self._interface_name(sandbox, endpoint)
        driver.attach(endpoint, sandbox, interface)
        before = self.gateway(sandbox)
        try:
            if endpoint.device is not None:
                endpoint.interface = interface
                self._configure(sandbox.namespace, endpoint)
            sandbox.endpoints.append(endpoint)
            sandbox.endpoints.sort(key=order)
            if not sandbox.resolver and sandbox.owned and not endpoint.network.predefined:
                self._names.serve(sandbox)
            self._routes(sandbox)
            self._move_ports(endpoint.container, before, self.gateway(sandbox))
        except BaseException:
            self._undo_join(sandbox, endpoint, before)
            raise
        if write:
            self.write_files(endpoint.container)
        self._announce(endpoint)

    def _undo_join(self, sandbox: Sandbox, endpoint: Endpoint, before: Endpoint | None) -> None:
        if endpoint in sandbox.endpoints:
            sandbox.endpoints.remove(endpoint)
        driver = self._drivers[endpoint.network.driver]
        driver.unpublish(endpoint)
        driver.detach(endpoint)
        self._routes(sandbox)
        if before is not None and not before.bindings:
            self._move_ports(endpoint.container, None, before)

    def leave(self, sandbox: Sandbox, endpoint: Endpoint, *, last_breath: bool = False) -> None:
        """Takes an endpoint out. With ``last_breath`` the sandbox is about to go: nothing is set up anew."""
        driver = self._drivers[endpoint.network.driver]
        driver.unpublish(endpoint)
        before = self.gateway(sandbox)
        sandbox.endpoints.remove(endpoint)
        driver.detach(endpoint)
        if last_breath:
            return
        after = self.gateway(sandbox)
        self._routes(sandbox)
        if before is endpoint:
            self._move_ports(endpoint.container, None, after)
        self.write_files(endpoint.container)

    @staticmethod
    def gateway(sandbox: Sandbox) -> Endpoint | None:
        """The endpoint that leads out in IPv4: the first in order that has a gateway (moby:
        default_gateway.go).
        """
        both = next((endpoint for endpoint in sandbox.endpoints if endpoint.has4 and endpoint.has6), None)
        return both or next((endpoint for endpoint in sandbox.endpoints if endpoint.has4), None)

    @staticmethod
    def gateway6(sandbox: Sandbox) -> Endpoint | None:
        """The endpoint that leads out in IPv6."""
        both = next((endpoint for endpoint in sandbox.endpoints if endpoint.has4 and endpoint.has6), None)
        return both or next((endpoint for endpoint in sandbox.endpoints if endpoint.has6), None)

    def _interface_name(self, sandbox: Sandbox, endpoint: Endpoint) -> str:
        prefix = str(getattr(endpoint.network.config, "prefix", "eth"))
        wanted = (endpoint.settings.driver_opts or {}).get("com.docker.network.endpoint.ifname")
        if wanted:
            if len(wanted) > _NAME_LIMIT:
                made = self._core.ids.interface(self._core.host.devices)
                raise failed(
                    f'failed to add interface {made} to sandbox: error renaming interface "{made}" to "{wanted}":'
                    " numerical result out of range"
                )
            return wanted
        number = 0 if self._core.version.interface_lowest else sandbox.interfaces
        while f"{prefix}{number}" in sandbox.namespace.devices:
            number += 1
        sandbox.interfaces += 1
        return f"{prefix}{number}"

    def _configure(self, namespace: Namespace, endpoint: Endpoint) -> None:
        device = endpoint.device
        if device is None:
            return
        try:
            if endpoint.ip6 is None:
                namespace.sysctl.set(f"net.ipv6.conf.{device.name}.disable_ipv6", "1")
            if endpoint.ip4 is not None and endpoint.pool4 is not None:
                device.add_address(f"{endpoint.ip4}/{endpoint.pool4.lease.subnet.prefixlen}", broadcast="+")
            if endpoint.ip6 is not None and endpoint.pool6 is not None:
                device.add_address(f"{endpoint.ip6}/{endpoint.pool6.lease.subnet.prefixlen}", nodad=True)
            for name, value in endpoint.settings.sysctls(device.name):
                namespace.sysctl.set(name, value)
            device.set_up()
            if endpoint.host_device is not None:
                endpoint.host_device.set_up()
        except KernelError as error:
            raise failed(f"failed to set up interface {device.name}: {error.message}") from error

    def _routes(self, sandbox: Sandbox) -> None:
        """Makes the default routes lead where the gateway endpoints are."""
        if not sandbox.owned:
            return
        namespace = sandbox.namespace
        for family, endpoint in ((4, self.gateway(sandbox)), (6, self.gateway6(sandbox))):
            via = None
            if endpoint is not None and not endpoint.device_routes:
                via = endpoint.gateway4 if family == 4 else endpoint.gateway6
            device = endpoint.device if endpoint is not None else None
            current = [route for route in namespace.routes(family) if route.dst == "default"]
            if any(route.dev is device and (route.via or "") == str(via or "") for route in current):
                continue
            for route in current:
                namespace.remove_route("default", via=route.via, dev=route.dev)
            if device is not None and via is not None:
                namespace.add_route("default" if family == 4 else "::/0", via=str(via), dev=device)
            elif device is not None:
                scope = "link" if family == 4 else None
                namespace.add_route("default" if family == 4 else "::/0", dev=device, scope=scope)

    def _move_ports(self, container: Container, before: Endpoint | None, after: Endpoint | None) -> None:
        if before is after:
            return
        if before is not None:
            self._drivers[before.network.driver].unpublish(before)
        if after is not None and not after.network.internal:
            wanted, _ = wanted_ports(container.host_config, container.config)
            self._drivers[after.network.driver].publish(after, wanted)
        self.update_ports(container)

    @staticmethod
    def update_ports(container: Container) -> None:
        """Brings NetworkSettings.Ports up to date."""
        sandbox = container.sandbox
        if sandbox is None:
            container.ports = {}
            return
        _, exposed = wanted_ports(container.host_config, container.config)
        bridged = [endpoint for endpoint in sandbox.endpoints if endpoint.network.driver == "bridge"]
        bindings = [binding for endpoint in bridged for binding in endpoint.bindings]
        shown = exposed if bridged and not all(endpoint.network.internal for endpoint in bridged) else []
        container.ports = port_map(shown, bindings)

    def _announce(self, endpoint: Endpoint) -> None:
        """Tells the neighbours of a new MAC address (Engine 28).

        On a LAN always. On the model's own bridges only where an older address may be remembered: a question
        to everybody for each of a thousand containers would cost a million frames, and nobody would learn from it.
        """
        network, device = endpoint.network, endpoint.device
        if endpoint.ip4 is None or device is None:
            return
        former = network.former_macs.get(str(endpoint.ip4))
        network.former_macs[str(endpoint.ip4)] = device.mac
        remembered = network.driver != "bridge" or (former is not None and former != device.mac)
        if remembered and not device.noarp and self._core.version.random_macs:
            device.announce(str(endpoint.ip4))
            self._core.kernel.settle()  # everybody has heard it before anything else happens

    def write_files(self, container: Container) -> None:
        """Writes /etc/hosts, /etc/resolv.conf and /etc/hostname."""
        sandbox = container.sandbox
        if sandbox is None:
            return
        files, version = container.files, self._core.version
        config = container.host_config
        settings = ResolverSettings(
            config.get("Dns") or (), config.get("DnsSearch") or (), config.get("DnsOptions") or ()
        )
        files.write("/etc/hostname", f"{container.hostname}\n".encode())
        if not sandbox.owned:
            # The host's own file, unless names are added: then the engine writes one (moby:
            # sandbox_dns_unix.go).
            extra = list(self._extra_hosts(container))
            files.write("/etc/hosts", (hosts_file(version, extra) if extra else HOST_HOSTS).encode())
            files.write("/etc/resolv.conf", resolv_conf(version, "host", settings).encode())
            return
        entries = [*self._extra_hosts(container), *self._linked(container), *self._own(container, sandbox)]
        files.write("/etc/hosts", hosts_file(version, entries).encode())
        kind = "internal" if sandbox.resolver else "legacy"
        files.write("/etc/resolv.conf", resolv_conf(version, kind, settings).encode())

    def _extra_hosts(self, container: Container) -> Iterable[tuple[str, str]]:
        for text in container.host_config.get("ExtraHosts") or ():
            name, _, address = text.partition(":")
            yield ("172.17.0.1" if address == "host-gateway" else address), name

    @staticmethod
    def _linked(container: Container) -> Iterable[tuple[str, str]]:
        for alias, other in container.links.items():
            settings = other.networks.get("bridge")
            endpoint = settings.endpoint if settings else None
            if endpoint is None or endpoint.ip4 is None:
                continue
            names = [alias, other.hostname, *([] if alias == other.name else [other.name])]
            yield str(endpoint.ip4), " ".join(names)

    @staticmethod
    def _own(container: Container, sandbox: Sandbox) -> Iterable[tuple[str, str]]:
        name = container.hostname
        domain = container.config.get("Domainname")
        full = f"{name}.{domain}" if domain else name
        first = full.partition(".")[0]
        names = full if first == full else f"{full} {first}"
        joined = [settings.endpoint for settings in container.networks.values() if settings.endpoint]
        for endpoint in (endpoint for endpoint in joined if endpoint in sandbox.endpoints):
            for address in (endpoint.ip4, endpoint.ip6):
                if address is not None:
                    yield str(address), names


def order(endpoint: Endpoint) -> tuple[int, bool, int, str]:
    """The order of a sandbox's endpoints, best way out first (moby: ``Endpoint.Less`` in sandbox.go).

    Higher gateway priority, then networks that are not internal, then both families' gateways before one
    before none, then the network's name.
    """
    gateways = endpoint.has4 + endpoint.has6
    return (-endpoint.settings.gw_priority, endpoint.network.internal, -gateways, endpoint.network.name)
