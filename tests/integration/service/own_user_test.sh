#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The service as a user of its own with CAP_NET_ADMIN alone, as the unit runs it, and root's commands:
# they share one record, whichever came first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need setpriv

user=4711
only=-all,+net_admin
launcher=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps "$only"
	--ambient-caps "$only" --bounding-set "$only")

# as_root COMMAND [OPTION...]: with all of root's power.
as_root() {
	local launcher=()

	agent "$@"
}

# give_folder: what systemd-tmpfiles does before the service starts.
give_folder() {
	mkdir -p /run/offload-agent
	chown -R "$user:$user" /run/offload-agent
}

owners() {
	stat -c '%u %n' /run/offload-agent /run/offload-agent/* | grep -v "^$user " || true
}

# Root was there first, without the folder's owner.
add_vxlan vx1 1 noudpcsum
expect_exit 0 as_root apply "${affected[@]}"
expect "off" is_off vx1
give_folder
start_service
expect_equal "capabilities" 0000000000001000 \
	"$(awk '/^CapEff:/ { print $2 }' "/proc/$(service_pid)/status")"
expect_equal "user" "$user" "$(awk '/^Uid:/ { print $2 }' "/proc/$(service_pid)/status")"
add_vxlan vx2 2 noudpcsum
expect_soon 5 "the service switches" is_off vx2
expect_soon 5 "it adds to root's record" is_recorded vx2
expect "what root recorded is still there" is_recorded vx1
expect_equal "what does not belong to the user" '' "$(owners)"

# Root's commands beside the running service.
user_sets vx2 tx on
expect_soon 5 "drift is corrected" is_off vx2
expect_exit 0 as_root apply "${affected[@]}"
expect_exit 0 as_root status --json "${affected[@]}"
expect_json "d['agent']['running'] is True"
expect_equal "what does not belong to the user" '' "$(owners)"
stop_service
expect "the record stays" is_recorded vx2
expect_exit 0 as_root restore
expect "given back" is_on vx1
expect "given back" is_on vx2
expect_equal "nothing is recorded any more" '' "$(recorded)"
expect_equal "what does not belong to the user" '' "$(owners)"

# The folder is there, empty: the first to come is root, then the service, then root as the service.
rm /run/offload-agent/*
expect_exit 0 as_root apply "${affected[@]}"
expect_equal "what does not belong to the user" '' "$(owners)"
start_service
stop_service
rm -f /run/offload-agent/running.lock
(
	launcher=()
	launch_service "${affected[@]}"
	wait_for 20 test -e /run/offload-agent/running.lock
	wait_for 20 grep -q "\"pid\":$service" /run/offload-agent/service.json
	kill -TERM "$service"
	wait "$service"
)
expect_equal "root as the service leaves nothing of its own" '' "$(owners)"
start_service
expect_soon 5 "the service can still run" state_is mitigated
stop_service
expect_exit 0 as_root restore

# The folder is removed, and the user may not make it: told once, with what to do. When it is there
# again, the service goes on by itself.
start_service
expect "off" is_off vx1
remove_state_folder
expect_soon 10 "what to do is told" \
	logged 'Permission denied; there is no /run/offload-agent: .*systemd-tmpfiles --create offload-agent.conf'
add_vxlan vx3 3 noudpcsum
expect_steady 2 "nothing is changed" is_on vx3
give_folder
expect_soon 15 "it goes on" is_off vx3
for nic in vx1 vx2 vx3; do
	expect_soon 5 "$nic is recorded" is_recorded "$nic"
done
expect_soon 7 "published" state_is mitigated
expect "told once for the record, and once for the report" \
	test "$(n_logged 'there is no /run/offload-agent')" -le 2
stop_service
expect_exit 0 as_root restore
ip link del vx3

# Detection, by asking a kubelet, works for the user, too.
printf '#!/bin/sh\necho Kubernetes v1.18.3\n' >"$root/usr/bin/kubelet"
chmod 755 "$root/usr/bin/kubelet"
launch_service --kernel-release 4.19.118
wait_for 20 service_runs || true
expect_soon 5 "the service asks kubelet" is_off vx1
expect_exit 0 as_root status --json
expect_json "d['facts']['kubernetes']['version'] == 'v1.18.3'"

# One that does what it can against the service still has its answer taken, and no more than that.
tries=$work/tries
install -d -m 1777 "$tries"
cat >"$root/usr/bin/kubelet.new" <<-TRIES
	#!/bin/sh
	mkdir $tries/executed
	rm -rf /run/offload-agent/* /run/offload-agent/.[!.]*
	mv $record $record.moved
	echo >$record
	kill -KILL $(service_pid)
	kill -KILL -1
	kill -STOP 0
	(setsid sleep 4713) &
	echo Kubernetes v1.17.3
TRIES
chmod 755 "$root/usr/bin/kubelet.new"
mv "$root/usr/bin/kubelet.new" "$root/usr/bin/kubelet"
asked_again() { # by the service: root would ask as another user
	grep -q v1.17.3 /run/offload-agent/*.json
}
expect_soon 20 "it is asked" asked_again
expect "the service lives" service_runs
expect "vx1 is still recorded" is_recorded vx1
expect "vx2 is still recorded" is_recorded vx2
expect_equal "made" '' "$(ls "$tries")"
expect "still off" is_off vx1
expect "nothing of it stays" test -z "$(pgrep -f 'sleep 4713')"
stop_service
expect_exit 0 as_root restore
expect "given back" is_on vx1

# A unit that gives it no capability: each back end says what is missing.
powerless=-all
launcher=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps "$powerless"
	--ambient-caps "$powerless" --bounding-set "$powerless")
rm "$root/usr/bin/kubelet"
backends=(netlink ioctl)
[ -z "${KERNEL:-}" ] || backends=(ioctl)
for BACKEND in "${backends[@]}"; do
	: >"$service_log"
	start_service
	expect_soon 5 "$BACKEND: what is missing is told" \
		logged "vx1: $tx: the kernel refused the change: needs CAP_NET_ADMIN\$"
	expect "on, as before" is_on vx1
	expect_exit 1 as_root status --json "${affected[@]}"
	expect_json "feature('vx1', '$tx')['active']"
	stop_service
done

# A hard link that the user puts in the lock's place gives it nothing of root's.
echo secret >/run/secret
chmod 600 /run/secret
for lock in changes.lock running.lock; do
	ln -f /run/secret "/run/offload-agent/$lock"
done
as_root apply "${affected[@]}" >/dev/null 2>&1 || true
expect_equal "owner of the link's file" 0 "$(stat -c %u /run/secret)"
expect_equal "content of the link's file" secret "$(cat /run/secret)"

# A record that the user forged is read: what the agent can have turned off is given back. What no rule and
# no configuration turns off is not, unless it is root himself who keeps the folder.
forge() { # FEATURE OWNER
	sed -i "2,\$s/\"off\":\[[^]]*\]/\"off\":[\"$1\"]/" "$record"
	chown "$2:$2" "$record" /run/offload-agent
}

rm -rf /run/offload-agent
for case in "tx-checksum-ip-generic $user on" "rx-gro $user off" "rx-gro 0 on"; do
	with=$case
	read -r feature owner expected <<<"$case"
	give_folder
	user_sets vx1 tx on rx on gro on
	expect_exit 0 as_root apply "${affected[@]}"
	forge "$feature" "$owner"
	[ "$feature" != rx-gro ] || user_sets vx1 gro off
	expect_exit 0 as_root restore
	expect_feature vx1 "${feature/#rx-gro/generic-receive-offload}" "$expected"
	rm -rf /run/offload-agent
done
