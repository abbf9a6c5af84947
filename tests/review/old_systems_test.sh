#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The program builds by hand on systems of 2018: it is C11 that gcc 7 takes, as far as a newer gcc can tell,
# and calls no function that is younger than the libraries of Ubuntu 18.04 (glibc 2.27, systemd 237,
# libnl 3.2.29, libmnl 1.0.4).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need gcc cmake nm

configure '-Wpedantic -Werror' -DCMAKE_C_COMPILER=gcc -DCMAKE_C17_STANDARD_COMPILE_OPTION=-std=c11 \
	-DCMAKE_EXPORT_COMPILE_COMMANDS=ON
build
! grep -v -e -std=c11 "$work/build/compile_commands.json" | grep -q '"command"' ||
	complain "something is not compiled as C11"

# In glibc's dynamic symbols these are younger than the functions: they were wrappers in the static part
# before 2.33, or were given a new version when libpthread and libdl became parts of libc (2.34).
renewed=' stat fstat lstat fstatat __libc_start_main '

# too_young: of "SYMBOL@VERSION" lines those that the old libraries lack.
too_young() {
	awk -F @ -v renewed="$renewed" '
		function younger(version, than,    a, b, n, i) {
			n = split(version, a, /[._]/)
			split(than, b, /[._]/)
			for (i = 1; i <= n; i++)
				if (a[i] + 0 != b[i] + 0)
					return a[i] + 0 > b[i] + 0
			return 0
		}
		index(renewed, " " $1 " ") { next }
		sub(/^GLIBC_/, "", $2) { if (younger($2, "2.27")) print $1; next }
		sub(/^LIBSYSTEMD_/, "", $2) { if (younger($2, "237")) print $1; next }
		sub(/^libnl_/, "", $2) { if (younger($2, "3_2_29")) print $1; next }
		sub(/^LIBMNL_/, "", $2) { if (younger($2, "1.2")) print $1; next }'
}

# It finds those that there are, and no others.
printf '%s\n' memcpy@GLIBC_2.14 stat@GLIBC_2.33 closefrom@GLIBC_2.34 fopen@GLIBC_2.2.5 reallocarray@GLIBC_2.26 \
	gettid@GLIBC_2.30 sd_event_new@LIBSYSTEMD_221 sd_event_set_signal_exit@LIBSYSTEMD_250 \
	nl_a@libnl_3_2_27 nl_b@libnl_3_5 mnl_socket_open2@LIBMNL_1.2 json_loads@libjansson.so.4 |
	too_young | tr '\n' ' ' >"$work/found"
[ "$(cat "$work/found")" = 'closefrom gettid sd_event_set_signal_exit nl_b ' ] ||
	complain "the judgement of versions is wrong: $(cat "$work/found")"

nm --dynamic --undefined-only --with-symbol-versions "$work/build/agent/offload-agent" |
	awk '$NF ~ /@/ { print $NF }' >"$work/symbols"
while read -r symbol; do
	complain "$symbol is too young"
done < <(too_young <"$work/symbols")
report symbols "$(wc -l <"$work/symbols")"
