"""Bad and borderline inputs: many, cheap, one request each."""

from __future__ import annotations

import itertools
import json

from tests.conformance.stage import HOST, IMAGE, Stage
from tests.conformance.suite import group

Pool = dict[str, object]

NAMES = (
    "", " ", "a", "-a", "a-", ".a", "a.b_c-d", "bad name!", "a/b", "ünï", "x" * 64, "x" * 300, "bridge", "host",
    "none", "default", "container:x", "a:b", "A", "0", "null", "ingress", "a\nb", "nat", "default_bridge",
)  # fmt: skip

SUBNETS = (
    "172.30.0.0/24", "172.30.0.5/24", "172.30.0.0", "172.30.0.0/33", "172.30.0.0/-1", "172.30.0/24", "300.1.1.0/24",
    "", " ", "abc", "0.0.0.0/0", "0.0.0.0/8", "10.0.0.0/8", "10.0.0.0/7", "127.0.0.0/8", "127.0.0.0/24", "224.0.0.0/24",
    "169.254.0.0/16", "255.255.255.0/24", "172.17.0.0/16", "172.17.5.0/24", "172.30.0.0/30", "172.30.0.0/31",
    "172.30.0.1/32", "172.30.0.0/024", "172.030.0.0/24", "fd00::/64", "fe80::/64", "::/0", "fd00::1/64", "172.30.0.0/24 ",
    "240.0.0.0/8", "192.0.2.0/24",
)  # fmt: skip

POOLS: tuple[tuple[str, tuple[Pool, ...]], ...] = (
    ("gateway outside", ({"Subnet": "172.30.0.0/24", "Gateway": "10.0.0.1"},)),
    ("gateway is the network", ({"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.0"},)),
    ("gateway is the broadcast", ({"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.255"},)),
    ("gateway with prefix", ({"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.1/24"},)),
    ("gateway is text", ({"Subnet": "172.30.0.0/24", "Gateway": "router"},)),
    ("gateway of the other family", ({"Subnet": "172.30.0.0/24", "Gateway": "fd00::1"},)),
    ("gateway in the middle", ({"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.77"},)),
    ("gateway alone", ({"Gateway": "172.30.0.1"},)),
    ("range outside", ({"Subnet": "172.30.1.0/24", "IPRange": "172.31.0.0/28"},)),
    ("range larger", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.0.0/16"},)),
    ("range equals subnet", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.0/24"},)),
    ("range with host bits", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.5/28"},)),
    ("range is an address", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.5"},)),
    ("range is text", ({"Subnet": "172.30.1.0/24", "IPRange": "a-b"},)),
    ("range /32", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.5/32"},)),
    ("range /31", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.4/31"},)),
    ("range of the other family", ({"Subnet": "172.30.1.0/24", "IPRange": "fd00::/80"},)),
    ("range alone", ({"IPRange": "172.30.1.0/28"},)),
    ("gateway outside the range", ({"Subnet": "172.30.1.0/24", "IPRange": "172.30.1.128/25", "Gateway": "172.30.1.1"},)),
    ("aux outside", ({"Subnet": "172.30.1.0/24", "AuxiliaryAddresses": {"a": "10.0.0.1"}},)),
    ("aux is the gateway", ({"Subnet": "172.30.1.0/24", "Gateway": "172.30.1.1", "AuxiliaryAddresses": {"a": "172.30.1.1"}},)),
    ("aux twice", ({"Subnet": "172.30.1.0/24", "AuxiliaryAddresses": {"a": "172.30.1.9", "b": "172.30.1.9"}},)),
    ("aux is text", ({"Subnet": "172.30.1.0/24", "AuxiliaryAddresses": {"a": "x"}},)),
    ("aux takes the first address", ({"Subnet": "172.30.1.0/24", "AuxiliaryAddresses": {"a": "172.30.1.1"}},)),
    ("everything wrong", (
        {"Subnet": "172.30.1.7/24", "IPRange": "10.0.0.0/8", "Gateway": "1.1.1.1", "AuxiliaryAddresses": {"a": "2.2.2.2"}},
    )),
    ("two pools", ({"Subnet": "172.30.1.0/24"}, {"Subnet": "172.30.2.0/24"})),
    ("two pools that overlap", ({"Subnet": "172.30.1.0/24"}, {"Subnet": "172.30.1.128/25"})),
    ("one pool twice", ({"Subnet": "172.30.1.0/24"}, {"Subnet": "172.30.1.0/24"})),
    ("split into entries", ({"Subnet": "172.30.1.0/24"}, {"Gateway": "172.30.1.1"}, {"IPRange": "172.30.1.0/28"})),
    ("empty pool", ({},)),
    ("unknown key", ({"Subnet": "172.30.1.0/24", "Nosuch": "x"},)),
    ("keys in lower case", ({"subnet": "172.30.1.0/24", "gateway": "172.30.1.9"},)),
)  # fmt: skip

OPTIONS = (
    {"com.docker.network.bridge.enable_icc": "maybe"},
    {"com.docker.network.bridge.enable_icc": ""},
    {"com.docker.network.bridge.enable_ip_masquerade": "yes"},
    {"com.docker.network.driver.mtu": "abc"},
    {"com.docker.network.driver.mtu": "-1"},
    {"com.docker.network.driver.mtu": "0"},
    {"com.docker.network.driver.mtu": "20"},
    {"com.docker.network.driver.mtu": "70000"},
    {"com.docker.network.bridge.host_binding_ipv4": "abc"},
    {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"},
    {"com.docker.network.bridge.name": ""},
    {"com.docker.network.bridge.name": "a b"},
    {"com.docker.network.bridge.name": "a/b"},
    {"com.docker.network.bridge.name": "."},
    {"com.docker.network.bridge.inhibit_ipv4": "true"},
    {"com.docker.network.container_iface_prefix": ""},
    {"com.docker.network.container_iface_prefix": "a-very-long-prefix"},
    {"com.docker.network.bridge.trusted_host_interfaces": "eth0"},
    {"com.docker.network.nosuch": "1"},
    {"parent": "eth0"},
)

FIELDS: tuple[tuple[str, object], ...] = (
    ("driver null", {"Name": "f", "Driver": None}),
    ("driver empty", {"Name": "f", "Driver": ""}),
    ("driver unknown", {"Name": "f", "Driver": "nosuchdriver"}),
    ("driver number", {"Name": "f", "Driver": 1}),
    ("driver overlay", {"Name": "f", "Driver": "overlay"}),
    ("scope swarm", {"Name": "f", "Scope": "swarm"}),
    ("attachable", {"Name": "f", "Attachable": True}),
    ("ingress", {"Name": "f", "Ingress": True}),
    ("config only", {"Name": "f", "ConfigOnly": True}),
    ("config from", {"Name": "f", "ConfigFrom": {"Network": "nosuch"}}),
    ("internal text", {"Name": "f", "Internal": "yes"}),
    ("labels list", {"Name": "f", "Labels": ["a"]}),
    ("labels", {"Name": "f", "Labels": {"a": "b", "": "c"}}),
    ("options number", {"Name": "f", "Options": {"a": 1}}),
    ("ipam driver", {"Name": "f", "IPAM": {"Driver": "nosuch"}}),
    ("ipam null driver", {"Name": "f", "IPAM": {"Driver": "null"}}),
    ("ipam options", {"Name": "f", "IPAM": {"Options": {"a": "b"}}}),
    ("ipam config object", {"Name": "f", "IPAM": {"Config": {}}}),
    ("no name", {"Driver": "bridge"}),
    ("name number", {"Name": 5}),
    ("not json", "{"),
    ("empty", ""),
    ("array", []),
    ("two objects", '{"Name":"f"}{"Name":"g"}'),
)

ENDPOINTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("address", {"IPAMConfig": {"IPv4Address": "172.30.9.77"}}),
    ("address with prefix", {"IPAMConfig": {"IPv4Address": "172.30.9.77/24"}}),
    ("address text", {"IPAMConfig": {"IPv4Address": "abc"}}),
    ("address empty", {"IPAMConfig": {"IPv4Address": ""}}),
    ("address outside", {"IPAMConfig": {"IPv4Address": "10.9.9.9"}}),
    ("address of the gateway", {"IPAMConfig": {"IPv4Address": "172.30.9.1"}}),
    ("address of the network", {"IPAMConfig": {"IPv4Address": "172.30.9.0"}}),
    ("broadcast address", {"IPAMConfig": {"IPv4Address": "172.30.9.255"}}),
    ("aux address", {"IPAMConfig": {"IPv4Address": "172.30.9.9"}}),
    ("loopback", {"IPAMConfig": {"IPv4Address": "127.0.0.1"}}),
    ("multicast", {"IPAMConfig": {"IPv4Address": "224.0.0.1"}}),
    ("unspecified", {"IPAMConfig": {"IPv4Address": "0.0.0.0"}}),
    ("v6 as v4", {"IPAMConfig": {"IPv4Address": "fd00::5"}}),
    ("v6 without v6", {"IPAMConfig": {"IPv6Address": "fd00::5"}}),
    ("v4 as v6", {"IPAMConfig": {"IPv6Address": "172.30.9.78"}}),
    ("link local", {"IPAMConfig": {"LinkLocalIPs": ["169.254.9.9"]}}),
    ("link local text", {"IPAMConfig": {"LinkLocalIPs": ["abc"]}}),
    ("mac", {"MacAddress": "02:00:00:00:09:01"}),
    ("mac with dashes", {"MacAddress": "02-00-00-00-09-02"}),
    ("mac short", {"MacAddress": "02:00:00"}),
    ("mac text", {"MacAddress": "abc"}),
    ("mac multicast", {"MacAddress": "01:00:5e:00:00:09"}),
    ("mac zero", {"MacAddress": "00:00:00:00:00:00"}),
    ("mac broadcast", {"MacAddress": "ff:ff:ff:ff:ff:ff"}),
    ("alias empty", {"Aliases": [""]}),
    ("alias odd", {"Aliases": ["a b", "UPPER", "with.dot"]}),
    ("links", {"Links": ["nosuch:x"]}),
    ("priority", {"GwPriority": 5}),
    ("driver option", {"DriverOpts": {"nosuch": "x"}}),
    ("sysctl", {"DriverOpts": {"com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.forwarding=0"}}),
    ("sysctl wrong", {"DriverOpts": {"com.docker.network.endpoint.sysctls": "kernel.x=1"}}),
)

PORTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("80/tcp", {"80/tcp": [{"HostPort": "8101"}]}),
    ("no protocol", {"80": [{"HostPort": "8102"}]}),
    ("sctp", {"80/sctp": [{"HostPort": "8103"}]}),
    ("unknown protocol", {"80/icmp": [{"HostPort": "8104"}]}),
    ("zero", {"0/tcp": [{"HostPort": "8105"}]}),
    ("too large", {"70000/tcp": [{"HostPort": "8106"}]}),
    ("text", {"http/tcp": [{"HostPort": "8107"}]}),
    ("host port too large", {"80/tcp": [{"HostPort": "70000"}]}),
    ("host port text", {"80/tcp": [{"HostPort": "abc"}]}),
    ("host port negative", {"80/tcp": [{"HostPort": "-1"}]}),
    ("host port zero", {"80/tcp": [{"HostPort": "0"}]}),
    ("host range", {"80/tcp": [{"HostPort": "8110-8112"}]}),
    ("host range reversed", {"80/tcp": [{"HostPort": "8112-8110"}]}),
    ("host address", {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8113"}]}),
    ("host address foreign", {"80/tcp": [{"HostIp": "203.0.113.9", "HostPort": "8114"}]}),
    ("host address text", {"80/tcp": [{"HostIp": "abc", "HostPort": "8115"}]}),
    ("host address v6", {"80/tcp": [{"HostIp": "::1", "HostPort": "8116"}]}),
    ("two host ports", {"80/tcp": [{"HostPort": "8117"}, {"HostPort": "8118"}]}),
    ("one host port for two", {"80/tcp": [{"HostPort": "8119"}], "81/tcp": [{"HostPort": "8119"}]}),
    ("one host port tcp and udp", {"80/tcp": [{"HostPort": "8120"}], "80/udp": [{"HostPort": "8120"}]}),
    ("same address and any", {"80/tcp": [{"HostPort": "8121"}, {"HostIp": "127.0.0.1", "HostPort": "8121"}]}),
    ("null", {"80/tcp": None}),
    ("empty list", {"80/tcp": []}),
    ("number", {"80/tcp": [{"HostPort": 8122}]}),
    ("privileged port", {"80/tcp": [{"HostPort": "22"}]}),
    ("host's DNS port", {"53/tcp": [{"HostIp": "10.0.2.15", "HostPort": "53"}]}),
)  # fmt: skip

CONTAINERS: tuple[tuple[str, object], ...] = (
    ("no image", {"Cmd": ["true"]}),
    ("unknown image", {"Image": "nosuchimage"}),
    ("unknown image with tag", {"Image": "nosuch/image:7"}),
    ("image with an odd name", {"Image": "BAD NAME"}),
    ("cmd text", {"Image": IMAGE, "Cmd": "sleep 9"}),
    ("cmd number", {"Image": IMAGE, "Cmd": 5}),
    ("hostname long", {"Image": IMAGE, "Hostname": "h" * 64}),
    ("hostname odd", {"Image": IMAGE, "Hostname": "a_b c"}),
    ("domainname", {"Image": IMAGE, "Hostname": "a", "Domainname": "lab.test"}),
    ("env odd", {"Image": IMAGE, "Env": ["=x"]}),
    ("exposed odd", {"Image": IMAGE, "ExposedPorts": {"abc/tcp": {}}}),
    ("exposed range", {"Image": IMAGE, "ExposedPorts": {"80-82/tcp": {}}}),
    ("mac", {"Image": IMAGE, "MacAddress": "02:00:00:00:09:03"}),
    ("mac odd", {"Image": IMAGE, "MacAddress": "abc"}),
    ("dns odd", {"Image": IMAGE, "HostConfig": {"Dns": ["abc"]}}),
    ("extra hosts odd", {"Image": IMAGE, "HostConfig": {"ExtraHosts": ["abc"]}}),
    ("extra hosts address odd", {"Image": IMAGE, "HostConfig": {"ExtraHosts": ["a:b"]}}),
    ("capability odd", {"Image": IMAGE, "HostConfig": {"CapAdd": ["NOSUCH"]}}),
    ("sysctl", {"Image": IMAGE, "HostConfig": {"Sysctls": {"net.ipv4.ip_forward": "0"}}}),
    ("sysctl of the kernel", {"Image": IMAGE, "HostConfig": {"Sysctls": {"kernel.pid_max": "9"}}}),
    ("sysctl on host", {"Image": IMAGE, "HostConfig": {"NetworkMode": "host", "Sysctls": {"net.ipv4.ip_forward": "0"}}}),
    ("restart policy odd", {"Image": IMAGE, "HostConfig": {"RestartPolicy": {"Name": "sometimes"}}}),
    ("restart and remove", {"Image": IMAGE, "HostConfig": {"RestartPolicy": {"Name": "always"}, "AutoRemove": True}}),
    ("links malformed", {"Image": IMAGE, "HostConfig": {"Links": ["a:b:c"]}}),
    ("two networks", {"Image": IMAGE, "NetworkingConfig": {"EndpointsConfig": {"rn": {}, "bridge": {}}}}),
    ("unknown network in config", {"Image": IMAGE, "NetworkingConfig": {"EndpointsConfig": {"nosuch": {}}}}),
    ("endpoint null", {"Image": IMAGE, "NetworkingConfig": {"EndpointsConfig": {"rn": None}}}),
    ("mode and other endpoint", {
        "Image": IMAGE, "HostConfig": {"NetworkMode": "rn"}, "NetworkingConfig": {"EndpointsConfig": {"bridge": {}}}
    }),
    ("endpoint of the other type", {"Image": IMAGE, "NetworkingConfig": {"EndpointsConfig": ["rn"]}}),
    ("command not there", {"Image": IMAGE, "Cmd": ["nosuchprogram"]}),
    ("not json", "nonsense"),
    ("null", "null"),
)  # fmt: skip


# The last, as the engine keeps pools and two bridges of networks that it refused: they are not for the other groups.
@group("refused-networks", order=99)
def networks(s: Stage) -> None:
    s.scenario("names")
    for name in NAMES:
        s.network(name)
        s.clean_networks()
    s.scenario("subnets")
    for subnet in SUBNETS:
        s.network(f"n {subnet}".replace(" ", ""), "bridge", {"Subnet": subnet})
        s.clean_networks()
    s.scenario("subnets-macvlan")
    for subnet in SUBNETS[:24]:
        s.network("nm", "macvlan", {"Subnet": subnet}, EnableIPv6=":" in subnet)
        s.leaves(f"pool {subnet}", (s.request("GET", "/networks/nm").json().get("IPAM") or {}).get("Config"))
        s.clean_networks()
    subnets = itertools.count(1)
    for driver in ("bridge", "macvlan", "ipvlan"):
        s.scenario(f"pools-{driver}")
        for title, pools in POOLS:
            # A subnet of its own for each: of a network that is refused for its second pool, the engine keeps the
            # first pool until it is restarted.
            pools = json.loads(json.dumps(pools).replace("172.30.1.", f"172.30.{next(subnets)}."))
            s.network(title.replace(" ", "-").replace("'", ""), driver, *pools)
            s.leaves(
                f"{title}: pools",
                (s.request("GET", f"/networks/{title.replace(' ', '-')}").json().get("IPAM") or {}).get(
                    "Config"
                ),
            )
            s.clean_networks()
    s.scenario("pool-of-a-refused-network")
    s.network("second", "macvlan", {"Subnet": "172.29.1.0/24"}, {"Subnet": "172.29.1.128/25"})
    s.network("third", "macvlan", {"Subnet": "172.29.1.0/24"})
    s.clean_networks()
    s.scenario("options")
    for options in OPTIONS:
        s.network("no", "bridge", opts=options)
        s.leaves(f"{options}", s.request("GET", "/networks/no").json().get("Options"))
        s.clean_networks()
    s.scenario("fields")
    for title, body in FIELDS:
        answer = s.request("POST", "/networks/create", body)
        if answer.ok:
            made = answer.json()["Id"]
            s.names.id(made, "f")
            seen = s.get(f"/networks/{made}")
            s.leaves(
                title,
                {
                    k: seen[k]
                    for k in (
                        "Name",
                        "Driver",
                        "Scope",
                        "Internal",
                        "Attachable",
                        "Ingress",
                        "ConfigOnly",
                        "Labels",
                        "Options",
                    )
                },
            )
            s.request("DELETE", f"/networks/{made}")
        s.answered(title, answer)
    s.scenario("requests")
    for method, path in (
        ("GET", "/networks/nosuch"), ("DELETE", "/networks/nosuch"), ("POST", "/networks/nosuch/connect"),
        ("POST", "/networks/nosuch/disconnect"), ("GET", "/networks?filters=x"), ("GET", '/networks?filters={"nosuch":["x"]}'),
        ("GET", '/networks?filters={"driver":["nosuch"]}'), ("GET", '/networks?filters={"type":["nosuch"]}'),
        ("GET", '/networks?filters={"dangling":["maybe"]}'), ("GET", '/networks?filters={"scope":["x"]}'),
        ("POST", "/networks/prune"), ("POST", '/networks/prune?filters={"x":["y"]}'), ("GET", "/networks/bridge?scope=swarm"),
        ("GET", "/networks/bri"), ("PUT", "/networks/bridge"), ("GET", "/nosuch"), ("GET", "/containers/nosuch/json"),
        ("POST", "/containers/nosuch/start"), ("DELETE", "/containers/nosuch"), ("POST", "/containers/nosuch/exec"),
        ("GET", "/exec/nosuch/json"), ("GET", "/containers/json?limit=x"), ("GET", '/containers/json?filters={"x":["y"]}'),
        ("GET", '/containers/json?filters={"network":["nosuch"]}'), ("GET", '/containers/json?filters={"status":["x"]}'),
        ("GET", "/images/nosuch/json"), ("GET", "/volumes/nosuch"),
    ):  # fmt: skip
        body = {} if method == "POST" and "?" not in path and "prune" not in path else None
        s.ask(f"{method} {path}", method, path, body)


@group("refused-containers", order=61)
def containers(s: Stage) -> None:
    s.scenario("network")
    s.network(
        "rn",
        "bridge",
        {"Subnet": "172.30.9.0/24", "Gateway": "172.30.9.1", "AuxiliaryAddresses": {"a": "172.30.9.9"}},
    )
    s.scenario("names")
    for name in ("", "a", "ab", "-ab", "a b", "a/b", "/slash", "x" * 100, "a.b", "ü"):
        s.create(name, s.body())
        s.clean_containers()
    s.scenario("bodies")
    for title, body in CONTAINERS:
        s.create(f"rc-{title}".replace(" ", "-").replace("'", ""), body)
        s.clean_containers()
    s.scenario("ports-create")
    for number, (title, bindings) in enumerate(PORTS):
        name = f"rp{number}"
        s.scenario("ports-create")
        made = s.create(name, s.body(host={"PortBindings": bindings}))
        s.fact(f"{name} is", title)
        if (made and number % 2 == 0) or title in (
            "host range",
            "two host ports",
            "host address foreign",
            "null",
        ):
            s.scenario("ports-start")
            s.fact(f"{name} is", title)
            if s.start(name):
                s.leaves(f"ports {title}", s.get(f"/containers/{name}/json")["NetworkSettings"]["Ports"])
        s.clean_containers()
    s.scenario("endpoints-at-create")
    for number, (title, endpoint) in enumerate(ENDPOINTS):
        s.fact(f"re{number} is", title)
        s.create(f"re{number}", s.body("rn", endpoint))
        s.clean_containers()
    s.scenario("endpoints-at-connect")
    s.create("re", s.body("bridge"))
    for title, endpoint in ENDPOINTS:
        s.ask(
            f"connect, {title}",
            "POST",
            "/networks/rn/connect",
            {"Container": "re", "EndpointConfig": endpoint},
        )
        s.request("POST", "/networks/rn/disconnect", {"Container": "re", "Force": True})
    s.remove("re")
    s.scenario("endpoints-connected-live")
    s.run("rl", "none")
    s.request("POST", "/networks/none/disconnect", {"Container": "rl"})
    for title, endpoint in ENDPOINTS:
        s.ask(
            f"connect, {title}",
            "POST",
            "/networks/rn/connect",
            {"Container": "rl", "EndpointConfig": endpoint},
        )
        s.leaves(f"{title}: address", _where(s, "rl"))
        s.request("POST", "/networks/rn/disconnect", {"Container": "rl", "Force": True})
    s.scenario("connect-requests")
    for title, body in (
        ("no container", {}),
        ("unknown container", {"Container": "nosuch"}),
        ("container number", {"Container": 5}),
        ("empty", ""),
        ("not json", "{"),
        ("config text", {"Container": "rl", "EndpointConfig": "x"}),
    ):
        s.ask(f"connect {title}", "POST", "/networks/rn/connect", body)
        s.request("POST", "/networks/rn/disconnect", {"Container": "rl", "Force": True})
        s.ask(f"disconnect {title}", "POST", "/networks/rn/disconnect", body)
    s.scenario("exec")
    s.argv("rl", "nosuchprogram")
    s.argv("rl", "/etc/passwd")
    s.argv("rl", "")
    s.ask("no command", "POST", "/containers/rl/exec", {})
    s.ask("empty command", "POST", "/containers/rl/exec", {"Cmd": []})
    s.ask("command text", "POST", "/containers/rl/exec", {"Cmd": "true"})
    s.argv("rl", "sh", "-c", "exit 7")
    s.argv("rl", "sh", "-c", "kill -9 $$")
    s.argv("rl", "false")
    s.ask("remove a running one", "DELETE", "/containers/rl")
    s.ask("start a running one", "POST", "/containers/rl/start")
    s.ask("rename to a taken name", "POST", "/containers/rl/rename?name=rl")
    s.ask("rename to nothing", "POST", "/containers/rl/rename?name=")
    s.ask("kill with a bad signal", "POST", "/containers/rl/kill", signal="NOSUCH")
    s.ask("pause", "POST", "/containers/rl/pause")
    s.ask("pause again", "POST", "/containers/rl/pause")
    s.argv("rl", "true")
    s.ask("unpause", "POST", "/containers/rl/unpause")
    s.ask("unpause again", "POST", "/containers/rl/unpause")
    s.ask("kill", "POST", "/containers/rl/kill")
    s.ask("wait", "POST", "/containers/rl/wait")
    s.ask("kill again", "POST", "/containers/rl/kill")
    s.ask("stop", "POST", "/containers/rl/stop")
    s.x(HOST, "ip -br addr")


def _where(s: Stage, name: str) -> object:
    networks = s.get(f"/containers/{name}/json")["NetworkSettings"]["Networks"] or {}
    return {
        n: [e["IPAddress"], e["IPPrefixLen"], e["GlobalIPv6Address"], e["Gateway"], e["GwPriority"]]
        for n, e in networks.items()
    }
