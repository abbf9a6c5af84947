#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What arrives through VXLAN, judged: frames made by hand and real connections, with the kernel's own count
# of what it dropped as the judge; on every kind of underlay; as it is asked for and ended.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need iptables setpriv

frames=$test_folder/wire_frames.py
# The process changes its user, and may not be traced any more: LeakSanitizer cannot work.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

receiver() {
	ip netns exec receiver "$@"
}

# make_node NAME NUMBER: a namespace with an end of the wire, on a bridge that joins all.
make_node() {
	ip netns add "$1"
	ip link add "to-$1" type veth peer name eth0 netns "$1"
	# What crosses is finished, as on a real wire.
	ip netns exec "$1" ethtool -K eth0 tx off >/dev/null
	ethtool -K "to-$1" tx off >/dev/null
	ip link set "to-$1" master wire up
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" addr add "192.168.77.$2/24" dev eth0
	ip -n "$1" addr add "2001:db8:77::$2/64" dev eth0 nodad
}

# make_vxlan NAME NUMBER OPTION...
make_vxlan() {
	ip -n "$1" link del flannel.1 2>/dev/null || true
	ip -n "$1" link add flannel.1 address "02:00:00:00:00:0$2" type vxlan dstport 8472 "${@:3}"
	ip -n "$1" link set flannel.1 up
	ip -n "$1" addr add "10.9.0.$2/24" dev flannel.1
}

# start WIRE-OPTION...: begins to look, and returns when it does.
start() {
	local launcher=(ip netns exec receiver)

	agent wire "$@" >"$work/stdout" 2>"$work/stderr" &
	looking=$!
	last_command="agent wire $*"
	wait_for 10 looks
}

# The last thing that it does before it reads is to give up its privileges.
looks() {
	reader=$(pgrep -P "$looking" || echo "$looking")
	[ "$(cat "/proc/$reader/comm")" = offload-agent ] &&
		grep -q '^CapPrm:.0*$' "/proc/$reader/status"
} 2>/dev/null

# stop CODE: ends it; it shows all that has arrived.
stop() {
	kill -INT "$reader"
	wait_end "$1"
}

wait_end() {
	last_code=0
	wait "$looking" || last_code=$?
	n_checks=$((n_checks + 1))
	[[ $last_code =~ ^($1)$ ]] || fail "wanted exit code $1"
}

mac_of() {
	ip -n "$1" -br link show dev "$2" | awk '{ print $3 }'
}

# n_closed: datagrams for a port that nobody listens to.
n_closed() {
	# shellcheck disable=SC2016 # it is awk's
	receiver awk '/^Udp:/ && n++ { sum += $3 } $1 == "Udp6NoPorts" { sum += $2 } END { print sum }' \
		/proc/net/snmp /proc/net/snmp6
}

closed_more_than() {
	[ "$(n_closed)" -gt "$1" ]
}

# send WHAT FAMILY [LINK]: frames, from the first sender to the receiver's device of that name. The last
# one is for a closed port, on the same processor's queue: when the receiver has counted that, it has seen all.
send() {
	local before

	before=$(n_closed)
	ip netns exec first "$python" "$frames" "$1" "${sender_link:-eth0}" "$(mac_of receiver "${3:-eth0}")" "$2"
	wait_for 10 closed_more_than "$before"
}

# connect NODE N: tries so many connections to the receiver, which refuses them; ends as send() does.
connect() {
	local before

	before=$(n_closed)
	ip netns exec "$1" "$python" -c '
import os, socket, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for port in range(7000, 7000 + int(sys.argv[1])):
    connection = socket.socket()
    connection.settimeout(0.1)
    try:
        connection.connect(("10.9.0.2", port))
    except OSError:
        pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("192.168.77.2", 9))' "$2"
	wait_for 10 closed_more_than "$before"
}

masquerade() {
	ip netns exec "$1" iptables -w 60 -t nat -A POSTROUTING -p udp --dport 8472 -j MASQUERADE --random-fully
}

ip link set lo up
ip link add wire type bridge
ip link set wire up
make_node receiver 2
make_node first 1
make_node second 3

# Nothing to listen on, or nothing that may be.
launcher=(ip netns exec receiver)
expect_exit 64 agent wire
expect_complaint 'no VXLAN device here: name the NIC'
expect_exit 64 agent wire --interface eth9
expect_complaint 'interface: eth9: there is no such interface'
expect_exit 2 agent wire --interface eth0 --seconds 1 --json
expect_json "d['ports'] == [8472, 4789]"
make_vxlan receiver 2 id 1 local 192.168.77.2 remote 192.168.77.1 udpcsum
expect_exit 64 agent wire --interface flannel.1
expect_complaint 'interface: flannel.1: is a VXLAN device'
expect_exit 64 agent wire --seconds 1x
launcher=(setpriv --bounding-set -net_raw --inh-caps -net_raw ip netns exec receiver)
expect_exit 77 agent wire --seconds 1
expect_complaint 'no privilege .*CAP_NET_RAW'
launcher=(ip netns exec receiver)
expect_exit 2 agent wire --seconds 1
expect_quiet
expect_summary '^Unknown: no connection attempt came through VXLAN in 1 s$'
expect_line '^  listened on eth0 for 1 s, UDP port 8472 \(VXLAN\);$'
expect_line 'open a connection from another node'
expect_exit 2 agent wire --seconds 1 --json
expect_json "d['schema'] == 1 and d['outcome'] == 'unknown' and d['interfaces'] == ['eth0'] and d['ports'] == [8472]"
expect_json "d['node']['name'] == '$(uname -n)' and '192.168.77.2' in d['node']['addresses']"
expect_json "d['peers'] == [] and d['passed'] == d['lost'] == d['dropped'] == 0 and d['seconds'] == 1"
launcher=()

# Frames of all kinds, both families, with and without GRO: the kernel drops what is called wrong.
for gro in off on; do
	receiver ethtool -K eth0 gro "$gro" >/dev/null
	for family in 4 6; do
		with="IPv$family, gro $gro"
		local=192.168.77.2
		[ "$family" = 4 ] || local=2001:db8:77::2
		make_vxlan receiver 2 id 1 local "$local" udpcsum udp6zerocsumrx
		start --seconds 0 --json
		send all "$family" >"$work/wanted"
		stop 1
		expect_quiet
		wanted=$(cat "$work/wanted")
		expect_json "{p['address'] for p in d['peers']} == set($wanted)"
		# With GRO the kernel says "valid", of which it does not say what: then an inner one alone is left.
		expect_json "all(p[name] == (${wanted})[p['address']].get(name, 0) for p in d['peers']
			if not ('$gro' == 'on' and p['zero'] and (${wanted})[p['address']].get('inner_wrong')) for name in
			('attempts', 'answers', 'right', 'wrong', 'zero', 'unfinished', 'vouched_wrong', 'inner_wrong'))"
		expect_json "d['dropped'] == sum(p['wrong'] for p in d['peers']) >= 10"
		expect_json "d['passed'] == len(d['peers']) and d['lost'] == 0 and d['outcome'] == 'wrong'"
		start --seconds 0 --json
		send others "$family"
		stop 2
		expect_json "d['passed'] == 0 and d['peers'] == []"
		start --seconds 0 --json
		send strange "$family"
		stop '[012]'
		expect_json "sum(p['wrong'] for p in d['peers']) <= d['dropped']"
	done
done
with=

# An IPv6 packet without a checksum is the receiver's own affair, and said.
make_vxlan receiver 2 id 1 local 2001:db8:77::2
start --seconds 0
send all 6 >"$work/wanted"
stop 1
expect_line 'over IPv6 without a checksum: a VXLAN device without udp6zerocsumrx drops them$'

# The real thing: one sender with the bug, one that is cured, at once.
receiver ethtool -K eth0 gro off >/dev/null
for checksums in udpcsum noudpcsum; do
	with=$checksums
	make_vxlan receiver 2 id 1 local 192.168.77.2 "$checksums"
	make_vxlan first 1 id 1 local 192.168.77.1 remote 192.168.77.2 "$checksums"
	make_vxlan second 3 id 1 local 192.168.77.3 remote 192.168.77.2 "$checksums"
	ip netns exec second ethtool -K flannel.1 tx off >/dev/null
	if [ "$checksums" = udpcsum ]; then
		masquerade first
		masquerade second
	fi
	start --seconds 0 --json
	connect first 20 &
	connecting=$!
	connect second 20
	wait "$connecting"
	connect first 0
	connect second 0
	stop '[01]'
	expect_quiet
	expect_json "[p['address'] for p in d['peers']] == ['192.168.77.1', '192.168.77.3']"
	expect_json "all(p['attempts'] >= 20 for p in d['peers']) and d['dropped'] == d['peers'][0]['wrong']"
	expect_json "d['peers'][1]['wrong'] == 0 and d['peers'][1]['looks_like'] is None"
	expect_json "d['peers'][0]['wrong'] == 0 or
		d['peers'][0]['looks_like'] == {'udpcsum': 'udp-checksum', 'noudpcsum': 'zero-checksum'}['$checksums']"
	expect_json "d['outcome'] == ('wrong' if d['peers'][0]['wrong'] else 'right')"
	# The second fault is in every kernel; the first one in that of the virtual machine, as it is told.
	[ "$checksums:${TEST_KERNEL:-}" != noudpcsum:control ] || expect_json "d['outcome'] == 'right'"
	[ "$checksums:${TEST_KERNEL:-}" != noudpcsum:double-snat-bug ] || expect_json "d['peers'][0]['wrong'] >= 10"
	[ "$checksums" = noudpcsum ] || expect_json "d['peers'][0]['wrong'] >= 10"
	[ "$checksums" = noudpcsum ] || cp "$work/stdout" "$work/wire.json"
	expect_json "d['peers'][1]['$([ $checksums = udpcsum ] && echo right || echo zero)'] == d['peers'][1]['attempts']"
done
with=

# Beside what the senders say of themselves it convicts the one, whatever that one says, and not the other.
# says NODE OPTION...
says() {
	local launcher=(ip netns exec "$1" unshare --uts sh -c "hostname $1 && exec \"\$@\"" sh)

	agent status --json "${@:2}" || true
}
for version in v1.18.3 v1.18.6; do
	says first --kubernetes-version "$version" --kernel-release 4.19.118 >"$work/first.json"
	says second "${affected[@]}" >"$work/second.json"
	expect_exit 1 "$agent" assess --config "$config" --rules "$rules" --json - \
		< <(cat "$work/first.json" "$work/wire.json" "$work/second.json")
	expect_quiet
	expect_json "[node['state'] for node in d['nodes']][1:] == ['unknown', 'mitigated']"
	expect_json "d['wire']['receivers'] == 1 and [s['name'] for s in d['wire']['senders']] == ['first']"
	expect_json "d['wire']['senders'][0]['finding'] == {'v1.18.3': 'confirmed', 'v1.18.6': 'contradicted'}['$version']"
	expect_json "'wrong packets from it (udp-checksum)' in d['wire']['senders'][0]['text']"
done

# As people see it; who is to be cured is the sender.
make_vxlan receiver 2 id 1 local 192.168.77.2 udpcsum
make_vxlan first 1 id 1 local 192.168.77.1 remote 192.168.77.2 udpcsum
start --seconds 0
connect first 8
stop 1
expect_summary '^Wrong: 1 of 1 peer sends VXLAN packets with a wrong outer UDP checksum$'
expect_line '^  192\.168\.77\.1 +[0-9]+ +0 +[0-9]+ +[0-9]+%  udp-checksum    [0-9:]{8}  [0-9:]{8}$'
expect_line '^  udp-checksum: 192.168.77.1$'
expect_line "run 'offload-agent apply' there, not here"
expect_line 'the kernel dropped [0-9]+ UDP packets? with wrong checksums'

# On a terminal: what was seen so far, in place; at the end the terminal is as before, and the table stays.
cat >"$work/on_terminal.py" <<'PYTHON'
import signal, sys, terminal

looking = terminal.Terminal(*sys.argv[1:])

assert looking.read(b"listening on eth0 for 0 s"), looking.seen
looking.process.send_signal(signal.SIGINT)
looking.read(b"waits longer")
assert looking.process.wait(timeout=60) == 2, looking.process.returncode
assert looking.seen.startswith(b"\033[?1049h"), looking.seen[:40]
shown, _, left = looking.seen.partition(b"\033[?1049l")
assert b"\033[H\033[J" in shown and b"listened" not in shown, shown
assert left.startswith(b"Unknown: ") and b"listened on eth0" in left, left
PYTHON
expect "the terminal" receiver env PYTHONPATH="$test_folder" "$python" -B "$work/on_terminal.py" \
	"${older_kernel[@]}" "$agent" wire --seconds 0

# What is left to hardware is not judged.
ip netns exec first ethtool -K eth0 tx on >/dev/null
ethtool -K to-receiver tx on >/dev/null
ethtool -K to-first tx on >/dev/null
start --seconds 0
connect first 3
stop 2
expect_summary '^Unknown: [0-9]+ connection attempts, all with checksums left to the hardware$'
expect_line 'look on a node that gets packets over a real wire'
ip netns exec first ethtool -K eth0 tx off >/dev/null

# No power is left to the process that reads; CAP_NET_RAW is all that it begins with.
start --seconds 0
expect_equal "no capability" 0000000000000000 "$(sed -n 's/^CapPrm:\t//p' "/proc/$reader/status")"
expect "another user" test "$(stat -c %u "/proc/$reader")" -gt 2000000000
stop 2
launcher=(ip netns exec receiver setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_raw
	--ambient-caps +net_raw --bounding-set '-all,+net_raw' --no-new-privs)
expect_exit 2 agent wire --seconds 1
expect_quiet
launcher=()

# A link that goes down and comes again, and one that goes for good.
start --seconds 0 --json
ip -n receiver link set eth0 down
ip -n receiver link set eth0 up
send two 4 >/dev/null
stop 1
expect_json "d['peers'][0]['right'] == d['peers'][0]['wrong'] == 1 and d['gone'] == []"
ip -n receiver link add gone type veth peer name gone-too
start --seconds 0 --interface gone --interface gone --interface eth0 --json
ip -n receiver link del gone
send two 4
stop 1
expect_json "d['interfaces'] == ['gone', 'eth0'] and d['gone'] == ['gone'] and d['passed'] == 2"
# Where none is left it ends by itself; one that comes back from another namespace is not heard, either.
ip -n receiver link add gone type veth peer name gone-too
start --seconds 0 --interface gone
ip -n receiver link set gone netns first
ip -n first link set gone netns receiver
wait_end 2
expect_summary '^Unknown: what was listened on is gone after [0-9]+ s$'
expect_line '^  gone is gone since: nothing more is heard of it$'
expect_line '^  run it again'
ip -n receiver link del gone

# underlay NAME LINK: what is now the receiver's underlay; each frame is seen just once, and there.
underlay() {
	with=$1
	make_vxlan receiver 2 "${@:3}"
	start --seconds 0 --json
	send two 4 "$2"
	stop 1
	expect_quiet
	expect_json "d['interfaces'] == ['$2'] and d['passed'] == 2 and d['dropped'] == 1"
	expect_json "[(p['address'], p['right'], p['wrong']) for p in d['peers']] == [('192.168.77.9', 1, 1)]"
	with=
}

# can KIND NAME...: makes the link, where the kernel has such ones.
can() {
	ip -n receiver link add "$@" 2>/dev/null || {
		echo "$test_name: not tested: this kernel cannot make: $*"
		return 1
	}
}

underlay "the link" eth0 id 1 dev eth0 local 192.168.77.2
underlay "the link alone" eth0 id 1 dev eth0
underlay "the address alone" eth0 id 1 local 192.168.77.2
ip -n receiver route add default via 192.168.77.254 dev eth0
underlay "neither" eth0 external
# An address that is announced by routing is on no NIC: packets for it come by those of the routes.
ip -n receiver addr add 10.77.0.2/32 dev lo
make_vxlan receiver 2 id 1 local 10.77.0.2
start --seconds 0 --json
stop 2
expect_json "d['interfaces'] == ['lo', 'eth0']"
ip -n receiver route del default
ip -n receiver addr del 192.168.77.2/24 dev eth0
if can bridge0 type bridge; then
	ip -n receiver link set bridge0 address "$(mac_of receiver eth0)"
	ip -n receiver link set eth0 master bridge0
	ip -n receiver link set bridge0 up
	ip -n receiver addr add 192.168.77.2/24 dev bridge0
	underlay "a bridge" bridge0 id 1 local 192.168.77.2
	if ip -n receiver link set bridge0 type bridge vlan_filtering 1 2>/dev/null; then
		underlay "a bridge that filters VLANs" bridge0 id 1 local 192.168.77.2
	else
		echo "$test_name: not tested: this kernel's bridges filter no VLANs"
	fi
	ip -n receiver link del bridge0
fi
if can macvlan0 link eth0 type macvlan mode bridge; then
	ip -n receiver link set macvlan0 up
	ip -n receiver addr add 192.168.77.2/24 dev macvlan0
	underlay "a macvlan" macvlan0 id 1 local 192.168.77.2
	ip -n receiver link del macvlan0
fi
if can vlan7 link eth0 type vlan id 7; then
	ip -n first link add vlan7 link eth0 type vlan id 7
	ip -n first link set vlan7 up
	ip -n receiver link set vlan7 up
	ip -n receiver addr add 192.168.77.2/24 dev vlan7
	sender_link=vlan7 underlay "a VLAN" vlan7 id 1 local 192.168.77.2
	ip -n receiver link del vlan7
	ip -n first link del vlan7
fi
if can bond0 type bond mode active-backup; then
	ip -n receiver link set eth0 down
	ip -n receiver link set eth0 master bond0
	ip -n receiver link set bond0 up
	ip -n receiver addr add 192.168.77.2/24 dev bond0
	underlay "a bond" bond0 id 1 local 192.168.77.2
	ip -n receiver link del bond0
fi
