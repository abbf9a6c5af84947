#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A service whose /run is read-only, full, or whose folder is taken away: it changes nothing that it
# could not record, says so once, lives on, and does its work when it can.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

cannot='NICs cannot be changed, or the record of changes not be written'
configure 'sweep = 1;'

lives() {
	[ -d "/proc/$service" ]
}

# Read-only from the start.
add_vxlan flannel.1 1 noudpcsum
mount -o remount,ro /run
launch_service "${affected[@]}"
expect_soon 5 "told" logged "$cannot: Read-only file system"
expect_steady 2 "nothing is changed" is_on flannel.1
expect "it lives" lives
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: '
mount -o remount,rw /run
expect_soon 12 "done when it can be recorded" is_off flannel.1
expect_soon 7 "and published" service_runs
expect "recorded" is_recorded flannel.1

# Full.
dd if=/dev/zero of=/run/filling bs=4k 2>/dev/null || true
# At once: when the report is due, it is removed, for it is not true any more, and makes room.
for i in $(seq 3 40); do
	echo "link add vxlan$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1 noudpcsum"
done | ip -batch -
expect_soon 7 "told" logged 'No space left on device'
expect "it lives" lives
for i in $(seq 3 40); do
	if is_off "vxlan$i"; then
		expect "vxlan$i is off, so it is recorded" is_recorded "vxlan$i"
	fi
done
expect "the last one is not off" is_on vxlan40
expect_exit 1 agent status "${affected[@]}"
rm /run/filling
expect_soon 7 "done when there is room" is_off vxlan40
expect_soon 7 "published" state_is mitigated

# A record that was spoiled: the service knows what it says, writes it again, and keeps a copy.
echo 'these are my notes' >"$record"
add_vxlan flannel.3 3000 noudpcsum
expect_soon 7 "it goes on" is_off flannel.3
expect_equal "told once" 1 "$(n_logged 'changes.json: .* cannot be read')"
expect_equal "a copy" 'these are my notes' "$(cat "$record.damaged")"
for nic in flannel.1 flannel.3 vxlan40; do
	expect "$nic is recorded" is_recorded "$nic"
done

# The folder is removed, and nothing else happens: it is made again, with all that is known.
remove_state_folder
expect_soon 5 "the folder is made again" service_runs
expect_soon 5 "published" state_is mitigated
for nic in flannel.1 flannel.3 vxlan40; do
	expect_soon 5 "$nic is recorded" is_recorded "$nic"
done
expect_exit 70 agent run "${affected[@]}"
expect_complaint 'another offload-agent is running'
# Moved away, and a device comes.
mv /run/offload-agent /run/away
add_vxlan flannel.4 3001 noudpcsum
expect_soon 5 "it goes on" is_off flannel.4
expect "flannel.4 is recorded" is_recorded flannel.4
expect "flannel.1 is recorded" is_recorded flannel.1
expect_soon 5 "published" service_runs

# Who holds the lock for a while must not make the service forget to write.
flock /run/offload-agent/changes.lock sleep 1.5 &
holder=$!
wait_for 5 sh -c '! flock --nonblock /run/offload-agent/changes.lock true' || true
ip link set flannel.4 name other.4
wait "$holder"
expect_soon 12 "its new name is recorded" is_recorded other.4

# Another file system over the folder, of which nothing tells.
mount -t tmpfs -o mode=755 tmpfs /run/offload-agent
for nic in flannel.1 flannel.3 other.4 vxlan40; do
	expect_soon 7 "$nic is recorded there" is_recorded "$nic"
done
expect_soon 5 "published" service_runs

stop_service
expect_exit 0 agent restore
expect "given back" is_on other.4
expect "given back" is_on flannel.1
expect "given back" is_on vxlan40
