# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the portable packages share, on top of the integration tests' lib.sh: the packages
# that portable_build_test.sh has left in $PORTABLE.
#
#   $deb $rpm  two of the packages
#   $unpacked  what is in the tar.gz
#   $program   the program in there

# shellcheck source-path=SCRIPTDIR source=root_copy.sh
. "$(dirname "${BASH_SOURCE[0]}")/root_copy.sh"
: "${PORTABLE:?}"

# package GLOB
package() {
	find "$PORTABLE" -maxdepth 1 -name "$1" 2>/dev/null
}

# shellcheck disable=SC2034 # the tests use them
deb=$(package '*.deb') rpm=$(package '*.rpm')
[ -d "$PORTABLE/unpacked" ] || skip "there are no portable packages: see packaging_portable_build"
# Below folders of root's.
cp -a "$PORTABLE/unpacked" "$work/unpacked"
unpacked=$work/unpacked
# shellcheck disable=SC2034
program=$unpacked/usr/sbin/offload-agent
