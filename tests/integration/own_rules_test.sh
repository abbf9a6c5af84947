#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules of one's own, as offload-agent.rules(5) has them for examples: i40e, hns3, and IPsec's offload of
# bonds and of ports of Open vSwitch. Each is judged by files of facts: a node that has the fault, one
# that nearly has it, one of which it is not known. The last is tried on this kernel, too: KIND says with which
# links, since not every kernel has bonds; and how many others are left alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${KIND:?must be the kind of links to be tried}" "${VETH_AS_NIC:?must name the library}"
need strace
ip link add name probe0 type "$KIND" 2>/dev/null || skip "this kernel has no links of the kind $KIND"
ip link del probe0

manual=$test_folder/../../packaging/man/offload-agent.rules.5

# example ID: that rule of the manual page is the only one.
example() {
	rm -f "$rules"/*.rules
	awk -v id="id = \"$1\";" '
		/^rule = \{$/ { text = ""; inside = 1; fits = 0 }
		inside { text = text $0 "\n"; if (index($0, id)) fits = 1 }
		/^\};$/ { if (inside && fits) printf "%s", text; inside = 0 }' "$manual" >"$rules/own.rules"
	expect "the manual page has $1" test -s "$rules/own.rules"
	expect_exit 0 agent check
	expect_quiet
}

# judge VERDICT FACTS: what the rule says of a node without Kubernetes.
judge() {
	printf '{"kubernetes":{"present":false},%s}' "$2" >"$work/facts"
	expect_exit '0|1|2' agent explain --facts "$work/facts"
	expect_line "^Rule [a-z0-9-]+: $1(;|$)"
}

# nic DRIVER DEVICE: a NIC of that driver, and what is known of its device.
nic() {
	printf '"links":[{"name":"eth0","ifindex":2,"driver":"%s"}],"devices":[{"ifindex":2%s}]' "$1" "$2"
}

tunnel=',"carried_known":true,"carried":[{"tunnel":"vx","kind":"vxlan","port":4790}]'
other_tunnel=',"carried_known":true,"carried":[{"tunnel":"vx","kind":"vxlan","port":4789}]'

example i40e-tunnel-fragments
on=',"features_known":true,"features_on":["tx-udp_tnl-segmentation"]'
judge unknown "\"kernel\":{\"release\":\"5.15.9\"},$(nic i40e "$on$tunnel")"
judge not-affected "\"kernel\":{\"release\":\"6.0.1\"},$(nic i40e "$on$tunnel")"
judge not-affected "\"kernel\":{\"release\":\"5.15.9\"},$(nic ice "$on$tunnel")"
judge not-affected "\"kernel\":{\"release\":\"5.15.9\"},$(nic i40e ",\"features_known\":true$tunnel")"

example hns3-vxlan-gpe-checksum
on=',"features_known":true,"features_on":["tx-checksum-ipv4"]'
arm='"machine":{"arch":"aarch64"}'
judge affected "\"kernel\":{\"release\":\"5.4.9\"},$arm,$(nic hns3 "$on$tunnel")"
judge not-affected "\"kernel\":{\"release\":\"5.10.38\"},$arm,$(nic hns3 "$on$tunnel")"
judge not-affected "\"kernel\":{\"release\":\"5.4.9\"},$arm,$(nic hns3 "$on$other_tunnel")"
judge not-affected "\"kernel\":{\"release\":\"5.4.9\"},\"machine\":{\"arch\":\"x86_64\"},$(nic hns3 "$on$tunnel")"
judge unknown "\"kernel\":{\"release\":\"5.4.9\"},$arm,$(nic hns3 "$on")"

example esp-offload-of-ports
on='"features_known":true,"features_on":["tx-esp-segmentation"]'
ports='"relations_known":true'
judge affected "\"links\":[{\"name\":\"bond0\",\"ifindex\":3,\"kind\":\"bond\"}],\"devices\":[{\"ifindex\":3,$on}]"
judge not-affected "\"links\":[{\"name\":\"bond0\",\"ifindex\":3,\"kind\":\"bond\"}],\"devices\":[{\"ifindex\":3,\"features_known\":true}]"
judge unknown '"links":[{"name":"bond0","ifindex":3,"kind":"bond"}],"devices":[]'
judge not-affected "\"links\":[{\"name\":\"br0\",\"ifindex\":3,\"kind\":\"bridge\"}],\"devices\":[{\"ifindex\":3,$on}]"
judge affected "$(nic ice ",$on,$ports,\"master_kind\":\"openvswitch\"")"
judge not-affected "$(nic ice ",$on,$ports,\"master_kind\":\"bridge\"")"
judge not-affected "$(nic ice ",$on,$ports")"
judge unknown "$(nic ice ",$on")"

# count_calls BACKEND: what status asks the kernel, in $n_calls. A dump of links is one question, however many
# there are.
count_calls() {
	local BACKEND=$1 launcher=(strace -f -qq -o "$work/calls" -e "trace=ioctl,sendto,sendmsg")

	local ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # which cannot look while it is traced

	expect_exit 1 agent status
	n_calls=$(grep -c . "$work/calls")
}

# On this kernel, with links that it has instead.
sed -i "s/\"bond\"/\"$KIND\"/; s/\"openvswitch\"/\"bridge\"/; s/\"tx-esp-segmentation\"/&, \"tx-gre-segmentation\"/" "$rules/own.rules"
ip link add up0 type "$KIND"
ip link add br7 type bridge
declare -A n_before
for BACKEND in ioctl netlink; do
	count_calls "$BACKEND"
	n_before[$BACKEND]=$n_calls
done
for i in $(seq 40); do
	echo "link add many$i type veth peer name peer$i"
done | ip -batch -
ip link set many1 master br7
state=$(features up0; features many1; features many2)
expect "up0 has something to be turned off" grep -q -E "(tx-esp|tx-gre)-segmentation: on$" <<<"$state"

# The links of the kind alone: whose ports are hardware is not the matter of veths, of which nothing is asked.
for BACKEND in ioctl netlink; do
	count_calls "$BACKEND"
	expect "$BACKEND: it asks anything" test "$n_calls" -gt 5
	expect_equal "$BACKEND: questions" "${n_before[$BACKEND]}" "$n_calls"
done
BACKEND=auto
expect_exit 1 agent status
expect_summary '^Vulnerable: .*(up0|br7)'
expect_line '^up0 +'
expect_no_line '^(many|peer)'
expect_line '^  rule +esp-offload-of-ports: affected, which only tells$'
# Two that only tell: one line says how to let the agent act by both.
sed 's/esp-offload-of-ports/second-of-ports/' "$rules/own.rules" >"$rules/second.rules"
expect_exit 1 agent status
expect_line '^  to do .* act = \[ "esp-offload-of-ports", "second-of-ports" \]; in the configuration$'
expect_equal "lines of what is to do" 1 "$(grep -c '^  to do' "$work/stdout")"
rm "$rules/second.rules"
configure 'act = [ "esp-*" ];'
expect_exit 0 agent apply
expect_summary '^Mitigation: '
expect "ethtool agrees" test -z "$(features up0 | grep -E '(tx-esp|tx-gre)-segmentation: on$')"
expect_exit 0 agent explain
expect_line '^  device +yes +(up0|br7)( and 1 more)?$'
expect_exit 0 agent restore
expect_equal "everything is back" "$state" "$(features up0; features many1; features many2)"

# A NIC that is a port: veths taken for hardware, one of them a bridge's, then another one.
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
launcher=(env "LD_PRELOAD=$VETH_AS_NIC")
expect_exit 0 agent apply
expect_line '^many1 +- +tx-gre-segmentation +off +off '
expect_no_line '^(many([2-9]|[1-4][0-9])|peer[0-9]+) '
expect_feature many1 tx-gre-segmentation off
expect_feature many2 tx-gre-segmentation on
ip link set many1 nomaster
ip link set many2 master br7
expect_exit 0 agent apply
expect_feature many1 tx-gre-segmentation on
expect_feature many2 tx-gre-segmentation off
