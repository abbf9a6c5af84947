#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Links that are nobody's, such as those of pods, do not wake the service: the kernel drops their
# notifications. All of a VXLAN device's come through; and when configuration or record mean other
# links, these are heard of as well, and none is missed in between.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# n_queued: octets that wait in the service's socket of rtnetlink. It is one of those of the group of
# links (RTMGRP_LINK = 1).
n_queued() {
	awk -v pid="$(service_pid)" '$2 == 0 && $3 == pid && $4 == "00000001" { n += $5 } END { print n + 0 }' \
		/proc/net/netlink
}

# While the service stands still, whatever it is to hear stays in the queue.
stand_still() {
	signal_service STOP
	expect_soon 5 "it stands still" grep -q '^State:[[:space:]]T' "/proc/$(service_pid)/status"
	expect_equal "nothing waits yet" 0 "$(n_queued)"
}

# make_pods NAME: as many links as a node has pods, and away with them.
make_pods() {
	local i

	for i in $(seq 150); do
		echo "link add $1$i group 7 type veth peer name peer$i group 7"
	done | ip -batch -
	ip link set group 7 up
	ip link del group 7
}

add_bridge() {
	ip link add "$1" type bridge
}

# Nothing but events: no sweep.
configure 'nics = ( { kind = "vxlan"; } );' 'sweep = 0;'
ip link add pod0 type veth peer name peer0
start_service "$@"
expect_soon 5 "published" state_is not-exposed
expect_equal "the report keeps no link of a pod" 'lo' \
	"$(jq --raw-output '.facts.links[].name' /run/offload-agent/report.json)"
ip link del pod0
add_vxlan vx0 9 noudpcsum
expect_soon 2 "it hears" is_off vx0

stand_still
make_pods pod
ip link set lo down
ip link set lo up
add_bridge br0
for event in "set vx0 master br0" "set vx0 up" "set vx0 nomaster" "set vx0 down" "set vx0 name vx1"; do
	before=$(n_queued)
	# shellcheck disable=SC2086 # words
	ip link $event
	expect "heard: $event" test "$(n_queued)" -gt "$before"
done
signal_service CONT
expect_soon 5 "it goes on" test "$(n_queued)" = 0

stand_still
make_pods pod
expect_equal "none of 150 pods was heard of" 0 "$(n_queued)"
ip link del vx1
expect "a deletion is heard" test "$(n_queued)" -gt 0
signal_service CONT
expect_soon 5 "no NIC any more" state_is not-exposed

# All that a VXLAN device goes through leads to tx off.
add_vxlan vx1 1 noudpcsum
expect_soon 2 "created" is_off vx1
user_sets vx1 tx on
expect_soon 2 "features" is_off vx1
ip link del vx1
ip -batch - <<-'BATCH'
	link add name new type vxlan id 5 dstport 20005 local 127.0.0.1 noudpcsum
	link set new name vx5
	link set vx5 master br0
	link set vx5 up
BATCH
expect_soon 2 "created, renamed, a port, up" is_off vx5
user_sets vx5 tx on
expect_soon 2 "features of a port" is_off vx5
ip link del vx5
add_vxlan vx5 5 noudpcsum
expect_soon 2 "created again" is_off vx5

# Other links are meant from now on: one that came before is found, one that comes after is heard of.
ip link add early type veth peer name early1
veth_rule
configure 'nics = ( { kind = "veth"; } );' 'sweep = 0;'
signal_service HUP
expect_soon 5 "there before the reload" is_off early
ip link add late type veth peer name late1
expect_soon 2 "came after the reload" is_off late
expect_soon 5 "the VXLAN device is nobody's, and given back" is_on vx5
stand_still
add_bridge br2
expect_equal "no bridge is heard of" 0 "$(n_queued)"
signal_service CONT

# By name: any link may be meant.
configure 'nics = ( { name = "any*"; } );' 'sweep = 0;'
signal_service HUP
expect_soon 5 "given back by then" is_on late
add_bridge any0
expect_soon 2 "a link of any kind" is_off any0

# Names a kind again, while links come and go: none is missed.
for i in $(seq 20); do
	if [ $((i % 2)) -eq 0 ]; then
		configure 'nics = ( { kind = "veth"; } );' 'sweep = 0;'
	else
		configure 'nics = ( { kind = "bridge"; } );' 'sweep = 0;'
	fi
	signal_service HUP
	ip link add "turn$i" type veth peer name "other$i"
	ip link add "bridge$i" type bridge
done
all_turns_off() {
	local i

	for i in $(seq 20); do
		is_off "turn$i" && is_off "other$i" && is_on "bridge$i" || return 1
	done
}
expect_soon 10 "after 20 reloads the last one counts for all" all_turns_off
stop_service
