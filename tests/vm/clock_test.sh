#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The clock jumps, by years and back, while the service works: drift is corrected at once, sweeps go
# on, a pause is as long as it should be. To be run in the virtual machine, whose clock is its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/service/service.sh
. "$(dirname "$0")/../integration/service/service.sh"

# jump TIME: and see that everything works.
jump() {
	date -s "$1" >/dev/null
	user_sets flannel.1 tx on
	expect_soon 2 "$1: drift is corrected" is_off flannel.1
	ip link del flannel.2
	add_vxlan flannel.2 2 noudpcsum
	expect_soon 2 "$1: a new device is followed" is_off flannel.2
	sleep 13 # drifts of one NIC that are no fight
}

add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
configure 'sweep = 1;'
start_service
for time in '2031-01-01 00:00:00' '1971-01-01 00:00:00' '2037-12-31 23:59:59' '2026-06-01 12:00:00'; do
	jump "$time"
done

# A pause in a fight: ten seconds, whatever the clock does meanwhile.
for _ in $(seq 20); do
	user_sets flannel.2 tx on
	sleep 0.1
	is_off flannel.2 || break
done
expect_soon 2 "corrections pause" logged 'flannel.2: .*(fight|again and again|another program)'
began=$(uptime_ms)
date -s '2035-05-05 05:05:05' >/dev/null
expect_steady 4 "still on" is_on flannel.2
date -s '2001-01-01 01:01:01' >/dev/null
expect_soon 10 "corrected after the pause" is_off flannel.2
took=$(($(uptime_ms) - began))
expect "the pause took $took ms" test "$took" -ge 8000 -a "$took" -le 13000
expect_exit 0 agent status "${affected[@]}"
stop_service
expect_exit 0 agent restore
