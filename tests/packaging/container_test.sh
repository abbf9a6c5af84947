#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The image of the commit that is checked out, built by buildah on a Debian that mmdebstrap makes (no
# registry of images is needed, but Debian's packages are), and its program run as its user: without
# the capability, and with it.
set -euo pipefail
: "${SOURCE:?}"

base_suite=bookworm
size_max=$((200 * 1024 * 1024))
failed=0

skip() {
	echo "container: skipped: $*"
	exit 77
}

# expect WHAT COMMAND...
expect() {
	local what=$1

	shift
	if "$@" >"$work/out" 2>&1; then
		return
	fi
	echo "FAILED: container: $what"
	sed 's/^/  /' "$work/out" | tail -n 20
	failed=1
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for command in buildah mmdebstrap git ip setpriv unshare; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
git -C "$SOURCE" rev-parse --verify --quiet HEAD >/dev/null || skip "this is no git repository"

work=$(mktemp -d)
buildah_here() {
	buildah --root "$work/storage" --runroot "$work/state" --storage-driver vfs "$@"
}
# shellcheck disable=SC2317 # it is the trap
finish() {
	buildah_here umount --all >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT

mmdebstrap --quiet --variant=minbase --format=tar "$base_suite" "$work/base.tar" >"$work/log" 2>&1 ||
	skip "mmdebstrap cannot make a $base_suite: $(tail -n 1 "$work/log")"
empty=$(buildah_here from scratch)
buildah_here add -q "$empty" "$work/base.tar" / >/dev/null
buildah_here commit -q "$empty" localhost/base >/dev/null

mkdir "$work/source"
git -C "$SOURCE" archive HEAD | tar -x -C "$work/source"
buildah_here build --isolation chroot --network host --build-arg BASE=localhost/base \
	-f "$work/source/packaging/container/Containerfile" -t offload-agent "$work/source" \
	>"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }

container=$(buildah_here from localhost/offload-agent)
image=$(buildah_here mount "$container")
buildah_here inspect --type image --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}}' \
	localhost/offload-agent >"$work/config"
expect "user and entry point" grep -q -x '65532:65532 \[/usr/sbin/offload-agent\]' "$work/config"

# as_image CAPABILITIES COMMAND...: in a network of its own with a device that shows the bug, as a
# runtime starts it.
cat >"$work/as_image" <<'SCRIPT'
#!/bin/sh
set -eu
if [ "$1" != inside ]; then
	exec unshare --net "$0" inside "$@"
fi
ip link add vx type vxlan id 1 dstport 4789 local 127.0.0.1 noudpcsum
bounding=$2
shift 2
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$IMAGE" setpriv --reuid 65532 --regid 65532 \
	--clear-groups --inh-caps -all --bounding-set "$bounding" "$@"
SCRIPT
chmod 755 "$work/as_image"
export IMAGE=$image

# expect_says WHAT REGEX CAPABILITIES COMMAND...: the first line of what it prints.
expect_says() {
	local what=$1 regex=$2 line

	shift 2
	line=$("$work/as_image" "$@" 2>&1 | head -n 1) || true
	expect "$what: $line" grep -q -E -e "$regex" <<<"$line"
}

node=(--kubernetes-version v1.18.3 --kernel-release 4.19.118)
expect_says "its version" '^offload-agent [0-9]' -all offload-agent --version
expect_says "its rules" '^Configuration and rules are valid: [1-9]' -all offload-agent check
expect "what the DaemonSet's scripts need" "$work/as_image" -all sh -c 'chown --version && grep --version'
expect "no compiler is left" sh -c "! ls '$image/usr/bin/gcc' || ! ls '$image/usr/bin/cmake'"
expect_says "told without the capability" '^Vulnerable: ' -all offload-agent status "${node[@]}"
expect_says "no power without it" 'needs the capability CAP_NET_ADMIN' -all offload-agent apply "${node[@]}"
expect_says "done with it" '^Mitigation: ' -all,+net_admin offload-agent apply "${node[@]}"
added=$(du -sb "$image" | cut -f1)
expect "the image has $added bytes" test "$added" -lt "$size_max"
echo "container: $((added / 1024 / 1024)) MiB with its base"
exit "$failed"
