#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The files of the program know each other in one direction only: no pair of a header and its source
# includes another one that includes it in turn, however far around. A library's public header is
# what all of its files stand on, and is looked at apart from the source of that name. The two
# libraries include nothing of the agent's, or of each other's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need git tsort

mapfile -t files < <(git ls-files -- '*.[ch]' ':!tests')
for file in "${files[@]}"; do
	name=${file%.[ch]}
	[ "$file" != ethtool_nl/ethtool_nl.c ] || name=$file
	while read -r included; do
		[ "$included" = "$name" ] || echo "$name $included"
	done < <(sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file")
done >"$work/arrows"
for library in policy ethtool_nl; do
	while read -r from to; do
		complain "$from includes $to.h"
	done < <(grep "^$library/" "$work/arrows" | grep -vE " ($library/.*|array|cleanup)\$" || true)
done
tsort "$work/arrows" >/dev/null 2>"$work/loops" || complain "$(cat "$work/loops")"
report arrows "$(wc -l <"$work/arrows")"
