#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# By which NICs the packets of a VXLAN or Geneve device leave, in all ways in which it can be connected
# with them: what the program finds out is compared with what the NICs' counters say when frames are
# sent into the device. NICs of hardware cannot be had in a network namespace: veths stand for them,
# whose kind a preloaded library hides from the program.
#
# KIND says which scenes: "plain" of what every kernel for containers has, "kinds" of other links.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${KIND:?must be plain or kinds}" "${VETH_AS_NIC:?must name the library}"
need bridge nsenter
n_scenes=0
lacking=()
any='n0? n1? n2? n3?'

# inside COMMAND...: in the network namespace of the scene, with the files of this one.
inside() {
	nsenter --net="/run/netns/$node" "$@"
}

# make_node: a namespace with four NICs, n0 to n3, and one with the other ends of their cables.
make_node() {
	local i

	n_scenes=$((n_scenes + 1))
	node=node$n_scenes
	wire=wire$n_scenes
	ip netns add "$node"
	ip netns add "$wire"
	for i in 0 1 2 3; do
		echo "link add n$i netns $node type veth peer name p$i netns $wire"
	done | ip -batch -
	for i in 0 1 2 3; do
		echo "link set p$i up"
	done | ip -n "$wire" -batch -
	{
		echo "link set lo up"
		for i in 0 1 2 3; do
			echo "link set n$i up"
			echo "address add 10.$i.0.2/24 dev n$i"
			echo "address add fd00:$i::2/64 dev n$i nodad"
			neighbours "n$i" "10.$i.0.1" "10.$i.0.9" "fd00:$i::1" "fd00:$i::9"
		done
	} | ip -n "$node" -batch -
}

# neighbours LINK ADDRESS...: whose MAC addresses need not be asked for, since nobody is there.
neighbours() {
	local address

	for address in "${@:2}"; do
		echo "neighbour replace $address lladdr 02:00:00:00:0a:01 dev $1"
	done
}

# build: from lines for ip(8), those that begin with "fdb" for bridge(8), and one that begins with "sysctl".
build() {
	local lines sysctl

	lines=$(
		cat
		echo "link set tunnel up"
	)
	grep -v -E '^(fdb|sysctl) ' <<<"$lines" | ip -n "$node" -batch - >/dev/null 2>"$work/ip" || return
	if sysctl=$(sed -n 's/^sysctl //p' <<<"$lines") && [ -n "$sysctl" ]; then
		inside tee "/proc/sys/${sysctl%=*}" <<<"${sysctl#*=}" >/dev/null 2>"$work/ip" || return
	fi
	{ grep '^fdb ' <<<"$lines" || true; } | bridge -n "$node" -batch - 2>"$work/ip"
}

# expect_truth WHAT WANTED FOUND: "one of ..." is some of these, since each remote's next hop is remembered.
expect_truth() {
	local name

	[[ $2 == "one of "* ]] || {
		expect_equal "$@"
		return
	}
	expect "$1: somebody" test -n "$3"
	for name in $3; do
		expect "$1: not $name" test "${2/ $name/}" != "$2"
	done
}

# scene WHAT FOUND [TRUTH]: which NICs the program is to find out, and which it is in truth, where
# that is something else; how it is built comes from standard input.
scene() {
	local what=$1 found=$2 truth=${3-$2}

	make_node
	build || {
		fail "$what: cannot be built: $(cat "$work/ip")"
		return
	}
	launcher=(nsenter "--net=/run/netns/$node" env "LD_PRELOAD=$VETH_AS_NIC")
	expect_exit 0 agent facts
	expect_equal "$what: found" "$found" "$("$python" "$test_folder/underlay.py" facts "$work/stdout")"
	expect_truth "$what: in truth" "$truth" "$(inside "$python" "$test_folder/underlay.py" truth)"
	launcher=()
	ip netns del "$node"
	ip netns del "$wire"
}

# scene_of KINDS WHAT FOUND [TRUTH]: the same, if this kernel has these kinds of links.
scene_of() {
	local kinds=$1 kind lacks=

	shift
	for kind in $kinds; do
		[[ " ${lacking[*]} " != *" $kind "* ]] || lacks=$kind
	done
	[ -n "$lacks" ] || {
		scene "$@"
		return
	}
	cat >/dev/null
	echo "$test_name: skipped: $1: this kernel has no $lacks"
}

# look_for KIND...: which of these kinds does this kernel not have?
look_for() {
	local kind

	ip netns add probe
	ip -n probe link add base type veth peer name other
	for kind in "$@"; do
		# shellcheck disable=SC2086 # words
		ip -n probe link add probe ${links[$kind]:-} type "$kind" ${options[$kind]:-} 2>/dev/null || lacking+=("$kind")
		ip -n probe link del probe 2>/dev/null || true
	done
	ip netns del probe
}

vxlan="link add tunnel type vxlan id 1 dstport 8472 nolearning"
fdb="fdb append 02:00:00:00:00:01 dev tunnel dst"
over_n1="route add 192.168.0.0/16 via 10.1.0.1"
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0

plain_scenes() {
	scene "as flannel makes it" n0 <<-END
		$vxlan dev n0 local 10.0.0.2
		$fdb 10.0.0.9
	END
	scene "an entry does not follow the device's link" n1 <<-END
		$over_n1
		$vxlan dev n0
		$fdb 192.168.1.1
	END
	scene "nor the source" n1 <<-END
		$over_n1
		$vxlan local 10.0.0.2
		$fdb 192.168.1.1
	END
	scene "nor does a remote" n1 <<-END
		$over_n1
		$vxlan local 10.0.0.2 remote 192.168.1.1
	END
	scene "a remote is bound to the device's link" n0 <<-END
		$over_n1
		$vxlan dev n0 remote 192.168.1.1
		$(neighbours n0 192.168.1.1)
	END
	scene "an entry with a link of its own, and no route there" n1 <<-END
		$vxlan dev n0
		$fdb 192.168.1.1 via n1
		$(neighbours n1 192.168.1.1)
	END
	scene "two remotes, two routes" "n0 n1" <<-END
		$over_n1
		$vxlan dev n0
		$fdb 192.168.1.1
		fdb append 02:00:00:00:00:02 dev tunnel dst 10.0.0.9
	END
	scene "the source on lo, next hops" "n0 n1 n2" "one of n0 n1 n2" <<-END
		address add 10.9.9.9/32 dev lo
		route add 192.168.0.0/16 nexthop via 10.0.0.1 nexthop via 10.1.0.1 nexthop via 10.2.0.1
		$vxlan local 10.9.9.9
		$fdb 192.168.1.1
	END
	scene "next hops of an object" "n1 n2" "one of n1 n2" <<-END
		nexthop add id 1 via 10.1.0.1 dev n1
		nexthop add id 2 via 10.2.0.1 dev n2
		nexthop add id 3 group 1/2
		route add 192.168.0.0/16 nhid 3
		$vxlan
		$fdb 192.168.1.1
	END
	scene "next hops that the route does not repeat" "n0? n1 n2? n3?" n1 <<-END
		nexthop add id 1 via 10.1.0.1 dev n1
		nexthop add id 3 group 1
		route add 192.168.0.0/16 nhid 3
		sysctl net/ipv4/nexthop_compat_mode=0
		$vxlan
		$fdb 192.168.1.1
	END
	scene "one next hop, an object" n1 <<-END
		nexthop add id 1 via 10.1.0.1 dev n1
		route add 192.168.0.0/16 nhid 1
		$vxlan remote 192.168.1.1
	END
	scene "a gateway of IPv6" n1 <<-END
		route add 192.168.0.0/16 via inet6 fd00:1::1 dev n1
		$vxlan remote 192.168.1.1
	END
	scene "a default route" n2 <<-END
		route add default via 10.2.0.1
		$vxlan local 10.0.0.2
		$fdb 203.0.113.1
	END
	scene "a policy rule by the source" n1 <<-END
		route add default via 10.2.0.1
		rule add from 10.0.0.2 lookup 100
		route add default via 10.1.0.1 table 100
		$vxlan local 10.0.0.2
		$fdb 192.168.1.1
	END
	scene "a policy rule by the port" n1 <<-END
		route add default via 10.2.0.1
		rule add ipproto udp dport 8472 lookup 100
		route add default via 10.1.0.1 table 100
		$vxlan
		$fdb 192.168.1.1
	END
	scene "a policy rule by a mark" "n1? n2" n2 <<-END
		route add default via 10.2.0.1
		rule add fwmark 7 lookup 100
		route add default via 10.1.0.1 table 100
		$vxlan
		$fdb 192.168.1.1
	END
	scene "more marks than are tried" "n0? n1? n2 n3?" n2 <<-END
		route add default via 10.2.0.1
		$(printf 'rule add fwmark %s lookup 100\n' {1..17})
		$vxlan
		$fdb 192.168.1.1
	END
	scene "a bridge, with a tap beside" "n1 n2" <<-END
		link add br0 up type bridge
		link set n1 master br0
		link set n2 master br0
		tuntap add tap0 mode tap
		link set tap0 up master br0
		address add 10.7.0.2/24 dev br0
		$(neighbours br0 10.7.0.1)
		route add 192.168.0.0/16 via 10.7.0.1
		$vxlan dev n0
		$fdb 192.168.1.1
	END
	scene "macvlan" n1 <<-END
		link add mv0 up link n1 type macvlan
		address add 10.7.0.2/24 dev mv0
		$(neighbours mv0 10.7.0.1)
		route add 192.168.0.0/16 via 10.7.0.1
		$vxlan remote 192.168.1.1
	END
	scene "macvlan on a bridge" n1 <<-END
		link add br0 up type bridge
		link set n1 master br0
		link add mv0 up link br0 type macvlan
		address add 10.7.0.2/24 dev mv0
		$(neighbours mv0 10.7.0.1)
		route add 192.168.0.0/16 via 10.7.0.1
		$vxlan remote 192.168.1.1
	END
	scene "IPv6" n1 <<-END
		$vxlan local fd00:0::2
		$fdb fd00:1::9
	END
	scene "IPv6, bound" n0 <<-END
		$vxlan dev n0 remote fd00:0::9
	END
	scene "IPv6, next hops" "n1 n2" "one of n1 n2" <<-END
		route add 2001:db8::/64 nexthop via fd00:1::1 nexthop via fd00:2::1
		$vxlan remote 2001:db8::1
	END
	scene "a group" n1 <<-END
		$vxlan dev n1 group 239.1.1.1
	END
	scene "a group of IPv6" n2 <<-END
		$vxlan dev n2 group ff05::100
	END
	scene "a source that nobody has" "" <<-END
		$over_n1
		$vxlan local 203.0.113.5 remote 192.168.1.1
	END
	scene "an unreachable remote" "" <<-END
		route add unreachable 192.168.0.0/16
		$vxlan remote 192.168.1.1
	END
	scene "a black hole" "" <<-END
		route add blackhole 192.168.0.0/16
		$vxlan remote 192.168.1.1
	END
	scene "no route" "" <<-END
		$vxlan local 10.0.0.2
		$fdb 192.168.1.1
	END
	scene "this node itself" "" <<-END
		$vxlan remote 10.1.0.2
	END
	scene "a NIC that is down" "" <<-END
		$over_n1
		$vxlan remote 192.168.1.1
		link set n1 down
	END
	scene "a remote that does not answer" n1 "" <<-END
		$vxlan remote 10.1.0.77
	END
	scene "a source, and no remote yet" n1 "" <<-END
		$vxlan local 10.1.0.2
	END
	scene "a link, and no remote yet" n1 "" <<-END
		$vxlan dev n1 local 10.0.0.2
	END
	scene "nothing yet" "$any" "" <<-END
		$vxlan
	END
	scene "destinations of each packet" "$any" "" <<-END
		link add tunnel type vxlan dstport 8472 external
	END
	scene "remotes of nexthop objects" "$any" n1 <<-END
		$over_n1
		nexthop add id 1 via 192.168.1.1 fdb
		nexthop add id 2 group 1 fdb
		$vxlan dev n0
		fdb add 02:00:00:00:00:01 dev tunnel nhid 2
	END
	scene "through tun" "$any" "" <<-END
		tuntap add tun0 mode tun
		link set tun0 up
		route add 192.168.0.0/16 dev tun0
		$vxlan remote 192.168.1.1
	END
	scene "through another one" "$any" n0 <<-END
		link add outer up type vxlan id 2 dstport 4789 dev n0 remote 10.0.0.9
		address add 10.7.0.2/24 dev outer
		$(neighbours outer 10.7.0.1)
		route add 192.168.0.0/16 via 10.7.0.1
		$vxlan remote 192.168.1.1
	END
}

# A device that was made here and is in another namespace leaves its socket. There, nothing is known.
moved_scene() {
	make_node
	launcher=(nsenter "--net=/run/netns/$node" env "LD_PRELOAD=$VETH_AS_NIC")
	ip -n "$node" link add tunnel type vxlan id 1 dstport 4789 local 10.0.0.2
	ip -n "$node" link set tunnel netns "$wire"
	expect_exit 0 agent facts
	expect_equal "no socket" "" "$("$python" "$test_folder/underlay.py" facts "$work/stdout" "")"
	ip -n "$wire" link set tunnel up
	expect_exit 0 agent facts
	expect_equal "a socket" "$any" "$("$python" "$test_folder/underlay.py" facts "$work/stdout" "")"
	expect_equal "no device" "" "$("$python" "$test_folder/underlay.py" facts "$work/stdout")"
	ip -n "$wire" address add 10.200.0.1/24 dev p0
	launcher=(nsenter "--net=/run/netns/$wire" env "LD_PRELOAD=$VETH_AS_NIC")
	expect_exit 0 agent facts
	expect_equal "there" "p0? p1? p2? p3?" "$("$python" "$test_folder/underlay.py" facts "$work/stdout")"
	launcher=()
}

# A rule that asks for it: of the NIC that carries, of the others, and of one that is not known.
rule_scene() {
	printf '%s\n' 'rule = { id = "test"; title = "A test"; mode = "tell"; turn_off = [ "tx" ];' \
		'exposed = { driver = "veth"; name = "n1"; carries = { kind = "vxlan"; port = 8472; }; }; };' \
		>"$work/test.rules"
	rm -f "$rules"/*.rules
	cp "$work/test.rules" "$rules"
	make_node
	build <<-END
		$over_n1
		$vxlan dev n0
		$fdb 192.168.1.1
	END
	launcher=(nsenter "--net=/run/netns/$node" env "LD_PRELOAD=$VETH_AS_NIC")
	expect_exit 1 agent explain
	expect_line '^  device      yes      *n1$'
	bridge -n "$node" fdb replace 02:00:00:00:00:01 dev tunnel dst 10.0.0.9
	expect_exit 0 agent explain
	expect_line '^  device      no  .*no NIC of this node shows it$'
	ip -n "$node" link del tunnel
	ip -n "$node" link add tunnel type vxlan dstport 8472 external
	expect_exit 2 agent explain
	expect_line '^  device      unknown  *n1; not known: by which NIC tunnel sends: each packet brings'
	launcher=()
}

kinds_scenes() {
	local bond vlan
	declare -A links=([vlan]="link base" [ipvlan]="link base")
	declare -A options=([vlan]="id 7" [vrf]="table 9" [geneve]="id 9 remote 10.0.0.1" [ipip]="remote 10.0.0.1")

	look_for bond vlan vrf geneve ipvlan ipip dummy wireguard
	bond=$(
		cat <<-END
			link set n1 down
			link set n2 down
			link add bond0 type bond mode balance-rr
			link set n1 master bond0
			link set n2 master bond0
			link set bond0 up
			address add 10.7.0.2/24 dev bond0
			$(neighbours bond0 10.7.0.1)
		END
	)
	vlan=$(
		cat <<-END
			link add link0.5 up link LINK type vlan id 5
			address add 10.8.0.2/24 dev link0.5
			$(neighbours link0.5 10.8.0.1)
			route add 192.168.0.0/16 via 10.8.0.1
		END
	)
	scene_of bond "an entry over a bond" "n1 n2" <<-END
		$bond
		route add 192.168.0.0/16 via 10.7.0.1
		$vxlan dev n0
		$fdb 192.168.1.1
	END
	scene_of vlan "VLAN" n3 <<-END
		${vlan/LINK/n3}
		$vxlan remote 192.168.1.1
	END
	scene_of "bond vlan" "VLAN on a bond" "n1 n2" <<-END
		$bond
		${vlan/LINK/bond0}
		$vxlan local 10.8.0.2
		$fdb 192.168.1.1
	END
	scene_of vlan "VLAN on a bridge" n3 <<-END
		link add br0 up type bridge
		link set n3 master br0
		${vlan/LINK/br0}
		$vxlan remote 192.168.1.1
	END
	scene_of "vlan ipvlan" "ipvlan on VLAN on a bridge" n3 <<-END
		link add br0 up type bridge
		link set n3 master br0
		link add link0.5 up link br0 type vlan id 5
		link add ipvl up link link0.5 type ipvlan mode l2
		address add 10.8.0.2/24 dev ipvl
		$(neighbours ipvl 10.8.0.1)
		$vxlan remote 10.8.0.1
	END
	scene_of dummy "the source on dummy, next hops" "n0 n1" "one of n0 n1" <<-END
		link add dummy0 up type dummy
		address add 10.9.9.9/32 dev dummy0
		route add 192.168.0.0/16 nexthop via 10.0.0.1 nexthop via 10.1.0.1
		$vxlan local 10.9.9.9
		$fdb 192.168.1.1
	END
	scene_of vrf "a link in a VRF" n1 <<-END
		link add red up type vrf table 9
		link set n1 master red
		$(neighbours n1 10.1.0.1)
		route add 192.168.0.0/16 via 10.1.0.1 dev n1 table 9
		$vxlan dev n1
		$fdb 192.168.1.1
	END
	scene_of vrf "the VRF itself" n1 <<-END
		link add red up type vrf table 9
		link set n1 master red
		$(neighbours n1 10.1.0.1)
		route add 192.168.0.0/16 via 10.1.0.1 dev n1 table 9
		$vxlan dev red remote 192.168.1.1
	END
	scene_of geneve "Geneve" n1 <<-END
		$over_n1
		link add tunnel type geneve id 1 remote 192.168.1.1
	END
	scene_of geneve "Geneve over IPv6" n1 <<-END
		link add tunnel type geneve id 1 remote fd00:1::9
	END
	scene_of geneve "Geneve, destinations of each packet" "$any" "" <<-END
		link add tunnel type geneve external
	END
	scene_of wireguard "through WireGuard" "$any" "" <<-END
		link add wg0 up type wireguard
		route add 192.168.0.0/16 dev wg0
		$vxlan remote 192.168.1.1
	END
	scene_of ipip "through IPIP" "$any" n0 <<-END
		link add ip0 up type ipip remote 10.0.0.9 local 10.0.0.2
		route add 192.168.0.0/16 dev ip0
		$vxlan remote 192.168.1.1
	END
	[ ${#lacking[@]} -eq 0 ] || skip "this kernel lacks ${lacking[*]}; what it has is as it should be"
}

case $KIND in
plain)
	plain_scenes
	moved_scene
	rule_scene
	;;
kinds) kinds_scenes ;;
esac
