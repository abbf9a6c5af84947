#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The RPM of the commit that is checked out, built with this machine's macros: two builds are
# identical, rpmlint has nothing to say, and it is installed, upgraded and erased in a copy of this
# machine's root, which has an RPM database of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=root_copy.sh
. "$(dirname "$0")/root_copy.sh"
: "${SOURCE:?}"
need rpmbuild rpmlint git cmake
git -C "$SOURCE" rev-parse --verify --quiet HEAD >/dev/null || skip "this is no git repository"

# build NAME [OPTION...]: into $work/NAME. Debian's packages have other names.
build() {
	local name=$1 options=(--nodeps)

	shift
	[ ! -e /etc/redhat-release ] || options=()
	"$SOURCE/packaging/build-rpm" --output "$work/$name" ${options[@]+"${options[@]}"} "$@" \
		>"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
}

build first
(umask 077 && export TZ=Asia/Tokyo && build second)
for package in "$work"/first/*.rpm; do
	expect "${package##*/}: two builds are identical" cmp "$package" "$work/second/${package##*/}"
done
# A later version, and with the macros of a distribution that has systemd's.
build later --define 'dist .later' --define '_unitdir /usr/lib/systemd/system' \
	--define 'systemd_requires Requires: /bin/sh'

expect_exit 0 rpmlint -c "$SOURCE/packaging/rpm/rpmlint.toml" "$work"/first/*.rpm \
	"$SOURCE/packaging/rpm/offload-agent.spec"
expect_line ' 0 errors, 0 warnings'

package=$(find "$work/first" -name 'offload-agent-[0-9]*.rpm' ! -name '*.src.rpm')
later=$(find "$work/later" -name 'offload-agent-[0-9]*.rpm' ! -name '*.src.rpm')
expect_exit 0 rpm -qp --qf '[%{FILENAMES} %{FILEUSERNAME} %{FILEFLAGS:fflags}\n]' "$package"
expect_line '^/etc/offload-agent/agent.conf root cn$'
expect_exit 0 rpm -qp --qf '%{PAYLOADCOMPRESSOR} [%{REQUIRENAME}|]' "$package"
expect_line '^gzip .*/usr/sbin/useradd\|'
expect_no_line 'shadow|rpmlib\((Lua|RichDependencies|PayloadIsZstd)'
expect_no_line ' (offload-agent|[0-9]+) '

make_rpm_root_copy
cp "$package" "$copy/first.rpm"
cp "$later" "$copy/later.rpm"

# Where /usr cannot be written, rpm itself finds no space, unless it is not to look.
refuses_where_it_cannot rpm --nodeps --ignoresize -i /first.rpm
expect_exit 1 in_copy rpm -q offload-agent
without /usr/bin/systemctl expect_exit 0 in_copy rpm --nodeps -i /first.rpm
expect_equal "what is said" 1 "$(grep -c '^offload-agent: there is no systemd, .*offload-agent apply' "$work/stderr")"
rpm_in_copy -e offload-agent
in_copy userdel offload-agent
# %config files that nobody has edited go with the package.
expect_as_before

rpm_in_copy -i /first.rpm
expect_equal "complaints" '' "$(grep '^offload-agent: ' "$work/log" || true)"
expect_exit 0 in_copy /usr/sbin/offload-agent check
expect_line '^  kubernetes-double-snat-zero-checksum:? .*\(/usr/share/offload-agent/'
expect_exit 0 in_copy getent passwd offload-agent
expect_exit 0 in_copy rpm -V --nodeps offload-agent

echo 'nics = ( { name = "mine"; kind = "vxlan"; } );' >"$copy/etc/offload-agent/agent.conf"
rpm_in_copy -U /later.rpm
expect "the configuration is kept" grep -q mine "$copy/etc/offload-agent/agent.conf"
expect_exit 0 in_copy rpm -q offload-agent
expect_line '\.later\.'
mkdir -p "$copy/run/offload-agent"
echo '{}' >"$copy/run/offload-agent/changes.json"
rpm_in_copy -e offload-agent
expect "the administrator's configuration is saved" \
	grep -q mine "$copy/etc/offload-agent/agent.conf.rpmsave"
rm -r "$copy/etc/offload-agent"
expect_as_before
expect "the record stays" test -e "$copy/run/offload-agent/changes.json"
