#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Faults of NICs, with Debian's stock kernel and drivers in a virtual machine. Its NICs are connected to a
# network namespace here, the peer: traffic to it is dead or alive. nics_guest.sh says what is looked
# at there. The qemu is trixie's: those before 8 have no igb.
set -euo pipefail
: "${SOURCE:?}"

folder=$(cd "$(dirname "$0")" && pwd)
seconds=550
# To the first, which is 10.1.0.1, the peer is 10.1.0.2, and so on. Two of igb next to each other find no
# place on the bus.
nics=(vmxnet3 igb e1000e rtl8139 igb)
# As VMware's own virtual machines say it; a comma is written twice.
vmware=("type=0,vendor=Phoenix Technologies LTD,version=6.00"
	"type=1,manufacturer=VMware,, Inc.,product=VMware Virtual Platform,version=None")

skip() {
	echo "nics: skipped: $*"
	exit 77
}

if [ -z "${TEST_INSIDE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || skip "needs root for network namespaces"
	[ -c /dev/net/tun ] || skip "there are no tap devices here"
	exec env TEST_INSIDE=1 unshare --net --mount --pid --fork --kill-child --mount-proc "$0"
fi

# find_qemu: $QEMU, for run-vm; the program runs with what is beside it, and without this machine's
# modules, which are another version's.
find_qemu() {
	local debian modules=/usr/lib/x86_64-linux-gnu/qemu

	debian=$("$SOURCE/packaging/portable/debian-root" --extract trixie amd64 qemu-system-x86) || exit
	QEMU="$debian/usr/lib64/ld-linux-x86-64.so.2 --library-path $debian/usr/lib/x86_64-linux-gnu"
	QEMU+=" $debian/usr/bin/qemu-system-x86_64 -L $debian/usr/share/seabios -L $debian/usr/share/qemu"
	[ ! -d "$modules" ] || mount -t tmpfs tmpfs "$modules"
}

# make_peer: a tap for each NIC, with a VXLAN device for each port. Checksums are complete here: qemu's
# NICs have their own way with what is left open.
make_peer() {
	local i port

	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	for ((i = 1; i <= ${#nics[@]}; i++)); do
		ip tuntap add mode tap name "tap$i" vnet_hdr
		ip link set "tap$i" address "02:00:00:00:0$i:02" up
		ip address add "10.$i.0.2/24" dev "tap$i"
		for port in 8472 8223; do
			add_tunnel "$i" "$port"
		done
	done
	# Who is behind the bridge does not answer.
	ip neighbour replace 10.4.0.1 lladdr 02:00:00:00:04:01 dev tap4
}

# add_tunnel N PORT: 10.3N.0.2 for 8472, 10.5N.0.2 for others.
add_tunnel() {
	local number=$((($2 == 8472 ? 30 : 50) + $1))

	ip link add "vx$number" address "02:00:00:00:$number:02" type vxlan id "$number" dstport "$2" \
		local "10.$1.0.2" remote "10.$1.0.1" dev "tap$1"
	ethtool -K "vx$number" tx off >/dev/null
	ip address add "10.$number.0.2/24" dev "vx$number"
	ip link set "vx$number" up
	ip neighbour replace "10.$number.0.1" lladdr "02:00:00:00:$number:01" dev "vx$number"
}

for command in ethtool ip modprobe python3; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
stock=$("$folder/build") || exit
find_qemu
make_peer
coproc "$folder/traffic.py" serve
read -r _ <&"${COPROC[0]}"
options=(-i "$stock/initrd")
for table in "${vmware[@]}"; do
	options+=(-s "$table")
done
for ((i = 1; i <= ${#nics[@]}; i++)); do
	options+=(-n "${nics[i - 1]}@tap$i")
done
export QEMU TEST_STOCK=$stock
"$folder/../run-vm" "${options[@]}" "$stock/vmlinuz" "$seconds" "$folder/nics_guest.sh"
