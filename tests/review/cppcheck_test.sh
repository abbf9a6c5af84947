#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# cppcheck has nothing to say about the program's source.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need cppcheck cmake

suppressions=(
	# It does not know __attribute__((cleanup)): what is freed by it, and what keeps it from that.
	memleak resourceLeak unreadVariable
	# Declarations stand at the top of a block.
	variableScope
	# What getopt_long() takes is not const.
	constParameter:agent/options.c
	# Its own headers of the system are not needed.
	missingIncludeSystem
)
configure '' -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
cppcheck --project="$work/build/compile_commands.json" --relative-paths="$SOURCE" --quiet \
	--enable=warning,performance,portability,style --std=c11 --inline-suppr --error-exitcode=1 \
	"${suppressions[@]/#/--suppress=}" || complain "cppcheck has findings"
report files "$(grep -c '"file":' "$work/build/compile_commands.json")"
