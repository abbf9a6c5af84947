#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every header of the program compiles alone, with gcc and with clang, and every file includes its own
# header first, so that none can lean on what others happen to include.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need gcc git pkg-config

read -r -a libraries < <(pkg-config --cflags libmnl libnl-genl-3.0 libconfig libsystemd jansson)
compilers=(gcc)
! command -v clang >/dev/null || compilers+=(clang)
n_headers=0
while read -r header; do
	n_headers=$((n_headers + 1))
	for compiler in "${compilers[@]}"; do
		printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
			"$compiler" -x c -std=c11 -fsyntax-only -D_GNU_SOURCE -Wall -Wextra -Werror \
				-I "$SOURCE" "${libraries[@]}" - || complain "$header with $compiler"
	done
	file=${header%.h}.c
	[ -e "$file" ] || continue
	first=$(sed -n 's/^#include "\(.*\)"/\1/p; s/^#include <\(.*\)>/\1/p' "$file" | head -n 1)
	[ "$first" = "$header" ] || complain "$file includes $first before its own header"
done < <(git ls-files -- '*.h' ':!tests')
report headers "$n_headers"
