#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A fight: another program turns a NIC's offload on again and again. After five corrections within a
# minute they pause, the service says so, and its status is honest meanwhile; other NICs do not suffer.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$(service_pid)/stat"
}

configure 'sweep = 1;'
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
start_service
expect "switched off" is_off flannel.1

# Five drifts a minute are no fight.
for i in 1 2 3 4 5; do
	user_sets flannel.1 tx on
	expect_soon 2 "drift $i is corrected" is_off flannel.1
done
expect_equal "no fight yet" 0 "$(n_logged 'another program keeps turning')"

# The sixth is.
user_sets flannel.1 tx on
began=$(uptime_ms)
expect_soon 2 "told" logged 'flannel.1: another program keeps turning offload on; correcting '$tx' again in 10 s'
expect "corrections pause" is_on flannel.1
"$python" "$(dirname "$0")/drift.py" keep flannel.1 6 &
fighter=$!
expect_soon 3 "published" state_is vulnerable
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: flannel.1'
expect_line '^ +service +running since 20.*, 5 corrections$'
expect_line '^ +fight +another program keeps turning offload on on flannel.1'
expect_line '^flannel.1 .* on +off +drifted$'
expect_exit 1 agent status --json "${affected[@]}"
expect_json "feature('flannel.1', '$tx')['outcome'] == 'drifted'"
expect_json "feature('flannel.2', '$tx')['outcome'] == 'off'"
expect_json "d['agent']['paused'] == 1 and d['agent']['corrections'] == 5"
expect_shape status
expect_ethtool_agrees

# Meanwhile: the other NIC, a new one, and no work in vain.
ticks=$(cpu_ticks)
user_sets flannel.2 tx on
expect_soon 1 "another NIC's drift is corrected" is_off flannel.2
add_vxlan flannel.3 3 noudpcsum
expect_soon 1 "a new one is switched off" is_off flannel.3
wait "$fighter"
# Where the machine is so slow that the pause is over, what it was shows below.
[ $(($(uptime_ms) - began)) -ge 9500 ] || expect "still paused" is_on flannel.1
expect_equal "told once" 1 "$(n_logged 'another program keeps turning')"
expect "a fight costs next to nothing" test $(($(cpu_ticks) - ticks)) -lt 100

# He has given up: corrected after the pause, and not before.
expect_soon 10 "corrected after the pause" is_off flannel.1
expect "the pause was kept" test $(($(uptime_ms) - began)) -ge 9900
expect_soon 3 "published" state_is mitigated
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['paused'] == 0"

# He is back within the minute: the next pause is twice as long.
user_sets flannel.1 tx on
expect_soon 2 "told" logged 'flannel.1: another program keeps turning offload on; .* in 20 s'
expect_steady 3 "corrections pause" is_on flannel.1

# A NIC of that name made anew is another one.
ip link del flannel.1
add_vxlan flannel.1 1 noudpcsum
expect_soon 2 "made anew" is_off flannel.1
stop_service
