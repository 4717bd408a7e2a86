"""Making and removing the engine's objects: networks and containers, from plan data, with docker-py.

Every object is labelled. Refusals of the engine become errors that say what to do; see :func:`refusal`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import IPAMConfig, IPAMPool
from docker.utils import convert_port_bindings
from requests.exceptions import RequestException

from dnetlab import labels as label
from dnetlab.errors import BuildFailed, DnetlabError, EngineError, ImageError, InUse
from dnetlab.execute import explanation
from dnetlab.plan import Attachment, Container, Network
from dnetlab.plan.export import IMAGE, web_command

if TYPE_CHECKING:
    import docker

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(parallel: int, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """``function`` of each item, as many at once as the engine gains from; the first error is raised at the end.

    Without a gain there are no threads either: the embedded engine works where none can be had.
    """
    if parallel <= 1 or len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(parallel, len(items))) as pool:
        return list(pool.map(function, items))


def to_the_end(function: Callable[[], Result]) -> Result:
    """Call the function and wait for it also when Ctrl-C arrives, which is raised afterwards.

    A request that is cut off may be carried out all the same, after everything else was removed.
    """
    future: Future[Result] = Future()
    begun = Event()

    def call() -> None:
        begun.set()
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    thread = Thread(target=call, daemon=True)
    try:
        thread.start()
        return future.result()
    except RuntimeError as error:
        if begun.is_set() or "thread" not in str(error):
            raise
        return function()  # no threads here, as in a browser: then nothing can be cut off either
    except (KeyboardInterrupt, SystemExit):
        # It may have come while the thread was about to begin: a second is enough to know.
        if begun.wait(1):
            wait([future])
        raise


def create_network(client: docker.DockerClient, network: Network, labels: dict[str, str]) -> str:
    """Create a network; gives its id. Raises docker's APIError where the engine refuses."""
    pools = [
        IPAMPool(
            subnet=str(pool.subnet),
            gateway=str(pool.gateway) if pool.gateway else None,
            iprange=str(pool.ip_range) if pool.ip_range else None,
            aux_addresses={name: str(address) for name, address in pool.reserved} or None,
        )
        for pool in network.pools
    ]
    made = to_the_end(
        lambda: client.api.create_network(
            network.name,
            driver="null" if network.driver == "none" else network.driver,
            options=network.driver_options or None,
            ipam=IPAMConfig(pool_configs=pools) if pools else None,
            internal=network.internal,
            enable_ipv6=network.ipv6,
            labels=labels,
        )
    )
    return str(made["Id"])


def create_container(
    client: docker.DockerClient,
    container: Container,
    labels: dict[str, str],
    image: str = IMAGE,
    *,
    command: Sequence[str] | None = None,
    hostname: str | None = None,
    warn: Callable[[str], object] = lambda _: None,
) -> str:
    """Create a container (not started); gives its id. Raises docker's APIError where the engine refuses.

    Its main process is the image's web server, unless ``command`` says otherwise; its host name is its name; with
    ``hostname=""`` it is what the engine gives, the beginning of the id. ``warn``
    is called with each warning of the engine.
    """
    api = client.api
    first = container.attachments[0] if container.attachments else Attachment("none")
    bindings: dict[str, list[Any]] = {}
    for p in container.published:
        bindings.setdefault(f"{p.port}/tcp", []).append(
            (p.host_ip, p.host_port) if p.host_ip else p.host_port
        )
    config = api.create_host_config(network_mode=first.network)
    if bindings:
        # Not as an argument: docker-py refuses ports next to host networking, where the engine only warns.
        config["PortBindings"] = convert_port_bindings(bindings)
    made = api.create_container(
        image,
        list(command) if command else web_command(container),
        name=container.name or None,
        hostname=container.name if hostname is None else hostname,
        labels=labels,
        ports=[(p.port, "tcp") for p in container.published] or None,
        host_config=config,
        networking_config=_networking(api, first),
        stop_signal="SIGKILL",
    )
    for warning in made.get("Warnings") or ():
        warn(warning)
    for attachment in container.attachments[1:]:
        api.connect_container_to_network(
            made["Id"],
            attachment.network,
            ipv4_address=str(attachment.ipv4) if attachment.ipv4 else None,
            ipv6_address=str(attachment.ipv6) if attachment.ipv6 else None,
            aliases=list(attachment.aliases) or None,
        )
    return str(made["Id"])


def _networking(api: Any, attachment: Attachment) -> Any:
    settings: dict[str, Any] = {}
    if attachment.ipv4:
        settings["ipv4_address"] = str(attachment.ipv4)
    if attachment.ipv6:
        settings["ipv6_address"] = str(attachment.ipv6)
    if attachment.aliases:
        settings["aliases"] = list(attachment.aliases)
    if attachment.mac:
        # In the endpoint, not container-wide: the container-wide field is gone since API 1.52.
        settings["mac_address"] = attachment.mac
    if not settings:
        return None
    return api.create_networking_config({attachment.network: api.create_endpoint_config(**settings)})


def start_container(client: docker.DockerClient, container: str) -> None:
    """Start a created container. Raises docker's APIError where the engine refuses."""
    client.api.start(container)


def remove_container(client: docker.DockerClient, container: str) -> None:
    """Remove a container, running or not. One that is gone, or is being removed, is no error."""
    try:
        client.api.remove_container(container, force=True, v=True)
    except NotFound:
        pass
    except APIError as error:
        if error.response is None or error.response.status_code != 409:
            raise


def remove_network(client: docker.DockerClient, network: str) -> None:
    """Remove a network. One that is gone is no error.

    Somebody else's container in it (made with the docker CLI, say) is disconnected first, and stays.
    """
    with contextlib.suppress(NotFound):
        try:
            client.api.remove_network(network)
        except APIError as error:
            if "has active endpoints" not in explanation(error):
                raise
            for container in client.api.inspect_network(network)["Containers"]:
                with contextlib.suppress(APIError):
                    client.api.disconnect_container_from_network(container, network, force=True)
            client.api.remove_network(network)


def find(
    client: docker.DockerClient, lab: str | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Containers and networks with dnetlab's label (of one lab, or of all), as the engine lists them."""
    wanted = f"{label.LAB}={lab}" if lab else label.LAB
    containers = client.api.containers(all=True, filters={"label": wanted})
    networks = client.api.networks(filters={"label": wanted})
    return containers, networks


def remove_all(client: docker.DockerClient, lab: str, parallel: int = 1) -> tuple[int, int]:
    """Remove everything of one lab: its containers, then its networks, then the LAN. Gives how many of each.

    What cannot be removed keeps nobody from removing the rest; it is tried once more at the end, and only then
    the error is raised.
    """
    containers, networks = find(client, lab)
    if _remove(client, containers, networks, parallel):
        errors = _remove(client, *find(client, lab), parallel)
        if errors:
            raise errors[0]
    return len(containers), len(networks)


def _remove(
    client: docker.DockerClient,
    containers: Sequence[dict[str, Any]],
    networks: Sequence[dict[str, Any]],
    parallel: int,
) -> list[Exception]:
    errors: list[Exception] = []

    def away(remove: Callable[[docker.DockerClient, str], None], things: Sequence[dict[str, Any]]) -> None:
        def one(thing: dict[str, Any]) -> None:
            try:
                remove(client, thing["Id"])
            except (DockerException, RequestException) as error:
                errors.append(error)

        each(parallel, one, things)

    # The LAN goes last: while lan0 exists, Docker itself removes the sub-interfaces that it made on it.
    lan = [c for c in containers if any(n.startswith("/dnetlab-lan-") for n in c["Names"])]
    away(remove_container, [c for c in containers if c not in lan])
    away(remove_network, networks)
    away(remove_container, lan)
    return errors


def refusal(error: APIError, doing: str) -> DnetlabError:
    """The engine's refusal as an error for the learner: what failed, the engine's own sentence, what to do."""
    text = explanation(error)
    lower = text.lower()
    said = f"The engine says: {text}."
    if isinstance(error, ImageNotFound) or "no such image" in lower:
        return ImageError(
            f"The lab image {IMAGE} is not on this engine.",
            "Every container of the course is made from it.",
            "Make it with: dnetlab image build.",
        )
    if "pool overlaps" in lower:
        return InUse(
            f"{doing} failed: another network has the subnet, or a part of it.",
            "Docker keeps one address space for all local drivers, whatever the parent. " + said,
            "Choose another subnet, or remove the other network (docker network ls; dnetlab clean).",
        )
    if "already in use by container" in lower:
        return InUse(
            f"{doing} failed: a container has that name.",
            said,
            "Choose other names, or remove that container (docker rm -f NAME; dnetlab clean for a lab's own).",
        )
    if "already exists" in lower:
        return InUse(
            f"{doing} failed: a network has that name.",
            said,
            "Choose another name, or remove that network (docker network rm NAME; dnetlab clean for a lab's own).",
        )
    if "port is already allocated" in lower or ("address already in use" in lower and "bind" in lower):
        return InUse(f"{doing} failed: the port is taken.", said, "Choose another host port.")
    if "is already using parent interface" in lower:
        return InUse(
            f"{doing} failed: another network sits on that parent.",
            said,
            "One ipvlan network a parent: use one network with several subnets, or a VLAN sub-interface each.",
        )
    if "device or resource busy" in lower:
        return InUse(
            f"{doing} failed: the parent is held by the other driver.",
            "macvlan and ipvlan cannot share a parent. " + said,
            "Remove the other network's containers first.",
        )
    if "operation not supported" in lower or ("not supported" in lower and "vlan" in lower):
        return EngineError(
            f"{doing} failed: the engine's kernel has no such link.",
            said,
            "Load the module on the engine's host, or use --engine embedded.",
        )
    return BuildFailed(
        f"{doing} failed.",
        said,
        "Look what this engine can do: dnetlab doctor. What had been made is removed.",
    )


def names(containers: Iterable[Container]) -> list[str]:
    """The names, in order."""
    return [c.name for c in containers]
