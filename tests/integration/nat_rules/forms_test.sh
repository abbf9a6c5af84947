#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every form of rules, in force: what iptables-save prints of them is understood.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=nat_rules.sh
. "$(dirname "$0")/nat_rules.sh"

add_vxlan flannel.1 1 noudpcsum
port=20001

for family in iptables ip6tables; do
	tables=$family-$KIND
	if [ "$family" = iptables ]; then reason=''; else reason='^IPv6: '; fi
	no_rules
	expect_rules no '^no rule of kube-proxy or kubelet'
	expect_json "'$([ "$KIND" = nft ] && echo nf_tables || echo "$family-legacy-save")' in d['facts']['nat_rules']['source']"

	kube_chains
	expect_rules no 'no rule masquerades by the mark 0x4000/0x4000'
	vulnerable_rule
	expect_rules yes "${reason}KUBE-POSTROUTING rule 1 masquerades fully-random while the mark 0x4000/0x4000 is set"
	# Exempt from tracking, or cleared on its way out.
	"$tables" -w -t raw -A OUTPUT -p udp -m udp --dport "$port" -j CT --notrack
	expect_rules no "${reason}the VXLAN packet is not tracked: raw OUTPUT rule 1"
	# The other kind's tables exempt it as well.
	"$tables" -w -t raw -F
	other=$family-$([ "$KIND" = legacy ] && echo nft || echo legacy)
	if "$other" -w -t raw -L -n >/dev/null 2>&1; then
		"$other" -w -t raw -A OUTPUT -p udp -m udp --dport "$port" -j CT --notrack
		expect_rules no "${reason}the VXLAN packet is not tracked: raw OUTPUT rule 1"
		"$other" -w -t raw -F
	else
		echo "not tested: exempt by $other, which is not to be had here"
	fi
	"$tables" -w -t raw -A OUTPUT -p udp -m udp --dport $((port + 1)) -j CT --notrack
	expect_rules yes
	"$tables" -w -t mangle -A OUTPUT -p udp -m udp --dport "$port" -j MARK --set-mark 0
	expect_rules no "${reason}mangle OUTPUT rule 1 clears the mark of the VXLAN packet"
	"$tables" -w -t mangle -F

	nat -F KUBE-POSTROUTING
	nat -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
	expect_rules no "${reason}KUBE-POSTROUTING rule 1 masquerades, but not fully-random"
	vulnerable_rule
	expect_rules no "not fully-random"
	nat -D KUBE-POSTROUTING 1
	patched_rules
	expect_rules yes "${reason}KUBE-POSTROUTING rule 1"
	nat -D KUBE-POSTROUTING 1
	expect_rules no "${reason}KUBE-POSTROUTING rule 2 clears the mark 0x4000/0x4000"
	vulnerable_rule
	expect_rules no "${reason}KUBE-POSTROUTING rule 2 clears"

	# Another's chain in front of Kubernetes'.
	nat -N cali-POSTROUTING
	nat -A cali-POSTROUTING -o flannel.1 -m addrtype ! --src-type LOCAL --limit-iface-out \
		-m addrtype --src-type LOCAL -j MASQUERADE --random-fully
	nat -A POSTROUTING -m comment --comment "cali:O3lYWMrLQYEMJtB5" -j cali-POSTROUTING
	expect_rules no
	nat -D POSTROUTING 2
	nat -I POSTROUTING -m comment --comment "cali:\"O3lY\" -j ACCEPT" -j cali-POSTROUTING
	expect_rules yes "${reason}cali-POSTROUTING rule 1 ends the walk with the mark 0x4000/0x4000 still set"
	nat -I cali-POSTROUTING -m mark --mark 0x4000/0x4000 -j RETURN
	expect_rules no
	nat -R cali-POSTROUTING 1 -o 'eth+' -j ACCEPT
	ip link set flannel.1 name other
	expect_rules no
	ip link set other name flannel.1
	expect_rules yes

	# Another mark.
	no_rules
	mark=0x8000
	kube_chains
	vulnerable_rule
	expect_rules yes "the mark 0x8000/0x8000"
	nat -F KUBE-POSTROUTING
	patched_rules
	expect_rules no "clears the mark 0x8000/0x8000"
	no_rules
	mark=0x4000
done
expect_exit '0|1' node explain "${affected[@]}"
expect_line '^  nat rules vulnerable +no  <- .*(-save|nf_tables)'
expect_line '^ +no rule of kube-proxy or kubelet'

# Both families at once: one is enough.
tables=iptables-$KIND
kube_chains
patched_rules
tables=ip6tables-$KIND
kube_chains
vulnerable_rule
expect_rules yes '^IPv6: '
