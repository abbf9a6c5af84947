# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of nat rules share, on top of lib.sh, which it sources: Kubernetes' rules in force.
#
# From the environment, besides lib.sh's: KIND, legacy or nft.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
: "${KIND:?must be legacy or nft}"
need "iptables-$KIND" "iptables-$KIND-save" "ip6tables-$KIND" "ip6tables-$KIND-save"

# The mark of the functions below.
mark=0x4000
service_comment="kubernetes service traffic requiring SNAT"
# What to call: the programs of the kind, of IPv4 until a test says otherwise.
tables=iptables-$KIND

nat() {
	"$tables" -w -t nat "$@"
}

# kube_chains: what kube-proxy of any version has, but for KUBE-POSTROUTING's rules.
kube_chains() {
	nat -N KUBE-MARK-MASQ
	nat -N KUBE-POSTROUTING
	nat -A KUBE-MARK-MASQ -j MARK --or-mark "$mark"
	nat -I POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
}

# vulnerable_rule / patched_rules: KUBE-POSTROUTING of before and since the fix.
vulnerable_rule() {
	nat -A KUBE-POSTROUTING -m comment --comment "$service_comment" \
		-m mark --mark "$mark/$mark" -j MASQUERADE --random-fully
}

patched_rules() {
	nat -A KUBE-POSTROUTING -m mark ! --mark "$mark/$mark" -j RETURN
	nat -A KUBE-POSTROUTING -j MARK --xor-mark "$mark"
	nat -A KUBE-POSTROUTING -m comment --comment "$service_comment" \
		-j MASQUERADE --random-fully
}

no_rules() {
	local table chain

	for table in nat raw mangle; do
		"$tables" -w -t "$table" -F
		"$tables" -w -t "$table" -X
	done
	for chain in PREROUTING OUTPUT POSTROUTING; do
		nat -P "$chain" ACCEPT
	done
}

# node COMMAND [OPTION...]: the program on this very node: no --root.
node() {
	local command=$1

	shift
	"${launcher[@]}" "$agent" "$command" --config "$config" --rules "$rules" "$@"
}

# explain_rules: the JSON of explain for an affected node, whatever its exit code.
explain_rules() {
	expect_exit '0|1|2' node explain --json "${affected[@]}"
}

# expect_rules yes|no|unknown [REGEX]: what explain finds in the rules, and why.
expect_rules() {
	explain_rules
	expect_json "d['facts']['nat_rules']['read'] is True"
	expect_json "d['facts']['nat_rules']['vulnerable'] == '$1'"
	expect_json "__import__('re').search(r'''${2:-}''', d['facts']['nat_rules']['reason'])"
}

# expect_not_read REGEX
expect_not_read() {
	explain_rules
	expect_json "d['facts']['nat_rules']['read'] is False"
	expect_json "d['facts']['nat_rules']['vulnerable'] == 'unknown'"
	expect_json "__import__('re').search(r'''$1''', d['facts']['nat_rules']['reason'])"
}

nat -L -n >/dev/null 2>&1 || skip "this kernel has no $KIND nat table"
