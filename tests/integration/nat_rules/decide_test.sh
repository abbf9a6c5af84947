#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Version and rules do not agree: explain shows both, and the configured evidence decides. Without
# the privilege nothing is read, and nothing else changes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=nat_rules.sh
. "$(dirname "$0")/nat_rules.sh"
need setpriv

fixed=(--kubernetes-version v1.18.6 --kernel-release 4.19.118)
condition="rule('kubernetes-double-snat-zero-checksum')['conditions'][0]"
with_rules='kubernetes = { evidence = "rules"; };'
without=(setpriv --inh-caps -all --bounding-set -all)
# A user with the capabilities, as the service has them.
with_admin=(setpriv --inh-caps '-all,+net_admin' --ambient-caps '-all,+net_admin'
	--bounding-set '-all,+net_admin')
with_both=(setpriv --inh-caps '-all,+net_admin,+net_raw' --ambient-caps '-all,+net_admin,+net_raw'
	--bounding-set '-all,+net_admin,+net_raw')
user=(--reuid 4711 --regid 4711)

add_vxlan flannel.1 1 noudpcsum
kube_chains
patched_rules

# By the version, which is the default: the rules are read, and their objection stands in front.
expect_exit 1 node explain "${affected[@]}"
expect_line 'against it \(see kubernetes.evidence\): nat rules: KUBE-POSTROUTING rule 2 clears'
expect_line '^  nat rules vulnerable +no '
expect_exit 1 node status --json "${affected[@]}"
expect_shape status
expect_json "d['facts']['nat_rules']['read'] is True and d['facts']['nat_rules']['vulnerable'] == 'no'"
expect_json "len(d['contradictions']) == 1 and d['summary'].endswith('; witnesses disagree')"
before=$(node_state)

# By the rules, which are not vulnerable though the version is.
configure "$with_rules"
expect_exit 0 node check
expect_exit 0 node explain --json "${affected[@]}"
expect_shape status
expect_json "${condition}['outcome'] == 'no'"
expect_json "${condition}['reason'].startswith('nat rules: KUBE-POSTROUTING rule 2 clears')"
expect_json "'by the version, which disagrees: v1.18.3 is in' in ${condition}['reason']"
for command in status apply; do
	expect_exit 0 node "$command" "${affected[@]}"
	expect_summary '^Not affected: '
done
expect_equal "nothing was changed" "$before" "$(node_state)"

# The rules are vulnerable, though the version is not.
nat -F KUBE-POSTROUTING
vulnerable_rule
expect_exit 1 node status "${fixed[@]}"
expect_summary '^Vulnerable: '
expect_exit 0 node apply "${fixed[@]}"
expect_summary '^Mitigation: '
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 node facts --json --kubernetes-version v1.18.6 --kernel-release 4.19.118
expect_shape facts
expect_json "d['nat_rules']['read'] is True and d['nat_rules']['vulnerable'] == 'yes'"
cp "$work/stdout" "$work/facts.json"
nat -F KUBE-POSTROUTING
patched_rules
expect_exit 0 node apply "${fixed[@]}"
expect_feature flannel.1 tx-checksum-ip-generic on

# Another node's facts: its rules, not this one's.
expect_exit '0|1|2' node explain --json --facts "$work/facts.json"
expect_json "${condition}['outcome'] == 'yes' and 'KUBE-POSTROUTING rule 1' in ${condition}['reason']"
echo '{"kubernetes":{"version":"v1.18.3"},"kernel":{"release":"4.19.118"}}' >"$work/facts.json"
expect_exit 2 node explain --json --facts "$work/facts.json"
expect_json "${condition}['outcome'] == 'unknown' and 'not read' in ${condition}['reason']"

# Files of another tree: its programs are not executed.
expect_exit 2 node explain --json --root "$root" "${affected[@]}"
expect_json "'--root' in d['facts']['nat_rules']['reason']"

# Without the privilege: not read, and unknown where the rules are the evidence.
for who in root nobody; do
	launcher=("${without[@]}")
	[ "$who" = root ] || launcher+=(--reuid 65534 --regid 65534 --clear-groups)
	configure "$with_rules"
	expect_exit 2 node status "${affected[@]}"
	expect_summary '^Unknown: '
	expect_quiet
	expect_not_read 'CAP_NET_ADMIN'
	expect_quiet
	expect_exit 2 node explain "${affected[@]}"
	expect_line '^  nat rules +not read  <- that needs CAP_NET_ADMIN'
	configure ''
	expect_exit 1 node explain --json "${affected[@]}"
	expect_json "${condition}['reason'].startswith('v1.18.3 is in') and 'nat rules' not in ${condition}['reason']"
	expect_quiet
done

# With the capabilities that the unit gives; and what its drop-in adds to them.
launcher=("${with_admin[@]}")
if [ "$KIND" = legacy ]; then
	expect_not_read 'the legacy tables need CAP_NET_RAW'
else
	expect_rules no 'KUBE-POSTROUTING rule 2 clears'
fi
launcher=("${with_both[@]}")
expect_rules no 'KUBE-POSTROUTING rule 2 clears'

# The list of legacy tables is for root and its group. Without it a user learns that there is none
# where that is a module, and the one for nat is not loaded.
launcher=("${with_admin[@]}" "${user[@]}" --clear-groups)
if [ "$KIND" = nft ] && [ -e /sys/module/ip_tables/initstate ] && [ ! -e /sys/module/iptable_nat ]; then
	expect_rules no 'KUBE-POSTROUTING rule 2 clears'
else
	expect_not_read 'which legacy tables there are is for root and its group'
fi
launcher=("${with_both[@]}" "${user[@]}" --groups 0)
expect_rules no 'KUBE-POSTROUTING rule 2 clears'
expect_equal "reading added no legacy table" "$([ "$KIND" = nft ] || echo nat)" "$(cat /proc/net/ip_tables_names)"
