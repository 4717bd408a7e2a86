"""Containers as the API shows them: in a list, and in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .clock import human_duration, rfc3339
from .core import Core
from .endpoints import settings_view
from .model import Container, Health, Json
from .mounts import view as mount_view

_ROOT: Final = "/var/lib/docker/containers"

# HostConfig as the engine fills it in where the request says nothing (28.5).
_HOST_DEFAULTS: Final[Json] = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "bridge",
    "PortBindings": None,
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "VolumeDriver": "",
    "VolumesFrom": None,
    "ConsoleSize": [0, 0],
    "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "private",
    "Dns": None,
    "DnsOptions": None,
    "DnsSearch": None,
    "ExtraHosts": None,
    "GroupAdd": None,
    "IpcMode": "private",
    "Cgroup": "",
    "Links": None,
    "OomScoreAdj": 0,
    "PidMode": "",
    "Privileged": False,
    "PublishAllPorts": False,
    "ReadonlyRootfs": False,
    "SecurityOpt": None,
    "UTSMode": "",
    "UsernsMode": "",
    "ShmSize": 67108864,
    "Runtime": "runc",
    "Isolation": "",
    "CpuShares": 0,
    "Memory": 0,
    "NanoCpus": 0,
    "CgroupParent": "",
    "BlkioWeight": 0,
    "BlkioWeightDevice": None,
    "BlkioDeviceReadBps": None,
    "BlkioDeviceWriteBps": None,
    "BlkioDeviceReadIOps": None,
    "BlkioDeviceWriteIOps": None,
    "CpuPeriod": 0,
    "CpuQuota": 0,
    "CpuRealtimePeriod": 0,
    "CpuRealtimeRuntime": 0,
    "CpusetCpus": "",
    "CpusetMems": "",
    "Devices": None,
    "DeviceCgroupRules": None,
    "DeviceRequests": None,
    "MemoryReservation": 0,
    "MemorySwap": 0,
    "MemorySwappiness": None,
    "OomKillDisable": None,
    "PidsLimit": None,
    "Ulimits": None,
    "CpuCount": 0,
    "CpuPercent": 0,
    "IOMaximumIOps": 0,
    "IOMaximumBandwidth": 0,
    "MaskedPaths": [
        *(
            "/proc/asound",
            "/proc/acpi",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
        ),
        *("/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"),
        "/sys/devices/virtual/powercap",
    ],
    "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
}

_CONFIG_DEFAULTS: Final[Json] = {
    "Hostname": "",
    "Domainname": "",
    "User": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": None,
    "Cmd": None,
    "Image": "",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": {},
}

_UNSET: Final[Json] = {
    "CgroupnsMode": "",
    "IpcMode": "",
    "ShmSize": 0,
    "MemorySwappiness": -1,
    "OomKillDisable": False,
    "PidsLimit": 0,
    "LogConfig": {},
    "Runtime": "",
}
"""Values of a request that the engine takes for none, as the docker CLI sends them."""

_CONFIG_ORDER: Final = (
    *("Hostname", "Domainname", "User", "AttachStdin", "AttachStdout", "AttachStderr", "ExposedPorts", "Tty"),
    *("OpenStdin", "StdinOnce", "Env", "Cmd", "Healthcheck", "ArgsEscaped", "Image", "Volumes", "WorkingDir"),
    *(
        "Entrypoint",
        "NetworkDisabled",
        "MacAddress",
        "OnBuild",
        "Labels",
        "StopSignal",
        "StopTimeout",
        "Shell",
    ),
)
"""The order of moby's container.Config."""

_OMITTED_EMPTY: Final = (
    "ExposedPorts",
    "Healthcheck",
    "NetworkDisabled",
    "MacAddress",
    "StopSignal",
    "Shell",
)


def _config(config: Json) -> Json:
    """Config as it is shown: in moby's order, without what is empty and left out then."""
    shown = {key: config[key] for key in _CONFIG_ORDER if key in config}
    shown["Volumes"] = shown["Volumes"] or None
    return {key: value for key, value in shown.items() if value or key not in _OMITTED_EMPTY}


def _given(key: str, value: Any) -> bool:
    return value is not None and not (key in _UNSET and value == _UNSET[key])


def status_text(container: Container, now: float) -> str:
    """The STATUS column of ``docker ps``."""
    state = container.state
    if state.running:
        up = f"Up {human_duration(now - state.started)}"
        if state.paused:
            return f"{up} (Paused)"
        if state.restarting:
            return f"Restarting ({state.exit_code}) {human_duration(now - state.finished)} ago"
        if container.health is not None:
            status = container.health.status
            return f"{up} ({'health: ' if status == 'starting' else ''}{status})"
        return up
    if state.dead:
        return "Dead"
    if not state.started:
        return "Created"
    return f"Exited ({state.exit_code}) {human_duration(now - state.finished)} ago"


def networks_view(container: Container, core: Core) -> Json:
    """NetworkSettings.Networks."""
    return {
        name: settings_view(
            settings,
            container,
            version_28=core.version.enable_ipv4,
            old_aliases=not core.version.endpoint_lookup_names,
        )
        for name, settings in sorted(container.networks.items())
    }


def mounts(container: Container) -> list[Json]:
    """The container's mount points."""
    return [mount_view(point) for point in sorted(container.mounts, key=lambda each: each.target)]


def summary(container: Container, core: Core, linked_names: Sequence[str] = ()) -> Json:
    """A container in a list, with the names that legacy links give it."""
    ports: list[Json] = []
    for key, bindings in sorted(container.ports.items()):
        number, _, proto = key.partition("/")
        if not bindings:
            ports.append({"PrivatePort": int(number), "Type": proto})
        for binding in bindings or ():
            ports.append(
                {
                    "IP": binding["HostIp"],
                    "PrivatePort": int(number),
                    "PublicPort": int(binding["HostPort"] or 0),
                    "Type": proto,
                }
            )
    # A list does not tell the DNS names (real 28.5).
    networks = {
        name: {key: None if key == "DNSNames" else value for key, value in view.items()}
        for name, view in networks_view(container, core).items()
    }
    return {
        "Id": container.id,
        "Names": [f"/{container.name}", *linked_names],
        "Image": str(container.config.get("Image") or ""),
        "ImageID": container.image_id,
        "Command": " ".join([container.path, *container.args]),
        "Created": int(container.created),
        "Ports": ports,
        "Labels": dict(container.config.get("Labels") or {}),
        "State": container.state.status,
        "Status": status_text(container, core.clock.now()),
        "HostConfig": {"NetworkMode": container.network_mode},
        "NetworkSettings": {"Networks": networks},
        "Mounts": mounts(container),
    }


def _health(health: Health | None) -> Json:
    if health is None:
        return {}
    return {"Health": {"Status": health.status, "FailingStreak": health.failing, "Log": list(health.log)}}


def full(container: Container, core: Core) -> Json:
    """Everything about a container."""
    state = container.state
    hosted = bool(container.sandbox) or bool(state.started)
    root = f"{_ROOT}/{container.id}"
    host = {
        **_HOST_DEFAULTS,
        **{key: value for key, value in container.host_config.items() if _given(key, value)},
    }
    links = [f"/{other.name}:/{container.name}/{alias}" for alias, other in container.links.items()]
    host["Links"] = links or None
    config = {**_CONFIG_DEFAULTS, **container.config}
    main = container.networks.get(container.network_mode)
    if main is not None and main.wanted_mac and not config.get("MacAddress"):
        config["MacAddress"] = main.wanted_mac
    return {
        "Id": container.id,
        "Created": rfc3339(container.created),
        "Path": container.path,
        "Args": list(container.args),
        "State": {
            "Status": state.status,
            "Running": state.running,
            "Paused": state.paused,
            "Restarting": state.restarting,
            "OOMKilled": False,
            "Dead": state.dead,
            "Pid": state.pid,
            "ExitCode": state.exit_code,
            "Error": state.error,
            "StartedAt": rfc3339(state.started),
            "FinishedAt": rfc3339(state.finished),
            **_health(container.health),
        },
        "Image": container.image_id,
        "ResolvConfPath": f"{root}/resolv.conf" if hosted else "",
        "HostnamePath": f"{root}/hostname" if hosted else "",
        "HostsPath": f"{root}/hosts" if hosted else "",
        "LogPath": f"{root}/{container.id}-json.log" if hosted else "",
        "Name": f"/{container.name}",
        "RestartCount": container.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": list(container.execs) or None,
        "HostConfig": host,
        "GraphDriver": {"Data": None, "Name": "overlay2"},
        "Mounts": mounts(container),
        "Config": _config(config),
        "NetworkSettings": network_settings(container, core),
    }


def network_settings(container: Container, core: Core) -> Json:
    """NetworkSettings. The fields at its top are those of the network "bridge", empty without it."""
    networks = networks_view(container, core)
    bridge: dict[str, Any] = networks.get("bridge") or {}
    sandbox = container.sandbox
    return {
        "Bridge": "",
        "SandboxID": sandbox.id if sandbox else "",
        "SandboxKey": sandbox.key if sandbox else "",
        "Ports": dict(container.ports),
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        "EndpointID": bridge.get("EndpointID", ""),
        "Gateway": bridge.get("Gateway", ""),
        "GlobalIPv6Address": bridge.get("GlobalIPv6Address", ""),
        "GlobalIPv6PrefixLen": bridge.get("GlobalIPv6PrefixLen", 0),
        "IPAddress": bridge.get("IPAddress", ""),
        "IPPrefixLen": bridge.get("IPPrefixLen", 0),
        "IPv6Gateway": bridge.get("IPv6Gateway", ""),
        "MacAddress": bridge.get("MacAddress", ""),
        "Networks": networks,
    }
