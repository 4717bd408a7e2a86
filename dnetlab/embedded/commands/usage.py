"""Short usage texts: what the embedded engine's version of a command takes."""

from __future__ import annotations

IP_LINK_USAGE = """Usage: ip link add [link DEV] [ name ] NAME [ address MAC ] [ mtu MTU ] [ netns NETNS ]
                   type { bridge | dummy | ipvlan | macvlan | veth | vlan } [ ARGS ]
       ip link delete DEVICE
       ip link set DEVICE [ up | down ] [ name NAME ] [ address MAC ] [ mtu MTU ] [ promisc { on | off } ]
                   [ arp { on | off } ] [ master BRIDGE | nomaster ] [ netns NETNS ] [ type KIND ARGS ]
       ip link show [ DEVICE ] [ up ] [ master BRIDGE ] [ type KIND ]"""

IP_VETH_USAGE = """Usage: ip link <options> type veth [peer <options>]
To get <options> type 'ip link add help'
"""

KIND_USAGE = {
    "bridge": "Usage: ... bridge [ fdb_flush ] [ vlan_filtering 0 | 1 ] [ ageing_time TIME ] [ OPTION VALUE ] ...\n",
    "dummy": "Usage: ... dummy\n",
    "ipvlan": "Usage: ... ipvlan [ mode l3 | l3s | l2 ] [ bridge | private | vepa ]\n",
    "macvlan": "Usage: ... macvlan mode { private | vepa | bridge | passthru }\n",
    "veth": IP_VETH_USAGE,
    "vlan": "Usage: ... vlan id VLANID\n",
}
"""What ``ip link help KIND`` says."""

IP_ADDR_USAGE = """Usage: ip address { add | change | replace } IFADDR dev IFNAME [ noprefixroute ] [ nodad ]
       ip address del IFADDR dev IFNAME
       ip address flush [ dev IFNAME ] [ scope SCOPE ] [ to PREFIX ]
       ip address [ show [ dev IFNAME ] [ scope SCOPE ] [ type TYPE ] [ to PREFIX ] [ up ] ]
IFADDR := PREFIX [ broadcast ADDR ] [ label IFNAME ] [ scope SCOPE ]"""

IP_ROUTE_USAGE = """Usage: ip route { list | flush } SELECTOR
       ip route get ADDRESS [ from ADDRESS ] [ oif DEV ]
       ip route { add | del | change | append | replace } ROUTE
ROUTE := [ TYPE ] PREFIX [ via ADDRESS ] [ dev DEV ] [ metric N ] [ scope SCOPE ] [ src ADDRESS ] [ onlink ]
TYPE := { unicast | unreachable | prohibit | blackhole }"""

IP_NEIGH_USAGE = """Usage: ip neigh { add | del | change | replace } ADDR lladdr MAC [ nud STATE ] dev DEV
       ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]
       ip neigh get ADDR dev DEV"""

IP_NETNS_USAGE = """Usage: ip netns list
       ip netns add NAME
       ip netns delete NAME
       ip netns exec NAME cmd ...
       ip netns identify [PID]
       ip netns pids NAME"""

BRIDGE_USAGE = """Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { link | fdb | vlan }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -o[neline] | -n[etns] name |
                    -com[pressvlans] -c[olor] -p[retty] -j[son] }"""

PING_USAGE = """
Usage
  ping [options] <destination>

Options:
  -4, -6             use IPv4 or IPv6
  -A                 send the next request when the reply is there
  -b                 allow pinging a broadcast address
  -c <count>         stop after <count> replies
  -D                 print time stamps
  -I <interface>     interface or source address
  -i <interval>      seconds between requests
  -M <do|dont|want>  path MTU discovery: "do" forbids fragments
  -n                 no name lookups
  -O                 report requests without a reply
  -q                 print the summary only
  -s <size>          bytes of data in a request
  -t <ttl>           time to live
  -V                 print the version
  -v                 verbose
  -W <timeout>       seconds to wait for a reply
  -w <deadline>      seconds after which ping ends"""

ARPING_USAGE = """
Usage:
  arping [options] <destination>

Options:
  -A, -U        announce the own address
  -b            keep on broadcasting
  -c <count>    how many packets to send
  -D            look whether somebody has the address
  -f            end at the first reply
  -I <device>   which device to use
  -i <interval> seconds between packets
  -q            be quiet
  -s <source>   source address
  -w <timeout>  how long to wait for replies"""

FPING_USAGE = """Usage: fping [options] [targets...]

   -4, -6       IPv4 or IPv6 only
   -a           show targets that are alive
   -c N         send N requests to each target
   -C N         as -c, results in lines
   -e           show round-trip times
   -g           targets from a range: START END or CIDR
   -i MSEC      interval between requests
   -p MSEC      interval between requests to one target
   -q           no result for each request
   -r N         retries
   -s           final statistics
   -t MSEC      timeout of a single request
   -u           show targets that are unreachable"""

NC_USAGE = """usage: nc [-46klNnuvz] [-p source_port] [-q seconds] [-s sourceaddr] [-w timeout]
          [destination] [port]"""

SS_USAGE = """Usage: ss [ OPTIONS ]
   -a, --all          listening and other sockets
   -H, --no-header    no header line
   -l, --listening    listening sockets
   -n, --numeric      no service names
   -p, --processes    processes that use a socket
   -t, --tcp  -u, --udp  -4, --ipv4  -6, --ipv6"""
