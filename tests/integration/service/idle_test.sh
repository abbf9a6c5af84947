#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A minute in which nothing happens: the service wakes up for the watchdog, the sweep and the look
# at the facts, and for nothing else. strace counts.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need strace

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# n_wake_ups SECONDS: how often it came back from waiting.
n_wake_ups() {
	timeout "$1" strace -qq -e trace=epoll_wait,epoll_pwait,epoll_pwait2 -o "$work/trace" \
		-p "$(service_pid)" || true
	grep -c ' = [1-9]' "$work/trace" || true
}

for i in $(seq 20); do
	add_vxlan "vx$i" "$i" noudpcsum
done
for i in $(seq 100); do
	ip link add "veth$i" type veth peer name "peer$i"
done

# Nothing but the look at the facts, which is due after 30 seconds: with both versions given there
# is no child that would have to be waited for longer.
configure 'sweep = 0;'
start_service
n=$(n_wake_ups 60)
expect "wake-ups in a minute without sweep and watchdog: $n" test "$n" -le 4
stop_service

# Sweeps every 5 seconds are 3 or 4 in 20 seconds; a watchdog of 8 seconds is fed by the way, or by
# at most 5 wake-ups of its own.
configure 'sweep = 5;'
launcher=(env WATCHDOG_USEC=8000000)
start_service
n=$(n_wake_ups 20)
expect "wake-ups with sweep and watchdog: $n" test "$n" -le 10
expect "it does wake up: $n" test "$n" -ge 3
stop_service
