#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The image, built by buildah from the portable packages (for the step in between a Debian of this
# machine's own archive stands in for that of a registry of images), and its program run as its user:
# without capabilities, with each, and with both. There is nothing else in it that could be executed.
set -euo pipefail
: "${SOURCE:?}"

# Before the test enters namespaces: there is no network there.
if [ -z "${OFFLOAD_AGENT_TEST_INSIDE:-}" ]; then
	DEBIAN=$("$SOURCE/packaging/portable/debian-root" trixie "$(dpkg --print-architecture)" libcap2-bin) ||
		exit
	export DEBIAN
fi
# shellcheck source-path=SCRIPTDIR source=portable.sh
. "$(dirname "$0")/portable.sh"
size_max=$((4 * 1024 * 1024))
net_admin=12 net_raw=13
need buildah

# In memory there is no room for the copies that are made of it.
storage=$(mktemp -d /var/tmp/offload-agent-container.XXXXXX)
buildah_here() {
	buildah --root "$storage/storage" --runroot "$storage/state" --storage-driver vfs "$@"
}
# shellcheck disable=SC2317 # it is the trap
finish_container() {
	local code=$?

	buildah_here umount --all >/dev/null 2>&1 || true
	rm -rf "$storage"
	(exit "$code")
	finish
}
trap finish_container EXIT

empty=$(buildah_here from scratch)
tar -C "$DEBIAN" -cf "$storage/base.tar" .
buildah_here add -q "$empty" "$storage/base.tar" / >/dev/null
buildah_here commit -q "$empty" localhost/base >/dev/null
buildah_here build --isolation chroot --network host --build-arg BASE=localhost/base \
	--build-arg "TARGETARCH=$(dpkg --print-architecture)" \
	-f "$SOURCE/packaging/container/Containerfile" -t offload-agent "$PORTABLE" \
	>"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }

container=$(buildah_here from localhost/offload-agent)
image=$(buildah_here mount "$container")
expect_exit 0 buildah_here inspect --type image \
	--format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' localhost/offload-agent
expect_line '^65532:65532 \[/usr/sbin/offload-agent\]$'
expect_equal "what can be executed" usr/sbin/offload-agent \
	"$(cd "$image" && find . -type f -perm /111 -printf '%P\n')"
expect "the portable program" cmp "$program" "$image/usr/sbin/offload-agent"
expect "the licences of what is in it" test -s "$image/usr/share/doc/offload-agent/BUNDLED"

# contained CAPABILITIES COMMAND...: with what a runtime mounts.
contained() {
	"$python" "$(dirname "$0")/as_container.py" "$image" 65532 "$1" /usr/sbin/offload-agent "${@:2}"
}
mkdir -p "$image/proc" "$image/dev" "$image/sys"
mount -t proc proc "$image/proc"
touch "$image/dev/null"
mount --bind /dev/null "$image/dev/null"
add_vxlan vx 1 noudpcsum

expect_exit 0 contained - --version
expect_exit 0 contained - check
rules=("$SOURCE"/policy/rules.d/*.rules)
expect_summary "^Configuration and rules are valid: ${#rules[@]} rules, 0 masked\.\$"
expect_exit 1 contained - status "${affected[@]}"
expect_summary '^Vulnerable: '
expect_exit 77 contained - apply "${affected[@]}"
expect_complaint 'needs the capability CAP_NET_ADMIN'
expect_exit 0 contained "$net_admin" apply "${affected[@]}"
expect_summary '^Mitigation: '
expect_feature vx tx-checksum-ip-generic off
expect_exit 1 contained - status --running
expect_exit 0 contained "$net_admin" restore
for without in - "$net_admin"; do
	expect_exit 77 contained "$without" wire --interface lo --seconds 1
	expect_complaint 'no privilege .*CAP_NET_RAW'
done
for with in "$net_raw" "$net_admin,$net_raw"; do
	expect_exit 2 contained "$with" wire --interface lo --seconds 1
	expect_quiet
	expect_summary '^Unknown: no connection attempt came through VXLAN in 1 s$'
done
expect_exit 0 contained "$net_admin,$net_raw" apply "${affected[@]}"
expect_exit 0 contained "$net_admin,$net_raw" restore
with=
umount "$image/proc" "$image/dev/null"
size=$(du -sb "$image" | cut -f1)
expect "the image has $size bytes" test "$size" -lt "$size_max"
echo "container: $((size / 1024)) KiB"
