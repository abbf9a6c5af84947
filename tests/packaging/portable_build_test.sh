#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the portable packages of the commit that is checked out into $PORTABLE, for the other tests,
# with what is in the tar.gz in "unpacked"; and once more: both are identical.
set -euo pipefail
: "${SOURCE:?}" "${PORTABLE:?}"

skip() {
	echo "portable_build: skipped: $*"
	exit 77
}

# build FOLDER [ENVIRONMENT...]
build() {
	local folder=$1

	shift
	env "$@" "$SOURCE/packaging/build-portable" --output "$folder" >"$work/log" 2>&1 ||
		{ tail -n 40 "$work/log"; exit 1; }
}

rm -rf "$PORTABLE"
git -C "$SOURCE" rev-parse --verify --quiet HEAD >/dev/null || skip "this is no git repository"
why=$("$SOURCE/packaging/portable/make-root" "$(dpkg --print-architecture)" 2>&1 >/dev/null) || {
	[ $? -eq 77 ] || { echo "$why"; exit 1; }
	skip "$(tail -n 1 <<<"$why")"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/elsewhere"
build "$work/first"
(umask 077 && build "$work/second" TMPDIR="$work/elsewhere" TZ=Asia/Tokyo)
failed=0
for package in "$work"/first/*; do
	cmp "$package" "$work/second/${package##*/}" || failed=1
done
[ "$(find "$work/first" -type f | wc -l)" -eq 3 ] || {
	echo "FAILED: not one DEB, one RPM and one tar.gz: $(ls "$work/first")"
	failed=1
}
mkdir -p "$PORTABLE/unpacked"
mv "$work"/first/* "$PORTABLE"
tar -xzf "$PORTABLE"/*.tar.gz --strip-components 1 -C "$PORTABLE/unpacked"
exit "$failed"
