#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# /run that cannot be written: nothing is changed that could not be recorded.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

fill_run() {
	dd if=/dev/zero of=/run/filling bs=4k 2>/dev/null || true
}

add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')

# Read-only, without and with a folder.
mount -o remount,ro /run
expect_exit 1 agent status "${affected[@]}"
expect_quiet
expect_exit 1 agent apply "${affected[@]}"
expect_complaint '/run/offload-agent.*[Rr]ead-only'
expect_equal "read-only /run" "$before" "$(ethtool -k '*')"
mount -o remount,rw /run
expect_exit 0 agent apply "${affected[@]}"
applied=$(node_state)
add_vxlan flannel.2 2 noudpcsum
both=$(node_state)
mount -o remount,ro /run
expect_exit 1 agent apply "${affected[@]}"
expect_complaint '/run/offload-agent.*[Rr]ead-only'
expect_equal "read-only /run with a record" "$both" "$(node_state)"
expect_exit 1 agent restore
expect_complaint '/run/offload-agent.*[Rr]ead-only'
expect_equal "restore with a read-only /run" "$both" "$(node_state)"
expect_exit 1 agent status --json "${affected[@]}"
expect_ethtool_agrees
expect_json "feature('flannel.1', 'tx-checksum-ip-generic')['outcome'] == 'off'"

# Nothing to set, and a record that claims what the user turned on: that is reported, and no failure.
user_sets flannel.1 tx on rx on
expect_exit 0 agent restore
expect_line '^Nothing to restore'
expect_complaint 'warning: /run/offload-agent.*up to date.*[Rr]ead-only'
user_sets flannel.1 tx off rx off
expect_equal "restore of nothing with a read-only /run" "$both" "$(node_state)"
mount -o remount,rw /run

# Full: the record stands as it was. It does not fit into what is left of its last page.
for i in $(seq 3 60); do
	add_vxlan "vxlan$i" "$i" noudpcsum
done
both=$(node_state)
fill_run
expect_exit 1 agent apply "${affected[@]}"
expect "it says why" grep -q -i '/run/offload-agent.*no space' "$work/stderr"
expect_equal "full /run with a record" "$both" "$(node_state)"
rm /run/filling
ip link del flannel.2
for i in $(seq 3 60); do
	ip link del "vxlan$i"
done
expect_equal "nothing was lost" "$applied" "$(node_state)"
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"

# What is on record has the room to be given back, also after an apply that found none for more.
for i in $(seq 3 60); do
	add_vxlan "vxlan$i" "$i" noudpcsum
done
expect_exit 0 agent apply "${affected[@]}"
fill_run
for i in $(seq 61 120); do
	add_vxlan "vxlan$i" "$i" noudpcsum
done
expect_exit 1 agent apply "${affected[@]}"
expect_complaint '/run/offload-agent.*[Nn]o space'
fill_run # whatever that gave away
expect_exit 0 agent restore
expect_equal "on record" '' "$(recorded)"
expect_feature vxlan60 tx-checksum-ip-generic on
rm /run/filling
for i in $(seq 3 120); do
	ip link del "vxlan$i"
done
expect_equal "given back" "$before" "$(ethtool -k '*')"

# Full from the start.
rm -r /run/offload-agent
fill_run
expect_exit 1 agent apply "${affected[@]}"
expect "it says why" grep -q -i '/run/offload-agent.*no space' "$work/stderr"
expect_equal "full /run" "$before" "$(ethtool -k '*')"
expect "no part of a record is left" test ! -s "$record"
rm /run/filling
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off

# Many NICs, and room for a part of the record only: all or nothing.
expect_exit 0 agent restore
for i in $(seq 2 100); do
	add_vxlan "vxlan$i" "$i" noudpcsum
done
before=$(ethtool -k '*')
fill_run
truncate -s -8192 /run/filling
expect_exit 1 agent apply "${affected[@]}"
expect_equal "room for a part of the record" "$before" "$(ethtool -k '*')"
rm /run/filling
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"

# A record of an earlier boot says nothing about this one.
expect_exit 0 agent apply "${affected[@]}"
sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' "$record"
applied=$(ethtool -k '*')
expect_exit 0 agent restore
expect_line '^Nothing to restore'
expect_equal "a record of an earlier boot" "$applied" "$(ethtool -k '*')"

# Links in place of what the agent writes are not followed.
rm -r /run/offload-agent
mkdir /run/offload-agent
echo precious >"$work/precious"
ln -s "$work/precious" "$record"
ln -s "$work/precious" /run/offload-agent/report.json
ip link del vxlan2
add_vxlan vxlan2 2 noudpcsum
agent apply "${affected[@]}" >"$work/stdout" 2>"$work/stderr" || true
expect_equal "what a link points to" precious "$(cat "$work/precious")"

# The folder belongs to an unprivileged user, and so may anything in it: root's commands follow
# nothing, wait for nothing, and print nothing but text.
make_socket() {
	"$python" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
}

make_device() { # /dev/null
	mknod "$1" c 1 3
}

user=4711
rm -r /run/offload-agent
install -d -o "$user" -g "$user" /run/offload-agent
for name in changes.json changes.lock running.lock service.json report.json probe.json \
	.changes.json.new .service.json.new .report.json.new; do
	for make in mkfifo mkdir make_socket make_device "truncate -s 1T" "ln -s $work/precious"; do
		with="$make $name"
		$make "/run/offload-agent/$name"
		chown -h "$user:$user" "/run/offload-agent/$name"
		for command in "status ${affected[*]}" "apply --dry-run ${affected[*]}" \
			"apply ${affected[*]}" restore "restore --json"; do
			# shellcheck disable=SC2086 # they are several options
			expect_exit '0|1|2|65' timeout 10 "$agent" $command --backend "$BACKEND"
			expect "nothing but what to do" sh -c "! grep -q -e 'Bad message' -e 'Is a directory' \
				-e 'No such device' $work/stderr"
			expect "no control character" sh -c "! grep -qaP '[\\x00-\\x08\\x0b-\\x1f\\x7f]' \
				$work/stdout $work/stderr"
		done
		expect_equal "what a link points to" precious "$(cat "$work/precious")"
		rm -rf "/run/offload-agent/$name"
		agent restore >/dev/null 2>&1 || true
		rm -rf /run/offload-agent/*
	done
done
with=
# prepare makes the folder and gives it away, once or again; and follows no link either.
rm -r /run/offload-agent
expect_exit 0 "$agent" prepare --owner=65532:65533
expect_equal "its owner" '65532:65533 755' "$(stat -c '%u:%g %a' /run/offload-agent)"
expect_exit 0 "$agent" prepare --owner=65532:65533
expect_quiet
expect_exit 0 "$agent" prepare
expect_equal "nobody else is named" 65532:65533 "$(stat -c %u:%g /run/offload-agent)"
rmdir /run/offload-agent
mkdir "$work/elsewhere"
ln -s "$work/elsewhere" /run/offload-agent
expect_exit 70 "$agent" prepare --owner=65532:65532
expect_complaint '/run/offload-agent: cannot be made'
expect_equal "owner of what the link points to" 0 "$(stat -c %u "$work/elsewhere")"
rm /run/offload-agent
echo >/run/offload-agent
expect_exit 70 "$agent" prepare --owner=65532:65532
expect_complaint '/run/offload-agent: cannot be made'
rm /run/offload-agent
