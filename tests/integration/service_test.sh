#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The service: devices that come after it and come back, renames, drift, a wish that sends no event,
# a fight, reload, stopping, and being killed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need ethtool python3

service=

# start_service: until it has published that it runs.
start_service() {
	agent run "${affected[@]}" >"$work/service.log" 2>&1 &
	service=$!
	wait_for 5 service_runs
}

# The program is a child of the function's shell, or the shell itself.
service_runs() {
	agent status --json "${affected[@]}" 2>/dev/null | grep -q '"running":true'
}

# signal_service SIGNAL
signal_service() {
	kill -"$1" "$(python3 -c 'import json; print(json.load(open("/run/offload-agent/service.json"))["pid"])')"
}

# stop_service: it must end within a second.
stop_service() {
	local before=$SECONDS

	signal_service TERM
	wait "$service" || fail "the service ended with exit code $?"
	expect "it ends within a second" test $((SECONDS - before)) -le 1
}

tx() {
	features "$1" | grep -E "tx-checksum-ip-generic" | grep -o -E 'on|off' | head -n 1
}

is_off() {
	[ "$(tx "$1")" = off ]
}

is_on() {
	[ "$(tx "$1")" = on ]
}

logged() {
	grep -q -E -e "$1" "$work/service.log"
}

configure 'nics = ( { name = "vx*"; kind = "vxlan"; } );' 'sweep = 1;'
start_service

# Made after the start, made anew, renamed in and out, moved away.
add_vxlan vx1 1 noudpcsum
expect "switched off when it comes" wait_for 2 is_off vx1
expect "rx, too" wait_for 1 grep -q 'rx-checksumming: off' <(ethtool -k vx1)
ip link del vx1
add_vxlan vx1 1 noudpcsum
expect "switched off when it comes back" wait_for 2 is_off vx1
ip link add other type vxlan id 7 dstport 4807 local 127.0.0.1 noudpcsum
sleep 0.3
expect "one that is not selected is left alone" is_on other
ip link set other name vx7
expect "renamed into the selector" wait_for 2 is_off vx7
ip link set vx7 name other
expect "renamed out of it, and given back" wait_for 3 is_on other
ip link del other
expect_exit 0 agent status "${affected[@]}"
expect_line '^ +service +running since'

# Drift: what sends an event, and what does not.
ethtool -K vx1 tx on >/dev/null 2>&1
expect "drift is corrected" wait_for 2 is_off vx1
expect "and told" wait_for 2 logged 'vx1: tx-checksum-ip-generic: somebody turned it on again'

# A fight: corrections pause, and everybody is told.
for _ in 1 2 3 4 5 6 7 8; do
	ethtool -K vx1 tx on >/dev/null 2>&1 || true
	sleep 0.2
done
expect "the fight is seen" wait_for 2 logged 'another program keeps turning offload on'
expect "corrections pause" is_on vx1
wait_for 3 grep -q '"n_paused":1' /run/offload-agent/service.json
expect_exit 1 agent status "${affected[@]}"
expect_line '^ +fight +another program keeps turning offload on on vx1'
expect_line 'drifted$'

# Reload: a bad configuration changes nothing; a good one is in force.
ip link del vx1
add_vxlan vx2 2 noudpcsum
expect "another one" wait_for 2 is_off vx2
configure 'nics = ( { kind = 7; } );'
signal_service HUP
expect "a bad configuration is refused" wait_for 3 logged 'the old ones stay in force'
add_vxlan vx3 3 noudpcsum
expect "the old one is in force" wait_for 2 is_off vx3
configure 'nics = ( { name = "vx3"; kind = "vxlan"; } );' 'on_stop = "restore";'
signal_service HUP
expect "what is not selected any more is given back" wait_for 3 is_on vx2
expect "what is stays off" is_off vx3
expect_exit 70 agent run "${affected[@]}"
expect_complaint 'another offload-agent is running'

# Stopping, with on_stop = "restore"; then with "leave", the default.
stop_service
expect "given back at the stop" is_on vx3
configure 'nics = ( { kind = "vxlan"; } );'
start_service
expect "off again" wait_for 2 is_off vx3
stop_service
expect "left at the stop" is_off vx3
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['running'] is False"

# Killed: nothing is lost, and the next one goes on.
for _ in $(seq 20); do
	start_service
	ip link del vx3
	add_vxlan vx3 3 noudpcsum
	signal_service KILL
	wait "$service" 2>/dev/null || true
	expect "the record can be read" python3 -c 'import json; json.load(open("/run/offload-agent/changes.json"))'
	expect_exit '0|1' agent status "${affected[@]}"
done
expect_exit 0 agent restore
expect "restored after the kills" is_on vx3
expect "restored after the kills" is_on vx2
expect_equal "nothing is recorded any more" '' "$(recorded)"
