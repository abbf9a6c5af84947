#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A rule about the NIC that carries VXLAN: where the route, the forwarding database or the ports of a
# bridge make another NIC the carrier, the other one is switched off, and the first given back. And the
# service listens for none of it as long as no rule asks. Veths stand for NICs of hardware, as in
# underlay_test.sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
: "${VETH_AS_NIC:?must name the library}"
need bridge
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
launcher=(env "LD_PRELOAD=$VETH_AS_NIC")

# rule DRIVER: about the carriers among NICs with that driver.
rule() {
	rm -f "$rules"/*.rules
	printf '%s\n' 'rule = { id = "test"; title = "A test"; turn_off = [ "'"$tx"'" ];' \
		"exposed = { driver = \"$1\"; carries = { kind = \"vxlan\"; }; }; };" >"$rules/test.rules"
}

# listens: does a socket of this network namespace hear of routes (RTNLGRP_IPV4_ROUTE)?
listens() {
	"$python" -c 'import sys
lines = [line.split() for line in open("/proc/net/netlink")][1:]
sys.exit(not any(int(line[1]) == 0 and int(line[3], 16) & 1 << 6 for line in lines))'
}

# only_off NIC: of the three.
only_off() {
	local nic

	for nic in n0 n1 n2; do
		if [ "$nic" = "$1" ]; then
			is_off "$nic" || return
		else
			is_on "$nic" || return
		fi
	done
}

# n_queued: octets that wait in the service's sockets of rtnetlink.
n_queued() {
	find "/proc/$(service_pid)/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n' |
		awk 'NR == FNR { mine[$1]; next } $2 == 0 && $10 in mine { n += $5 } END { print n + 0 }' - /proc/net/netlink
}

stand_still() {
	signal_service STOP
	expect_soon 5 "it stands still" grep -q '^State:[[:space:]]T' "/proc/$(service_pid)/status"
}

# pods_are_silent: 50 come and go, with the routes and neighbours that a CNI gives them.
pods_are_silent() {
	local i silent=0

	stand_still
	for i in $(seq 50); do
		echo "link add pod$i group 7 type veth peer name peer$i group 7"
		echo "link set pod$i up"
		echo "link set peer$i up"
		echo "address add 169.254.1.1/32 dev pod$i"
		echo "route add 10.244.0.$i/32 dev pod$i"
		echo "neighbour add 10.244.0.$i lladdr 02:00:00:00:00:0a dev pod$i"
	done | ip -batch -
	ip link del group 7
	[ "$(n_queued)" -eq 0 ] || silent=1
	signal_service CONT
	return "$silent"
}

ip netns add wire
for i in 0 1 2; do
	ip link add "n$i" type veth peer name "p$i" netns wire
	ip -n wire link set "p$i" up
	ip link set "n$i" up
	ip address add "10.$i.0.2/24" dev "n$i"
done
ip route add 192.168.0.0/16 via 10.0.0.1
ip link add vx0 type vxlan id 1 dstport 8472 nolearning dev n2
bridge fdb append 02:00:00:00:00:01 dev vx0 dst 192.168.1.1
ip link set vx0 up
configure 'sweep = 0;'

# No NIC has that driver: nothing has to be known of tunnels.
rule bnxt_en
start_service "$@"
expect "all are on" only_off none
expect "it does not listen" eval '! listens'

rule veth
signal_service HUP
expect_soon 5 "by the route" only_off n0
expect_soon 5 "it listens" listens

ip route replace 192.168.0.0/16 via 10.1.0.1
expect_soon 20 "by another route" only_off n1

bridge fdb append 02:00:00:00:00:02 dev vx0 dst 10.2.0.9
bridge fdb del 02:00:00:00:00:01 dev vx0 dst 192.168.1.1
expect_soon 20 "by another remote" only_off n2

ip link add br0 type bridge
ip link set n0 master br0
ip link set br0 up
ip address add 10.7.0.2/24 dev br0
bridge fdb append 02:00:00:00:00:03 dev vx0 dst 10.7.0.9
bridge fdb del 02:00:00:00:00:02 dev vx0 dst 10.2.0.9
expect_soon 20 "by a port of a bridge" only_off n0
ip link set n0 nomaster
ip link set n1 master br0
expect_soon 20 "by another port" only_off n1

ip rule add to 10.7.0.9 lookup 100
ip route add 10.7.0.9 via 10.2.0.1 table 100
expect_soon 20 "by a policy rule" only_off n2

# Many changes at once are few looks.
for i in $(seq 200); do
	echo "route add 10.99.$i.0/24 via 10.0.0.1"
done | ip -batch -
ip rule del to 10.7.0.9 lookup 100
expect_soon 20 "after many changes" only_off n1

# What pods bring with them is not even queued for a service that stands still; a route is.
expect_soon 20 "pods are not heard of" pods_are_silent
stand_still
ip route replace 10.7.0.0/28 via 10.2.0.1
expect "a route to a remote is heard of" test "$(n_queued)" -gt 0
signal_service CONT
expect_soon 20 "by a route of more bits" only_off n2

ip link del vx0
expect_soon 20 "without the tunnel" only_off none

rule bnxt_en
signal_service HUP
expect_soon 5 "it listens no more" eval '! listens'
stop_service
