#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Each shipped rule says of the facts of a node, wherever they are judged, what it says on the node itself:
# all that any rule asks for is in them. Veths stand for NICs of hardware, and for those of the drivers that
# the rules name.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${VETH_AS_NIC:?must name the library}"
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
launcher=(env "LD_PRELOAD=$VETH_AS_NIC")
sed -i -E 's/driver = (\[[^]]*\]|"[^"]*");/driver = "veth";/' "$rules"/*.rules
expect_exit 0 agent check

# said FILE: what the rules say there, without the facts above and the table below. Why nobody looked for what
# can be seen of a NIC is known here alone.
said() {
	awk '/^Rule / { inside = 1 } /^NIC +KIND|^No NIC|^These facts/ { inside = 0 } inside' "$1" |
		sed 's/^\(  symptom     unknown .*: not looked at\): .*/\1/'
}

# compare OPTION...: here, and elsewhere. Which rules say what is kept in $work/verdicts.
compare() {
	with=$*
	expect_exit '0|1|2' agent explain "$@"
	said "$work/stdout" >"$work/here"
	sed -n 's/^Rule \([a-z0-9-]*\): \([a-z-]*\).*/\1 \2/p' "$work/here" >>"$work/verdicts"
	expect_exit 0 agent facts "$@"
	expect_quiet
	cp "$work/stdout" "$work/facts.json"
	launcher=()
	expect_exit '0|1|2' agent explain --facts "$work/facts.json"
	launcher=(env "LD_PRELOAD=$VETH_AS_NIC")
	said "$work/stdout" >"$work/there"
	expect "there are rules" test -s "$work/here"
	expect_equal "here and there" "$(cat "$work/here")" "$(cat "$work/there")"
	with=
}

compare_all() {
	local kernel

	for kernel in 4.19.118 5.9.1 6.1.50 6.17.3 6.18.45 7.0.3; do
		compare --kernel-release "$kernel" --kubernetes-version v1.18.3
	done
	compare
}

# Nothing but a loopback; then two NICs, one of them with a VLAN (where the kernel has them) and a bridge's.
compare_all
ip link add eth7 type veth peer name wire7
ip link add eth8 type veth peer name wire8
ip link add br0 type bridge
ip link set eth8 master br0
ip link add link eth7 name eth7.5 type vlan id 5 2>/dev/null || true
compare_all
expect_exit 0 agent facts
expect_json "all(e['features_known'] for e in d['devices'] if [l for l in d['links'] if l['ifindex'] == e['ifindex'] and l['name'] == 'eth7'])"
expect_json "not [e for e in d['devices'] if [l for l in d['links'] if l['ifindex'] == e['ifindex'] and l['kind']]]"

# What they have on, and what they carry.
for nic in eth7 wire7 br0; do
	ip link set "$nic" up
done
ip address add 192.0.2.1/24 dev eth7
compare_all
user_sets eth7 rx-udp-gro-forwarding on
compare_all
ip link add vx4 type vxlan id 4 dstport 8223 local 192.0.2.1 remote 192.0.2.9 dev eth7
compare_all
user_sets eth7 tx off
compare_all
user_sets eth7 tx on

# What the agent turned off was on.
configure 'act = [ "udp-gro-into-tunnel", "vmxnet3-tunnel-port" ];'
expect_exit 0 agent apply --kernel-release 6.1.50 --kubernetes-version v1.30.1
expect_feature eth7 rx-udp-gro-forwarding off
compare_all
expect_exit 0 agent facts
expect_json "'rx-udp-gro-forwarding' in [e for e in d['devices'] if e['ifindex'] == $(cat /sys/class/net/eth7/ifindex 2>/dev/null || ip -o link show eth7 | cut -d: -f1)][0]['features_on']"

# Each rule applied, or may have, in one of these scenes, but for those whose condition is not to be had here.
mapfile -t ids < <(sed -n 's/^Rule \([a-z0-9-]*\):.*/\1/p' "$work/here")
for rule in "${ids[@]}"; do
	case $rule in
	macb-tx-stall | vxlan-outer-snat) continue ;; # a Raspberry Pi 5; nat rules
	bnxt-rx-coalescing-*) continue ;; # rx-gro-hw, which a veth has not
	r8169-vlan-tx-hang) [ -e /proc/net/vlan ] || continue ;;
	esac
	expect "$rule was affected once" grep -q -x "$rule affected" "$work/verdicts"
done
