#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The kernel judges: a marked connection really leaves by a VXLAN device, and another node sees
# whether the VXLAN packet's source port was rewritten. What is found in the rules must be the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=nat_rules.sh
. "$(dirname "$0")/nat_rules.sh"

source_port=40000
pod=10.244.1.2

ip netns add peer
ip link add underlay type veth peer name underlay netns peer
ip addr add 10.9.0.1/24 dev underlay
ip link set underlay up
ip -n peer addr add 10.9.0.2/24 dev underlay
ip -n peer link set underlay up
ip link set lo up

# renew_device: with a source port of its own, so that no earlier connection is remembered.
renew_device() {
	source_port=$((source_port + 1))
	ip link del flannel.1 2>/dev/null || true
	ip link add flannel.1 type vxlan id 1 dstport 8472 local 10.9.0.1 remote 10.9.0.2 noudpcsum \
		srcport "$source_port" $((source_port + 1))
	ip link set flannel.1 addrgenmode none
	ip link set flannel.1 arp off up
	ip addr add 10.244.0.0/16 dev flannel.1
}

# seen_port: a connection to the pod, and the source port of the packet that the peer gets.
seen_port() {
	local receiver sender

	rm -f "$work/ready"
	ip netns exec peer "$python" "$(dirname "$0")/receive.py" 8472 "$work/ready" >"$work/port" &
	receiver=$!
	wait_for 10 test -e "$work/ready"
	bash -c "exec 3<>/dev/tcp/$pod/80" 2>/dev/null &
	sender=$!
	wait "$receiver"
	kill "$sender" 2>/dev/null || true
	wait "$sender" 2>/dev/null || true
	cat "$work/port"
}

# expect_same yes|no: of the kernel, and of what was found.
expect_same() {
	local port rewritten=yes

	renew_device
	port=$(seen_port)
	[ "$port" != "$source_port" ] || rewritten=no
	n_checks=$((n_checks + 1))
	[ "$port" != none ] || fail "nothing came to the peer"
	expect_equal "the kernel rewrites the VXLAN packet" "$1" "$rewritten"
	expect_rules "$1"
}

# start_over: as kube-proxy does it, but for the address of the service.
start_over() {
	no_rules
	kube_chains
	nat -A OUTPUT -p tcp -d "$pod" -j KUBE-MARK-MASQ
}

foreign() {
	nat -I POSTROUTING -o flannel.1 -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
}

with="no rule"
start_over
expect_same no
with="vulnerable"
vulnerable_rule
expect_same yes
with="vulnerable, but not tracked"
"$tables" -w -t raw -A OUTPUT -p udp -m udp --dport 8472 -j CT --notrack
expect_same no
"$tables" -w -t raw -F
with="vulnerable, but cleared in mangle"
"$tables" -w -t mangle -A POSTROUTING -p udp -m udp --dport 8472 -j MARK --set-xmark 0x0/0x4000
expect_same no
"$tables" -w -t mangle -F
with="vulnerable, but VXLAN is let pass"
nat -I POSTROUTING -p udp -m udp --dport 8472 -j ACCEPT
expect_same no
with="vulnerable, and what leaves by the device is let pass"
nat -R POSTROUTING 1 -o flannel.1 -j ACCEPT
expect_same yes
with="vulnerable, left over before the patched rules"
start_over
vulnerable_rule
patched_rules
expect_same yes
with="patched"
nat -D KUBE-POSTROUTING 1
expect_same no
with="patched, kubelet's old rule behind"
vulnerable_rule
expect_same no
with="patched, another's masquerade before"
foreign
expect_same yes
with="patched, another's masquerade before, which exempts the mark"
nat -I POSTROUTING -m mark --mark 0x4000/0x4000 -j KUBE-POSTROUTING
expect_same no
with="not fully-random"
start_over
nat -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
expect_same no
with="not fully-random first, then fully-random"
vulnerable_rule
expect_same no
with="cleared too late"
start_over
nat -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
nat -A KUBE-POSTROUTING -j MASQUERADE --random-fully
nat -A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
expect_same yes
with="goto, which does not come back"
start_over
vulnerable_rule
nat -N FIRST
nat -I POSTROUTING -g FIRST
expect_same no
