#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package of the commit that is checked out: two builds are identical, lintian has nothing to
# say, and it is installed, upgraded, removed and purged in a copy of this machine's root.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=root_copy.sh
. "$(dirname "$0")/root_copy.sh"
: "${SOURCE:?}"
need dpkg-buildpackage dh git lintian cmake ar
git -C "$SOURCE" rev-parse --verify --quiet HEAD >/dev/null || skip "this is no git repository"

# build NAME [ENVIRONMENT...]: into $work/NAME.
build() {
	local name=$1

	shift
	env "$@" "$SOURCE/packaging/build-deb" --output "$work/$name" >"$work/build.log" 2>&1 ||
		{ tail -n 40 "$work/build.log"; exit 1; }
}

build first
mkdir "$work/elsewhere"
(umask 077 && build second TMPDIR="$work/elsewhere" TZ=Asia/Tokyo)
for package in "$work"/first/*.deb; do
	expect "${package##*/}: two builds are identical" cmp "$package" "$work/second/${package##*/}"
done

expect_exit 0 lintian --fail-on error,warning "$work"/first/*.changes
expect_equal "what lintian says" '' "$(grep -h -v "^running with root" "$work/stdout" "$work/stderr" || true)"

package=$(find "$work/first" -name 'offload-agent_*.deb')
version=$(dpkg-deb -f "$package" Version)
# What older ones can read, and the folder where systems with folders beside /usr look for units.
expect_equal "its members" "debian-binary control.tar.xz data.tar.xz" "$(ar t "$package" | xargs)"
# What its tools do not see, since it is loaded by its name.
expect "it needs libsystemd" grep -q -w libsystemd0 <(dpkg-deb -f "$package" Depends)

expect_exit 0 dpkg-deb -c "$package"
expect_line ' \./lib/systemd/system/offload-agent.service$'
# Of the helpers alone what init-system-helpers 1.29 has (Ubuntu 16.04).
dpkg-deb -e "$package" "$work/scripts"
expect_equal "what its scripts call" "deb-systemd-helper enable deb-systemd-helper purge \
deb-systemd-helper unmask deb-systemd-helper update-state deb-systemd-helper was-enabled" \
	"$(cat "$work/scripts/"{pre,post}{inst,rm} | grep -o -E 'deb-systemd-helper (--quiet )?[a-z-]+' |
		sed 's/ --quiet//' | sort -u | xargs)"
expect_equal "and no other" '' "$(cat "$work/scripts/"{pre,post}{inst,rm} | grep -o -E '(dpkg|dh|deb)-[a-z-]+' |
	grep -v -x -E 'deb-systemd-(helper|invoke)' || true)"
# A later version: the same, with another default configuration.
dpkg-deb -R "$package" "$work/later"
sed -i "s/^Version: .*/Version: $version+later/" "$work/later/DEBIAN/control"
echo '// A new default.' >>"$work/later/etc/offload-agent/agent.conf"
(cd "$work/later" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb -b "$work/later" "$work/later.deb" >/dev/null

dpkg-query -W offload-agent >/dev/null 2>&1 && skip "offload-agent is installed on this machine"
make_root_copy
cp "$package" "$copy/first.deb"
cp "$work/later.deb" "$copy/later.deb"
root_files >"$work/before"

# nothing_left: after a purge.
nothing_left() {
	root_files >"$work/after"
	expect_equal "what is left" '' "$(diff "$work/before" "$work/after")"
	expect_equal "the record" '' "$(find "$copy/run" -name '*offload*')"
	expect_exit 2 in_copy getent passwd offload-agent
	expect_exit 2 in_copy getent group offload-agent
}

refuses_where_it_cannot dpkg -i /first.deb
expect_exit '0|1' in_copy dpkg-query -W -f '${db:Status-Status}\n' offload-agent
expect_no_line '^[^n]'

# Half installed: it can be finished, and it can be purged.
expect_exit 0 in_copy dpkg --unpack /first.deb
expect_exit 0 in_copy dpkg --configure offload-agent
expect_exit 0 in_copy offload-agent check
expect_exit 0 in_copy dpkg -P offload-agent
nothing_left
expect_exit 0 in_copy dpkg --unpack /first.deb
expect_exit 0 in_copy dpkg -P offload-agent
nothing_left

# Without systemd the program is there, and who installs it learns that nothing starts it.
without /usr/bin/systemctl expect_exit 0 in_copy dpkg -i /first.deb
expect_equal "what is said" 1 "$(grep -c '^offload-agent: there is no systemd, .*offload-agent apply' "$work/stderr")"
expect_exit 0 in_copy dpkg -P offload-agent
nothing_left

in_copy dpkg -i /first.deb >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -i"; }
expect_equal "complaints" '' "$(grep '^offload-agent: ' "$work/log" || true)"
expect_exit 0 in_copy offload-agent check
expect_line '^  kubernetes-double-snat-zero-checksum:? '
expect_exit '0|2' in_copy offload-agent status
expect_exit 0 in_copy getent passwd offload-agent
expect_line ':/:(/usr)?/sbin/nologin$'
expect_exit 0 in_copy systemctl is-enabled offload-agent.service
for man in 8:offload-agent 5:offload-agent.conf 5:offload-agent.rules; do
	expect "man ${man#*:}" in_copy man -w "${man%%:*}" "${man#*:}" >/dev/null
done
# shellcheck disable=SC2016 # it is the shell in the copy that expands it
expect_exit 0 in_copy bash -c '. /usr/share/bash-completion/completions/offload-agent && complete -p offload-agent'

# An upgrade keeps what the administrator wrote.
echo 'nics = ( { name = "mine"; kind = "vxlan"; } );' >"$copy/etc/offload-agent/agent.conf"
echo 'sweep = 30;' >"$copy/etc/offload-agent/agent.conf.d/50-mine.conf"
ln -s /dev/null "$copy/etc/offload-agent/rules.d/kubernetes-double-snat-udp-checksum.rules"
in_copy dpkg -i --force-confdef --force-confold /later.deb >"$work/log" 2>&1 ||
	{ cat "$work/log"; fail "upgrade"; }
expect "the configuration is kept" grep -q mine "$copy/etc/offload-agent/agent.conf"
expect "so is its folder" test -f "$copy/etc/offload-agent/agent.conf.d/50-mine.conf"
expect_exit 0 in_copy offload-agent check
expect_line ' [0-9]+ rules, 1 masked'

# Removing leaves configuration; purging leaves nothing.
mkdir -p "$copy/run/offload-agent"
echo '{}' >"$copy/run/offload-agent/changes.json"
in_copy dpkg -r offload-agent >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -r"; }
expect "the program is gone" test ! -e "$copy/usr/sbin/offload-agent"
expect "the configuration stays" grep -q mine "$copy/etc/offload-agent/agent.conf"
expect "the record stays" test -e "$copy/run/offload-agent/changes.json"
mkdir -p "$copy/etc/systemd/system/offload-agent.service.d"
touch "$copy/etc/systemd/system/offload-agent.service.d/mine.conf"
in_copy dpkg -P offload-agent >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -P"; }
rm -f "$copy/etc/offload-agent/agent.conf.dpkg-dist"
nothing_left
