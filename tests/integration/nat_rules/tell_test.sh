#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A node whose Kubernetes is repaired while a chain before Kubernetes' own masquerades VXLAN packets
# a second time: every output calls it vulnerable and names the chain and the lasting cure; apply
# changes nothing, and fails nobody, unless the operator lets the agent act.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=nat_rules.sh
. "$(dirname "$0")/nat_rules.sh"
need setpriv

repaired=(--kubernetes-version v1.25.4 --kernel-release 5.15.0)

add_vxlan flannel.1 1 udpcsum
kube_chains
patched_rules

# What stands there is repaired.
expect_exit 0 node status "${repaired[@]}"
expect_summary '^Not affected: Kubernetes v1.25.4, kernel 5.15.0$'
expect_line '^  others      [0-9]+ rules do not concern this node;'
expect_exit 0 node explain "${repaired[@]}"
expect_line '^  nat +no +nat rules: KUBE-POSTROUTING rule 2 clears'

# As flannel before 0.20.2 has it: its masquerade is reached before the mark is cleared.
nat -N FLANNEL-POSTRTG
nat -A FLANNEL-POSTRTG -m comment --comment "flanneld masq" -s 10.244.0.0/16 ! -d 224.0.0.0/4 \
	-j MASQUERADE --random-fully
nat -A FLANNEL-POSTRTG -m comment --comment "flanneld masq" ! -s 10.244.0.0/16 -d 10.244.0.0/16 \
	-j MASQUERADE --random-fully
nat -I POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
before=$(node_state)

expect_exit 1 node status "${repaired[@]}"
expect_summary '^Vulnerable: flannel.1 has tx checksum offload on; witnesses disagree$'
expect_line '^  at odds     by its version Kubernetes is: not-affected, by the node.s own nat rules: affected$'
expect_line '^  rule        vxlan-outer-snat: affected, which only tells$'
expect_line '^  nat         nat rules: FLANNEL-POSTRTG rule 2 ends the walk with the mark'
expect_line '^  for good    flannel 0.20.2'
expect_line 'act = \[ "vxlan-outer-snat" \]'
expect_exit 0 node status --acting "${repaired[@]}"
expect_summary '^Vulnerable: '
expect_exit 1 node status --json "${repaired[@]}"
expect_shape status
expect_json "d['state'] == 'vulnerable' and d['acting_state'] == 'not-affected'"
expect_json "d['contradictions'] == [c['contradiction'] for c in rule('kubernetes-double-snat-udp-checksum')['conditions'] if 'contradiction' in c]"
expect_json "rule('vxlan-outer-snat')['mode'] == 'tell' and rule('vxlan-outer-snat')['looked_at'] is True"
expect_exit 2 node status --format=nagios "${repaired[@]}"
expect_line '^OFFLOAD-AGENT CRITICAL - Vulnerable: .*; witnesses disagree '
expect_exit 1 node status --format=prometheus "${repaired[@]}"
expect_line '^offload_agent_state\{state="vulnerable"\} 1$'
expect_line '^offload_agent_rule_contradiction\{rule="kubernetes-double-snat-udp-checksum",condition="kubernetes"\} 1$'
expect_exit 1 node status --format=nfd "${repaired[@]}"
expect_line 'offload-agent.rule.vxlan-outer-snat=affected$'
expect_exit 1 node explain "${repaired[@]}"
expect_line '^Rule vxlan-outer-snat: affected; it only tells$'
expect_line '^  cost '

# Another tree's node has other rules; the DaemonSet's /host is this very node.
expect_exit 0 node status --root "$root" "${repaired[@]}"
expect_summary '^Not affected: '
expect_line '^  nat         nat rules not read: with --root'
expect_exit 1 node status --root "$root" --root-is-this-node "${repaired[@]}"
expect_summary '^Vulnerable: '

# apply answers for what it can do.
for dry_run in --dry-run ''; do
	# shellcheck disable=SC2086 # an option or nothing
	expect_exit 0 node apply $dry_run "${repaired[@]}"
	expect_summary '^Vulnerable: '
	expect_equal "a rule that only tells changes nothing" "$before" "$(node_state)"
done

# Looking is not permitted: the rule is not looked at, and says so; it is neither "unknown" nor vulnerable.
launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
expect_exit 0 node status "${repaired[@]}"
expect_summary '^Not affected: '
expect_line '^  nat rules   not read; run it as root to look at them, too$'
expect_no_line 'vxlan-outer-snat: '
expect_exit 0 node status --json "${repaired[@]}"
expect_json "rule('vxlan-outer-snat')['looked_at'] is False and d['verdict'] == 'not-affected'"
launcher=()

# The operator lets it act; and turns it off altogether.
configure 'act = [ "vxlan-*" ];'
expect_exit 0 node apply "${repaired[@]}"
expect_summary '^Mitigation: tx checksum offload off on flannel.1; witnesses disagree$'
expect_feature flannel.1 tx-checksum-ip-generic off
configure 'off = [ "vxlan-outer-snat" ];'
expect_exit 0 node apply "${repaired[@]}"
expect_summary '^Not affected: '
expect_feature flannel.1 tx-checksum-ip-generic on
expect_exit 0 node check
expect_line '^  vxlan-outer-snat: off '
configure 'act = [ "vxlan-inner-snat" ];'
expect_exit 0 node check
expect_complaint ':1: act: "vxlan-inner-snat" fits the id of no rule$'
