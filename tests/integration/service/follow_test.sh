#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Devices come after the service, go, come back, are renamed and moved away: each is switched off as
# soon as it is the agent's concern, and given back when it no longer is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# No sweep: the events themselves must do it.
configure 'nics = ( { name = "vx*"; kind = "vxlan"; } );' 'sweep = 0;'
add_vxlan vx0 10 noudpcsum
start_service
expect "there before the start" is_off vx0
expect_soon 2 "published" state_is mitigated

# Created after the start; deleted and created again, with another ifindex and with the same one.
add_vxlan vx1 1 noudpcsum
expect_soon 2 "created" is_off vx1
expect_feature vx1 rx-checksumming off
expect "recorded" is_recorded vx1
index=$(ip -o link show vx1 | cut -d: -f1)
ip link del vx1
add_vxlan vx1 1 noudpcsum
expect_soon 2 "created again" is_off vx1
ip link del vx1
ip link add vx1 index "$index" type vxlan id 1 dstport 20001 local 127.0.0.1 noudpcsum
expect_soon 2 "created again with its ifindex" is_off vx1
expect_equal "that is no drift" 0 "$(n_logged 'turned it on again')"
for _ in $(seq 20); do
	ip link del vx1
	add_vxlan vx1 1 noudpcsum
done
expect_soon 2 "created again 20 times" is_off vx1

# Created by another namespace's process, and at the same instant renamed and brought up.
ip -batch - <<-'BATCH'
	link add name new type vxlan id 5 dstport 20005 local 127.0.0.1 noudpcsum
	link set new name vx5
	link set vx5 up
BATCH
expect_soon 2 "created, renamed, up" is_off vx5

# Renamed into the selector, out of it, and in again.
add_vxlan other 7 noudpcsum
expect_steady 1 "one that is not selected is left alone" is_on other
ip link set other name vx7
expect_soon 2 "renamed in" is_off vx7
ip link set vx7 name other
expect_soon 2 "renamed out, given back" is_on other
expect_feature other rx-checksumming on
is_not_recorded() {
	! recorded | grep -q "^$1 "
}
expect_soon 2 "given back, not recorded" is_not_recorded other
ip link set other name vx7
expect_soon 2 "renamed in again" is_off vx7
ip link set vx7 name vx8
expect_steady 1 "renamed within the selector" is_off vx8
expect "recorded by its new name" is_recorded vx8
ip link set vx8 address 02:00:00:00:00:08
expect_soon 2 "recorded with its new address" grep -q '"vx8".*02:00:00:00:00:08' "$record"
expect_equal "that is no drift either" 0 "$(n_logged 'turned it on again')"
ip link set vx8 name other
expect_soon 2 "after two names and an address it is given back" is_on other
ip link set other name vx8
expect_soon 2 "and renamed in again" is_off vx8

# What the user has turned off himself is not given back to him.
add_vxlan mine 9 noudpcsum
user_sets mine rx off
ip link set mine name vx9
expect_soon 2 "renamed in" is_off vx9
ip link set vx9 name mine
expect_soon 2 "renamed out" is_on mine
expect_feature mine rx-checksumming off

# Moved to another network namespace, which is none of the service's concern; and back.
ip netns add elsewhere
ip link set vx8 netns elsewhere
expect_soon 2 "not among the NICs any more" sh -c "! grep -q '\"name\":\"vx8\"' /run/offload-agent/report.json"
ip netns exec elsewhere ethtool -K vx8 tx on >"$work/stdout"
expect_equal "left alone over there" on \
	"$(ip netns exec elsewhere ethtool -k vx8 | sed -n "s/^[[:space:]]*$tx: //p")"
ip netns exec elsewhere ip link set vx8 netns $$
expect_soon 2 "moved back" is_off vx8
ip netns exec elsewhere ip link add vx3 type vxlan id 3 dstport 20003 local 127.0.0.1 noudpcsum
ip netns exec elsewhere ip link set vx3 netns $$
expect_soon 2 "moved in" is_off vx3

# All of them deleted: the state says so, and nothing is left to be restored.
for nic in vx0 vx1 vx3 vx5 vx8; do
	ip link del "$nic"
done
ip link del mine
expect_soon 3 "nothing is exposed" state_is not-exposed
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Not exposed: '
stop_service
expect_exit 0 agent restore
expect_line '^Nothing to restore'
