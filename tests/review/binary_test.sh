#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The program as it is built with no flag from outside: hardened, and with no symbol for others.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need cmake nm readelf

configure ''
build
program=$work/build/agent/offload-agent
n_checks=0

# look COMMAND...: leaves what it prints in $work/shown.
look() {
	n_checks=$((n_checks + 1))
	"$@" >"$work/shown" 2>/dev/null
}

# shows WHAT REGEX COMMAND...
shows() {
	look "${@:3}"
	grep -q -E -e "$2" "$work/shown" || complain "$1"
}

# shows_not WHAT REGEX COMMAND...
shows_not() {
	look "${@:3}"
	! grep -E -e "$2" "$work/shown" || complain "$1"
}

shows "position independent" 'Type: +DYN' readelf --file-header "$program"
shows "marked as such" 'FLAGS_1.* PIE' readelf --dynamic "$program"
shows "read-only relocations" 'GNU_RELRO' readelf --segments "$program"
shows "all of them, at once" 'FLAGS.*NOW' readelf --dynamic "$program"
shows "a stack that is not executable" 'GNU_STACK .* RW ' readelf --segments --wide "$program"
shows_not "nothing writable and executable" 'LOAD .* RWE' readelf --segments --wide "$program"
shows_not "no path of its own for libraries" 'RPATH|RUNPATH' readelf --dynamic "$program"
shows "guarded stacks" '__stack_chk_fail' nm --dynamic "$program"
shows "checked copies" '__(memcpy|snprintf|vsnprintf|strcpy)_chk' nm --dynamic "$program"
shows_not "no function for others" ' [TWi] ' nm --dynamic --defined-only "$program"
if [ "$(uname -m)" = x86_64 ]; then
	# Of the program's own: libc's startup files, without which it is not in force, may lack it.
	while read -r object; do
		shows "${object##*/}: control flow is guarded" 'IBT, SHSTK' readelf --notes "$object"
	done < <(find "$work/build" -name '*.c.o')
fi
report properties "$n_checks"
