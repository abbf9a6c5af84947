#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The node changes below the running service: kubelet is installed, replaced and removed, kube-proxy
# comes up and is upgraded. The verdict follows, and what was turned off is given back, or not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

kernel=(--kernel-release 4.19.118)
kubelet=$root/usr/bin/kubelet
server=

# install_kubelet VERSION: in place of another, as a package manager does it.
install_kubelet() {
	printf '#!/bin/sh\necho Kubernetes %s\n' "$1" >"$kubelet.new"
	chmod 755 "$kubelet.new"
	mv "$kubelet.new" "$kubelet"
}

# verdict_is VERDICT: of the node, as published.
verdict_is() {
	grep -q "^\"verdict\":\"$1\"" /run/offload-agent/report.json
}

# serve VERSION: kube-proxy's metrics.
serve() {
	stop_serving
	rm -f "$work/listening"
	sed "s/v1.18.3/$1/" "$test_folder/metrics_server.py" >"$work/metrics_server.py"
	"$python" "$work/metrics_server.py" right "$work/listening" &
	server=$!
	wait_for 10 test -e "$work/listening"
}

stop_serving() {
	[ -z "$server" ] || kill "$server"
	[ -z "$server" ] || wait "$server" 2>/dev/null || true
	server=
}

ip link set lo up
add_vxlan flannel.1 1 noudpcsum
configure 'sweep = 0;'
launch_service "${kernel[@]}"
wait_for 20 service_runs
expect_soon 2 "a node without Kubernetes" state_is not-affected
expect "is left alone" is_on flannel.1

# kubelet is installed, upgraded, downgraded, removed; inotify reports it.
install_kubelet v1.18.3
expect_soon 6 "installed: affected" is_off flannel.1
expect_soon 2 "and published" state_is mitigated
expect "told" logged 'Mitigation: tx checksum offload off on flannel.1'
expect_exit 0 agent status "${kernel[@]}"
expect_summary '^Mitigation: '
install_kubelet v1.18.6
expect_soon 6 "upgraded: given back" is_on flannel.1
expect_feature flannel.1 rx-checksumming on
expect_soon 2 "and published" state_is not-affected
expect_equal "nothing recorded" "" "$(recorded)"
install_kubelet v1.17.8
expect_soon 6 "downgraded: affected" is_off flannel.1
rm "$kubelet"
expect_soon 6 "removed: given back" is_on flannel.1
expect_soon 2 "and published" state_is not-affected
printf '#!/bin/sh\necho Kubernetes v1.18.3\n' >"$kubelet"
chmod 755 "$kubelet"
expect_soon 6 "written in place: affected" is_off flannel.1

# A version that is not known: nothing is switched, neither off nor on.
install_kubelet banana
expect_soon 6 "unknown" verdict_is unknown
expect "left as it is" is_off flannel.1
expect "still recorded" is_recorded flannel.1
expect "what would be required is off" state_is mitigated
user_sets flannel.1 tx on
expect_soon 2 "told" state_is unknown
expect "no target, hence no drift" is_on flannel.1
expect_exit 2 agent status "${kernel[@]}"
install_kubelet v1.18.3
expect_soon 6 "known again" is_off flannel.1

# kube-proxy comes up, which counts for more than kubelet; a new VXLAN device is the occasion to ask.
serve v1.18.6
add_vxlan flannel.2 2 noudpcsum
expect_soon 2 "switched off by what is known" is_off flannel.2
expect_soon 6 "given back by what kube-proxy says" is_on flannel.2
expect_soon 1 "given back by what kube-proxy says" is_on flannel.1
expect_exit 0 agent status --json
expect_json "d['facts']['kubernetes']['component'] == 'kube-proxy' and d['state'] == 'not-affected'"
expect_json "d['agent']['running'] and d['facts']['kubernetes']['version'] == 'v1.18.6'"

# It changes its version, and nothing else happens: the timer of 30 seconds finds it.
serve v1.18.3
expect_soon 36 "asked again by and by" is_off flannel.1
expect_soon 1 "both" is_off flannel.2
stop_serving

# on_not_affected = "leave".
configure 'sweep = 0;' 'on_not_affected = "leave";'
signal_service HUP
expect_soon 3 "read again" logged 'were read again'
install_kubelet v1.18.6
expect_soon 6 "not affected" state_is not-affected
expect "left off" is_off flannel.1
expect "still recorded" is_recorded flannel.1
expect_exit 0 agent status --json
expect_json "d['verdict'] == 'not-affected'"
configure 'sweep = 0;'
signal_service HUP
expect_soon 3 "given back when that is configured" is_on flannel.1
expect_soon 1 "both" is_on flannel.2

# Asking takes its time without an answer; nothing is switched meanwhile, nor after.
install_kubelet v1.18.3
expect_soon 6 "affected" is_off flannel.1
printf '#!/bin/sh\nexec sleep 1234\n' >"$kubelet"
expect_soon 14 "a kubelet that does not answer: unknown" verdict_is unknown
expect "left as it is" is_off flannel.1

# While a CNI makes one device after the other.
install_kubelet v1.18.6
expect_soon 6 "given back" is_on flannel.1
(
	while :; do
		add_vxlan flannel.3 3 noudpcsum
		sleep 0.5
		ip link del flannel.3
	done
) &
churner=$!
sleep 2
install_kubelet v1.18.3
expect_soon 6 "seen all the same" is_off flannel.1
kill "$churner"
wait "$churner" 2>/dev/null || true

# The configuration names another kubelet.
mkdir -p "$root/opt/strange"
kubelet=$root/opt/strange/kubelet
install_kubelet v1.18.6
configure 'sweep = 0;' 'kubernetes = { kubelet = "/opt/strange/kubelet"; };'
signal_service HUP
expect_soon 4 "the other one is asked" is_on flannel.1
install_kubelet v1.18.3
expect_soon 6 "its folder is watched" is_off flannel.1
stop_service
expect_exit 0 agent restore
