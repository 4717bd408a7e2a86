"""Hostile clients on the model engine: every answer is one, nothing is half made, addresses stay unique."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab.embedded import Api, Engine, Request, Response
from dnetlab.embedded.api import Hijack
from dnetlab.embedded.api.core import ROUTES
from tests.embedded.api.conftest import IMAGE
from tests.embedded.api.test_gojson import VALUES

STEPS = 20
"""Pieces read from a stream: some have no end."""

NAMES = st.sampled_from(
    ["c1", "c2", "n1", "n2", "bridge", "host", "none", "lab0", "../x", "a b", "", "\u00fc", "x" * 300]
)
ADDRESSES = st.sampled_from(
    ["10.9.0.5", "10.9.0.1", "10.9.0.0", "10.9.0.255", "300.1.1.1", "::1", "fd00::5", ""]
)
SUBNETS = st.sampled_from(
    [
        "10.9.0.0/24",
        "10.9.0.0/8",
        "10.9.0.7/24",
        "10.9.0.0/33",
        "0.0.0.0/0",
        "fd00::/64",
        "x",
        "10.9.0.0/32",
        "127.0.0.0/8",
    ]
)
MACS = st.sampled_from(["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "zz", "", "02-00-00-00-00-02"])


def ask(api: Api, method: str, target: str, body: Any = None) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    return api.handle(Request.of(method, target, {"Content-Type": "application/json"} if raw else {}, raw))


def text_of(response: Response) -> str:
    body = response.body.output if isinstance(response.body, Hijack) else response.body
    if isinstance(body, bytes):
        return body.decode("utf-8", "replace")
    return b"".join(piece or b"" for piece, _ in zip(body, range(STEPS), strict=False)).decode(
        "utf-8", "replace"
    )


@dataclass(frozen=True)
class State:
    """What there is: ids of containers, networks and images, names of volumes, ids of the containers' execs."""

    containers: list[str]
    networks: list[str]
    images: list[str]
    volumes: list[str]
    execs: list[str]


def get(api: Api, target: str) -> Any:
    return json.loads(text_of(ask(api, "GET", target)))


def state(api: Api) -> State:
    containers = sorted(one["Id"] for one in get(api, "/containers/json?all=1"))
    execs = [key for one in containers for key in get(api, f"/containers/{one}/json")["ExecIDs"] or []]
    return State(
        containers,
        sorted(one["Id"] for one in get(api, "/networks")),
        sorted(one["Id"] + str(sorted(one["RepoTags"])) for one in get(api, "/images/json")),
        sorted(one["Name"] for one in get(api, "/volumes")["Volumes"]),
        execs,
    )


def checked(api: Api, method: str, target: str, body: Any = None) -> Response:
    response = ask(api, method, target, body)
    text = text_of(response)
    assert 100 <= response.status < 600
    assert "fault here" not in text, f"{method} {target} {body}: {text}"
    assert "Traceback" not in text
    return response


endpoint = st.fixed_dictionaries(
    {},
    optional={
        "IPAMConfig": st.fixed_dictionaries(
            {}, optional={"IPv4Address": ADDRESSES, "IPv6Address": ADDRESSES}
        ),
        "MacAddress": MACS,
        "Aliases": st.lists(NAMES, max_size=2),
        "GwPriority": st.integers(-(2**40), 2**40),
        "DriverOpts": st.dictionaries(NAMES, NAMES, max_size=1),
    },
)
network = st.fixed_dictionaries(
    {"Name": NAMES},
    optional={
        "Driver": st.sampled_from(["bridge", "macvlan", "ipvlan", "overlay", "host", "null", "nosuch", ""]),
        "Internal": st.booleans(),
        "EnableIPv6": st.booleans(),
        "Options": st.dictionaries(
            st.sampled_from(
                ["parent", "macvlan_mode", "ipvlan_mode", "com.docker.network.bridge.name", "bogus"]
            ),
            st.sampled_from(
                ["eth0", "eth0.10", "eth0.9999", "bridge", "passthru", "l3", "l9", "docker0", "x" * 30, ""]
            ),
            max_size=2,
        ),
        "IPAM": st.fixed_dictionaries(
            {},
            optional={
                "Driver": st.sampled_from(["default", "null", "nosuch"]),
                "Config": st.lists(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "Subnet": SUBNETS,
                            "IPRange": SUBNETS,
                            "Gateway": ADDRESSES,
                            "AuxiliaryAddresses": st.dictionaries(NAMES, ADDRESSES, max_size=1),
                        },
                    ),
                    max_size=2,
                ),
            },
        ),
    },
)
container = st.fixed_dictionaries(
    {"Image": st.sampled_from([IMAGE, IMAGE, IMAGE, "nosuch", ""])},
    optional={
        "Cmd": st.sampled_from([["sleep", "infinity"], ["nosuch"], ["true"], [], ["sh", "-c", "(("]]),
        "Hostname": NAMES,
        "MacAddress": MACS,
        "Tty": st.booleans(),
        "HostConfig": st.fixed_dictionaries(
            {},
            optional={
                "NetworkMode": st.sampled_from(
                    ["bridge", "host", "none", "n1", "n2", "container:c1", "container:", "x y"]
                ),
                "PortBindings": st.dictionaries(
                    st.sampled_from(
                        ["80/tcp", "80", "53/udp", "0/tcp", "x/tcp", "80-90/tcp", "70000/tcp", "/"]
                    ),
                    st.lists(
                        st.fixed_dictionaries(
                            {},
                            optional={
                                "HostPort": st.sampled_from(["8080", "", "0", "x", "1-5", "99999"]),
                                "HostIp": ADDRESSES,
                            },
                        ),
                        max_size=2,
                    ),
                    max_size=2,
                ),
                "Dns": st.lists(ADDRESSES, max_size=2),
                "ExtraHosts": st.lists(
                    st.sampled_from(["a:1.2.3.4", "a", ":", "a:host-gateway", "a:x"]), max_size=2
                ),
                "Links": st.lists(st.sampled_from(["c1:a", "c1", ":", "nosuch:x"]), max_size=1),
                "AutoRemove": st.booleans(),
                "Sysctls": st.dictionaries(
                    st.sampled_from(["net.ipv4.ip_forward", "kernel.x", ""]), NAMES, max_size=1
                ),
            },
        ),
        "NetworkingConfig": st.fixed_dictionaries(
            {}, optional={"EndpointsConfig": st.dictionaries(NAMES, endpoint | st.none(), max_size=2)}
        ),
    },
)
HOSTILE = st.sampled_from(
    [
        *("", "0", "-1", "x", "true", "\x00", "a b", "A", "%", "a:b", "{}", "[]", "null", '{"a":["b"]}'),
        "9" * 30,
    ]
)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            *(
                "all",
                "changes",
                "comment",
                "condition",
                "container",
                "detachKeys",
                "filters",
                "force",
                "fromImage",
            ),
            *("h", "keep-storage", "limit", "link", "logs", "manifests", "name", "names", "one-shot", "path"),
            *(
                "platform",
                "platforms",
                "ps_args",
                "repo",
                "reserved-space",
                "scope",
                "signal",
                "since",
                "size",
            ),
            *(
                "status",
                "stderr",
                "stdout",
                "stream",
                "t",
                "tag",
                "tail",
                "term",
                "timestamps",
                "type",
                "until",
            ),
            *("v", "verbose", "w"),
        ]
    ),
    HOSTILE,
    max_size=3,
).map(urlencode)
MAKERS = ("create", "commit", "/tag", "/exec")

volume = st.fixed_dictionaries(
    {},
    optional={
        "Name": NAMES,
        "Driver": st.sampled_from(["local", "nosuch", ""]),
        "DriverOpts": st.dictionaries(
            st.sampled_from(["type", "device", "o", "size", "x"]), NAMES, max_size=2
        ),
        "ClusterVolumeSpec": st.sampled_from([{}, None]),
    },
)
command = st.fixed_dictionaries(
    {"Cmd": st.sampled_from([["true"], ["sleep", "9"], [], ["nosuch"]])},
    optional={
        "DetachKeys": st.sampled_from(["ctrl-p", "x-y", "a,b", "\u00fc"]),
        "User": NAMES,
        "WorkingDir": NAMES,
        "Env": st.lists(NAMES, max_size=2),
    },
)
step = st.one_of(
    st.tuples(st.just("POST"), st.just("/volumes/create"), volume),
    st.tuples(st.just("POST"), st.just("/containers/c1/exec"), command),
    st.tuples(
        st.just("POST"),
        QUERIES.flatmap(
            lambda query: st.sampled_from([f"/commit?container=c1&{query}", f"/images/{IMAGE}/tag?{query}"])
        ),
        st.none(),
    ),
    st.tuples(
        st.just("GET"),
        st.sampled_from([route.path for route in ROUTES if route.method == "GET"]).flatmap(
            lambda path: QUERIES.map(
                lambda query: f"{path.replace('{name}', 'c1').replace('{name+}', 'n1')}?{query}"
            )
        ),
        st.none(),
    ),
    st.tuples(st.just("POST"), st.just("/networks/create"), network),
    st.tuples(
        st.just("POST"), NAMES.map(lambda name: f"/containers/create?name={name.strip()[:20]}"), container
    ),
    st.tuples(
        st.just("POST"),
        st.sampled_from(
            ["start", "stop", "restart", "kill", "pause", "unpause", "rename?name=c2", "wait"]
        ).flatmap(lambda verb: st.sampled_from(["c1", "c2"]).map(lambda name: f"/containers/{name}/{verb}")),
        st.none(),
    ),
    st.tuples(
        st.just("POST"),
        st.sampled_from(
            [
                "/networks/n1/connect",
                "/networks/n2/connect",
                "/networks/bridge/connect",
                "/networks/host/connect",
            ]
        ),
        st.fixed_dictionaries({"Container": NAMES}, optional={"EndpointConfig": endpoint}),
    ),
    st.tuples(
        st.just("POST"),
        st.sampled_from(["/networks/n1/disconnect", "/networks/bridge/disconnect"]),
        st.fixed_dictionaries({"Container": NAMES, "Force": st.booleans()}),
    ),
    st.tuples(
        st.just("DELETE"),
        st.sampled_from(
            ["/containers/c1?force=1", "/containers/c2", "/networks/n1", "/networks/n2", "/networks/bridge"]
        ),
        st.none(),
    ),
    st.tuples(st.just("POST"), st.sampled_from(["/containers/prune", "/networks/prune"]), st.none()),
    st.tuples(
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        st.sampled_from([route.path for route in ROUTES]).flatmap(
            lambda path: NAMES.map(lambda name: path.replace("{name}", name).replace("{name+}", name))
        ),
        VALUES,
    ),
)


def furnished() -> Api:
    """An engine with a network ``n1`` and a container ``c1`` that runs in it."""
    api = Api(Engine())
    checked(api, "POST", "/networks/create", {"Name": "n1", "IPAM": {"Config": [{"Subnet": "10.9.0.0/24"}]}})
    body = {"Image": IMAGE, "Cmd": ["sleep", "infinity"], "HostConfig": {"NetworkMode": "n1"}}
    checked(api, "POST", "/containers/create?name=c1", body)
    assert checked(api, "POST", "/containers/c1/start").status == 204
    return api


@settings(max_examples=40, deadline=None)
@given(st.lists(step, min_size=1, max_size=12))
def test_no_sequence_of_requests_breaks_the_engine(steps: list[tuple[str, str, Any]]) -> None:
    api = furnished()
    for method, target, body in steps:
        before = state(api)
        response = checked(api, method, target, body)
        after = state(api)
        if response.status >= 400 and any(word in target for word in MAKERS):
            assert after == before, f"{method} {target} {body} was refused and left something"
        if response.status == 201 and target == "/networks/create":
            assert len(after.networks) == len(before.networks) + 1
    for name in state(api).networks:
        network = json.loads(text_of(checked(api, "GET", f"/networks/{name}")))
        addresses = [one["IPv4Address"] for one in network["Containers"].values() if one["IPv4Address"]]
        assert len(set(addresses)) == len(addresses)
    for name in state(api).containers:
        checked(api, "DELETE", f"/containers/{name}?force=1")
    checked(api, "POST", "/networks/prune")
    assert state(api).containers == []


def test_a_subnet_of_16_million_addresses_costs_no_more_than_a_small_one() -> None:
    api = Api(Engine())
    body = {"Name": "huge", "IPAM": {"Config": [{"Subnet": "11.0.0.0/8"}]}}
    assert checked(api, "POST", "/networks/create", body).status == 201


def test_two_hundred_networks_come_into_being_or_are_refused_one_by_one() -> None:
    api = Api(Engine())
    answers = [ask(api, "POST", "/networks/create", {"Name": f"n{number}"}) for number in range(200)]
    statuses = [answer.status for answer in answers]
    refused = [answer for answer in answers if answer.status != 201]
    # The engine has 31 automatic subnets; from there on it says so.
    assert statuses == sorted(statuses)
    assert all(
        "all predefined address pools have been fully subnetted" in text_of(answer) for answer in refused
    )
    assert len(state(api).networks) == 3 + statuses.count(201)
