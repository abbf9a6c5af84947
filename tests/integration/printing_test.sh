#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No process waits for a lock because another does not read: standard output or standard error of
# one command, or of the service, is a full pipe, and another command does its work.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo "$work/full"
exec 7<>"$work/full"
dd if=/dev/zero of="$work/full" oflag=nonblock bs=4096 count=4096 2>/dev/null || true

# stuck STREAM COMMAND [OPTION...]: left alone with STREAM (1 or 2) into the full pipe.
stuck() {
	(
		launcher=(exec)
		if [ "$1" = 1 ]; then
			agent "${@:2}" >"$work/full" 2>/dev/null
		else
			agent "${@:2}" >/dev/null 2>"$work/full"
		fi
	) &
	stuck=$!
}

# prints: it waits for a reader. Some kernels do not say what a process waits for.
prints() {
	grep -q -e pipe_write -e unix_wait_for_peer "/proc/$stuck/wchan"
}

# expect_others_work WHAT CODE: CODE is what restore ends with.
expect_others_work() {
	patiently 2 prints || true
	expect "$1: it still waits" kill -0 "$stuck"
	expect_exit 0 timeout 8 "$agent" apply --config "$config" --rules "$rules" --root "$root" \
		"${affected[@]}"
	expect_feature flannel.1 tx-checksum-ip-generic off
	expect_exit "$2" timeout 8 "$agent" restore
	kill -KILL "$stuck"
	wait "$stuck" 2>/dev/null || true
}

add_vxlan flannel.1 1 noudpcsum
for options in "apply ${affected[*]}" "apply --json ${affected[*]}" "apply --dry-run ${affected[*]}"; do
	# shellcheck disable=SC2086 # they are several options
	stuck 1 $options
	expect_others_work "$options" 0
done
for options in restore "restore --json" "restore --dry-run"; do
	expect_exit 0 agent apply "${affected[@]}"
	# shellcheck disable=SC2086 # they are several options
	stuck 1 $options
	expect_others_work "$options" 0
done

# What a command complains of while it holds the lock: folders where files should be.
mkdir /run/offload-agent/.report.json.new
stuck 2 apply "${affected[@]}"
expect_others_work "a complaint of apply" 0
rmdir /run/offload-agent/.report.json.new

# The service, which logs what it does, and the state. Beside it restore refuses.
stuck 2 run "${affected[@]}"
expect_others_work "the service" 1

# Its journal takes ten records, and no more.
mkdir -p /run/systemd/journal
: >"$work/log"
"$python" -c 'import signal, socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket"); signal.pause()' &
journal=$!
wait_for 20 test -S /run/systemd/journal/socket
for i in $(seq 2 40); do
	add_vxlan "vxlan$i" "$i" noudpcsum
done
stream=$(stat -c %d:%i "$work/log")
(
	launcher=(exec env "JOURNAL_STREAM=$stream")
	agent run "${affected[@]}" >/dev/null
) 2>>"$work/log" &
stuck=$!
wait_for 20 prints || true
expect_feature vxlan40 tx-checksum-ip-generic off
expect_equal "in place of the journal" '' "$(cat "$work/log")"
expect_others_work "the service's journal" 1
kill "$journal"
