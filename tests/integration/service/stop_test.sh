#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Starting and stopping: on_stop, a second service, what is on record from the one before, and how
# long an end takes whatever the service is about.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need pgrep

# A kubelet that never answers: is it being asked?
kubelet_is_asked() {
	pgrep -f '^sleep 1234$' >"$work/asked"
}

kubelet_is_not_asked() {
	! kubelet_is_asked
}

add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')

# on_stop = "leave", the default.
start_service
expect "off" is_off flannel.1
stop_service
expect "left" is_off flannel.1
expect "and recorded" is_recorded flannel.1
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['running'] is False and d['state'] == 'mitigated'"

# The next one takes over; with on_stop = "restore" it gives back what the first one turned off.
configure 'on_stop = "restore";'
start_service
expect_steady 1 "taken over" is_off flannel.1
stop_service
expect_equal "given back" "$before" "$(ethtool -k '*')"
expect_equal "nothing recorded" "" "$(recorded)"

# SIGINT, as from a terminal.
start_service
expect "off" is_off flannel.1
signal_service INT
code=0
wait "$service" || code=$?
expect_equal "SIGINT" 0 "$code"
expect_equal "given back" "$before" "$(ethtool -k '*')"

# What the user turned on meanwhile stays on; what he has turned off himself stays off.
user_sets flannel.1 rx off
start_service
expect "off" is_off flannel.1
stop_service
expect "given back" is_on flannel.1
expect_feature flannel.1 rx-checksumming off
user_sets flannel.1 rx on

# Another program is changing NICs: it waits until that is done.
start_service
expect "off" is_off flannel.1
flock /run/offload-agent/changes.lock sh -c "touch $work/locked; sleep 3; rm $work/locked" &
holder=$!
wait_for 5 test -e "$work/locked"
signal_service TERM
code=0
wait "$service" || code=$?
expect_equal "it ended well" 0 "$code"
expect "it waited" test ! -e "$work/locked"
expect_equal "given back" "$before" "$(ethtool -k '*')"
wait "$holder"
# The record cannot be locked: that is reported, and the exit code says so.
start_service
expect "off" is_off flannel.1
rm /run/offload-agent/changes.lock
mkdir /run/offload-agent/changes.lock
signal_service TERM
code=0
wait "$service" || code=$?
rmdir /run/offload-agent/changes.lock
expect_equal "it could not be given back" 1 "$code"
expect "told" logged 'on_stop = "restore": .*; run offload-agent restore'
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"

# A second service refuses, and harms nothing.
start_service
first=$(service_pid)
expect_exit 70 agent run "${affected[@]}"
expect_complaint '^offload-agent: /run/offload-agent: another offload-agent is running$'
expect_equal "the first one still runs" "$first" "$(service_pid)"
expect "off" is_off flannel.1
add_vxlan flannel.2 2 noudpcsum
expect_soon 2 "and works" is_off flannel.2
ip link del flannel.2
stop_service

# Stopped in the midst of things: during a burst, a detection, a fight, a full report pause.
configure ''
for _ in $(seq 5); do
	start_service
	for i in $(seq 20 60); do
		echo "link add name v$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1 noudpcsum"
	done | ip -batch -
	stop_service
	for i in $(seq 20 60); do
		echo "link del v$i"
	done | ip -batch -
done
printf '#!/bin/sh\nexec sleep 1234\n' >"$root/usr/bin/kubelet"
chmod 755 "$root/usr/bin/kubelet"
start_service
signal_service HUP # looks at the facts again, at once; both versions are given, however
expect_soon 3 "reloaded" logged 'were read again'
expect "nobody is asked" kubelet_is_not_asked
stop_service
configure 'kubernetes = { version = "v1.18.3"; };'
launch_service --kernel-release 4.19.118
wait_for 10 service_runs
configure ''
signal_service HUP
expect_soon 3 "asking a kubelet that never answers" kubelet_is_asked
stop_service
expect_soon 1 "the child is gone" kubelet_is_not_asked

# SIGTERM before it is ready ends it as well.
launch_service --kernel-release 4.19.118
expect_soon 3 "asking at the start" kubelet_is_asked
kill -TERM "$service"
code=0
wait "$service" || code=$?
expect "it ended: $code" test "$code" -eq 143 -o "$code" -eq 0
expect_soon 1 "the child is gone" kubelet_is_not_asked
expect_no_sanitizer
