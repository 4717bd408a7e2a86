"""``/networks``."""

from __future__ import annotations

from typing import Final

from dnetlab.embedded.api import bodies
from dnetlab.embedded.api.call import Call, Route
from dnetlab.embedded.api.http import Response, answer, nothing


def list_(call: Call) -> Response:
    """All networks that pass the filters; without their containers, as since API 1.28."""
    networks = call.engine.networks.list(call.query.filters())
    if call.before("1.28"):
        networks = [call.engine.networks.inspect(str(network["Id"])) for network in networks]
    return answer(networks)


def inspect(call: Call) -> Response:
    """One network with its containers."""
    verbose, scope = call.query.truth("verbose"), call.query.text("scope")
    return answer(call.engine.networks.inspect(call.name, verbose=verbose, scope=scope))


def create(call: Call) -> Response:
    """Makes a network."""
    body = call.body(bodies.NETWORK_CREATE)
    if call.before("1.48"):
        body.pop("EnableIPv4", None)
    return answer(call.engine.networks.create(body), 201)


def connect(call: Call) -> Response:
    """Puts a container on the network."""
    call.engine.networks.connect(call.name, call.body(bodies.NETWORK_CONNECT))
    return nothing(200)


def disconnect(call: Call) -> Response:
    """Takes a container off it."""
    call.engine.networks.disconnect(call.name, call.body(bodies.NETWORK_DISCONNECT))
    return nothing(200)


def remove(call: Call) -> Response:
    """Removes a network that nobody uses."""
    call.engine.networks.remove(call.name)
    return nothing()


def prune(call: Call) -> Response:
    """Removes all networks that nobody uses."""
    return answer(call.engine.networks.prune(call.query.filters()))


ROUTES: Final = (
    Route("GET", "/networks", list_),
    Route("GET", "/networks/", list_),
    Route("GET", "/networks/{name+}", inspect),
    Route("POST", "/networks/create", create),
    Route("POST", "/networks/{name}/connect", connect),
    Route("POST", "/networks/{name}/disconnect", disconnect),
    Route("POST", "/networks/prune", prune),
    Route("DELETE", "/networks/{name}", remove),
)
