"""The lab image on a real engine: every command that labs run is there and does what they rely on."""

import io
import tarfile
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dnetlab import image
from dnetlab.image import recipe

COMMANDS = (
    *("ip", "bridge", "ping", "arping", "fping", "tcpdump", "dig", "nslookup", "host", "nc", "curl", "wget"),
    *("traceroute", "ethtool", "iptables", "sysctl", "pkill", "ps", "busybox", "dnsmasq", "web"),
)
LAN = {
    "network_mode": "host",
    "cap_add": ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
    "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
}
DHCP = """
set -e
ip netns add router; ip netns add laptop
ip link add eth0 netns router type veth peer name eth0 netns laptop
ip -n router link set eth0 up
ip -n laptop link set eth0 up
ip -n router address add 192.168.50.1/24 dev eth0
ip netns exec router dnsmasq --port=0 --interface=eth0 --bind-interfaces \
  --dhcp-range=192.168.50.3,192.168.50.99,255.255.255.0,1h --dhcp-option=3,192.168.50.1 --dhcp-sequential-ip \
  --no-ping --dhcp-authoritative --leasefile-ro --user=root --pid-file=/run/dnsmasq.pid --conf-file=/dev/null
cp /etc/resolv.conf /tmp/before
ip netns exec laptop busybox udhcpc -i eth0 -q -n -t 5 -T 1 -s /usr/share/dnetlab/udhcpc
cmp /etc/resolv.conf /tmp/before
ip -n laptop -4 -br address show eth0
ip -n laptop route show default
"""


@pytest.fixture
def lan(untouched: Any) -> Iterator[Any]:
    container = untouched.containers.run(image.REF, ["sleep", "infinity"], detach=True, **LAN)
    yield container
    container.remove(force=True)


def test_every_command_of_the_labs_is_in_the_image(lan: Any) -> None:
    script = f"for c in {' '.join(COMMANDS)}; do command -v $c >/dev/null || echo $c; done"
    assert lan.exec_run(["sh", "-c", script]).output.decode().split() == []


def test_the_image_carries_its_version_and_its_command(engine_client: Any) -> None:
    found = engine_client.images.get(image.REF)
    assert found.labels == {image.LABEL: image.version()}
    assert found.attrs["Config"]["Cmd"] == ["web", "80"]
    assert found.attrs["Config"]["StopSignal"] == "SIGKILL"


def test_the_web_server_names_its_machine_and_stops_at_once(untouched: Any) -> None:
    container = untouched.containers.run(image.REF, detach=True, hostname="shop", name="image-test-web")
    try:
        for _ in range(20):
            answer = container.exec_run(["curl", "-s", "-m", "1", "http://localhost/"])
            if answer.exit_code == 0:
                break
        assert answer.output == b"hello from shop\n"
        started = time.monotonic()
        container.stop()
        assert time.monotonic() - started < 5
    finally:
        container.remove(force=True)


def test_a_web_server_on_a_taken_port_ends_with_a_message(untouched: Any) -> None:
    script = "web 8080 & sleep 0.3; web 8080"
    container = untouched.containers.run(
        image.REF, ["sh", "-c", script], detach=True, name="image-test-taken"
    )
    try:
        assert container.wait(timeout=20)["StatusCode"] == 1
        assert b"Address already in use" in container.logs()
    finally:
        container.remove(force=True)


def test_the_first_dhcp_client_gets_the_pools_first_address_and_a_default_route(lan: Any) -> None:
    answer = lan.exec_run(["sh", "-c", DHCP])
    output = answer.output.decode()
    assert answer.exit_code == 0, output
    assert "192.168.50.3/24" in output
    assert "default via 192.168.50.1 dev eth0" in output


def test_the_dockerfile_builds_the_same_image_where_its_base_can_be_had(untouched: Any) -> None:
    """The engine cannot pull, so the lab image itself stands for debian:trixie-slim: its packages are installed already,
    and what is tried is the rest, the stages, the copying and the configuration."""
    base, built = "debian:trixie-slim", None
    lab = untouched.images.get(image.REF)
    lab.tag(base)
    try:
        last: dict[str, Any] = {}
        for last in untouched.api.build(
            fileobj=io.BytesIO(recipe.context()),
            custom_context=True,
            tag="image-test:built",
            rm=True,
            decode=True,
        ):
            assert "error" not in last, last
        built = untouched.images.get("image-test:built")
        for key in ("Cmd", "StopSignal", "Env"):
            assert built.attrs["Config"][key] == lab.attrs["Config"][key]
        assert len(built.attrs["RootFS"]["Layers"]) == 1, "the final stage is one layer"
        answer = untouched.containers.run(
            "image-test:built",
            ["sh", "-c", "command -v web; command -v fping; ls /var/lib/apt/lists"],
            remove=True,
        )
        assert answer.decode().split() == ["/usr/local/bin/web", "/usr/bin/fping"]
    finally:
        if built is not None:
            untouched.images.remove("image-test:built", force=True)
        untouched.images.remove(base)
        untouched.images.prune()


def test_a_file_of_the_context_is_what_lands_in_the_image(lan: Any) -> None:
    stream, _ = lan.get_archive("/usr/share/dnetlab/udhcpc")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        (member,) = archive.getmembers()
        file = archive.extractfile(member)
        assert file is not None
        assert file.read().decode() == recipe.source("udhcpc")
        assert member.mode & 0o111
