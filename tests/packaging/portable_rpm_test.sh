#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable RPM. In a root that has nothing at all: rpm alone puts it there, and it runs. In a copy
# of this machine's root, which has an RPM database of its own, so that there is a shell for the
# scripts: installed, replaced by the distribution's kind of package, given back, erased.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=portable.sh
. "$(dirname "$0")/portable.sh"
: "${SOURCE:?}"
need rpm rpmbuild

empty=$work/empty
mkdir -p "$empty"/{dev,proc,run}
rpm --root "$empty" --dbpath /var/lib/rpm --initdb
expect_exit 0 rpm --root "$empty" --dbpath /var/lib/rpm --nodeps --noscripts -i "$rpm"
expect "the program" cmp "$program" "$empty/usr/sbin/offload-agent"
expect_exit 0 chroot "$empty" /usr/sbin/offload-agent check
expect_exit 0 rpm --root "$empty" --dbpath /var/lib/rpm -V --nodeps offload-agent
expect_exit 0 rpm --root "$empty" --dbpath /var/lib/rpm --noscripts -e offload-agent
expect_equal "what is left" '' "$(find "$empty" -name '*offload*')"

make_rpm_root_copy
cp "$rpm" "$copy/portable.rpm"

expect_portable() {
	expect "the program" cmp "$program" "$copy/usr/sbin/offload-agent"
	expect_exit 0 in_copy offload-agent check
	expect_exit 0 in_copy getent passwd offload-agent
	expect_exit 0 in_copy rpm -q offload-agent
}

rpm_in_copy -i /portable.rpm
expect_portable
expect_exit 0 in_copy rpm -V --nodeps offload-agent
echo 'nics = ( { name = "mine"; kind = "vxlan"; } );' >"$copy/etc/offload-agent/agent.conf"

"$SOURCE/packaging/build-rpm" --output "$work/dynamic" --nodeps --define 'dist .later' \
	--define '_docdir_fmt %%{NAME}' >"$work/build.log" 2>&1 ||
	{ tail -n 40 "$work/build.log"; fail "build-rpm"; }
cp "$(find "$work/dynamic" -name 'offload-agent-[0-9]*.rpm' ! -name '*.src.rpm')" "$copy/dynamic.rpm"
rpm_in_copy -U /dynamic.rpm
expect_exit 0 in_copy offload-agent check
expect "the distribution's kind of program" grep -q -a ld-linux "$copy/usr/sbin/offload-agent"
expect "what only the portable one has" test ! -e "$copy/usr/share/doc/offload-agent/BUNDLED"
rpm_in_copy -U --oldpackage /portable.rpm
expect_portable
expect "the configuration is kept" grep -q mine "$copy/etc/offload-agent/agent.conf"

mkdir -p "$copy/run/offload-agent"
echo '{}' >"$copy/run/offload-agent/changes.json"
rpm_in_copy -e offload-agent
expect "the configuration is saved" grep -q mine "$copy/etc/offload-agent/agent.conf.rpmsave"
rm -r "$copy/etc/offload-agent"
expect_as_before
expect "the record stays" test -e "$copy/run/offload-agent/changes.json"
