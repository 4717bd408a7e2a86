"""What the engine says of itself: version, info, ping headers, disk usage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from .clock import rfc3339
from .core import HOST_NAME, Core
from .images import Images
from .listing import sizes
from .lookup import ContainerStore
from .model import Container, Json
from .views import summary
from .volumes import Volumes

MODEL: Final = "embedded engine (model of Docker Engine)"
"""How the model names itself wherever the API has room for a name."""

USAGE: Final = ("container", "image", "volume", "build-cache")
"""What disk usage is told of."""

_BUILT: Final = "2026-11-25T00:00:00.000000000+00:00"


class System:
    """Version and state of an engine."""

    def __init__(
        self,
        core: Core,
        containers: ContainerStore,
        images: Images,
        volumes: Volumes,
        networks: Callable[[], int],
    ) -> None:
        self._core = core
        self._containers = containers
        self._images = images
        self._volumes = volumes
        self._networks = networks
        self._id = core.ids.new_id()

    def ping(self) -> dict[str, str]:
        """Headers of the answer to ``/_ping``."""
        return {
            "Api-Version": self._core.version.api,
            "Builder-Version": "2",
            "Docker-Experimental": "false",
            "Ostype": "linux",
            "Swarm": "inactive",
            "Server": f"Docker/{self._core.version.number} (linux)",
        }

    def version(self) -> Json:
        """The answer to ``/version``; the platform's name says that this is a model."""
        version = self._core.version
        details = {
            "ApiVersion": version.api,
            "Arch": "amd64",
            "BuildTime": _BUILT,
            "Experimental": "false",
            "GitCommit": "embedded",
            "GoVersion": version.go,
            "KernelVersion": version.kernel,
            "MinAPIVersion": version.min_api,
            "Os": "linux",
        }
        return {
            "Platform": {"Name": f"{MODEL} {version.number}"},
            "Components": [{"Name": "Engine", "Version": version.number, "Details": details}],
            "Version": version.number,
            "ApiVersion": version.api,
            "MinAPIVersion": version.min_api,
            "GitCommit": "embedded",
            "GoVersion": version.go,
            "Os": "linux",
            "Arch": "amd64",
            "KernelVersion": version.kernel,
            "BuildTime": _BUILT,
        }

    def info(self) -> Json:
        """The answer to ``/info``."""
        version, containers = self._core.version, list(self._containers.by_id.values())
        running = sum(container.state.running for container in containers)
        paused = sum(container.state.paused for container in containers)
        host = self._core.host
        uid = self._id
        return {
            "ID": f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:32]}",
            "Containers": len(containers),
            "ContainersRunning": running - paused,
            "ContainersPaused": paused,
            "ContainersStopped": len(containers) - running,
            "Images": len(self._images),
            "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "none (embedded engine)"]],
            "Plugins": {
                "Volume": ["local"],
                "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
                "Authorization": None,
                "Log": ["json-file"],
            },
            "MemoryLimit": True,
            "SwapLimit": True,
            "CpuCfsPeriod": True,
            "CpuCfsQuota": True,
            "CPUShares": True,
            "CPUSet": True,
            "PidsLimit": True,
            "IPv4Forwarding": host.sysctl.get("net.ipv4.ip_forward") == "1",
            "Debug": False,
            "NFd": 0,
            "OomKillDisable": False,
            "NGoroutines": 0,
            "SystemTime": rfc3339(self._core.clock.now()),
            "LoggingDriver": "json-file",
            "CgroupDriver": "cgroupfs",
            "CgroupVersion": "2",
            "NEventsListener": 0,
            "KernelVersion": version.kernel,
            "OperatingSystem": f"{MODEL} {version.number}",
            "OSVersion": "",
            "OSType": "linux",
            "Architecture": "x86_64",
            "IndexServerAddress": "https://index.docker.io/v1/",
            "RegistryConfig": {"InsecureRegistryCIDRs": [], "IndexConfigs": {}, "Mirrors": None},
            "NCPU": 1,
            "MemTotal": 0,
            "GenericResources": None,
            "DockerRootDir": "/var/lib/docker",
            "HttpProxy": "",
            "HttpsProxy": "",
            "NoProxy": "",
            "Name": HOST_NAME,
            "Labels": ["dnetlab.engine=embedded"],
            "ExperimentalBuild": False,
            "ServerVersion": version.number,
            "Runtimes": {"runc": {"path": "runc"}},
            "DefaultRuntime": "runc",
            "Swarm": {
                "NodeID": "",
                "NodeAddr": "",
                "LocalNodeState": "inactive",
                "ControlAvailable": False,
                "Error": "",
                "RemoteManagers": None,
            },
            "LiveRestoreEnabled": False,
            "Isolation": "",
            "InitBinary": "docker-init",
            "ContainerdCommit": {"ID": ""},
            "RuncCommit": {"ID": ""},
            "InitCommit": {"ID": ""},
            "SecurityOptions": [],
            "FirewallBackend": {"Driver": "iptables"},
            "CDISpecDirs": [],
            "Containerd": {},
            "Warnings": ["This is a model: nothing runs on this machine, no file of it is read"],
        }

    def disk_usage(self, kinds: Collection[str]) -> Json:
        """The answer to ``/system/df`` for these kinds of ``USAGE``; null is what was not asked for."""
        containers = self._containers.by_id.values()
        images = self._images.usage() if "image" in kinds else None
        return {
            "LayersSize": sum(image["Size"] for image in images if not image["ParentId"]) if images else 0,
            "Images": images,
            "Containers": [self._sized(one) for one in containers] if "container" in kinds else None,
            "Volumes": self._volumes.usage() if "volume" in kinds else None,
            "BuildCache": [] if "build-cache" in kinds else None,
        }

    def _sized(self, container: Container) -> Json:
        return summary(container, self._core) | sizes(container, self._images)
