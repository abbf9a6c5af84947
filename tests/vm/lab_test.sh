#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The bug itself: a connection over a ClusterIP from one node to a pod on another one, through a
# VXLAN pair, with kube-proxy's rules of before and since the fix, on a kernel with and without it.
# Which remedies cure it and which do not; and the agent, that finds out by itself.
#
# To be run in the virtual machine: TEST_KERNEL says which kernel that is. With TEST_AGENT_ALONE the
# remedies are left out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/nat_rules/nat_rules.sh
. "$(dirname "$0")/../integration/nat_rules/nat_rules.sh"
: "${TEST_KERNEL:?must be double-snat-bug or control}"

service=10.96.0.10
# A lost SYN is repeated after a second: who is not connected before has lost one.
patience=0.9

receiver() {
	ip netns exec receiver "$@"
}

# The wire: TX checksum offload is off, as it ends in a real one, so that sums are finished on it.
make_nodes() {
	ip netns add receiver
	ip link add underlay type veth peer name underlay netns receiver
	ip addr add 192.168.7.1/24 dev underlay
	ip -n receiver addr add 192.168.7.2/24 dev underlay
	ethtool -K underlay tx off >/dev/null
	receiver ethtool -K underlay tx off >/dev/null
	ip link set lo up
	ip link set underlay up
	ip -n receiver link set lo up
	ip -n receiver link set underlay up
	ip route add 10.96.0.0/12 dev underlay
	# shellcheck disable=SC2154 # from lib.sh
	receiver "$python" -c '
import socket
server = socket.create_server(("0.0.0.0", 8080), backlog=64)
while True:
    server.accept()[0].close()' &
	server=$!
}

# make_tunnel OPTION...: new devices, as a CNI makes them.
make_tunnel() {
	ip link del flannel.1 2>/dev/null || true
	ip -n receiver link del flannel.1 2>/dev/null || true
	ip link add flannel.1 address 02:00:00:00:00:01 type vxlan id 1 dstport 8472 dev underlay \
		local 192.168.7.1 remote 192.168.7.2 "$@"
	ip -n receiver link add flannel.1 address 02:00:00:00:00:02 type vxlan id 1 dstport 8472 dev underlay \
		local 192.168.7.2 remote 192.168.7.1 "$@"
	ip addr add 10.244.0.1/16 dev flannel.1
	ip -n receiver addr add 10.244.0.2/16 dev flannel.1
	ip link set flannel.1 up
	ip -n receiver link set flannel.1 up
	# Neither need ask for the other's address.
	ip neigh replace 10.244.0.2 dev flannel.1 lladdr 02:00:00:00:00:02
	ip -n receiver neigh replace 10.244.0.1 dev flannel.1 lladdr 02:00:00:00:00:01
}

# kube_proxy vulnerable|patched
kube_proxy() {
	no_rules
	kube_chains
	nat -N KUBE-SERVICES
	nat -N KUBE-SVC-TEST
	nat -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
	nat -A KUBE-SERVICES -d "$service/32" -p tcp --dport 80 -j KUBE-MARK-MASQ
	nat -A KUBE-SERVICES -d "$service/32" -p tcp --dport 80 -j KUBE-SVC-TEST
	nat -A KUBE-SVC-TEST -p tcp -j DNAT --to-destination 10.244.0.2:8080
	case $1 in
	vulnerable) vulnerable_rule ;;
	patched) patched_rules ;;
	esac
}

# UDP packets that the receiver dropped for their checksum.
n_bad() {
	receiver awk '/^Udp:/ && !names { names = $0; split($0, name); next }
		/^Udp:/ { for (i in name) if (name[i] == "InCsumErrors") print $i }' /proc/net/snmp
}

# try_connection: "ok" when it stands before a SYN is repeated, and nothing was dropped; "drop" when
# it does not, and something was. Anything else is reported as it is.
try_connection() {
	local before after=0 connected=no

	before=$(n_bad)
	if "$python" -c "import socket; socket.create_connection(('$service', 80), $patience)" \
		2>/dev/null; then
		connected=yes
	fi
	after=$(n_bad)
	case $connected:$((after > before)) in
	yes:0) echo ok ;;
	no:1) echo drop ;;
	*) echo "connected: $connected, dropped: $((after - before))" ;;
	esac
}

# connection: the same, asked again when a busy machine was too slow for either answer.
connection() {
	local answer

	for _ in 1 2 3 4 5; do
		answer=$(try_connection)
		[ "$answer" = "connected: no, dropped: 0" ] || break
	done
	echo "$answer"
}

# expect_connection KIND OUTCOME WHAT
expect_connection() {
	expect_equal "$TEST_KERNEL, $1, $3" "$2" "$(connection)"
}

# What is lost with vulnerable rules and no remedy.
lost() {
	case $TEST_KERNEL:$1 in
	control:noudpcsum) echo ok ;;
	*) echo drop ;;
	esac
}

make_nodes
remedies=(noudpcsum udpcsum)
[ -z "${TEST_AGENT_ALONE:-}" ] || remedies=()
for csum in ${remedies[@]+"${remedies[@]}"}; do
	lost=$(lost "$csum")
	kube_proxy vulnerable
	make_tunnel "$csum"
	expect_connection "$csum" "$lost" "vulnerable rules"
	make_tunnel "$csum"
	ethtool -K flannel.1 tx off >/dev/null
	expect_connection "$csum" ok "tx off on the VXLAN device of the sender"
	make_tunnel "$csum"
	ethtool -K underlay rx off tx off >/dev/null
	receiver ethtool -K underlay rx off tx off >/dev/null
	expect_connection "$csum" "$lost" "rx off tx off on both underlay NICs"
	ethtool -K underlay rx on >/dev/null
	receiver ethtool -K underlay rx on >/dev/null
	make_tunnel "$csum"
	ethtool -K flannel.1 rx off >/dev/null
	receiver ethtool -K flannel.1 rx off >/dev/null
	expect_connection "$csum" "$lost" "rx off on both VXLAN devices"
	make_tunnel "$csum"
	receiver ethtool -K flannel.1 tx off >/dev/null
	expect_connection "$csum" "$lost" "tx off on the receiver's VXLAN device alone"
	kube_proxy patched
	make_tunnel "$csum"
	expect_connection "$csum" ok "patched rules"
done

# The agent: told the version of Kubernetes, it reads the kernel's by itself, and takes the back end
# that there is.
kube_proxy vulnerable
kubernetes=(--kubernetes-version v1.18.3)
case $TEST_KERNEL in
double-snat-bug) backend=ioctl ;;
control) backend=netlink ;;
esac
for csum in noudpcsum udpcsum; do
	lost=$(lost "$csum")
	make_tunnel "$csum"
	before=$(ethtool -k flannel.1)
	expect_connection "$csum" "$lost" "before"
	if [ "$lost" = ok ]; then
		expect_exit 0 agent apply "${kubernetes[@]}"
		expect_summary '^Not exposed: '
		expect_equal "left alone" "$before" "$(ethtool -k flannel.1)"
		continue
	fi
	expect_exit 1 agent status "${kubernetes[@]}"
	expect_summary '^Vulnerable: flannel.1 has tx checksum offload on$'
	expect_exit 0 agent apply --json "${kubernetes[@]}"
	expect_json "[n['backend'] for n in d['nics'] if n['name'] == 'flannel.1'] == ['$backend']"
	expect_json "d['facts']['kernel']['release'] == '$(uname -r)' and d['state'] == 'mitigated'"
	for _ in 1 2 3; do
		expect_connection "$csum" ok "after apply"
	done
	expect_exit 0 agent restore
	expect_equal "given back" "$before" "$(ethtool -k flannel.1)"
	expect_connection "$csum" drop "after restore"
done
kill "$server"
