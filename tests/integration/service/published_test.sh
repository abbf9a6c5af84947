#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the service publishes counts for as long as it lives and can write it: whatever stands in the
# folder, whatever locks it, and whatever is done beside it.
# shellcheck disable=SC2031,SC2119
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need setpriv pgrep

report=/run/offload-agent/report.json

# node COMMAND [OPTION...]: as agent, but about this very node, so that status asks the service.
node() {
	local command=$1

	shift
	"${launcher[@]}" "$agent" "$command" --config "$config" --rules "$rules" "$@"
}

# launch_node: the service in the same way, by what its kubelet says.
launch_node() {
	(
		launcher=(exec)
		node run
	) >>"$service_log" 2>&1 &
	service=$!
}

# kubelet VERSION [LINE]: is put in place in one rename.
kubelet() {
	printf '#!/bin/sh\n%s\necho Kubernetes %s\n' "${2:-}" "$1" >"$work/bin/kubelet.new"
	chmod 755 "$work/bin/kubelet.new"
	mv "$work/bin/kubelet.new" "$work/bin/kubelet"
}

status_is() {
	node status --json >"$work/stdout" 2>"$work/stderr" || true
	"$python" "$test_folder/report.py" test "$work/stdout" "$1"
}

report_is() {
	"$python" "$test_folder/report.py" test "$report" "$1" 2>/dev/null
}

add_vxlan flannel.1 1 udpcsum

# An earlier life's word does not count while the next one still finds out.
configure "kubernetes = { kubelet = \"$work/bin/kubelet\"; };"
for signal in TERM KILL; do
	kubelet v1.30.0
	launch_node
	expect_soon 20 "not affected" status_is "d['agent']['running'] and d['state'] == 'not-affected'"
	since=$("$python" -c 'import json, sys; print(json.load(sys.stdin)["agent"]["since"])' <"$work/stdout")
	kill -"$signal" "$service"
	wait "$service" || true
	expect "SIG$signal: none runs" status_is "not d['agent']['running'] and d['agent']['pid'] is None"
	kubelet v1.18.3 "sleep 3"
	sleep 1.1
	launch_node
	expect_exit '0|1|2' node status --json
	expect_json "d['state'] != 'not-affected' and d['agent']['since'] != '$since'"
	expect "no report of an earlier life" \
		sh -c "[ ! -e $report ] || ! grep -q '\"state\":\"not-affected\"' $report"
	expect_soon 20 "off" is_off flannel.1
	expect_soon 20 "its own word" status_is "d['agent']['running'] and d['state'] == 'mitigated'"
	kill -TERM "$service"
	wait "$service" || true
	expect_exit 0 node restore
done

# What cannot be written any more is not believed; the service is still seen.
kubelet v1.30.0
launch_node
expect_soon 20 "not affected" status_is "d['agent']['running'] and d['state'] == 'not-affected'"
dd if=/dev/zero of=/run/filling bs=4k 2>/dev/null || true
kubelet v1.18.3
expect_soon 30 "status looks for itself" status_is "d['state'] in ('vulnerable', 'mitigated')"
expect "the service is seen" status_is "d['agent']['running'] and d['agent']['pid'] == $service"
expect_soon 5 "no report that is not so" sh -c "! grep -q '\"state\":\"not-affected\"' $report 2>/dev/null"
rm /run/filling
expect_soon 30 "it works again" is_off flannel.1
expect_soon 20 "and says so" report_is "d['state'] == 'mitigated' and d['agent']['running']"
kill -TERM "$service"
wait "$service" || true
expect_exit 0 node restore

# A service that starts on a full /run.
rm -r /run/offload-agent
dd if=/dev/zero of=/run/filling bs=4k 2>/dev/null || true
launch_node
expect_soon 20 "the service is seen" status_is "d['agent']['running'] and d['agent']['pid'] == $service"
expect "vulnerable" status_is "d['state'] == 'vulnerable'"
expect_exit 1 node status
expect_line 'service +running, but it cannot write'
rm /run/filling
expect_soon 30 "it works again" is_off flannel.1
kill -TERM "$service"
wait "$service" || true
expect_exit 0 node restore

# Only the service writes its report; at its end the report says what is so.
configure ''
expect_exit 0 agent apply "${affected[@]}"
expect "apply's report" report_is "not d['agent']['running'] and d['state'] == 'mitigated'"
for stop in leave:mitigated restore:vulnerable; do
	configure "on_stop = \"${stop%:*}\";"
	start_service
	true_report="d['agent']['running'] and d['agent']['pid'] == $service and d['state'] == 'mitigated'"
	expect_soon 5 "the service's report" report_is "$true_report"
	expect_exit 0 agent apply "${affected[@]}"
	expect "after an apply" report_is "$true_report"
	expect_exit 0 agent apply --kubernetes-version v1.30.0
	expect_soon 5 "after an apply for another node" report_is "$true_report"
	stop_service
	expect "after the end" report_is "not d['agent']['running'] and d['state'] == '${stop#*:}'"
	expect "no word of a service" test ! -e /run/offload-agent/service.json
done

# Beside a service restore changes nothing and says why; in another network namespace it works.
configure ''
start_service
before=$(node_state)
expect_exit 1 agent restore
expect_complaint "service is running \(process $service\).*stop it first"
expect_exit 1 agent restore --json
expect_json "'service is running' in d['refused'] and d['nics'] == [] and not d['dry_run']"
expect_exit 1 agent restore --dry-run
expect_line '^flannel.1: would be on again'
expect_equal "nothing was changed" "$before" "$(node_state)"
unshare --net sleep 1000 &
other=$!
wait_for 5 sh -c "[ \"\$(readlink /proc/$other/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
(
	launcher=(nsenter --target "$other" --net)
	nsenter --target "$other" --net ip link add pod1 type vxlan id 1 dstport 4789 local 127.0.0.1 noudpcsum
	agent apply "${affected[@]}" >/dev/null 2>&1 && agent restore >"$work/stdout" 2>&1
) || fail "apply and restore in another network namespace"
expect_line '^pod1: on again'
kill "$other"
stop_service
expect_exit 0 agent restore
expect "after its end all is given back" is_on flannel.1

# A service in a process namespace of its own is seen from outside, and by all users.
unshare --pid --fork --kill-child "$agent" run --config "$config" --rules "$rules" --root "$root" \
	"${affected[@]}" >>"$service_log" 2>&1 &
unshared=$!
as_nobody() {
	local launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all)

	agent "$@"
}
seen_by_nobody() {
	as_nobody status --json "${affected[@]}" >"$work/stdout" 2>&1 &&
		"$python" "$test_folder/report.py" test "$work/stdout" "d['agent']['running']"
}
expect_soon 20 "nobody sees it" seen_by_nobody
launcher=(unshare --pid --fork)
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['running'] and d['agent']['pid'] > 0"
launcher=()
kill "$(pgrep -P "$unshared")"
wait "$unshared" || true
expect_exit 0 agent status --json "${affected[@]}"
expect_json "not d['agent']['running']"
expect_exit 0 agent restore

# Locks of a stranger, on whatever it may open, hinder nothing, and are no service.
start_service
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all "$python" "$test_folder/lock_all.py" \
	/run/offload-agent >"$work/locked" &
stranger=$!
wait_for 10 grep -q report.json "$work/locked"
stop_service
expect_exit 0 agent status --json "${affected[@]}"
expect_json "not d['agent']['running']"
expect_exit 0 agent restore
expect_exit 0 agent apply "${affected[@]}"
start_service
add_vxlan flannel.2 2 noudpcsum
expect_soon 5 "a new device is cured" is_off flannel.2
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['running'] and d['agent']['pid'] == $service"
stop_service
expect_exit 0 agent restore
kill "$stranger"
expect_no_sanitizer
