#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# clang-tidy has nothing to say about the program's source; .clang-tidy says what it is asked.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need clang-tidy cmake

configure '' -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$work/build/compile_commands.json")
# One by one: of several, clang-tidy 14 takes the later ones' va_list for uninitialized.
printf '%s\n' "${files[@]}" |
	xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$work/build" >"$work/findings" 2>"$work/log" ||
	complain "clang-tidy has findings, or failed"
# What several files include is reported for each of them.
grep -E '(error|warning):' "$work/findings" | sort -u || true
[ "$n_complaints" -eq 0 ] || grep -v ' warnings\? generated\.$' "$work/log" | tail -n 20
report files "${#files[@]}"
