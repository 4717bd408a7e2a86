"""Exercises judge the network: every way that works is right, and what nearly works is refused with the fitting hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dnetlab import types
from dnetlab.check import Task
from dnetlab.engine import Engine, find
from dnetlab.errors import NotBuilt
from dnetlab.lab import Lab
from dnetlab.progress import Progress

IMAGE = "dnetlab/lab:1"
RUN = "docker: run -d --name {name}"
SHIM = (
    "host: ip addr add {spare}/32 dev near0",
    "host: ip link set near0 up",
    "host: ip route add {at}/32 dev near0",
)
THIRD_ON_THE_LAN = (
    "switch: bridge vlan add dev p-host vid {vlan}",
    "switch: bridge vlan add dev p-router vid {vlan}",
    "router: ip link add link eth0 name eth0.{vlan} type vlan id {vlan}",
    "router: ip addr add {gate}/24 dev eth0.{vlan}",
    "router: ip link set eth0.{vlan} up",
)
INTERNAL = "docker: network create --internal --subnet {subnet} {second}"

RIGHT: dict[str, dict[str, tuple[str, ...]]] = {
    "default_bridge/publish": {
        "at one address of the host": (f"{RUN} -p {{host}}:{{port}}:80 {IMAGE}",),
        "another port inside": (f"{RUN} -p {{port}}:8000 {IMAGE} web 8000",),
    },
    "default_bridge/loopback": {
        "on a network of its own": (
            "docker: network create quiet",
            f"{RUN} --network quiet -p 127.0.0.1:{{port}}:80 {IMAGE}",
        ),
        "at two addresses of the loopback": (
            f"{RUN} -p 127.0.0.1:{{port}}:80 -p 127.0.0.2:{{port}}:80 {IMAGE}",
        ),
    },
    "default_bridge/names": {
        "in /etc/hosts": (
            "{first}: echo {at_last} {last} >> /etc/hosts",
            "{last}: echo {at} {first} >> /etc/hosts",
        ),
        "an internal network": (
            "docker: network create --internal x",
            "docker: network connect x {first}",
            "docker: network connect x {last}",
        ),
    },
    "user_bridge/newcomer": {
        "by connecting it later": (f"{RUN} {IMAGE}", "docker: network connect {network} {name}"),
        "by an alias": (
            f"docker: run -d --name other --network {{network}} --network-alias {{name}} {IMAGE}",
        ),
        "in the long form": (f"{RUN} --network=name={{network}} {IMAGE}",),
    },
    "user_bridge/alias": {
        "by connecting it later": (
            f"{RUN} {IMAGE}",
            "docker: network connect --ip {ip} --alias {alias} {network} {name}",
        ),
        "in the long form": (f"{RUN} --network name={{network}},ip={{ip}},alias={{alias}} {IMAGE}",),
    },
    "user_bridge/repair": {
        "a new one of that name": (
            "docker: rm -f {last}",
            f"docker: run -d --name {{last}} --network {{network}} {IMAGE}",
        ),
        "a third network for both": (
            "docker: network create x",
            "docker: network connect x {first}",
            "docker: network connect x {last}",
        ),
    },
    "user_bridge/vault": {
        "the web server first": (
            INTERNAL,
            "docker: network connect {second} {first}",
            f"docker: run -d --name {{name}} --network {{second}} {IMAGE}",
        ),
        "a vault that moves in": (
            INTERNAL,
            f"docker: run -d --name {{name}} {IMAGE}",
            "docker: network connect {second} {name}",
            "docker: network disconnect bridge {name}",
            "docker: network connect {second} {first}",
        ),
    },
    "host/listen": {
        "--net": (f"{RUN} --net host {IMAGE} web {{port}}",),
        "with a port that means nothing": (f"{RUN} -p 80:80 --network=host {IMAGE} web {{port}}",),
    },
    "host/squatter": {
        "stopping it": ("docker: stop squatter", f"{RUN} --network host {IMAGE} web {{port}}"),
        "killing it": ("docker: kill squatter", f"{RUN} --network host {IMAGE} web {{port}}"),
        "starting again": (
            f"{RUN} --network host {IMAGE} web {{port}}",
            "docker: rm -f squatter",
            "docker: start {name}",
        ),
    },
    "host/boxed": {
        "on a network of its own": (
            "docker: network create x",
            f"{RUN} --network x -p {{port}}:80 {IMAGE}",
        ),
        "another port inside": (f"{RUN} -p {{port}}:8080 {IMAGE} web 8080",),
    },
    "macvlan_bridge/newcomer": {
        "by connecting it later": (f"{RUN} {IMAGE}", "docker: network connect --ip {ip} {network} {name}"),
        "with a chosen MAC": (
            f"{RUN} --network {{network}} --ip {{ip}} --mac-address 02:00:00:00:00:99 {IMAGE}",
        ),
    },
    "macvlan_bridge/twin": {
        "stopping it": ("docker: stop {twin}",),
        "disconnecting it": ("docker: network disconnect {network} {twin}",),
        "another address": (
            "docker: network disconnect {network} {twin}",
            "docker: network connect --ip {spare} {network} {twin}",
        ),
    },
    "macvlan_bridge/port-security": {
        "with ip link": ("switch: ip link set p-host type bridge_slave learning on flood on",),
        "one more MAC on the list": ("switch: bridge fdb add {mac} dev p-host master static",),
    },
    "macvlan_bridge/shim": {
        "a switch that sends back": ("switch: bridge link set dev p-host hairpin on",),
        "any name": ("host: ip link add near0 link {nic} type macvlan mode bridge", *SHIM),
        "moving the host's address": (
            "host: ip link add near0 link {nic} type macvlan mode bridge",
            "host: ip addr del {host}/24 dev {nic}",
            "host: ip addr add {host}/24 dev near0",
            "host: ip link set near0 up",
        ),
        "a second network": ("docker: network create x", "docker: network connect x {first}"),
    },
    "macvlan_8021q/second-vlan": {
        "by connecting it later": (
            f"{RUN} {IMAGE}",
            "docker: network connect --ip {ip} vlan{vlan} {name}",
        ),
        "in both VLANs": (
            f"{RUN} --network vlan10 {IMAGE}",
            "docker: network connect --ip {ip} vlan{vlan} {name}",
        ),
    },
    "macvlan_8021q/trunk": {
        "more than that": ("switch: bridge vlan add dev p-host vid 2-100",),
        "said in full": ("switch: bridge vlan add dev p-host vid {vlan} master",),
    },
    "macvlan_8021q/router": {
        "in /proc": ("router: ip link set {leg} up", "router: echo 1 > /proc/sys/net/ipv4/ip_forward"),
        "for all interfaces": (
            "router: ip link set {leg} up",
            "router: sysctl -w net.ipv4.conf.all.forwarding=1",
        ),
    },
    "macvlan_8021q/third": {
        "another name for the leg": (
            "switch: bridge vlan add dev p-host vid 2-200",
            "switch: bridge vlan add dev p-router vid 2-200",
            "router: ip link add link eth0 name lift0 type vlan id {vlan}",
            "router: ip addr add {gate}/24 dev lift0",
            "router: ip link set lift0 up",
            "docker: network create -d macvlan --subnet {subnet} -o parent={nic}.{vlan} x",
            f"{RUN} --network x --ip {{ip}} {IMAGE}",
        ),
        "with ipvlan": (
            "docker: network create -d ipvlan --subnet {subnet} --gateway {gate} -o parent={nic}.{vlan} x",
            f"{RUN} --network x --ip {{ip}} {IMAGE}",
            *THIRD_ON_THE_LAN,
        ),
    },
    "ipvlan_l2/newcomer": {
        "by connecting it later": (f"{RUN} {IMAGE}", "docker: network connect --ip {ip} {network} {name}"),
        "in the long form": (f"{RUN} --network name={{network}},ip={{ip}} {IMAGE}",),
    },
    "ipvlan_l2/loud": {
        "killing it": ("docker: kill {loud}",),
        "disconnecting it": ("docker: network disconnect {network} {loud}",),
    },
    "ipvlan_l2/moved": {
        "another name for the network": (
            "docker: rm -f {all}",
            "docker: network rm {network}",
            "docker: network create -d ipvlan --subnet {lan} --gateway {router} -o parent={nic} flat",
            f"docker: run -d --name {{first}} --network flat --ip {{at}} {IMAGE}",
        ),
        "without removing the container": (
            "docker: network disconnect {network} {first}",
            "docker: network disconnect {network} {last}",
            "docker: network rm {network}",
            "docker: network create -d ipvlan --subnet {lan} --gateway {router} -o parent={nic} flat",
            "docker: network connect --ip {at} flat {first}",
        ),
    },
    "ipvlan_l2/subnets": {
        "routes of their own": (
            "docker: exec --privileged {first} ip route add {subnet} dev eth0",
            "docker: exec --privileged {last} ip route add {at}/32 dev eth0",
        ),
        "with a larger mask": ("router: ip addr add {gate}/22 dev eth0",),
    },
    "ipvlan_l3/sibling": {
        "by connecting it later": (
            f"{RUN} --network none {IMAGE}",
            "docker: network disconnect none {name}",
            "docker: network connect --ip {ip} {network} {name}",
        ),
        "in the long form": (f"{RUN} --network name={{network}},ip={{ip}} {IMAGE}",),
    },
    "ipvlan_l3/way-back": {
        "on the router": (
            "router: ip route add {one} via {host}",
            "router: ip route add {two} via {host}",
        ),
        "one route for both": ("{pc}: ip route add 10.50.0.0/16 via {host}",),
        "another default gateway": ("{pc}: ip route replace default via {host}",),
    },
    "ipvlan_l3/for-all": {
        "one route for both": ("router: ip route add 10.50.0.0/16 via {host}",),
        "with the device": ("router: ip route add 10.0.0.0/8 via {host} dev eth0",),
    },
    "ipvlan_l3/world": {
        "NAT for everybody": (
            "router: ip route add 10.50.0.0/16 via {host}",
            "router: iptables -t nat -A POSTROUTING -o wan0 -j MASQUERADE",
        ),
        "a route at the other end": (
            "router: ip route add {its} via {host}",
            "internet: ip route add {its} via 203.0.113.1",
        ),
    },
}
"""What else solves an exercise: lines of ``MACHINE: command``, with the exercise's own values."""

NEARLY: dict[str, dict[str, tuple[str, ...]]] = {
    "default_bridge/publish": {
        "Is it -p": (f"{RUN} -p 80:{{port}} {IMAGE}",),
        "shares the host's network": (f"{RUN} --network host {IMAGE} web {{port}}",),
    },
    "default_bridge/loopback": {
        "with an address of the host": (f"{RUN} -p {{host}}:{{port}}:80 {IMAGE}",),
        "one address that only the host": (f"{RUN} -p {{port}}:80 {IMAGE}",),
    },
    "default_bridge/names": {
        "no DNS": (
            "docker: network create x",
            "docker: network create y",
            "docker: network connect x {first}",
            "docker: network connect y {last}",
        )
    },
    "user_bridge/newcomer": {
        "--network": (f"{RUN} {IMAGE}",),
    },
    "user_bridge/alias": {
        "No container is named": (
            f"docker: run -d --name {{alias}} --network {{network}} --ip {{ip}} {IMAGE}",
        ),
        "--network-alias": (f"{RUN} --network {{network}} --ip {{ip}} {IMAGE}",),
        "--ip": (f"{RUN} --network {{network}} --network-alias {{alias}} {IMAGE}",),
    },
    "user_bridge/repair": {"In which networks": ("docker: restart {last}",)},
    "user_bridge/vault": {
        "--subnet": (
            "docker: network create --internal {second}",
            f"docker: run -d --name {{name}} --network {{second}} {IMAGE}",
            "docker: network connect {second} {first}",
        ),
        "are in one network": (
            INTERNAL,
            f"docker: run -d --name {{name}} --network {{second}} {IMAGE}",
            "docker: network connect {network} {name}",
        ),
        "without a way out": (
            "docker: network create --subnet {subnet} {second}",
            f"docker: run -d --name {{name}} --network {{second}} {IMAGE}",
            "docker: network connect {second} {first}",
        ),
    },
    "host/listen": {
        "as an argument": (f"{RUN} --network host -p {{port}}:80 {IMAGE}",),
        "share the host's stack": (f"{RUN} -p {{port}}:80 {IMAGE}",),
    },
    "host/squatter": {
        "share the host's stack": ("docker: rm -f squatter", f"{RUN} -p {{port}}:80 {IMAGE}"),
    },
    "host/boxed": {
        "must be published": (f"{RUN} -p 127.0.0.1:{{port}}:80 {IMAGE}",),
        "--network host away": (f"{RUN} --network host {IMAGE} web {{port}}",),
    },
    "macvlan_bridge/newcomer": {"--network and --ip": (f"{RUN} --network {{network}} {IMAGE}",)},
    "macvlan_bridge/twin": {
        "Flushing": ("pc1: ip addr add {spare}/24 dev eth0",),
        "pc1 must keep": ("pc1: ip addr del {pc1}/24 dev eth0",),
    },
    "macvlan_bridge/port-security": {
        "Look at the switch": ("switch: ip link set dev p-host type bridge_slave fdb_flush",),
    },
    "macvlan_bridge/shim": {
        "a sibling": ("host: ip link add near0 link {nic} type macvlan mode private", *SHIM),
        "no IPv4 address on mvlan": (
            "docker: network create x",
            "docker: network connect x {first}",
            "docker: network disconnect {network} {first}",
        ),
    },
    "macvlan_8021q/second-vlan": {
        "has its own Docker network": (f"{RUN} --network vlan{{vlan}} {IMAGE}",),
    },
    "macvlan_8021q/trunk": {
        "with its tag": ("switch: bridge vlan add dev p-host vid {vlan} untagged",),
        "belong to VLAN 1": ("switch: bridge vlan add dev p-host vid {vlan} pvid",),
    },
    "macvlan_8021q/router": {
        "past the router": ("router: ip link set {leg} up", "docker: network connect vlan20 web10"),
        "Does it forward": ("router: ip link set {leg} up", "router: sysctl -w net.ipv4.ip_forward=0"),
        "Is it up": ("router: sysctl -w net.ipv4.ip_forward=1", "router: ip link set {leg} down"),
    },
    "macvlan_8021q/third": {
        "a Docker network of its own": (f"{RUN} --network vlan10 {IMAGE}",),
        "must pass the switch": (
            "docker: network create -d macvlan --subnet {subnet} -o parent={nic}.{vlan} x",
            f"{RUN} --network x --ip {{ip}} {IMAGE}",
        ),
        "find the way back": (
            "docker: network create -d macvlan --internal --subnet {subnet} -o parent={nic}.{vlan} x",
            f"{RUN} --network x --ip {{ip}} {IMAGE}",
            *THIRD_ON_THE_LAN,
        ),
    },
    "ipvlan_l2/newcomer": {"--network and --ip": (f"{RUN} {IMAGE}",)},
    "ipvlan_l2/loud": {
        "read the sender's IP address": ("pc1: iptables -I INPUT -p icmp -j DROP",),
        "did nothing wrong": ("docker: rm -f {a} {b} {c}",),
    },
    "ipvlan_l2/moved": {
        "not yours": ("switch: bridge link set dev p-host learning on flood on",),
        "a MAC of its own": ("docker: restart {first}",),
        "is the mode l2": (
            "docker: rm -f {all}",
            "docker: network rm {network}",
            "docker: network create -d ipvlan -o ipvlan_mode=l3 --subnet {lan} -o parent={nic} {network}",
            f"docker: run -d --name {{first}} --network {{network}} --ip {{at}} {IMAGE}",
        ),
    },
    "ipvlan_l2/subnets": {
        "Two subnets meet in a router": ("host: ip addr add {gate}/24 dev {nic}",),
    },
    "ipvlan_l3/sibling": {
        "no second network": (f"{RUN} {IMAGE}", "docker: network connect --ip {ip} {network} {name}"),
    },
    "ipvlan_l3/way-back": {
        "next hop is the Docker host": (
            "{pc}: ip route add {one} dev eth0",
            "{pc}: ip route add {two} dev eth0",
        ),
    },
    "ipvlan_l3/for-all": {
        "A hundred PCs": ("pc1: ip route replace default via {host}",),
        "Which subnet has db": ("router: ip route add {one} via {host}",),
    },
    "ipvlan_l3/world": {
        "must go on to": ("host: iptables -t nat -A POSTROUTING -s {its} -o {nic} -j MASQUERADE",),
        "Internet side": ("router: ip route add {its} via {host}",),
    },
}
"""What does not, and a piece of the hint that it gets."""

ALL = [f"{kind.name}/{one.id}" for kind in types.all_types() for one in kind.exercises]


@pytest.fixture(scope="module")
def model() -> Engine:
    return find("embedded")


def begun(name: str, engine: Engine) -> Task:
    kind, _, exercise = name.partition("/")
    lab = Lab(kind, engine)
    lab.build()
    return Task(lab.type.exercise(exercise), lab, Progress("learner", 3)).start()


def do(task: Task, lines: tuple[str, ...]) -> None:
    lab, first, last = task.lab, task.values["first"], task.values["last"]
    words: dict[str, Any] = {
        "at": lab.address(first), **task.values, "at_last": lab.address(last) if lab.type.name != "host" else "",
        "mac": lab.mac(first) if lab.type.name != "host" else "",
    } if task.exercise.id != "repair" else dict(task.values)  # fmt: skip
    for line in lines:
        machine, _, command = line.format(**words).partition(": ")
        if machine == "docker":
            lab.docker(command)
        else:
            lab.run(machine, command)


@pytest.mark.parametrize(("name", "way"), [(n, w) for n in ALL for w in RIGHT.get(n, {})])
def test_another_way_that_works_is_right(name: str, way: str, model: Engine) -> None:
    task = begun(name, model)
    try:
        assert not task.check().solved
        do(task, RIGHT[name][way])
        assert task.check().solved, str(task.check())
    finally:
        task.stop()
        task.lab.remove()


@pytest.mark.parametrize(("name", "hint"), [(n, h) for n in ALL for h in NEARLY.get(n, {})])
def test_what_nearly_works_is_refused_with_the_hint_that_helps(name: str, hint: str, model: Engine) -> None:
    task = begun(name, model)
    try:
        do(task, NEARLY[name][hint])
        judged = task.check()
        assert not judged.solved
        assert hint in judged.hint
    finally:
        task.stop()
        task.lab.remove()


def test_every_exercise_has_two_other_ways_and_a_near_miss_here() -> None:
    assert [name for name in ALL if len(RIGHT.get(name, {})) < 2 or name not in NEARLY] == []


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_one_exercise_after_the_other_on_one_lab_is_solved_as_told(
    kind: types.NetworkType, model: Engine
) -> None:
    with Lab(kind.name, model) as lab:
        lab.build()
        for seed in (1, 2):
            tasks = [Task(one, lab, Progress("learner", seed)) for one in kind.exercises]
            for task in tasks:
                assert not task.start().check().solved
                task.exercise.solution(lab, task.values)
                assert task.check().solved, str(task.check())
            names = [task.values["name"] for task in tasks if "name" in task.values]
            assert len(names) == len(set(names)), (
                "without Start one exercise's container would be in the next one's way"
            )


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_hints_go_in_three_steps_and_the_first_does_not_give_the_answer(kind: types.NetworkType) -> None:
    for one in kind.exercises:
        assert len(one.hints) >= 3, one.id
        assert "lab.docker('run" not in one.hints[0] and "ip route add" not in one.hints[0], one.id


def test_an_exercise_before_the_build_says_to_build() -> None:
    lab = Lab("user_bridge", "embedded")
    with pytest.raises(NotBuilt, match=r"lab\.build"):
        Task(lab.type.exercise("newcomer"), lab, Progress("learner", 3)).start()


def test_a_task_whose_lab_is_gone_ends_without_a_word(
    model: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    task = begun("macvlan_8021q/router", model)
    task.lab.remove()
    del task
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_nothing_is_solved_where_it_was_not_started_or_the_lab_was_built_anew_since(
    kind: types.NetworkType, model: Engine
) -> None:
    with Lab(kind.name, model) as lab:
        lab.build()
        for one in kind.exercises:
            task = Task(one, lab, Progress("learner", 3))
            assert not task.check().solved, one.id
            task.start()
            lab.build()
            judged = task.check()
            assert not judged.solved, one.id
            assert one.start is None or "begins with Start" in judged.hint


def test_a_task_that_is_asked_for_again_is_not_the_one_that_was_started(model: Engine) -> None:
    """The cell ``task = lab.exercise(...)`` run twice ends the first task, and with it what was broken."""
    task = begun("user_bridge/repair", model)
    lab = task.lab
    task = Task(task.exercise, lab, task.progress)
    assert not task.check().solved and "task.start()" in task.check().hint
    lab.remove()
