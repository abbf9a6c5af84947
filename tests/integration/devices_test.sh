#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules about devices: a node that has one, one that nearly has it, one of which it is not known, by
# files of facts, since a NIC with hardware is not to be had in a network namespace; and that a node
# without one is left alone, whatever the rule's other conditions say.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# rule TEXT: the only one, with this in it; about bnxt_en unless it says else.
rule() {
	rm -f "$rules"/*.rules
	printf 'rule = { id = "test"; title = "A test"; turn_off = [ "rx-gro-hw" ]; %s };\n' "$1" >"$rules/test.rules"
}

# judge STATE FACTS: of links and devices beside a node without Kubernetes.
judge() {
	local code=0

	case $1 in
	Vulnerable) code=1 ;;
	Unknown) code=2 ;;
	esac
	printf '{"kubernetes":{"present":false},"kernel":{"release":"6.12.9"},%s}' "$2" >"$work/facts"
	expect_exit "$code" agent explain --facts "$work/facts"
	expect_summary "$1: "
}

eth0='"links":[{"name":"eth0","ifindex":2,"driver":"bnxt_en"}]'

# The driver alone.
rule 'mode = "tell"; exposed = { driver = "bnxt*"; };'
judge Vulnerable "$eth0"
expect_line '^  device      yes      *eth0$'
judge 'Not affected' '"links":[{"name":"eth0","ifindex":2,"driver":"bnx2x"}]'
expect_line '^  device      no  .*no NIC of this node shows it$'
judge 'Not affected' '"links":[]'

# Facts that tell of no NIC: whether one shows it is not known, unless nothing else says that the rule is
# about this node, or something says that it is not.
judge Unknown '"os":{}'
expect_summary 'Unknown: these facts name no NIC; test asks for one$'
expect_line '^Rule test: unknown; it only tells$'
rule 'mode = "tell"; kernel = ( { family = "upstream"; affected = ( ">=6.12 <6.13" ); } ); exposed = { driver = "bnxt*"; };'
judge Unknown '"os":{}'
rule 'mode = "tell"; kernel = ( { family = "upstream"; affected = ( "<6.12" ); } ); exposed = { driver = "bnxt*"; };'
judge 'Not affected' '"os":{}'
rule 'mode = "tell"; machine = { vendor = "VMware*"; }; exposed = { driver = "bnxt*"; };'
judge 'Not affected' '"os":{}'
expect_summary 'Not affected: as far as these facts tell, which name no NIC$'
rule 'mode = "advise"; exposed = { driver = "bnxt*"; };'
judge 'Not affected' '"os":{}'

# The one that nothing else says no word of is not the one that is named.
rule 'mode = "tell"; machine = { vendor = "VMware*"; }; exposed = { driver = "bnxt*"; };'
sed 's/"test"/"with-nics"/; s/machine = { [^}]* };//' "$rules/test.rules" >"$rules/with-nics.rules"
judge Unknown '"os":{}'
expect_summary 'Unknown: these facts name no NIC; with-nics asks for one$'

# A reason that is too long for the first line: that names the kernel, and the rule's line has all of it.
rule 'mode = "tell"; kernel = ( { family = "upstream"; unknown = ( ">=6.12.1 <6.12.100" ); } ); exposed = { driver = "bnxt*"; };'
judge Unknown "$eth0"
expect_summary 'Unknown: whether kernel 6\.12\.9 is affected$'
rule 'mode = "tell"; exposed = { driver = "bnxt*"; };'

# What only advises is listed, and makes no state.
rule 'mode = "advise"; exposed = { driver = "bnxt_en"; };'
judge 'Not affected' "$eth0"
expect_line '^Rule test: affected; it only advises$'

# Each of the device's words: one that fits, one that nearly does, one that is not known.
# words KEY FITS NEARLY: JSON of a device for each.
words() {
	rule "mode = \"tell\"; exposed = { driver = \"bnxt_en\"; $1 };"
	judge Vulnerable "$eth0,\"devices\":[{\"ifindex\":2,$2}]"
	judge 'Not affected' "$eth0,\"devices\":[{\"ifindex\":2,$3}]"
	judge Unknown "$eth0,\"devices\":[{\"ifindex\":2}]"
	judge Unknown "$eth0"
}
words 'pci = "14e4:16d?";' '"is_pci":true,"pci":"14e4:16d7"' '"is_pci":true,"pci":"14e4:1750"'
words 'firmware = "<218";' '"firmware":"214.0.2"' '"firmware":"218.0"'
words 'driver_version = [ "1.10.*" ];' '"driver_version":"1.10.2-x"' '"driver_version":"1.11"'
words 'master = { kind = "bridge"; };' '"relations_known":true,"master_kind":"bridge"' \
	'"relations_known":true,"master_kind":"bond"'
words 'upper = { kind = "vlan"; };' '"relations_known":true,"upper_kinds":["macvlan","vlan"]' \
	'"relations_known":true'
words 'feature_on = "rx-gro-hw";' '"features_known":true,"features_on":["rx-gro-hw"]' \
	'"features_known":true,"features_changeable":["rx-gro-hw"]'
words 'carries = { kind = "vxlan"; port_not = [ 4789, 8472 ]; };' \
	'"carried_known":true,"carried":[{"tunnel":"vx","kind":"vxlan","port":8223}]' \
	'"carried_known":true,"carried":[{"tunnel":"vx","kind":"vxlan","port":8472}]'

# The machine.
rule 'mode = "tell"; machine = { vendor = "VMware*"; }; exposed = { driver = "bnxt_en"; };'
judge Vulnerable "$eth0,\"machine\":{\"vendor\":\"VMware, Inc.\"}"
judge 'Not affected' "$eth0,\"machine\":{\"vendor\":\"Dell Inc.\"}"
judge 'Not affected' "$eth0,\"machine\":{\"vendor\":\"\"}"
judge Unknown "$eth0"

# An advice about a link of this node: the first line says so, and what it asks for is not called right.
add_vxlan vxlan6 6
cat >"$rules/test.rules" <<'EOF'
rule = { id = "test"; title = "A test"; mode = "advise"; exposed = { kind = "vxlan"; }; turn_off = [ "tx" ]; };
EOF
expect_exit 0 agent status
expect_summary 'Not affected: only advice about vxlan6 \(test\)$'
expect_line '^No NIC is selected, and only the advice above is about one\.$'
cat >"$rules/other.rules" <<'EOF'
rule = { id = "other"; title = "Another"; kernel = ( { family = "upstream"; affected = ( "<2.6" ); } );
	exposed = { kind = "vxlan"; }; turn_off = [ "tx" ]; };
EOF
expect_exit 0 agent status
expect_line '^vxlan6 .* tx-checksum-ip-generic +on +- +see the advice$'
rm "$rules/test.rules"
expect_exit 0 agent status
expect_summary 'Not affected: no rule concerns this node$'
expect_line '^vxlan6 .* tx-checksum-ip-generic +on +- +may stay on$'
# A rule that could not be looked at may ask for it.
cat >"$rules/open.rules" <<'EOF'
rule = { id = "open"; title = "Open"; nat = "double-snat"; exposed = { kind = "vxlan"; }; turn_off = [ "tx" ]; };
EOF
chmod 755 /run "$work"
launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups)
expect_exit 0 agent status
expect_line '^vxlan6 .* tx-checksum-ip-generic +on +-$'
launcher=()
expect_exit 0 agent status
expect_line '^vxlan6 .* tx-checksum-ip-generic +on +- +may stay on$'
rm "$rules/open.rules" "$rules/other.rules"
ip link del vxlan6
rule 'mode = "tell"; machine = { vendor = "VMware*"; }; exposed = { driver = "bnxt_en"; };'

# This node has no such NIC: nothing is read, or said to be missing, that it does not have.
add_vxlan vxlan7 7
expect_exit 0 agent status
expect_summary "Not affected: "
expect_line '^  others      1 rule does not concern this node;'
expect_exit 0 agent apply
expect_exit 0 agent facts
expect_line '"machine":{"arch":"'
expect_line '"devices":\['

# A rule that wants to be looked at again.
rule 'mode = "tell"; review = "2026-01"; exposed = { driver = "bnxt_en"; };'
expect_exit 0 agent check
expect_complaint 'test.rules: review = "2026-01": look whether'
rule 'mode = "tell"; review = "2099-12"; exposed = { driver = "bnxt_en"; };'
expect_exit 0 agent check
expect_quiet
