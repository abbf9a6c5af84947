#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A thousand veth pairs created and deleted in a burst, also while the service does not read and with
# tiny receive buffers, so that the kernel drops notifications: every device is found and switched
# off in the end, and none that is gone is remembered.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

n_pairs=1000

# create: all pairs, as fast as the kernel can; they share a group, to be deleted at once.
create() {
	local i

	for ((i = 1; i <= n_pairs; i++)); do
		echo "link add name left$i group 7 type veth peer name right$i"
	done | ip -batch -
}

delete() {
	ip link del group 7
}

n_on() {
	ethtool -k '*' | grep -c "^[[:space:]]*$tx: on" || true
}

# all_off: every veth, and nothing but veths: lo keeps what it has.
all_off() {
	[ "$(n_on)" -eq "$n_on_before" ]
}

# How many notifications the kernel has dropped on the service's sockets.
n_dropped() {
	awk -v pid="$(service_pid)" '$3 == pid && ($2 == 0 || $2 == 16) { dropped += $9 }
		END { print dropped + 0 }' /proc/net/netlink
}

published_count_is() {
	[ "$("$python" -c 'import json; print(len(json.load(open("/run/offload-agent/report.json"))["nics"]))')" -eq "$1" ]
}

mount -o remount,size=64m /run # the reports of 2,000 devices need more than other tests
n_on_before=$(n_on)
veth_rule
configure 'nics = ( { kind = "veth"; } );' 'sweep = 0;'
start_service

# As it is.
create
expect_soon 10 "created: all off" all_off
expect_soon 5 "created: all published" published_count_is $((2 * n_pairs))
expect_equal "created: all recorded" $((2 * n_pairs)) "$(recorded | wc -l)"
delete
expect_soon 10 "deleted: none published" published_count_is 0
expect_equal "no device was taken for a drift" 0 "$(n_logged 'turned it on again')"
expect_equal "nothing failed" 0 "$(n_logged 'refused|cannot')"

# While it does not read, until the kernel drops what does not fit. What it finds then is not what it
# was told: the first devices are gone, their names and more are there.
signal_service STOP
for _ in $(seq 10); do
	create
	delete
	[ "$(n_dropped)" -eq 0 ] || break
done
create
expect "the kernel dropped notifications" test "$(n_dropped)" -gt 0
expect "nothing is off yet" test "$(n_on)" -eq $((n_on_before + 2 * n_pairs))
signal_service CONT
expect_soon 10 "after the loss: all off" all_off
expect_soon 5 "after the loss: all published" published_count_is $((2 * n_pairs))
delete
expect_soon 10 "after the loss: none published" published_count_is 0

# Lost are the deletions alone, or drifts.
create
expect_soon 10 "again all off" all_off
signal_service STOP
delete
for _ in $(seq 10); do
	[ "$(n_dropped)" -eq 0 ] || break
	create
	delete
done
expect "the kernel dropped notifications" test "$(n_dropped)" -gt 0
signal_service CONT
expect_soon 10 "deleted unseen" published_count_is 0
stop_service
expect_exit 0 agent restore
expect_line '^Nothing to restore'

# With receive buffers that hold hardly more than one notification, and without a stop.
start_service
expect "small buffers" test "$("$python" "$(dirname "$0")/small_buffers.py" "$(service_pid)")" -ge 1
for _ in 1 2 3; do
	create
	delete
done
create
expect "the kernel dropped notifications" test "$(n_dropped)" -gt 0
expect_soon 20 "small buffer: all off" all_off
expect_soon 5 "small buffer: all published" published_count_is $((2 * n_pairs))
user_sets left7 tx on
expect_soon 2 "drift is still seen" is_off left7
stop_service
