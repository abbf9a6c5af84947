#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# In the virtual machine of nics_test.sh: each fault is there, is told, cured by the agent, and there again
# when that is taken back.
set -euo pipefail
# The machine itself is the place to run in.
export OFFLOAD_AGENT_TEST_INSIDE=1
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../integration/lib.sh
. "$folder/../../integration/lib.sh"
: "${TEST_STOCK:?}"
# The machine itself: what is known of it is below this.
root=/

# load MODULE [PARAMETER...]
load() {
	modprobe -d "$TEST_STOCK" "$@"
}

# connect NIC N: the peer is 10.N.0.2, and 10.3N.0.2 and 10.5N.0.2 through tunnels on two ports.
connect() {
	ip address add "10.$2.0.1/24" dev "$1"
	ip link set "$1" up
	connect_tunnel "$1" "$2" $((30 + $2)) 8472
	connect_tunnel "$1" "$2" $((50 + $2)) 8223
}

# connect_tunnel NIC N ID PORT
connect_tunnel() {
	ip link add "vx$3" address "02:00:00:00:$3:01" type vxlan id "$3" dstport "$4" \
		local "10.$2.0.1" remote "10.$2.0.2" dev "$1"
	ip address add "10.$3.0.1/24" dev "vx$3"
	ip link set "vx$3" up
}

# rule_file ID GROUP FEATURE...: a rule that tells, whatever the node is.
rule_file() {
	local id=$1 exposed=$2 features

	shift 2
	features=$(printf '"%s", ' "$@")
	cat >"$rules/$id.rules" <<-RULE
		rule = { id = "$id"; title = "A fault of a NIC"; mode = "tell"; effect = "drops";
			exposed = $exposed; turn_off = [ ${features%, } ]; };
	RULE
}

# expect_traffic WHEN LINE...: traffic is so, and what the peer's `wire` finds of it, by sender; what is
# dead is dead of its checksums.
expect_traffic() {
	local found when=$1

	shift
	found=$("$folder/traffic.py" look 10.5.0.2 guest "${tunnels[@]}")
	expect_equal "$when" "$(printf '%s\n' "$@")" "$(grep -v '^refused' <<<"$found")"
	case $*:$found in
	*dead*:*"refused 0") fail "$when: the peer did not find wrong checksums" ;;
	esac
}

expect_cured() {
	expect_traffic "$1" '10.31.0.2 alive' '10.51.0.2 alive' '10.32.0.2 alive' 'guest alive' \
		'wire 0' 'wire 10.1.0.1 right' 'wire 10.2.0.1 right' 'wire 10.4.0.1 right' \
		'segments 1000 1000 1000 1000 1000'
	expect_feature eth0 tx-udp_tnl-segmentation off
}

expect_faults() {
	expect_traffic "$1" '10.31.0.2 dead' '10.51.0.2 dead' '10.32.0.2 dead' 'guest dead' \
		"${wire_finds_all[@]}" 'segments 5000'
	expect_feature eth0 tx-udp_tnl-segmentation on
}

for module in vxlan bridge tun; do
	load $module
done
insmod "$TEST_STOCK/vmxnet3.ko"
for module in igb 8139cp e1000e; do
	load $module
done
connect eth0 1
connect eth1 2
connect eth2 5
ip link add br0 type bridge
ip link set br0 up
ip tuntap add mode tap name guest vnet_hdr
for port in guest eth3; do
	ip link set $port master br0 up
done
tunnels=(10.31.0.2 10.51.0.2 10.32.0.2)
# Of vmxnet3, igb and what 8139cp sends for a virtual machine.
wire_finds_all=('wire 1' 'wire 10.1.0.1 inner-checksum' 'wire 10.2.0.1 inner-checksum'
	'wire 10.4.0.1 inner-checksum')
# The kernel that vmxnet3 with any_port=1 is of.
before_ports=(--kernel-release 5.10.40)

expect_traffic "a driver that knows the ports" '10.31.0.2 dead' '10.51.0.2 alive' '10.32.0.2 dead' \
	'guest dead' "${wire_finds_all[@]}" 'segments 5000'
expect_exit 0 agent status
expect_line 'vmxnet3-tunnel-hypervisor'
expect_no_line 'vmxnet3-tunnel-port'
expect_exit 1 agent status "${before_ports[@]}"
expect_line '^  rule +vmxnet3-tunnel-port: affected, which only tells'

rule_file test-checksum '{ driver = "igb"; name = "eth1"; }' tx-checksum-ip-generic
rule_file test-segments '{ driver = "igb"; name = "eth2"; feature_on = [ "tx-udp-segmentation" ]; }' \
	tx-udp-segmentation
rule_file test-uplink '{ driver = "8139cp"; master = { kind = "bridge"; }; }' tx

echo 1 >/sys/module/vmxnet3/parameters/any_port
expect_faults "before"
expect_exit 1 agent status "${before_ports[@]}"
for rule in vmxnet3-tunnel-port test-checksum test-segments test-uplink; do
	expect_line "^  rule +$rule: affected, which only tells"
done
expect_exit 0 agent apply "${before_ports[@]}"
configure 'act = [ "vmxnet3-*" ];'
expect_exit 0 agent apply "${before_ports[@]}"
expect_traffic "one line of configuration" '10.31.0.2 alive' '10.51.0.2 alive' '10.32.0.2 dead' \
	'guest dead' 'wire 1' 'wire 10.1.0.1 right' 'wire 10.2.0.1 inner-checksum' 'wire 10.4.0.1 inner-checksum' \
	'segments 5000'
configure 'act = [ "*" ];'
expect_exit 0 agent apply "${before_ports[@]}"
expect_summary '^Mitigation: '
expect_cured "all act"
configure
expect_exit 0 agent apply "${before_ports[@]}"
expect_faults "the line is gone"
configure 'act = [ "*" ];'
expect_exit 0 agent apply "${before_ports[@]}"
expect_feature eth0 tx-udp_tnl-segmentation off
expect_exit 0 agent restore
expect_faults "given back"
expect_exit 0 agent facts
expect_json "d['machine']['hypervisor'] == 'vmware'"
