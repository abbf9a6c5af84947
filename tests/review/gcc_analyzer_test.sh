#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# gcc -fanalyzer finds no path through a function of the program that frees twice, uses what was freed,
# loses a descriptor and the like.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need gcc cmake

flags=(
	-fanalyzer -Werror
	# gcc 12 does not see that a pointer which was taken over is freed by its new owner.
	-Wno-analyzer-malloc-leak
	# It takes every function for one that may return more than 0, and so follows paths on which
	# nothing was filled in; the same for what cannot be NULL without that.
	-Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference
)
echo 'int main(void) { return 0; }' | gcc -x c "${flags[@]}" -o "$work/empty" - 2>/dev/null || {
	echo "skipped: this gcc has no such -fanalyzer"
	exit 77
}
configure "${flags[*]}" -DCMAKE_C_COMPILER=gcc
build
report objects "$(find "$work/build" -name '*.o' | wc -l)"
