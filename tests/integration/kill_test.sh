#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 between writing the record and the change, and while the record is being written: nothing
# that was changed is ever without its record.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strace pkill

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

n_kills=0

# killed_at SYSCALLS WHEN COMMAND...: agent, killed when it enters such a system call, if it does
# not end before.
killed_at() {
	local launcher=(strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2")
	local code=0

	shift 2
	agent "$@" >"$work/held" 2>&1 || code=$?
	[ "$code" -ne 137 ] || n_kills=$((n_kills + 1))
}

# held_after_rename COMMAND...: agent, held for 3 seconds after the record has been put in place.
held_after_rename() {
	local launcher=(strace -qq -o /dev/null -e trace=/^rename
		-e inject=/^rename:delay_exit=3000000:when=1)

	agent "$@"
}

add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')

# Between the record and the change.
held_after_rename apply "${affected[@]}" >"$work/held" 2>&1 &
holder=$!
wait_for 10 test -e "$record"
expect_equal "recorded before the change" 1 "$(recorded | wc -l)"
expect_equal "not yet changed" "$before" "$(ethtool -k '*')"
expect "it is running" pkill -KILL -x offload-agent
wait "$holder" || true
expect_equal "still not changed" "$before" "$(ethtool -k '*')"
expect_exit 1 agent status "${affected[@]}"
expect_exit 0 agent restore
expect_equal "restore after the crash" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded any more" "" "$(recorded)"
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "apply and restore after the crash" "$before" "$(ethtool -k '*')"

# The crash, then what the user turned off by hand: the record says that the agent did it, and
# restoring gives it back. Applying at once works as well.
rm -r /run/offload-agent
held_after_rename apply "${affected[@]}" >"$work/held" 2>&1 &
holder=$!
wait_for 10 test -e "$record"
expect "it is running" pkill -KILL -x offload-agent
wait "$holder" || true
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_equal "apply at once after the crash" "$before" "$(ethtool -k '*')"

# At every write, rename and sync of a first apply, of a second one that appends, and of restore:
# afterwards apply works, and restore gives everything back and leaves nothing on record.
calls='write,flock,recvmsg,pwrite64,/^rename,fsync,fdatasync,ftruncate,sendmsg,sendto,ioctl,unlinkat'
add_vxlan flannel.2 2 noudpcsum
both=$(ethtool -k '*')
for when in $(seq 20); do
	rm -rf /run/offload-agent
	killed_at "$calls" "$when" apply "${affected[@]}"
	expect_exit 0 agent apply "${affected[@]}"
	expect_exit 0 agent restore
	expect_equal "first apply, killed at call $when" "$both" "$(ethtool -k '*')"

	configure 'nics = ( { name = "flannel.1"; } );'
	expect_exit 1 agent apply "${affected[@]}"
	configure ''
	killed_at "$calls" "$when" apply "${affected[@]}"
	expect_exit 0 agent restore
	expect_equal "second apply, killed at call $when" "$both" "$(ethtool -k '*')"
	expect_equal "second apply, killed at call $when: record" "" "$(recorded)"

	expect_exit 0 agent apply "${affected[@]}"
	killed_at "$calls" "$when" restore
	expect_exit 0 agent restore
	expect_equal "restore, killed at call $when" "$both" "$(ethtool -k '*')"
	expect_equal "restore, killed at call $when: record" "" "$(recorded)"
done
expect "it was killed now and then: $n_kills times" test "$n_kills" -ge 20
expect_equal "nothing but record, report and lock is left" "" \
	"$(find /run/offload-agent -type f ! -name changes.json ! -name report.json ! -name changes.lock)"
