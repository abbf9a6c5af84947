#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable program for arm64, cross-built, on Debian's own arm64 kernel in qemu: status, apply and
# restore by both back ends, with Debian's ethtool as the judge.
set -euo pipefail
: "${SOURCE:?}"

seconds=240

skip() {
	echo "arm64: skipped: $*"
	exit 77
}

for command in qemu-system-aarch64 cpio mmdebstrap git dpkg; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debian=$("$SOURCE/packaging/portable/debian-root" --extract bookworm arm64 linux-image-cloud-arm64 \
	busybox-static iproute2 ethtool) || exit
"$SOURCE/packaging/build-portable" --arch arm64 --output "$work/packages" >"$work/log" 2>&1 || {
	tail -n 40 "$work/log"
	exit 1
}

# All of it in memory: what of that Debian can be executed, three modules, and the packages' content.
initrd=$work/initrd
mkdir -p "$initrd"/{mod,proc,sys,run,dev,usr}
cp -a "$debian"/{bin,sbin,lib,etc} "$initrd/"
cp -a "$debian"/usr/{bin,sbin,lib} "$initrd/usr/"
rm -rf "$initrd"/{,usr/}lib/modules
for module in udp_tunnel ip6_udp_tunnel vxlan; do
	find "$debian/lib/modules/" -name "$module.ko" -exec cp {} "$initrd/mod/" \;
done
tar -xzf "$work"/packages/*.tar.gz -C "$initrd" --strip-components=1
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox mount -t tmpfs tmpfs /run
for module in udp_tunnel ip6_udp_tunnel vxlan; do
	busybox insmod /mod/$module.ko
done
ip link add flannel.1 type vxlan id 1 dstport 4789 local 127.0.0.1 noudpcsum
# said CODE REGEX COMMAND...
said() {
	wanted=$1 regex=$2
	shift 2
	text=$("$@" 2>&1)
	code=$?
	if [ $code = "$wanted" ] && echo "$text" | busybox grep -q -E "$regex"; then
		echo "arm64: ok: $*"
	else
		echo "arm64: FAILED: $* (exit code $code)"
		echo "$text"
	fi
}
affected="--kubernetes-version v1.18.3 --kernel-release 4.19.118"
said 0 '^  glibc ' offload-agent --version --verbose
said 0 'are valid' offload-agent check
said 0 '"release":"[0-9.-]*cloud-arm64"' offload-agent facts
for backend in netlink ioctl; do
	said 1 '^Vulnerable: flannel.1' offload-agent status $affected --backend $backend
	said 0 '^Mitigation: ' offload-agent apply $affected --backend $backend
	said 0 'tx-checksum-ip-generic: off' ethtool -k flannel.1
	said 0 'on again: tx-checksum-ip-generic' offload-agent restore --backend $backend
	said 0 'tx-checksum-ip-generic: on' ethtool -k flannel.1
done
busybox poweroff -f
INIT
chmod 755 "$initrd/init"
(cd "$initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"
timeout "$seconds" qemu-system-aarch64 -M virt -cpu cortex-a57 -smp 2 -m 1024 -nodefaults -display none \
	-serial stdio -no-reboot -kernel "$(echo "$debian"/boot/vmlinuz-*)" -initrd "$work/initrd.gz" \
	-append 'console=ttyAMA0 quiet panic=-1' </dev/null | tr -d '\r' >"$work/console" || true
grep -a -A 20 '^arm64: FAILED' "$work/console" || true
n_good=$(grep -a -c '^arm64: ok' "$work/console" || true)
echo "arm64: $n_good of 13 checks"
[ "$n_good" -eq 13 ] || {
	tail -n 30 "$work/console"
	exit 1
}
