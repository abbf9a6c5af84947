#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The unit tests of the commit that is checked out, cross-built for arm64 in the Debian that the
# portable program is built in, and run there by qemu-user. What qemu-user cannot do is listed below.
set -euo pipefail
umask 022
: "${SOURCE:?}"

skip() {
	echo "arm64_unit: skipped: $*"
	exit 77
}

# What need not pass, and why: "program case" or, for all of its cases, "program".
declare -A cannot
while IFS=: read -r name reason; do
	cannot[$name]=${reason# }
done <<'LIST'
ethtool_nl_live_test: qemu-user has no SIOCETHTOOL
ethtool_nl_monitor_live_test: qemu-user has no generic netlink
agent_detect_child_test: it executes /proc/self/exe, which without binfmt_misc the kernel cannot
agent_detector_test: it executes /proc/self/exe, which without binfmt_misc the kernel cannot
agent_detect_confined_test: qemu-user has no seccomp
agent_syscall_filter_test: qemu-user has no seccomp
agent_links_test test_kinds: qemu-user has no SIOCETHTOOL, which names the drivers
agent_inspection_test test_look: qemu-user has no SIOCETHTOOL
agent_inspection_test test_broken_record: qemu-user has no SIOCETHTOOL
agent_inspection_test test_replace_policy: qemu-user has no SIOCETHTOOL
agent_network_namespace_test test_another: no user namespace can be made in a chroot
agent_probe_old_kernel_test: qemu-user has no SIOCETHTOOL
agent_link_monitor_test test_refused: qemu-user has no SO_DETACH_FILTER
agent_qdiscs_test test_live: qemu-user passes no messages about qdiscs on
agent_route_monitor_test test_what_matters_is_told: qemu-user passes no messages about policy rules on
oldkernel: qemu-user has no seccomp
LIST

# list_results: "passed|failed|skipped program [case]" of what ctest has said verbosely. A program whose
# cases did not all come to an end is counted itself.
list_results() {
	awk '
		$1 == "Start" { program[$2 + 0] = $3 }
		$2 == "[" && $4 == "]" && $5 ~ /^test_/ {
			which = program[$1 + 0]
			verdict = $3 == "OK" ? "passed" : tolower($3)
			verdicts[which, $5] = verdict
			if (verdict == "failed")
				has_failed[which] = 1
		}
		/^[0-9]+: .* test\(s\) run\.$/ { is_complete[program[$1 + 0]] = 1 }
		match($0, /Test +#[0-9]+: /) {
			split(substr($0, RSTART + RLENGTH), words, " ")
			results[words[1]] = /\*\*\*Skipped/ ? "skipped" : / Passed +[0-9.]+ sec$/ ? "passed" : "failed"
		}
		END {
			for (which in results) {
				has_cases[which] = 0
				if (results[which] == "failed" && !(is_complete[which] && has_failed[which]))
					verdicts[which, ""] = "failed"
			}
			for (key in verdicts) {
				split(key, words, SUBSEP)
				has_cases[words[1]] = 1
				print verdicts[key], words[1] (words[2] ? " " words[2] : "")
			}
			for (which in results)
				if (!has_cases[which])
					print results[which], which
		}'
}

for command in dpkg git mmdebstrap unshare; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
[ "$(dpkg --print-architecture)" != arm64 ] || skip "this machine is one: its own unit tests are these"
debian=$("$SOURCE/packaging/portable/make-root" arm64 iproute2 libcmocka-dev:arm64 qemu-user) || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/mnt/source"
# Nobody but the owner may write rules.
git -C "$SOURCE" archive HEAD | tar -x --no-same-permissions -C "$work/mnt/source"
cat >"$work/mnt/build" <<'BUILD'
cd /mnt
PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig \
	cmake -S source -B cmake -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
	-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-aarch64 \
	-DCMAKE_BUILD_TYPE=Debug -DOFFLOAD_AGENT_WERROR=ON
cmake --build cmake --parallel "$(nproc)"
BUILD
run_in() {
	"$SOURCE/packaging/portable/run-in" "$debian" "$work/mnt" unshare --net "$@"
}
run_in sh -eu /mnt/build >"$work/log" 2>&1 || {
	tail -n 40 "$work/log"
	exit 1
}
# Whether all is well is found out below.
run_in ctest --test-dir /mnt/cmake --label-regex '^unit$' --exclude-regex '^keeper_model$' --verbose \
	--parallel "$(nproc)" >"$work/log" 2>&1 || true

n_passed=0 n_failed=0 n_skipped=0
# Its usual million steps would take an emulator minutes.
if run_in qemu-aarch64 /mnt/cmake/tests/model/keeper_model "$(date +%s)" 20000; then
	n_passed=1
else
	n_failed=1
fi
while read -r verdict name; do
	reason=${cannot[$name]:-${cannot[${name% *}]:-}}
	if [ "$verdict" = passed ]; then
		n_passed=$((n_passed + 1))
	elif [ -n "$reason" ]; then
		n_skipped=$((n_skipped + 1))
		echo "arm64_unit: skipped: $name: $reason"
	else
		n_failed=$((n_failed + 1))
		echo "arm64_unit: $verdict, and not listed: $name"
	fi
done < <(list_results <"$work/log" | sort)
echo "arm64_unit: $n_passed passed, $n_failed failed, $n_skipped skipped"
if [ "$n_passed" -le 1 ] || [ "$n_failed" -gt 0 ]; then
	cat "$work/log"
	exit 1
fi
