#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kube-proxy's metrics on loopback: right, slow, garbage, never answering.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=(--kernel-release 4.19.118)
server=
ip link set lo up
printf '#!/bin/sh\necho Kubernetes v1.18.6\n' >"$root/usr/bin/kubelet"
chmod 755 "$root/usr/bin/kubelet"
add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

# serve MODE: answers on kube-proxy's port until the next one.
serve() {
	stop_serving
	rm -f "$work/listening"
	"$python" "$test_folder/metrics_server.py" "$1" "$work/listening" &
	server=$!
	wait_for 10 test -e "$work/listening"
}

stop_serving() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	[ -z "$server" ] || wait "$server" 2>/dev/null || true
	server=
}

# expect_proxy VERSION: kube-proxy's answer counts, and kubelet's is shown as well.
expect_proxy() {
	expect_exit 0 agent facts "${kernel[@]}"
	expect_shape facts
	expect_json "d['kubernetes']['version'] == '$1'"
	expect_json "d['kubernetes']['component'] == 'kube-proxy'"
	expect_json "'10249' in d['kubernetes']['source']"
}

# expect_kubelet SECONDS: kube-proxy answered nothing, within that time; kubelet's answer stands in.
expect_kubelet() {
	local start=$SECONDS

	expect_exit 0 agent status "${kernel[@]}"
	expect_quiet
	expect_within "$1" "$start" "asking"
	expect_exit 0 agent facts "${kernel[@]}"
	expect_json "d['kubernetes']['version'] == 'v1.18.6'"
	expect_json "d['kubernetes']['component'] == 'kubelet'"
}

# Nobody listens.
expect_kubelet 2

# kube-proxy is older than kubelet: it wins, and explain shows both.
serve right
expect_proxy v1.18.3
expect_exit 1 agent status "${kernel[@]}"
expect_summary '^Vulnerable: '
expect_exit 1 agent explain "${kernel[@]}"
expect_line 'kube-proxy +v1\.18\.3 .*127\.0\.0\.1:10249'
expect_line 'kubelet +v1\.18\.6 .*/usr/bin/kubelet'
serve new-label
expect_proxy v1.18.3
serve split
expect_proxy v1.18.3
serve large
expect_proxy v1.18.3

# Whatever else it says, or does not say.
for mode in never silent-close half slow garbage binary endless not-found redirect no-label empty \
	bad-version; do
	serve "$mode"
	expect_kubelet 4
done

# Another place, and no port at all.
stop_serving
serve right
configure 'kubernetes = { proxy_metrics = "127.0.0.1:1"; };'
expect_kubelet 2
configure ''

# A listener without privileges there decides nothing.
stop_serving
rm -f "$work/listening"
chmod 777 "$work"
setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$python" "$test_folder/metrics_server.py" right "$work/listening" &
server=$!
wait_for 10 test -e "$work/listening"
chmod 755 "$work"
expect_kubelet 2
stop_serving

expect_equal "asking changes nothing" "$before" "$(node_state)"
