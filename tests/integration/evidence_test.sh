#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kernel = { evidence = "probe"; }: what was measured decides, not the table; once per boot, and only
# by what this boot's root measured. Right on any kernel: what it does is asked of `probe` itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source-path=SCRIPTDIR/service source=service/service.sh
. "$(dirname "$0")/service/service.sh"
need setpriv

kept=/run/offload-agent/probe.json
zero=kubernetes-double-snat-zero-checksum
udp=kubernetes-double-snat-udp-checksum

# judged OPTION...: explains an affected Kubernetes; the kernel says what it likes.
judged() {
	agent explain --json --kubernetes-version v1.18.3 "$@"
}

# expect_kernel RULE OUTCOME [REGEX]: the kernel condition of a rule, and its reason.
expect_kernel() {
	expect_json "[c['outcome'] for c in rule('$1')['conditions'] if c['name'] == 'kernel'] == ['$2']"
	[ $# -lt 3 ] || expect_json "__import__('re').search(r'''$3''',
		[c['reason'] for c in rule('$1')['conditions'] if c['name'] == 'kernel'][0])"
}

# measured KEY FILE: clean or corrupt.
measured() {
	"$python" -c 'import json, sys; print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$@"
}

# outcome_of clean|corrupt
outcome_of() {
	[ "$1" = corrupt ] && echo yes || echo no
}

# relation TABLE MEASURED: two outcomes.
relation() {
	[ "$1" = "$2" ] && echo agrees || echo disagrees
}

expect_exit '0|1' agent probe --json
cp "$work/stdout" "$work/probe"
zero_measured=$(measured zero_checksum "$work/probe")
udp_measured=$(measured udp_checksum "$work/probe")
zero_outcome=$(outcome_of "$zero_measured")
udp_outcome=$(outcome_of "$udp_measured")
expect "probe alone keeps nothing" test ! -e /run/offload-agent

# By version: the table decides, and nothing is measured.
expect_exit '0|1|2' judged --kernel-release 4.19.118
expect_kernel "$zero" yes '^4\.19\.118 is in [^;]*$'
expect_json "d['facts']['measured'] == {'zero_checksum': 'unknown', 'udp_checksum': 'unknown',
	'source': None}"
expect "by version keeps nothing" test ! -e /run/offload-agent

# By measurement, whatever the release says; both are reported.
configure 'kernel = { evidence = "probe"; };'
for release in 4.19.118:yes:yes 5.8.1:no:yes 3.10.1:yes:no; do
	IFS=: read -r number zero_table udp_table <<<"$release"
	expect_exit '0|1' judged --kernel-release "$number"
	expect_quiet
	expect_kernel "$zero" "$zero_outcome" \
		"^measured $zero_measured \(.*\); the table $(relation "$zero_table" "$zero_outcome"): $number is"
	expect_kernel "$udp" "$udp_outcome" \
		"^measured $udp_measured \(.*\); the table $(relation "$udp_table" "$udp_outcome"): $number is"
	rm -r /run/offload-agent
done
expect_exit '0|1' agent explain --kubernetes-version v1.18.3
expect_line "^  complete checksum +$udp_measured +<- offload-agent probe, 20"

# It decides what is done: with the table alone this node would be left alone, or switched.
add_vxlan vx1 1 udpcsum
expect_exit '0|1' agent apply --kubernetes-version v1.18.3 --kernel-release 3.10.1
if [ "$udp_outcome" = yes ]; then
	expect_summary '^Mitigation: '
	expect_feature vx1 tx-checksum-ip-generic off
else
	expect_summary '^Not affected: '
	expect_feature vx1 tx-checksum-ip-generic on
fi
expect_exit 0 agent restore
ip link del vx1

# A whole measurement is kept, as root's, and not made again.
expect "kept" test -e "$kept"
expect_equal "whose" '0 644' "$(stat -c '%u %a' "$kept")"
first=$(stat -c %i "$kept")
expect_exit '0|1' judged
expect_equal "measured once" "$first" "$(stat -c %i "$kept")"
cp "$kept" "$work/kept"

# swap: the record says the contrary, and is believed.
swap() {
	sed 's/"clean"/"other"/g; s/"corrupt"/"clean"/g; s/"other"/"corrupt"/g' "$work/kept" >"$kept"
}
contrary=$([ "$zero_outcome" = yes ] && echo no || echo yes)
swap
expect_exit '0|1|2' judged --kernel-release 4.19.118
expect_kernel "$zero" "$contrary" '^measured '
# ... also when it only stands beside the table.
configure ''
expect_exit '0|1|2' judged --kernel-release 4.19.118
expect_kernel "$zero" yes "; the measurement $(relation yes "$contrary"): "
configure 'kernel = { evidence = "probe"; };'

# ... but not when it is another boot's, not root's, open to others, cut off, or something else:
# then it is measured, and kept anew.
old_boot() {
	swap
	sed -i 's/"boot_id":"[0-9a-f]\{8\}/"boot_id":"00000000/' "$kept"
}
not_roots() {
	swap
	chown 65534 "$kept"
}
open_to_others() {
	swap
	chmod 666 "$kept"
}
cut_off() {
	swap
	truncate -s 400 "$kept"
}
a_link() {
	swap
	mv "$kept" "$work/elsewhere"
	ln -s "$work/elsewhere" "$kept"
}
for spoil in old_boot not_roots open_to_others cut_off a_link; do
	cp "$work/kept" "$kept"
	"$spoil"
	expect_exit '0|1' judged --kernel-release 4.19.118
	expect_quiet
	with=$spoil expect_kernel "$zero" "$zero_outcome" '^measured '
	expect_equal "after $spoil: kept anew" '0 644' "$(stat -c '%u %a' "$kept")"
	expect_equal "after $spoil: right again" "$zero_measured" "$(measured zero_checksum "$kept")"
done

# A dry run and facts for another place.
rm -r /run/offload-agent
expect_exit '0|1' agent apply --dry-run --kubernetes-version v1.18.3
expect "a dry run keeps nothing" test ! -e /run/offload-agent
expect_exit 0 agent facts --json
expect_shape facts
expect_json "d['measured']['zero_checksum'] == '$zero_measured'"
cp "$work/stdout" "$work/facts"
rm -r /run/offload-agent
launcher=(setpriv --bounding-set -all --inh-caps -all)
expect_exit '0|1|2' agent explain --json --facts "$work/facts"
expect_json "d['facts']['measured']['udp_checksum'] == '$udp_measured'"

# Without privilege nothing is known of the kernel, with the reason; nothing else changes.
expect_exit 2 judged --kernel-release 4.19.118
expect_quiet
expect_kernel "$zero" unknown '^not measured: no privilege .*; the table says: 4\.19\.118 is in'
expect_exit 2 agent status --kubernetes-version v1.18.3
expect_summary '^Unknown: not measured: no privilege'
expect_exit 0 agent status --kubernetes-version v1.18.6
expect_summary '^Not affected: '
configure ''
expect_exit '0|1' judged --kernel-release 4.19.118
expect_kernel "$zero" yes '^4\.19\.118 is in [^;]*$'
launcher=()

# The service: measures when it is told to, keeps, and does not wait for it. Options that say
# something of the node would be answered without the service.
ask_service() {
	"$agent" explain --json --config "$config" --rules "$rules" --backend "$BACKEND"
}
service_says() {
	ask_service >"$work/stdout" 2>/dev/null || true
	grep -q '"running":true' "$work/stdout" && grep -q -e "$1" "$work/stdout"
}
# Whoever asked before it has spoken would look for himself, and keep what he measured.
launch_it() {
	launch_service --kubernetes-version v1.18.3 --kernel-release 4.19.118
	wait_for 20 service_runs
}

rm -rf /run/offload-agent
launch_it
wait_for 5 service_says '"source":null'
expect_exit '0|1' ask_service
expect_kernel "$zero" yes '^4\.19\.118 is in [^;]*$'
configure 'kernel = { evidence = "probe"; };'
signal_service HUP
wait_for 10 service_says "\"zero_checksum\":\"$zero_measured\""
expect_exit '0|1' ask_service
expect_kernel "$zero" "$zero_outcome" '^measured '
expect_kernel "$udp" "$udp_outcome" '^measured '
expect "the service keeps it" test -e "$kept"
stop_service

# From its start on; and what is kept is what the next one takes.
for again in first second; do
	[ "$again" = second ] || rm -r /run/offload-agent
	launch_it
	wait_for 5 service_says "\"zero_checksum\":\"$zero_measured\""
	expect_exit '0|1' ask_service
	expect_kernel "$zero" "$zero_outcome" '^measured '
	[ "$again" = second ] || first=$(stat -c %i "$kept")
	stop_service
done
expect_equal "measured once for two services" "$first" "$(stat -c %i "$kept")"

# One without the privilege runs, and says why it does not know.
rm -r /run/offload-agent
launcher=(setpriv --bounding-set "-all,+net_admin" --inh-caps "-all,+net_admin")
launch_it
launcher=()
wait_for 5 service_says 'not measured: no privilege'
expect_exit 2 ask_service
stop_service
