#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The service goes by the rules: it reads them again whenever it detects the node again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=nat_rules.sh
. "$(dirname "$0")/nat_rules.sh"
need setpriv

log=$work/service.log
service=
# With the drop-in, as systemd starts it.
user=4711
capabilities=-all,+net_admin,+net_raw

start_service() {
	mkdir -p /run/offload-agent
	chown "$user:$user" /run/offload-agent
	setpriv --reuid "$user" --regid "$user" --groups 0 --inh-caps "$capabilities" \
		--ambient-caps "$capabilities" --bounding-set "$capabilities" \
		"$agent" run --config "$config" --rules "$rules" "${affected[@]}" >>"$log" 2>&1 &
	service=$!
	wait_for 20 grep -q . /run/offload-agent/service.json
}

stop_service() {
	kill -TERM "$service"
	wait "$service" || fail "the service ended with exit code $?"
	expect "no sanitizer complained" test "$(grep -c -E 'Sanitizer|runtime error:' "$log")" = 0
}

reload() {
	kill -HUP "$service"
}

is() {
	features flannel.1 | grep -q "tx-checksum-ip-generic: $1"
}

add_vxlan flannel.1 1 noudpcsum
kube_chains
patched_rules
configure 'kubernetes = { evidence = "rules"; };'
start_service
expect "patched rules: left alone" is on
expect_exit 0 node status "${affected[@]}"
expect_summary '^Not affected: '

# Its own clock would come to it; a reload does at once.
nat -F KUBE-POSTROUTING
vulnerable_rule
reload
expect "vulnerable rules: switched off" wait_for 20 is off
expect_exit 0 node status --json "${affected[@]}"
expect_json "d['agent']['running'] is True and d['state'] == 'mitigated'"
expect_json "d['facts']['nat_rules']['vulnerable'] == 'yes'"
nat -F KUBE-POSTROUTING
patched_rules
reload
expect "patched rules: given back" wait_for 20 is on

# The evidence is configured anew: by the version again, and the rules' objection is heard.
configure ''
reload
expect "by the version: switched off" wait_for 20 is off
expect_exit 0 node status --json "${affected[@]}"
expect_json "d['agent']['running'] is True and d['facts']['nat_rules']['vulnerable'] == 'no'"
expect_json "'against it' in rule('kubernetes-double-snat-udp-checksum')['conditions'][0]['reason'] and len(d['contradictions']) == 1"

# Where no rule asks for them the service does not read them; explain does.
configure 'off = [ "vxlan-outer-snat" ];'
reload
not_read() {
	node status --json "${affected[@]}" >"$work/status" 2>/dev/null || true
	grep -q '"nat_rules":{"read":false' "$work/status"
}
expect "a service that needs no rules reads none" wait_for 20 not_read
expect_exit 0 node explain --json "${affected[@]}"
expect_json "d['agent']['running'] is True and d['facts']['nat_rules']['vulnerable'] == 'no'"
stop_service
