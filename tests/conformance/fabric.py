"""The LAN of the scenarios: a VLAN-aware switch, a router, three PCs, and lan0 on the engine's host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

MACHINES = ("switch", "router", "pc1", "pc10", "pc20")

SCRIPT = """set -e
for m in switch router pc1 pc10 pc20; do ip netns add $m; done
ip -batch - <<'EOF'
link add lan0 type veth peer name p-host netns switch
link add p-pc1 netns switch type veth peer name eth0 netns pc1
link add p-pc10 netns switch type veth peer name eth0 netns pc10
link add p-pc20 netns switch type veth peer name eth0 netns pc20
link add p-router netns switch type veth peer name eth0 netns router
link set lan0 up
address add 192.168.50.2/24 dev lan0
EOF
ip -n switch -batch - <<'EOF'
link set lo up
link add br0 type bridge vlan_filtering 1
link set br0 up
link set p-host master br0
link set p-pc1 master br0
link set p-pc10 master br0
link set p-pc20 master br0
link set p-router master br0
link set p-host up
link set p-pc1 up
link set p-pc10 up
link set p-pc20 up
link set p-router up
EOF
bridge -n switch -batch - <<'EOF'
vlan add dev p-host vid 10
vlan add dev p-host vid 20
vlan add dev p-router vid 10
vlan add dev p-router vid 20
vlan del dev p-pc10 vid 1
vlan add dev p-pc10 vid 10 pvid untagged
vlan del dev p-pc20 vid 1
vlan add dev p-pc20 vid 20 pvid untagged
EOF
ip -n pc1 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.100/24 dev eth0
route add default via 192.168.50.1
EOF
ip -n pc10 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 10.10.10.100/24 dev eth0
EOF
ip -n pc20 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 10.10.20.100/24 dev eth0
EOF
ip -n router -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.1/24 dev eth0
link add link eth0 name eth0.10 type vlan id 10
link set eth0.10 up
address add 10.10.10.1/24 dev eth0.10
link add link eth0 name eth0.20 type vlan id 20
link set eth0.20 up
address add 10.10.20.1/24 dev eth0.20
EOF
for m in pc1 pc10 pc20; do
  ip netns exec $m sh -c 'busybox mount -o remount,rw,bind /proc/sys && sysctl -q -w net.ipv4.ip_forward=0'
done
ip netns exec router sh -c 'busybox mount -o remount,rw,bind /proc/sys && sysctl -q -w net.ipv4.ip_forward=1'
"""
"""A new namespace copies ip_forward from the machine's first one, where the engine has set it: PCs are told 0."""

LINKS = "".join(
    f"echo '@{m}'; ip {'' if m == 'host' else f'-n {m} '}-j link; echo\n" for m in ("host", *MACHINES)
)


def links(text: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What LINKS printed: machine, its links."""
    for block in text.split("@")[1:]:
        machine, _, rest = block.partition("\n")
        if rest.strip():
            yield machine, json.loads(rest)


def sysctl(setting: str) -> str:
    """A command that sets a sysctl on the machine that it is run on."""
    return f"busybox mount -o remount,rw,bind /proc/sys && sysctl -q -w {setting}"
