#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 a hundred times, at random moments while devices come and go and drift: each time the
# record can be read and knows everything that is off, and in the end exactly that is given back.
# The seed is printed; RANDOM_SEED repeats a run's choices (not its timing).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

rounds=100
seed=${RANDOM_SEED:-$((10#$(date +%N) % 32768))}
echo "crash: RANDOM_SEED=$seed"
RANDOM=$seed

# The user has turned off tx on vx1 himself, and rx and tx on vx2: that is not the agent's to undo.
users_choice() {
	user_sets vx1 tx off
	user_sets vx2 rx off tx off
}

# disturb SEED: the node while the service runs, until it is killed.
disturb() {
	local nic

	RANDOM=$1
	# Ends after the command that it is at: one that went on would disturb what is looked at then.
	trap exit TERM
	while :; do
		nic=vx$((3 + RANDOM % 6))
		case $((RANDOM % 5)) in
		0) ip link del "$nic" ;;
		1) add_vxlan "$nic" "${nic#vx}" noudpcsum ;;
		2) ethtool -K "$nic" tx on >/dev/null ;;
		3) ip link set "$nic" name "vy${nic#vx}" ;;
		4) ip link set "vy${nic#vx}" name "$nic" ;;
		esac 2>/dev/null || true
	done
}

# expect_nothing_forgotten WHEN: whatever is off and is not the user's choice is on record.
expect_nothing_forgotten() {
	local nic on_record

	on_record=$(recorded | cut -d' ' -f1)
	for nic in $(ip -br link show type vxlan | cut -d' ' -f1); do
		case $nic in vx1 | vx2) continue ;; esac
		if is_off "$nic"; then
			expect "$1: $nic is recorded" grep -q -x -e "$nic" -e "v[xy]${nic#v?}" <<<"$on_record"
		fi
	done
}

# expect_all_on WHEN: as if the agent had never been here.
expect_all_on() {
	local nic

	for nic in $(ip -br link show type vxlan | cut -d' ' -f1); do
		case $nic in vx1 | vx2) continue ;; esac
		expect "$1: $nic is on again" is_on "$nic"
		expect_feature "$nic" rx-checksumming on
	done
	expect_feature vx1 tx-checksumming off
	expect_feature vx1 rx-checksumming on
	expect_feature vx2 rx-checksumming off
	expect_equal "$1: nothing is recorded" "" "$(recorded)"
}

for i in $(seq 1 8); do
	add_vxlan "vx$i" "$i" noudpcsum
done
users_choice
configure 'nics = ( { name = "vx*"; } );' 'sweep = 1;'

n_running=0
for round in $(seq "$rounds"); do
	disturb $((RANDOM)) &
	disturber=$!
	launch_service "${affected[@]}"
	# Anywhere from its first instructions to its steady state.
	sleep "0.$(printf %03d $((RANDOM % 250)))"
	[ ! -e /run/offload-agent/service.json ] || n_running=$((n_running + 1))
	kill -KILL "$service" 2>/dev/null
	wait "$service" 2>/dev/null || true
	kill "$disturber"
	wait "$disturber" 2>/dev/null || true
	if [ -e "$record" ]; then
		expect "round $round: the record can be read" recorded >/dev/null
	fi
	expect_nothing_forgotten "round $round"
	case $((RANDOM % 4)) in
	0)
		expect_exit 0 agent restore
		expect_all_on "round $round"
		;;
	1)
		expect_exit '0|1' agent status "${affected[@]}"
		;;
	esac
done
expect "it often had begun its work: $n_running times" test "$n_running" -ge 20

# The next one goes on from what it finds; then everything is given back.
start_service
for nic in $(ip -br link show type vxlan | cut -d' ' -f1 | grep '^vx'); do
	expect_soon 3 "$nic is off in the end" is_off "$nic"
done
stop_service
expect_exit 0 agent restore
expect_all_on "in the end"
