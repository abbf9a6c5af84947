#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No shell script of the tree gives shellcheck anything to say. What it is not to say stands in
# .shellcheckrc with the reason; it is repeated here, since its version 0.9 forgets some of that
# for files that are sourced.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need shellcheck git

mapfile -t scripts < <(git ls-files -s -- ':!tests/data' |
	awk -F '\t' '$1 !~ /^120000/ { print $2 }' |
	xargs -d '\n' awk 'FNR == 1 && (/^#!.*sh$/ || /SPDX/ && FILENAME ~ /\.sh$/) { print FILENAME }')
exclude=$(sed -n 's/^disable=//p' .shellcheckrc)
shellcheck --exclude="$exclude" "${scripts[@]}" || complain "shellcheck has findings"
report scripts "${#scripts[@]}"
