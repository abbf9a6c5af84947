#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `rules`: a table that fits a terminal, for everybody, with the modes that are in force.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need setpriv

expect_exit 0 agent rules
expect_quiet
expect_summary '^ID +EFFECT +MODE +REVIEW +NEEDS$'
expect_equal "a line for each rule" "$(find "$rules" -name '*.rules' | wc -l)" "$(tail -n +2 "$work/stdout" | wc -l)"
expect_line '^vmxnet3-tunnel-port +drops +tell +20[0-9]{2}-[0-9]{2} +kernel driver carries feature_on$'
expect_line '^kubernetes-double-snat-zero-checksum +drops +act +- +kubernetes kernel kind udp_csum$'
expect "no line is longer than 100" test "$(wc -L <"$work/stdout")" -le 100
cp "$work/stdout" "$work/table"

# Everybody may look.
launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all --bounding-set -all)
expect_exit 0 agent rules
expect_equal "without privileges it is the same" "$(cat "$work/table")" "$(cat "$work/stdout")"
launcher=()

# What the configuration says of a mode is what counts.
configure 'act = [ "vmxnet3-*" ]; off = [ "e1000e-tx-hang" ]; tell = [ "macb-*" ];'
expect_exit 0 agent rules
expect_line '^vmxnet3-tunnel-port +drops +act '
expect_line '^vmxnet3-tunnel-hypervisor +drops +act '
expect_line '^e1000e-tx-hang +hangs +off '
expect_exit 0 agent rules --json
expect_json "d['schema'] == 1 and [r['id'] for r in d['rules']] == sorted(r['id'] for r in d['rules'])"
expect_json "{r['id']: r['mode'] for r in d['rules']}['macb-tx-stall'] == 'tell'"
expect_json "all(r['title'] and r['needs'] and r['file'].endswith('.rules') for r in d['rules'])"
expect_json "{r['id']: r['needs'] for r in d['rules']}['bnxt-rx-coalescing-forwarding'] == ['driver', 'master', 'feature_on']"

# Rules of one's own: one with a long name that needs all there is, and says nothing of itself.
rm "$rules"/*.rules
configure ''
cat >"$rules/own.rules" <<'END'
rule = {
	id = "a-rule-with-a-name-that-is-longer-than-any-that-is-shipped";
	title = "A test";
	kubernetes = { affected = ( "<1.18" ); };
	nat = "double-snat";
	kernel = ( { family = "upstream"; affected = ( "<5" ); } );
	machine = { arch = "x86_64"; };
	exposed = ( { driver = "x"; pci = "8086:*"; driver_version = "<2"; firmware = "<3"; carries = { port = 4789; };
		upper = { kind = "vlan"; }; master = { kind = "bond"; }; feature_on = "tx-a"; feature_changeable = "tx-b"; },
		{ name = "eth*"; mac = "02:00:00:00:00:01"; kind = "vxlan"; udp_csum = true; port = 1; port_not = 2; } );
	turn_off = [ "tx" ];
};
END
sed -i 's/"<5"/"<5.0"/; s/"<1.18"/"<1.18.0"/' "$rules/own.rules"
expect_exit 0 agent rules
expect "no line is longer than 100" test "$(wc -L <"$work/stdout")" -le 100
expect_line '^a-rule-with-a-name-that-is-longer-than-any-that-is-shipped$'
expect_line '^ +- +act +- +kubernetes nat kernel machine$'
expect_exit 0 agent rules --json
expect_json "len(d['rules'][0]['needs']) == 19 and d['rules'][0]['effect'] is None and d['rules'][0]['review'] is None"

# None at all.
: >"$rules/own.rules"
expect_exit 0 agent rules
expect_equal "the head alone" 1 "$(wc -l <"$work/stdout")"

# Bad rules.
echo 'rule = 7;' >"$rules/own.rules"
expect_exit 65 agent rules
expect_complaint 'own.rules:1: '
expect_exit 64 agent rules --dry-run
expect_complaint "not an option of rules"
