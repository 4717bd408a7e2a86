#!/bin/sh
# namespace.sh SOCKET COMMAND...: first process of the network and process namespace that a machine lives in. Gives it
# its network card, passes its API on to SOCKET (a unix socket crosses network namespaces) and runs it.
# When this ends, the kernel ends everything else in the namespace.
socket=$1
shift
ip link set lo up
ip link add host0 type veth peer name uml0
ip address add 10.0.2.2/24 dev host0
ip link set host0 up
ip link set uml0 up
# backlog: socat's own is 5, and a lab opens 16 connections at once; beyond it a connect fails with EAGAIN.
# -t: a half-closed connection (the end of stdin of an attach) must not cut the output that is still to come.
socat -t 86400 "UNIX-LISTEN:$socket,fork,mode=600,backlog=1024" TCP:10.0.2.15:2375 2>/dev/null &
"$@"
