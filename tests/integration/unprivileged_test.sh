#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Without CAP_NET_ADMIN: everything can be seen, nothing changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need setpriv

as_nobody() {
	local launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all
		--bounding-set -all)

	agent "$@"
}

as_powerless_root() {
	local launcher=(setpriv --inh-caps -all --bounding-set -all)

	agent "$@"
}

add_vxlan flannel.1 1 noudpcsum
before=$(node_state)
# Nat rules are for the privileged to read: tests of their own.
configure 'off = [ "vxlan-outer-snat" ];'

for less in as_nobody as_powerless_root; do
	agent status --json "${affected[@]}" >"$work/privileged" || true
	expect_exit 1 "$less" status --json "${affected[@]}"
	expect_shape status
	expect_ethtool_agrees
	expect_equal "$less sees the same" "$(cat "$work/privileged")" "$(cat "$work/stdout")"
	expect_exit 1 "$less" status "${affected[@]}"
	expect_summary '^Vulnerable: '
	expect_quiet
	expect_exit 77 "$less" apply "${affected[@]}"
	expect_complaint 'CAP_NET_ADMIN'
	expect_exit 0 "$less" apply --dry-run "${affected[@]}"
	expect_exit 0 "$less" check
	expect_equal "$less changed nothing" "$before" "$(node_state)"
done
expect "nobody made no folder" test "$(stat -c %u /run/offload-agent 2>/dev/null || echo 0)" = 0

expect_exit 0 agent apply "${affected[@]}"
applied=$(node_state)
for less in as_nobody as_powerless_root; do
	expect_exit 0 "$less" status --json "${affected[@]}"
	expect_ethtool_agrees
	expect_json "feature('flannel.1', 'tx-checksum-ip-generic')['outcome'] == 'off'"
	expect_exit 77 "$less" restore
	expect_complaint 'CAP_NET_ADMIN'
	# Nothing to do needs no power.
	expect_exit 0 "$less" apply "${affected[@]}"
	expect_equal "$less changed nothing" "$applied" "$(node_state)"
done
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"
