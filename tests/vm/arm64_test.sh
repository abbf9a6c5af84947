#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable program for arm64, cross-built, on Debian's own arm64 kernel in qemu: status, apply and
# restore by both back ends, with Debian's ethtool as the judge. The machine has the NIC of a Raspberry
# Pi 5, and its device tree calls it one: the rule about it is judged there. qemu's NIC has no TSO, and
# that kernel is older than the fault: these two are put in, and it is said where.
set -euo pipefail
: "${SOURCE:?}"

seconds=240

skip() {
	echo "arm64: skipped: $*"
	exit 77
}

for command in qemu-system-aarch64 cpio mmdebstrap git dpkg fdtput; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A machine with a NIC that macb drives, without a connection to anything.
machine=(qemu-system-aarch64 -m 1024 -display none -no-reboot -nic 'user,restrict=on')
modules="libphy fixed_phy fwnode_mdio of_mdio phylink macb udp_tunnel ip6_udp_tunnel vxlan"
debian=$("$SOURCE/packaging/portable/debian-root" --extract bookworm arm64 linux-image-arm64 \
	busybox-static iproute2 ethtool) || exit
"$SOURCE/packaging/build-portable" --arch arm64 --output "$work/packages" >"$work/log" 2>&1 || {
	tail -n 40 "$work/log"
	exit 1
}

# All of it in memory: what of that Debian can be executed, some modules, and the packages' content.
initrd=$work/initrd
mkdir -p "$initrd"/{mod,proc,sys,run,dev,usr}
cp -a "$debian"/{bin,sbin,lib,etc} "$initrd/"
cp -a "$debian"/usr/{bin,sbin,lib} "$initrd/usr/"
rm -rf "$initrd"/{,usr/}lib/modules
for module in $modules; do
	find "$debian/lib/modules/" -name "$module.ko" -exec cp {} "$initrd/mod/" \;
done
echo "$modules" >"$initrd/mod/list"
tar -xzf "$work"/packages/*.tar.gz -C "$initrd" --strip-components=1
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox mount -t tmpfs tmpfs /run
for module in $(busybox cat /mod/list); do
	busybox insmod /mod/$module.ko
done
# busybox has an ip of its own, which knows nothing of VXLAN.
/bin/ip link add flannel.1 type vxlan id 1 dstport 4789 local 127.0.0.1 noudpcsum
n_good=0
n_failed=0
# said CODE REGEX COMMAND...
said() {
	wanted=$1 regex=$2
	shift 2
	text=$("$@" 2>&1)
	code=$?
	if [ $code = "$wanted" ] && echo "$text" | busybox grep -q -E "$regex"; then
		n_good=$((n_good + 1))
	else
		n_failed=$((n_failed + 1))
		echo "arm64: FAILED: $* (exit code $code)"
		echo "$text"
	fi
}
affected="--kubernetes-version v1.18.3 --kernel-release 4.19.118"
said 0 '^  glibc ' offload-agent --version --verbose
said 0 'are valid' offload-agent check
said 0 '"release":"[0-9.-]*arm64"' offload-agent facts
for backend in netlink ioctl; do
	said 1 '^Vulnerable: flannel.1' offload-agent status $affected --backend $backend
	said 0 '^Mitigation: ' offload-agent apply $affected --backend $backend
	said 0 'tx-checksum-ip-generic: off' ethtool -k flannel.1
	said 0 'on again: tx-checksum-ip-generic' offload-agent restore --backend $backend
	said 0 'tx-checksum-ip-generic: on' ethtool -k flannel.1
done

# The Raspberry Pi 5, by a kernel that has the fault.
pi="--kernel-release 6.18.24"
rule=macb-tx-stall
model=/sys/firmware/devicetree/base/model
model_5='the machine.s model is "Raspberry Pi 5 Model B Rev 1.0"'
# about_rule EXPLAIN...: what it says of the rule alone.
about_rule() {
	"$@" | busybox sed -n "/^Rule $rule:/,/^\$/p" | busybox tr '\n' '|'
}
said 0 '"model":"Raspberry Pi 5 Model B Rev 1.0".*"source":"/proc/device-tree"' offload-agent facts
said 0 '"name":"eth0",.*"driver":"macb"' offload-agent facts
said 0 'tcp-segmentation-offload: off' ethtool -k eth0
said 0 "^Rule $rule: not-affected.*machine +yes +$model_5.*device +no" about_rule offload-agent explain $pi
# With the kernel that it has.
said 0 "^Rule $rule: not-affected.*kernel +no " about_rule offload-agent explain

# TSO is put into the facts of this machine.
offload-agent facts $pi | busybox sed -E \
	's/"features_known":[a-z]+,"features_on":\[[^]]*\]/"features_known":true,"features_on":["tx-tcp-segmentation"]/' \
	>/run/facts
said 0 "^Rule $rule: affected; it only advises.*machine +yes +$model_5.*device +yes +eth0" \
	about_rule offload-agent explain --facts=/run/facts
busybox sed -E 's/"model":"[^"]*"/"model":"Xilinx Versal"/' /run/facts >/run/other
said 0 "^Rule $rule: not-affected.*machine +no " about_rule offload-agent explain --facts=/run/other

# The operator's copy of the rule asks for a feature that qemu's NIC does have.
own=/etc/offload-agent/rules.d/$rule.rules
busybox sed 's/tx-tcp-segmentation/tx-checksum-ip-generic/' /usr/share/offload-agent/rules.d/$rule.rules >$own
said 0 "advice +$rule: may concern eth0;" offload-agent status $pi
act="--config /run/act.conf $pi"
echo "act = [ \"$rule\" ];" >/run/act.conf
said 1 '^Vulnerable: .*eth0' offload-agent status $act
said 0 '^Mitigation: .*eth0' offload-agent apply $act
said 0 'tx-checksum-ip-generic: off' ethtool -k eth0
said 0 'on again: tx-checksum-ip-generic' offload-agent restore
said 0 'tx-checksum-ip-generic: on' ethtool -k eth0

# Another model; then a device tree that is hidden, as container runtimes hide it.
not_told() {
	offload-agent status $pi | busybox grep -c $rule
}
echo 'Xilinx Versal Virtual development board' >/run/model
busybox mount --bind /run/model $model
said 1 '^0$' not_told
said 0 "^Rule $rule: not-affected.*machine +no " about_rule offload-agent explain $pi
busybox umount $model
busybox mount -t tmpfs tmpfs /sys/firmware
said 0 "^Rule $rule: unknown.*machine +unknown .*/proc/device-tree/model: hidden here" \
	about_rule offload-agent explain $pi
busybox umount /sys/firmware
said 0 "advice +$rule: may concern eth0;" offload-agent status $pi
echo "arm64: end: $n_good checks, $n_failed failed"
busybox poweroff -f
INIT
chmod 755 "$initrd/init"
(cd "$initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"
"${machine[@]}" -M xlnx-versal-virt,dumpdtb="$work/dtb" 2>/dev/null
fdtput -t s "$work/dtb" / model 'Raspberry Pi 5 Model B Rev 1.0'
# That has one NIC.
fdtput -t s "$work/dtb" /ethernet@ff0d0000 status disabled
timeout "$seconds" "${machine[@]}" -M xlnx-versal-virt -dtb "$work/dtb" -serial stdio \
	-kernel "$(echo "$debian"/boot/vmlinuz-*)" -initrd "$work/initrd.gz" \
	-append 'console=ttyAMA0 quiet panic=-1' </dev/null | tr -d '\r' >"$work/console" || true
grep -a -A 20 '^arm64: FAILED' "$work/console" || true
grep -a '^arm64: end: ' "$work/console" || true
grep -a -q '^arm64: end: [1-9][0-9]* checks, 0 failed$' "$work/console" || {
	tail -n 30 "$work/console"
	exit 1
}
