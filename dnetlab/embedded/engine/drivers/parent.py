"""Parents of macvlan and ipvlan networks: checked, and made where the engine makes them.

A network without a parent gets a dummy interface named after its id. A parent ``NAME.VID`` that does not
exist is made as a VLAN interface of NAME and removed with the last network that uses it, but only if the
engine made it (golden macvlan-8021q/removal.txt). Refusals: goldens macvlan-bridge/misuse.txt and
macvlan-8021q/misuse.txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...kernel import KernelError
from ..errors import failed
from ..ids import short
from ..strconv import parse_int
from .base import LONGEST

if TYPE_CHECKING:
    from ...kernel import Device, Namespace

MAX_VLAN: Final = 4094


def dummy_name(prefix: str, network_id: str) -> str:
    """The name of the dummy interface that stands in for a missing parent: ``dm-`` or ``di-`` and the short
    id.
    """
    return prefix + short(network_id)


def find(host: Namespace, name: str) -> Device | None:
    """The host's interface of that name, if there is one."""
    return host.devices.get(name)


def make(host: Namespace, name: str, dummy: str, driver: str) -> None:
    """Makes a parent that does not exist: the dummy, or a VLAN interface.

    Raises:
        EngineError: 500, the name is not of the form NAME.VID, or its parts do not fit.
    """
    if name == dummy:
        try:
            host.add_dummy(name, txqueuelen=0).set_up()
        except KernelError as error:
            raise failed(error.message) from error
        return
    if "." not in name:
        raise failed(f"invalid subinterface vlan name {name}, example formatting is eth0.10")
    link, vid = _parse(host, name)
    if not 1 <= vid <= MAX_VLAN:
        raise failed(f"vlan id must be between 1-{MAX_VLAN}, received: {vid}")
    if len(name) > LONGEST:
        raise failed(f"failed to create {name} vlan link: numerical result out of range")
    try:
        device = host.add_vlan(name, link, vid, txqueuelen=0)
    except KernelError as error:
        raise failed(f"failed to create {name} vlan link: {error.message}") from error
    try:
        device.set_up()
    except KernelError as error:
        # The sub-interface stays behind, as under Engine 28.5.
        raise failed(f"failed to enable {name} the {driver} parent link {error.message}") from error


def _parse(host: Namespace, name: str) -> tuple[Device, int]:
    parts = name.split(".")
    if len(parts) != 2:
        message = "required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received"
        raise failed(f"{message} {name}")
    try:
        vid = parse_int(parts[1])
    except ValueError as error:
        message = f"unable to parse a valid vlan id from: {parts[1]} (ex. eth0.10 for vlan 10)"
        raise failed(message) from error
    link = find(host, parts[0])
    if link is None:
        raise failed(f"-o parent interface was not found on the host: {parts[0]}")
    return link, vid


def remove(host: Namespace, name: str) -> None:
    """Removes a parent that the engine made, if it is still there."""
    device = find(host, name)
    if device is not None and device.kind in ("dummy", "vlan"):
        device.delete()
