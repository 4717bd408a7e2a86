"""Creating containers: defaults, checks, names. Nothing of the kernel is touched before a start."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from . import mounts
from .core import HOST_NAME, Core
from .endpoints import check_settings, read_settings, user_defined
from .errors import EngineError, conflict, failed, invalid, not_found
from .image import Image, image_files
from .images import Images
from .limits import check_health_check, check_policy, check_resources
from .lookup import ContainerStore, find_network
from .model import Container, EndpointSettings, Json, MountPoint, Network
from .modes import check_modes
from .ports import check_bindings
from .signals import parse_signal
from .strconv import quoted
from .volumes import Volumes

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_LOG_DRIVERS: Final = (
    *("awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "none", "splunk", "syslog"),
)
CAPABILITIES: Final = frozenset(
    {
        *(
            "AUDIT_CONTROL",
            "AUDIT_READ",
            "AUDIT_WRITE",
            "BLOCK_SUSPEND",
            "BPF",
            "CHECKPOINT_RESTORE",
            "CHOWN",
        ),
        *("DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"),
        *("LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"),
        *("NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG"),
        *("SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE"),
        *("SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"),
    }
)

_CONFLICTS: Final = (
    # What "container:NAME" cannot be combined with: where it stands, its field, the engine's words.
    ("config", "Hostname", "conflicting options: hostname and the network mode"),
    (
        "host",
        "Links",
        "conflicting options: container type network can't be used with links. This would result in undefined"
        " behavior",
    ),
    ("host", "Dns", "conflicting options: dns and the network mode"),
    ("host", "ExtraHosts", "conflicting options: custom host-to-IP mapping and the network mode"),
    ("host", "PortBindings", "conflicting options: port publishing and the container type network mode"),
    ("host", "PublishAllPorts", "conflicting options: port publishing and the container type network mode"),
    ("config", "ExposedPorts", "conflicting options: port exposing and the container type network mode"),
)


class Creator:
    """Makes containers out of API bodies."""

    def __init__(
        self,
        core: Core,
        images: Images,
        volumes: Volumes,
        containers: ContainerStore,
        networks: Mapping[str, Network],
    ) -> None:
        self._core = core
        self._images = images
        self._volumes = volumes
        self._containers = containers
        self._networks = networks

    def create(self, body: Mapping[str, Any], name: str | None) -> tuple[Container, list[str]]:
        """A new container, registered, and warnings.

        Raises:
            EngineError: with the engine's status and message; then nothing has changed.
        """
        config = {key: value for key, value in body.items() if key not in ("HostConfig", "NetworkingConfig")}
        host = dict(body.get("HostConfig") or {})
        wanted = dict((body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {})
        if not config:
            raise invalid("config cannot be empty in order to create a container")
        if (host.get("NetworkMode") or "default") == "default":
            host["NetworkMode"] = "bridge"
            if "default" in wanted:
                wanted["bridge"] = wanted.pop("default")
        self._check_mode(config, host)
        check_modes(host, self._containers.find)
        self._settle_mode(host)
        warnings = self._check(config, host)
        image = self._images.find(str(config["Image"])) if config.get("Image") else None
        networks = self._read_networks(wanted)
        if image is not None:
            self._merge(config, image)
        command = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
        if not command:
            raise invalid("no command specified")
        links = self._links(host)
        wanted_mounts = self._mount_points(config, host)
        identifier = self._core.ids.new_id()
        reserved = self._reserve(name, identifier)
        if not config.get("Hostname") and not host["NetworkMode"].startswith("container:"):
            config["Hostname"] = HOST_NAME if host["NetworkMode"] == "host" else identifier[:12]
        container = Container(
            id=identifier,
            name=reserved,
            created=self._core.clock.now(),
            image_id=image.id if image else "",
            config=config,
            host_config=host,
            files=image_files(image),
            path=command[0],
            args=command[1:],
            links=links,
        )
        container.networks = self._settings(container, networks)
        self._mount(container, wanted_mounts)
        self._containers.add(container)
        return container, warnings

    def _settle_mode(self, host: Json) -> None:
        """``container:NAME`` is kept by the container's id."""
        kind, _, ref = str(host["NetworkMode"]).partition(":")
        if kind == "container":
            with suppress(EngineError):  # a container that does not exist is found out at the start
                host["NetworkMode"] = f"container:{self._containers.find(ref).id}"

    def _check_mode(self, config: Json, host: Json) -> None:
        mode = str(host["NetworkMode"])
        if mode == "container" or mode.startswith("container:"):
            if not mode.partition(":")[2]:
                raise invalid("invalid network mode: invalid container format container:<name|id>")
            for where, field, text in _CONFLICTS:
                if (config if where == "config" else host).get(field):
                    raise invalid(text)
        if host.get("UTSMode") == "host" and config.get("Hostname"):
            raise invalid("conflicting options: hostname and the UTS mode")
        if mode == "host" and host.get("Links"):
            raise invalid(
                "conflicting options: host type networking can't be used with links. This would result in undefined"
                " behavior"
            )

    def _check(self, config: Json, host: Json) -> list[str]:
        directory = config.get("WorkingDir")
        if directory and not directory.startswith("/"):
            raise invalid(f"the working directory '{directory}' is invalid, it needs to be an absolute path")
        if config.get("StopSignal"):
            parse_signal(config["StopSignal"])
        for text in config.get("Env") or ():
            if not text.partition("=")[0]:
                raise invalid(f"invalid environment variable: {text}")
        check_health_check(config.get("Healthcheck") or {})
        policy = host.get("RestartPolicy") or {}
        if host.get("AutoRemove") and (policy.get("Name") or "no") != "no":
            raise invalid("can't create 'AutoRemove' container with restart policy")
        for text in host.get("ExtraHosts") or ():
            _check_extra_host(text)
        check_bindings(host.get("PortBindings") or {})
        check_policy(policy)
        for field in ("CapAdd", "CapDrop"):
            if host.get(field):
                host[field] = _capabilities(field, list(host[field]))
        log = dict(host.get("LogConfig") or {})
        if log.get("Type") not in (None, "", *_LOG_DRIVERS):
            plugin = log["Type"]
            raise invalid(f"error looking up logging plugin {plugin}: plugin {quoted(plugin)} not found")
        host["LogConfig"] = {"Type": log.get("Type") or "json-file", "Config": log.get("Config") or {}}
        for mount in host.get("Mounts") or ():
            mounts.parse_mount(mount, self._volumes.host)
        mounts.check_tmpfs(host.get("Tmpfs") or {})
        check_resources(host)
        warnings = []
        if host["NetworkMode"] == "host" and host.get("PortBindings"):
            warnings.append("Published ports are discarded when using host network mode")
        if any(str(bind).startswith(("/", "~")) for bind in host.get("Binds") or ()):
            warnings.append(
                "Bind mounts are of the model's own host: the embedded engine reads no file of this machine"
            )
        return warnings

    def _mount_points(self, config: Json, host: Json) -> list[mounts.Wanted]:
        """What is to be mounted: of other containers, as ``-v`` and as ``--mount``, and what the image wants.

        Raises:
            EngineError: 400, one of them cannot be; 404, there is no such container.
        """
        found: dict[str, mounts.Wanted] = {}
        for text in host.get("VolumesFrom") or ():
            name, mode = mounts.parse_volumes_from(text)
            for point in self._lender(name).mounts:
                if point.kind == "tmpfs":
                    # Seen on Engine 28.5, which looks for a volume without a name.
                    raise not_found("get: no such volume")
                writable = point.writable and "ro" not in mode.split(",")
                shared = replace(point, mode=mode, writable=writable, anonymous=False)
                found[point.target] = mounts.Wanted(shared, copies=False)
        named: set[str] = set(mounts.tmpfs_targets(host))
        asked = [
            *(mounts.parse_bind(text) for text in host.get("Binds") or ()),
            *(mounts.parse_mount(mount, self._volumes.host) for mount in host.get("Mounts") or ()),
        ]
        for wanted in asked:
            if wanted.point.target in named:
                raise mounts.duplicate(wanted.point.target)
            named.add(wanted.point.target)
            found[wanted.point.target] = wanted
        for target in config.get("Volumes") or {}:
            place = posixpath.normpath(posixpath.join("/", target))
            if place not in found and place not in named:
                found[place] = mounts.Wanted(MountPoint("volume", place))
        return list(found.values())

    def _lender(self, name: str) -> Container:
        try:
            return self._containers.find(name)
        except EngineError as error:
            raise invalid(error.message) from error

    def _mount(self, container: Container, wanted: list[mounts.Wanted]) -> None:
        """Makes the volumes that are missing; an empty one gets what the image has at its place."""
        for each in wanted:
            point = each.point
            if point.kind == "volume":
                point = self._volumes.make(point, each.driver, each.labels)
                if each.copies:
                    mounts.fill(self._volumes.host, point.source, container.files, point.target)
            container.mounts.append(point)
        # "docker cp" reaches them before the first start; what is wrong with a subpath is told at the start.
        ready = [point for point in container.mounts if point.kind != "tmpfs" and not point.subpath]
        mounts.attach(container.files, self._volumes.host, ready, ())
        if container.config.get("WorkingDir"):
            container.files.make_directory(container.config["WorkingDir"])

    def _read_networks(self, wanted: Mapping[str, Any]) -> dict[str, EndpointSettings]:
        result = {}
        for name, body in wanted.items():
            if body is None:
                raise invalid(f"invalid config for network {name}: EndpointsConfig is nil")
            settings = read_settings(body)
            try:
                network: Network | None = find_network(self._networks, name)
            except EngineError:
                # It may be made before the container's start.
                network = None
            if self._core.version.endpoint_validated:
                try:
                    check_settings(network, name, settings)
                except EngineError as error:
                    raise invalid(f"invalid config for network {name}: {error.message}") from error
            result[name] = settings
        return result

    def _merge(self, config: Json, image: Image) -> None:
        """Fills in what the image says (moby: daemon/commit.go merge)."""
        base = image.config
        own = {text.partition("=")[0] for text in config.get("Env") or ()}
        kept = [text for text in base["Env"] if text.partition("=")[0] not in own]
        config["Env"] = [*(config.get("Env") or ()), *kept]
        if not config.get("Entrypoint"):
            config["Entrypoint"] = base["Entrypoint"]
            if not config.get("Cmd"):
                config["Cmd"] = list(base["Cmd"] or ())
        for key in ("ExposedPorts", "Volumes", "Labels"):
            merged = {**(base.get(key) or {}), **(config.get(key) or {})}
            config[key] = merged if merged or key == "Labels" else None
        for key in ("User", "WorkingDir", "StopSignal"):
            config[key] = config.get(key) or base[key]

    def _links(self, host: Json) -> dict[str, Container]:
        if user_defined(str(host["NetworkMode"])):
            return {}
        result = {}
        for text in host.get("Links") or ():
            name, alias = _parse_link(text)
            try:
                other = self._containers.find(name)
            except EngineError as error:
                raise invalid(f"could not get container for {name}: {error.message}") from error
            result[alias or other.name] = other
        return result

    def _reserve(self, name: str | None, identifier: str) -> str:
        if not name:
            return self._core.ids.name(self._containers.names)
        self.check_name(name)
        return name.removeprefix("/")

    def check_name(self, name: str) -> None:
        """Refuses a container name that cannot be, or is taken.

        Raises:
            EngineError: 400 or 409.
        """
        plain = name.removeprefix("/")
        if not _NAME.fullmatch(plain):
            raise invalid(f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        owner = self._containers.names.get(plain)
        if owner is not None:
            raise conflict(
                f'Conflict. The container name "/{plain}" is already in use by container "{owner}". You have to remove'
                " (or rename) that container to be able to reuse that name."
            )

    def _settings(
        self, container: Container, wanted: dict[str, EndpointSettings]
    ) -> dict[str, EndpointSettings]:
        mode = container.network_mode
        if mode.startswith("container:") or container.config.get("NetworkDisabled"):
            return {}
        name = mode
        if user_defined(mode):
            try:
                name = find_network(self._networks, mode).name
            except EngineError:
                name = mode
        if not wanted:
            return {name: EndpointSettings()}
        for key in list(wanted):
            # Settings may be keyed by id while the mode has the name, or the other way round.
            try:
                proper = find_network(self._networks, key).name
            except EngineError:
                continue
            if proper != key and proper not in wanted:
                wanted[proper] = wanted.pop(key)
        return wanted


def _parse_link(text: str) -> tuple[str, str]:
    """Container and alias of a legacy link: ``NAME``, ``NAME:ALIAS``, or ``/NAME:/OTHER/ALIAS`` as inspect shows it.

    Raises:
        EngineError: 500, it is no link.
    """
    if not text:
        raise failed("empty string specified for links")
    parts = text.split(":")
    if len(parts) > 2:
        raise failed(f"bad format for links: {text}")
    name, alias = parts[0], parts[-1]
    if len(parts) == 2 and name.startswith("/"):
        return name[1:], alias.rpartition("/")[2]
    return name, alias


def _check_extra_host(text: str) -> None:
    name, colon, address = text.partition(":")
    if not colon or not name:
        raise invalid(f'bad format for add-host: "{text}"')
    if address == "host-gateway":
        return
    try:
        ipaddress.ip_address(address.strip("[]"))
    except ValueError as error:
        raise invalid(f'invalid IP address in add-host: "{address}"') from error


def _capabilities(field: str, names: list[str]) -> list[str]:
    result = []
    for name in names:
        plain = name.upper().removeprefix("CAP_")
        if plain != "ALL" and plain not in CAPABILITIES:
            raise invalid(f'invalid {field}: unknown capability: "CAP_{plain}"')
        result.append("ALL" if plain == "ALL" else f"CAP_{plain}")
    return result
