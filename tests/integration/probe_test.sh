#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The measurement, against a lab made of ip and iptables that counts what the receiver drops; what it
# leaves behind, also when it is killed; what it says when it cannot measure.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need iptables lsns setpriv strace

# The first packets cross while the neighbours are still asked for. Ends well when an answer came.
try_connecting='
import socket, sys
for port in range(7000, 7004):
    connection = socket.socket()
    connection.settimeout(0.2)
    try:
        connection.connect(("10.9.0.2", port))
    except ConnectionRefusedError:
        sys.exit(0)
    except OSError:
        pass
sys.exit(1)
'

# lab_node NAME NUMBER OPTION...: a node with a VXLAN device, on its end of the wire.
lab_node() {
	local name=$1 number=$2

	shift 2
	ip -n "$name" addr add "192.168.77.$number/24" dev wire
	ip -n "$name" link set wire up
	ip -n "$name" link add flannel.1 type vxlan id 1 dstport 8472 local "192.168.77.$number" \
		remote "192.168.77.$((3 - number))" "$@"
	ip -n "$name" addr add "10.9.0.$number/24" dev flannel.1
	ip -n "$name" link set flannel.1 up
}

# n_dropped: by the receiver, for their checksum.
n_dropped() {
	# shellcheck disable=SC2016 # it is awk's
	ip netns exec receiver awk '/^Udp:/ { line[++n] = $0 } END {
		split(line[1], names); split(line[2], values)
		for (i in names) if (names[i] == "InCsumErrors") print values[i] }' /proc/net/snmp
}

# packets_have_crossed: and were answered, or dropped.
packets_have_crossed() {
	ip netns exec sender "$python" -c "$try_connecting" || [ "$(n_dropped)" -gt 0 ]
}

# lab TX OPTION...: two nodes, of which the first masquerades; prints how many packets the second
# one dropped for their checksum.
lab() {
	local tx=$1

	shift
	ip netns add sender
	ip netns add receiver
	ip link add wire netns sender type veth peer name wire netns receiver
	ip netns exec sender ethtool -K wire tx off >/dev/null
	lab_node sender 1 "$@"
	lab_node receiver 2 "$@"
	ip netns exec sender ethtool -K flannel.1 tx "$tx" >/dev/null
	ip netns exec sender iptables -t nat -A POSTROUTING -p udp -j MASQUERADE --random-fully
	patiently 10 packets_have_crossed || true
	n_dropped
	ip netns del sender
	ip netns del receiver
}

# lab_agrees TX UDP_CSUM OPTION...: the receiver's drops say what the measurement says.
lab_agrees() {
	local tx=$1 udp_csum=$2 drops wanted=clean

	shift 2
	drops=$(lab "$tx" "$@")
	[ "$drops" -eq 0 ] || wanted=corrupt
	cp "$work/probe" "$work/stdout"
	expect_json "[m['outcome'] for m in d['measurements'] if m['underlay'] == 'ipv4' and
		m['tx'] == ('$tx' == 'on') and m['udp_csum'] == $udp_csum] == ['$wanted']"
}

network_namespaces() {
	lsns -t net -n -o NS | sort
}

# Processes that the program has left, or started.
programs() {
	pgrep -x offload-agent || true
}

places() {
	network_namespaces
	ip -o link | sed 's/:.*//'
	ls /run/netns 2>/dev/null || true
}

before=$(places)
expect_exit '0|1' agent probe --json
expect_quiet
cp "$work/stdout" "$work/probe"
code=$last_code
expect_json "d['schema'] == 1 and len(d['measurements']) == 8 and d['reason'] is None"
expect_json "all(m['outcome'] in ('clean', 'corrupt') and m['sent'] >= 2 and
	m['sent'] == m['right'] + m['zero'] + m['wrong'] for m in d['measurements'])"
expect_json "d['boot_id'] == open('/proc/sys/kernel/random/boot_id').read().strip()"
expect_json "(d['outcome'] == 'corrupt') == ($code == 1) and d['outcome'] != 'unknown'"
# What cures cures on every kernel that is known.
expect_json "d['cured_by_tx_off'] and not any(m['wrong'] for m in d['measurements'] if not m['tx'])"
expect_json "all(m['zero'] == m['sent'] for m in d['measurements'] if not m['tx'] and not m['udp_csum'])"
expect_json "all(m['right'] == m['sent'] for m in d['measurements'] if not m['tx'] and m['udp_csum'])"

expect_exit "$code" agent probe
expect_quiet
expect_line '^(Clean|Corrupts): '
expect_line '^  IPv4 +yes \(udpcsum\) +off +clean +4 +4 +0 +0$'
expect_line '^  IPv6 +no \(noudpcsum\) +off +clean +4 +0 +4 +0$'
expect_equal "nothing is left" "$before" "$(places)"
expect "nothing was kept" test ! -e /run/offload-agent

# The other way of asking gives the same answer.
lab_agrees on False noudpcsum
lab_agrees off False noudpcsum
lab_agrees on True udpcsum
lab_agrees off True udpcsum

# Whatever it lacks, it says so, and is not clean.
for capability in sys_admin net_admin net_raw; do
	launcher=(setpriv --bounding-set "-$capability" --inh-caps "-$capability")
	expect_exit 2 agent probe
	expect_line '^Unknown: could not measure: no privilege for .*CAP_NET_RAW$'
	expect_quiet
	expect_equal "one line" 1 "$(wc -l <"$work/stdout")"
	expect_exit 2 agent probe --json
	expect_json "d['outcome'] == d['zero_checksum'] == d['udp_checksum'] == 'unknown' and
		'no privilege' in d['reason'] and d['cured_by_tx_off'] is None"
done
launcher=()

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# faulty SYSCALL ERROR WHEN REASON: that call fails. A kernel that is busy with others' namespaces may need
# longer for its own part than the program waits.
faulty() {
	launcher=(strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=$2:when=$3")
	for _ in $(seq 10); do
		expect_exit 2 agent probe
		grep -q 'took too long' "$work/stderr" || break
	done
	expect_line "^Unknown: could not measure: $4"
	launcher=()
}

faulty unshare ENOSPC 1 'network namespaces: No space left on device'
faulty unshare EINVAL 2 'this kernel has no network namespaces'
faulty connect ENETUNREACH 1+ 'sending: Network is unreachable'
faulty recvfrom EAGAIN 1+ 'not all of the 4 packets sent arrived$'

# A kernel that does not answer is waited for, but not for ever.
launcher=(strace -qq -o /dev/null -e trace=connect -e inject=connect:delay_enter=15000000:when=1)
expect_exit 2 agent probe
expect_complaint 'took too long'
launcher=()

# Killed at any call, with room for the namespaces of one measurement: those of the killed ones must
# be gone when the next one needs theirs. They are taken down in the background.
# shellcheck disable=SC2016 # it is the inner shell's
in_a_row='
	echo 2 >/proc/sys/user/max_net_namespaces || exit 70
	calls=unshare,sendto,connect,recvfrom,ioctl,poll
	killed=0
	measure() {
		end=$((SECONDS + 60))
		while [ $SECONDS -lt $end ]; do
			code=0
			"$@" >/dev/null 2>&1 || code=$?
			[ $code -eq 2 ] || return 0
			sleep 0.05
		done
	}
	for when in 1 2 $(seq 3 3 40); do
		measure strace -qq -o /dev/null -e "trace=$calls" \
			-e "inject=$calls:signal=KILL:when=$when" "$@"
		[ $code -ne 137 ] || killed=$((killed + 1))
		measure "$@"
		[ $code -le 1 ] || exit 71
	done
	echo "$killed"
'
if unshare --user --map-root-user true 2>/dev/null; then
	expect_exit 0 unshare --user --map-root-user bash -c "$in_a_row" bash "$agent" probe \
		--backend "$BACKEND"
	expect "it was killed now and then: $(cat "$work/stdout")" test "$(cat "$work/stdout")" -ge 10
else
	echo "$test_name: user namespaces are not permitted here: killing was not tested with a limit"
fi
as_before() {
	[ "$(places)" = "$before" ] && [ -z "$(programs)" ]
}
wait_for 20 as_before || true
expect_equal "nothing is left of those that were killed" "$before" "$(places)"
expect_equal "no process is left" "" "$(programs)"

# Its parent is killed while it measures.
configure 'kernel = { evidence = "probe"; };'
launcher=(strace -f -qq -o /dev/null -e trace=connect -e inject=connect:delay_enter=5000000)
agent explain "${affected[@]}" >"$work/held" 2>&1 &
holder=$!
launcher=()
measures() {
	pgrep -f 'offload-agent probe --json' >/dev/null
}
wait_for 10 measures
kill -KILL "$(pgrep -x -o offload-agent)"
wait "$holder" 2>/dev/null || true
expect "the child dies with it, and with all that it had" wait_for 2 as_before
expect_equal "nothing is left of the child" "$before" "$(places)"
