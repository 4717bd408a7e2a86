"""What legacy links bring into a container."""

from __future__ import annotations

from .model import Container
from .ports import exposed_port


def linked_environment(container: Container) -> dict[str, str]:
    """The environment variables that legacy links bring (moby: daemon/links)."""
    result: dict[str, str] = {}
    for alias, other in container.links.items():
        settings = other.networks.get("bridge")
        endpoint = settings.endpoint if settings else None
        name = alias.upper().replace("-", "_")
        result[f"{name}_NAME"] = f"/{container.name}/{alias}"
        own = [text for text in other.config.get("Env") or () if not text.startswith(("PATH=", "HOME="))]
        result |= {f"{name}_ENV_{key}": value for key, _, value in (text.partition("=") for text in own)}
        ports = sorted(exposed_port(text) for text in other.config.get("ExposedPorts") or {})
        if endpoint is None or endpoint.ip4 is None or not ports:
            continue
        address = str(endpoint.ip4)
        for index, (port, proto) in enumerate(ports):
            key = f"{name}_PORT_{port}_{proto.upper()}"
            if index == 0:
                result[f"{name}_PORT"] = f"{proto}://{address}:{port}"
            result[key] = f"{proto}://{address}:{port}"
            result |= {f"{key}_ADDR": address, f"{key}_PORT": str(port), f"{key}_PROTO": proto}
    return result
