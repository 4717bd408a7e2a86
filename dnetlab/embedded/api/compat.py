"""What changed between API versions, applied where a request of an older client comes in and where its answer goes out.

Source: moby ``api/server/router`` at v28.5.2 and the API version history.
"""

from __future__ import annotations

from typing import Any, Final

from dnetlab.embedded.api.versions import below
from dnetlab.embedded.engine.errors import failed, invalid
from dnetlab.embedded.engine.model import ENDPOINT_SYSCTLS

MAC_DEPRECATED: Final = (
    "The container-wide MacAddress field is now deprecated. "
    "It should be specified in EndpointsConfig instead."
)
_MAC_MISMATCH: Final = (
    "the container-wide MAC address must match the endpoint-specific MAC address for the main network, "
    "or be left empty"
)
_NO_SUCH_ENDPOINT: Final = (
    "HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks"
)

Json = dict[str, Any]


def is_user_defined(mode: str) -> bool:
    """Whether a network mode names a network that somebody made."""
    return mode not in ("bridge", "host", "none", "default") and not mode.startswith("container:")


def prepare_create(body: Json, version: str) -> list[str]:
    """Makes a container create body what the engine of today expects, in place; returns warnings.

    Raises:
        EngineError: 400 or 500, the request contradicts itself or needs a newer API.
    """
    host: Json = body.setdefault("HostConfig", {})
    endpoints: dict[str, Json | None] = body.setdefault("NetworkingConfig", {}).setdefault(
        "EndpointsConfig", {}
    )
    if host.get("NetworkMode", "") in ("", "default"):
        host["NetworkMode"] = "bridge"
        if "default" in endpoints:
            endpoints["bridge"] = endpoints.pop("default")
    if below(version, "1.25"):
        host["AutoRemove"] = False
    _check_mounts(host.get("Mounts", []), version)
    if below(version, "1.44") and len(endpoints) > 1:
        raise invalid(f"Container cannot be created with multiple network endpoints: {', '.join(endpoints)}")
    if below(version, "1.48"):
        for endpoint in endpoints.values():
            if endpoint:
                endpoint.pop("GwPriority", None)
    warnings = [_move_mac(body, version), _move_sysctls(body, version)]
    return [warning for warning in warnings if warning]


def _check_mounts(mounts: list[Json], version: str) -> None:
    options = (("VolumeOptions", "volume"), ("BindOptions", "bind"), ("TmpfsOptions", "tmpfs"))
    for mount in mounts:
        kind = mount.get("Type", "")
        for name, wanted in options:
            if name in mount and kind != wanted:
                if not below(version, "1.42"):
                    raise invalid(f'{name} must not be specified on mount type "{kind}"')
                del mount[name]
        if kind == "image" and below(version, "1.48"):
            raise invalid('Mount type "Image" needs API v1.48 or newer')


def _main_endpoint(body: Json, version: str) -> Json:
    """The settings of the endpoint that ``HostConfig.NetworkMode`` names; made if there are none at all."""
    mode = body["HostConfig"]["NetworkMode"]
    endpoints: dict[str, Json | None] = body["NetworkingConfig"]["EndpointsConfig"]
    if not endpoints:
        endpoints[mode] = {}
    name = next(iter(endpoints)) if below(version, "1.44") else mode
    if name not in endpoints:
        raise invalid(_NO_SUCH_ENDPOINT)
    settings = endpoints[name] or {}
    endpoints[name] = settings
    return settings


def _move_mac(body: Json, version: str) -> str:
    """Moves the container-wide MAC address to its endpoint (API 1.44 deprecates the former)."""
    wide = body.pop("MacAddress", "")
    mode = body["HostConfig"]["NetworkMode"]
    on_a_network = mode == "bridge" or is_user_defined(mode)
    if below(version, "1.44"):
        if not wide:
            for endpoint in body["NetworkingConfig"]["EndpointsConfig"].values():
                (endpoint or {}).pop("MacAddress", None)
        elif not on_a_network:
            raise invalid("conflicting options: mac-address and the network mode")
        else:
            _main_endpoint(body, version)["MacAddress"] = wide
        return ""
    if not wide:
        return ""
    if on_a_network:
        try:
            endpoint = _main_endpoint(body, version)
        except Exception as error:
            raise invalid(
                f"unable to migrate container-wide MAC address to a specific network: {_NO_SUCH_ENDPOINT}"
            ) from error
        if endpoint.setdefault("MacAddress", wide) != wide:
            raise invalid(_MAC_MISMATCH)
    return MAC_DEPRECATED


def _move_sysctls(body: Json, version: str) -> str:
    """Moves sysctls of ``eth0`` to the endpoint's driver options (API 1.46; refused from 1.48 on)."""
    host = body["HostConfig"]
    if host["NetworkMode"] == "host" or host["NetworkMode"].startswith("container:"):
        return ""
    moved: dict[str, str] = {}
    for name, value in host.get("Sysctls", {}).items():
        parts = name.split(".", 4)
        if len(parts) != 5 or parts[0] != "net" or not parts[3].startswith("eth"):
            continue
        if below("1.47", version):
            raise failed(
                f"interface specific sysctl setting \"{name}\" must be supplied using driver option '{ENDPOINT_SYSCTLS}'"
            )
        if parts[3] != "eth0":
            raise failed(
                f"unable to determine network endpoint for sysctl {name}, "
                f"use driver option '{ENDPOINT_SYSCTLS}' to set per-interface sysctls"
            )
        moved[name] = f"net.{parts[1]}.{parts[2]}.IFNAME.{parts[4]}={value}"
    if not moved:
        return ""
    options = _main_endpoint(body, version).setdefault("DriverOpts", {})
    new = ",".join(moved.values())
    host["Sysctls"] = {name: value for name, value in host["Sysctls"].items() if name not in moved}
    options[ENDPOINT_SYSCTLS] = ",".join(filter(None, (new, options.get(ENDPOINT_SYSCTLS, ""))))
    return f'Migrated sysctl "{",".join(moved)}" to DriverOpts{{"{ENDPOINT_SYSCTLS}":"{new}"}}.'


def container_answer(inspected: Json, version: str) -> Json:
    """A container's inspection as an older client expects it."""
    if below(version, "1.45"):
        config = inspected.get("Config") or {}
        names = [inspected.get("Id", "")[:12], config.get("Hostname", "")]
        for network, endpoint in ((inspected.get("NetworkSettings") or {}).get("Networks") or {}).items():
            if is_user_defined(network):
                known = endpoint.get("Aliases") or []
                endpoint["Aliases"] = list(dict.fromkeys([*known, *names]))
    if below(version, "1.48"):
        inspected.pop("ImageManifestDescriptor", None)
    return inspected


def image_answer(image: Json, version: str) -> Json:
    """An image's inspection or its line in the list as an older client expects it."""
    if below(version, "1.44"):
        image["VirtualSize"] = image.get("Size", 0)
    if below(version, "1.48"):
        image.pop("Descriptor", None)
    return image


def info_answer(info: Json, version: str) -> Json:
    """``docker info`` as an older client expects it."""
    if below(version, "1.44"):
        for runtime in (info.get("Runtimes") or {}).values():
            runtime.pop("status", None)
    if below(version, "1.46"):
        info.pop("Containerd", None)
    if below(version, "1.49"):
        info.pop("FirewallBackend", None)
        for tool in ("RuncCommit", "InitCommit", "ContainerdCommit"):
            if info.get(tool, {}).get("ID"):
                info[tool]["Expected"] = info[tool]["ID"]
    if below(version, "1.50"):
        info.pop("DiscoveredDevices", None)
        info.update(BridgeNfIptables=False, BridgeNfIp6tables=False)
    return info
