#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No function of the program has more than a hundred lines, and every header, and every file without
# one, begins with a paragraph that says what it is about.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need git

lines_max=100
mapfile -t files < <(git ls-files -- '*.c' ':!tests')
# clang-format puts a function's braces, and no others but a type's, into the first column.
while read -r where lines; do
	complain "$where: a function of $lines lines"
done < <(awk -v max=$lines_max '
	/^{/ { begin = FNR }
	/^}/ && begin { if (FNR - begin - 1 > max) print FILENAME ":" begin, FNR - begin - 1; begin = 0 }
' "${files[@]}")
mapfile -t headers < <(git ls-files -- '*.h' ':!tests')
for file in "${headers[@]}" "${files[@]}"; do
	case $file in
	*.c) [ ! -e "${file%.c}.h" ] || continue ;;
	esac
	sed -n '2,8p' "$file" | grep -q '^/\*' || complain "$file does not say what it is about"
done
report files $((${#files[@]} + ${#headers[@]}))
