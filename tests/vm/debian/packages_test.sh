#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package, the unit and cloud-init where they belong: a virtual machine (qemu, emulated)
# with Debian's stock kernel boots twice. At its first boot cloud-init installs the package of the commit
# that is checked out by the documented user-data; guest.sh says what is looked at then. At the second
# one it is upgraded to the portable package, which is what runs from then on.
set -euo pipefail
: "${SOURCE:?}" "${PORTABLE:?}"

folder=$(cd "$(dirname "$0")" && pwd)
seconds=1500

skip() {
	echo "debian: skipped: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root to make the machine's disk"
[ "$(uname -m)" = x86_64 ] || skip "the machine is an x86_64"
for command in qemu-system-x86_64 mke2fs dpkg-buildpackage dh git systemctl unshare; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
git -C "$SOURCE" rev-parse --verify --quiet HEAD >/dev/null || skip "this is no git repository"
root=$("$folder/build-root") || {
	[ $? -eq 77 ] || exit 1
	skip "no Debian to boot"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Others cannot look into what mktemp makes.
chmod 755 "$work"

# build_packages: $package, and one to upgrade to: the portable one, with another default
# configuration.
build_packages() {
	local version portable

	"$SOURCE/packaging/build-deb" --output "$work/deb" >"$work/build.log" 2>&1 || {
		tail -n 40 "$work/build.log"
		exit 1
	}
	package=$(find "$work/deb" -name 'offload-agent_*.deb')
	version=$(dpkg-deb -f "$package" Version)
	portable=$(find "$PORTABLE" -maxdepth 1 -name 'offload-agent_*_amd64.deb')
	dpkg-deb -R "$portable" "$work/later"
	sed -i "s/^Version: .*/Version: $version+later/" "$work/later/DEBIAN/control"
	echo '// of the later version' >>"$work/later/etc/offload-agent/agent.conf"
	dpkg-deb -b "$work/later" "$work/later.deb" >/dev/null
}

# seed_cloud_init MACHINE: the documented user-data, with what it says must be changed.
seed_cloud_init() {
	local seed=$1/var/lib/cloud/seed/nocloud

	mkdir -p "$seed"
	echo 'instance-id: offload-agent-vm' >"$seed/meta-data"
	sed -e 's,address=https:.*,address=file:///root/test,' \
		-e "s,0*  offload-agent_.*_amd64\.deb\$,$(cd "${package%/*}" && sha256sum "${package##*/}")," \
		"$SOURCE/packaging/cloud-init/user-data-file.yaml" >"$seed/user-data"
	# The locale of cloud-init's own choice is not in this small Debian.
	cat >"$1/etc/cloud/cloud.cfg.d/99-test.cfg" <<-'CONFIG'
		datasource_list: [NoCloud, None]
		network: {config: disabled}
		locale: C.UTF-8
	CONFIG
}

# make_disk: what is added to the root lies over it, in a mount namespace of its own.
make_disk() {
	local top=$work/top machine=$work/machine

	mkdir -p "$top" "$machine"
	mount -t tmpfs tmpfs "$top"
	mkdir "$top/upper" "$top/work"
	mount -t overlay -o "lowerdir=$root,upperdir=$top/upper,workdir=$top/work" overlay "$machine"
	mkdir "$machine/root/test"
	cp "$folder/guest.sh" "$work/later.deb" "$SOURCE/packaging/cloud-init/90-offload-agent.cfg" \
		"$machine/root/test/"
	cp "$package" "$machine/root/test/"
	install -m 644 -t "$machine/etc/systemd/system" "$folder"/*.service
	printf '#!/bin/sh\necho Kubernetes v1.18.3\n' >"$machine/usr/bin/kubelet"
	chmod 755 "$machine/usr/bin/kubelet"
	systemctl --quiet --root="$machine" enable kubelet.service guest.service
	echo '/dev/vda / ext4 defaults 0 1' >"$machine/etc/fstab"
	echo offload-agent-vm >"$machine/etc/hostname"
	: >"$machine/etc/machine-id"
	seed_cloud_init "$machine"
	mke2fs -q -t ext4 -d "$machine" "$work/disk" 1400M
	cp -L "$machine/vmlinuz" "$work/vmlinuz"
	cp -L "$machine/initrd.img" "$work/initrd"
}

boot() {
	timeout --kill-after=10 "$seconds" qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 1024 \
		-nodefaults -display none -serial "file:$work/console" \
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" \
		-nic user,restrict=on,model=e1000e \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append 'root=/dev/vda rw console=ttyS0 quiet systemd.show_status=no' </dev/null ||
		echo "FAILED: the machine did not end within $seconds s"
}

build_packages
export work root folder package SOURCE
unshare --mount bash -euo pipefail -c "$(declare -f seed_cloud_init make_disk); make_disk"
boot

tr -d '\r' <"$work/console" >"$work/console.txt"
grep -a -A 20 '^FAILED: ' "$work/console.txt" || true
grep -a '^debian: ' "$work/console.txt" || true
n_good=$(grep -a -c -E '^debian: (first|second) boot: [1-9][0-9]* checks, 0 failed$' "$work/console.txt" || true)
if [ "$n_good" != 2 ]; then
	echo "debian: the end of what the machine said:"
	tail -n 60 "$work/console.txt"
	exit 1
fi
