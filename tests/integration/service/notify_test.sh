#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# systemd's notify protocol against a real socket: READY after the first full pass, STATUS in the
# state's words, RELOADING, STOPPING, and a watchdog that is fed whatever the service is about, and
# is not fed by a service that hangs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need flock

notified=$work/notified
n_devices=200
watchdog_ms=2000

# notified NAME=VALUE: it has come.
notified() {
	grep -q -F -x -e "$1" <(cut -d' ' -f3- "$notified")
}

# n_notified NAME=VALUE: how often.
n_notified() {
	cut -d' ' -f3- "$notified" | grep -c -F -x -e "$1" || true
}

notified_again() {
	[ "$(n_notified "$1")" -gt "$2" ]
}

# The longest time without WATCHDOG=1 in the last $1 milliseconds.
longest_hunger() {
	"$python" - "$notified" "$1" <<'PYTHON'
import sys, time

now = int(time.monotonic() * 1000)
begin = now - int(sys.argv[2])
fed = [int(line.split()[0]) for line in open(sys.argv[1]) if line.endswith(" WATCHDOG=1\n")]
times = [begin] + [when for when in fed if when > begin] + [now]
print(max(after - before for before, after in zip(times, times[1:])))
PYTHON
}

# expect_fed SECONDS WHAT: systemd would not have restarted it in that time.
expect_fed() {
	local hunger

	sleep "$1"
	hunger=$(longest_hunger "$(($1 * 1000))")
	expect "$2: fed every $hunger ms" test "$hunger" -lt "$watchdog_ms"
}

n_on() {
	local n=0 nic

	for nic in $(seq -f 'vx%g' "$n_devices"); do
		is_off "$nic" || n=$((n + 1))
	done
	echo "$n"
}

for i in $(seq "$n_devices"); do
	echo "link add name vx$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1 noudpcsum"
done | ip -batch -

"$python" "$(dirname "$0")/notify_listener.py" "$work/notify" "$notified" &
listener=$!
wait_for 10 test -S "$work/notify"
launcher=(env "NOTIFY_SOCKET=$work/notify" "WATCHDOG_USEC=$((watchdog_ms * 1000))")
configure 'sweep = 1;'
launch_service "${affected[@]}"

# The listener has stopped it at READY=1.
expect_soon 20 "ready" notified 'READY=1'
expect_equal "devices that are not off at that moment" 0 "$(n_on)"
expect "published by then" state_is mitigated
expect "the status came before: $(grep STATUS= "$notified")" notified "STATUS=$(agent status "${affected[@]}" | head -n 1)"
expect_equal "the sender is the service" "$(service_pid)" \
	"$(awk '$3 == "READY=1" { print $2; exit }' "$notified")"

# Stopped, it is not fed: systemd would restart it. It goes on when it can.
sleep 3
expect "a service that hangs feeds no watchdog" test "$(longest_hunger 2900)" -ge 2900
signal_service CONT
expect_fed 4 "idle"

# While devices come and go as fast as they can.
(
	end=$((SECONDS + 5))
	while [ "$SECONDS" -lt "$end" ]; do
		for i in $(seq 300 340); do
			echo "link add name vx$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1"
		done | ip -batch -
		for i in $(seq 300 340); do
			echo "link del vx$i"
		done | ip -batch -
	done
) &
churner=$!
expect_fed 5 "during churn"
wait "$churner"

# While another process holds the record's lock, so that each attempt waits.
(
	exec 9</run/offload-agent/changes.lock
	flock 9
	echo locked >"$work/locked"
	sleep 6
) &
holder=$!
wait_for 5 test -e "$work/locked"
user_sets vx1 tx on
expect_fed 5 "while the record is locked"
wait "$holder"
expect_soon 7 "corrected after that" is_off vx1

# The state's words follow.
for i in $(seq "$n_devices"); do
	echo "link del vx$i"
done | ip -batch -
gone='Not exposed: a rule applies, but no exposed device is here now'
expect_soon 3 "told" notified "STATUS=$gone"
expect_exit 0 agent status "${affected[@]}"
expect_summary "^$gone\$"

# Reload: RELOADING with its time, and READY when it is done; also when the new one is bad.
for text in 'sweep = 2;' 'sweep = banana;'; do
	ready=$(n_notified 'READY=1')
	configure "$text"
	asked=$("$python" -c 'import time; print(int(time.monotonic() * 1000000))')
	signal_service HUP
	expect_soon 3 "ready again: $text" notified_again 'READY=1' "$ready"
	expect "told before" notified 'RELOADING=1'
	stamp=$(sed -n 's/.* MONOTONIC_USEC=//p' "$notified" | tail -n 1)
	expect "its time is after the request" test "$stamp" -ge "$asked"
	expect "RELOADING came before READY" awk '
		$3 == "RELOADING=1" { reloading = NR }
		$3 == "READY=1" { ready = NR }
		END { exit !(reloading < ready) }' "$notified"
done
expect_equal "reloads" 2 "$(n_notified 'RELOADING=1')"

stop_service
expect "stopping" notified 'STOPPING=1'
expect_equal "the last word" 'STOPPING=1' \
	"$(cut -d' ' -f3- "$notified" | grep -v -e '^STATUS=' -e '^WATCHDOG=' | tail -n 1)"
kill "$listener"
wait "$listener" 2>/dev/null || true

# What systemd did not ask for is not done: no socket, no watchdog.
launcher=()
configure ''
start_service
stop_service
