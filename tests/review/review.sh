# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the reviews share; to be sourced. They read the source in $SOURCE, and build in $work.

: "${SOURCE:?must be the folder of the source}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE" || exit

# need COMMAND...: else the test counts as skipped.
need() {
	local command

	for command; do
		command -v "$command" >/dev/null || {
			echo "skipped: $command is not installed"
			exit 77
		}
	done
}

# configure CFLAGS [OPTION...]: the program alone, optimized, with nothing from the environment.
configure() {
	local flags=$1

	shift
	env -u CFLAGS -u CPPFLAGS -u LDFLAGS cmake -S "$SOURCE" -B "$work/build" \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF "-DCMAKE_C_FLAGS=$flags" \
		"$@" >"$work/log" || {
		cat "$work/log"
		exit 1
	}
}

build() {
	cmake --build "$work/build" --parallel "$(nproc)" >"$work/log" 2>&1 || {
		grep -E -A 8 '(error|warning):' "$work/log" || tail -n 40 "$work/log"
		exit 1
	}
}

n_complaints=0
# complain WORD...
complain() {
	echo "FAILED: $*"
	n_complaints=$((n_complaints + 1))
}

# report WHAT N: the last words, N being how many were looked at. The test fails when there were
# complaints, or nothing to look at.
report() {
	echo "$1: $2 looked at, $n_complaints complaints"
	[ "$2" -gt 0 ] && [ "$n_complaints" -eq 0 ]
}
