#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable DEB in a Debian of its own, $SUITE: installed, used, upgraded, removed and purged. Where
# this machine is of the same release, the distribution's kind of package takes its place and gives it
# back.
set -euo pipefail
: "${SOURCE:?}" "${SUITE:?}"

# Before the test enters namespaces: there is no network there.
if [ -z "${OFFLOAD_AGENT_TEST_INSIDE:-}" ]; then
	packages=(systemd)
	# What the distribution's kind of package needs.
	! grep -q "^VERSION_CODENAME=$SUITE$" /etc/os-release ||
		packages+=(libconfig9 libjansson4 libmnl0 libnl-genl-3-200)
	DEBIAN=$("$SOURCE/packaging/portable/debian-root" "$SUITE" "$(dpkg --print-architecture)" \
		"${packages[@]}") || exit
	export DEBIAN
fi
# shellcheck source-path=SCRIPTDIR source=portable.sh
. "$(dirname "$0")/portable.sh"
need dpkg-deb
test_name=portable_deb_$SUITE

make_root_copy "$DEBIAN"
cp "$deb" "$copy/portable.deb"
version=$(dpkg-deb -f "$deb" Version)
# A later version: the same, with another default configuration.
dpkg-deb -R "$deb" "$work/later"
sed -i "s/^Version: .*/Version: $version+later/" "$work/later/DEBIAN/control"
echo '// A new default.' >>"$work/later/etc/offload-agent/agent.conf"
dpkg-deb -Zxz -b "$work/later" "$copy/later.deb" >/dev/null
root_files >"$work/before"

# dpkg_in_copy OPTION...: it may ask nobody.
dpkg_in_copy() {
	in_copy dpkg --force-confdef --force-confold "$@" >"$work/log" 2>&1 </dev/null ||
		{ cat "$work/log"; fail "dpkg $*"; }
}

# expect_portable: it is in place, whole, and works.
expect_portable() {
	expect "the program" cmp "$program" "$copy/usr/sbin/offload-agent"
	expect_works
}

expect_works() {
	expect_exit 0 in_copy dpkg --verify offload-agent
	expect_equal "changed files" '' "$(grep -v ' c /etc/offload-agent/agent.conf$' "$work/stdout" || true)"
	expect_exit 0 in_copy offload-agent check
	expect_exit '0|2' in_copy offload-agent status
	expect_exit 0 in_copy systemctl is-enabled offload-agent.service
	expect_exit 0 in_copy getent passwd offload-agent
}

dpkg_in_copy -i /portable.deb
expect_portable

# What the administrator wrote outlives it all.
echo 'nics = ( { name = "mine"; kind = "vxlan"; } );' >"$copy/etc/offload-agent/agent.conf"
echo 'sweep = 30;' >"$copy/etc/offload-agent/agent.conf.d/50-mine.conf"
dpkg_in_copy -i /later.deb
expect_portable
if grep -q "^VERSION_CODENAME=$SUITE$" /etc/os-release && command -v dh >/dev/null; then
	"$SOURCE/packaging/build-deb" --output "$work/dynamic" --version "$version+later2" \
		>"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; fail "build-deb"; }
	cp "$work"/dynamic/offload-agent_*.deb "$copy/dynamic.deb"
	dpkg_in_copy -i /dynamic.deb
	expect_works
	expect "the distribution's kind of program" grep -q -a ld-linux "$copy/usr/sbin/offload-agent"
	dpkg_in_copy -i /portable.deb
	expect_portable
	expect "what only the portable one has" test -e "$copy/usr/share/doc/offload-agent/BUNDLED"
fi
expect "the configuration is kept" grep -q mine "$copy/etc/offload-agent/agent.conf"
expect "so is its folder" test -f "$copy/etc/offload-agent/agent.conf.d/50-mine.conf"

mkdir -p "$copy/run/offload-agent"
echo '{}' >"$copy/run/offload-agent/changes.json"
dpkg_in_copy -r offload-agent
expect "the program is gone" test ! -e "$copy/usr/sbin/offload-agent"
expect "the configuration stays" grep -q mine "$copy/etc/offload-agent/agent.conf"
expect "the record stays" test -e "$copy/run/offload-agent/changes.json"
dpkg_in_copy -P offload-agent
root_files >"$work/after"
expect_equal "what is left" '' "$(diff "$work/before" "$work/after")"
expect_equal "the record" '' "$(find "$copy/run" -name '*offload*')"
expect_exit 2 in_copy getent passwd offload-agent
