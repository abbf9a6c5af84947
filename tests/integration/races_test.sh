#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# NICs that come, go and change their names between reading and setting, and several agents at the
# same time. The agent is held where it has read everything and written its record.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strace

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
holder=

# hold_apply: starts apply and returns when it is held, for 2 seconds, before it sets anything.
hold_apply() {
	rm -rf /run/offload-agent
	held_apply >"$work/held.stdout" 2>"$work/held.stderr" &
	holder=$!
	wait_for 10 test -e "$record"
	expect "apply is held" pgrep -x offload-agent >/dev/null
}

held_apply() {
	local launcher=(strace -qq -o /dev/null -e trace=/^rename
		-e inject=/^rename:delay_exit=2000000:when=1)

	agent apply --json "${affected[@]}"
}

# end_apply: the exit code and the output of the apply that was held.
end_apply() {
	wait "$holder" || return
}

expect_held_exit() {
	expect_exit "$1" end_apply
	cp "$work/held.stdout" "$work/stdout"
	cp "$work/held.stderr" "$work/stderr"
}

# Gone: told, and the others are served.
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
hold_apply
ip link del flannel.1
expect_held_exit 0
expect_shape status
expect_json "d['state'] == 'mitigated'"
expect_json "feature('flannel.2', 'tx-checksum-ip-generic')['outcome'] == 'off'"
expect_json "all(f['outcome'] == 'gone' for f in nic('flannel.1')['features'])"
expect_feature flannel.2 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_feature flannel.2 tx-checksum-ip-generic on
expect_equal "nothing is recorded" "" "$(recorded)"

# The only one, gone: not exposed any more.
ip link del flannel.2
add_vxlan flannel.1 1 noudpcsum
hold_apply
ip link del flannel.1
expect_held_exit 0
expect_json "d['state'] == 'not-exposed'"

# Renamed: it is the same device.
add_vxlan flannel.1 1 noudpcsum
before=$(features flannel.1)
hold_apply
ip link set flannel.1 name renamed
expect_held_exit 0
expect_feature renamed tx-checksum-ip-generic off
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Mitigation: .* on renamed$'
expect_exit 0 agent restore
expect_equal "given back under its new name" "$before" "$(features renamed)"
ip link del renamed

# Renamed, and another one took its name: that one is not touched.
add_vxlan flannel.1 1 noudpcsum
ip link add innocent type veth peer name peer
before=$(features innocent)
hold_apply
ip link set flannel.1 name renamed
ip link set innocent name flannel.1
expect_held_exit 0
expect_equal "who took the name is not touched" "$before" "$(features flannel.1)"
expect_feature renamed tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_feature renamed tx-checksum-ip-generic on
expect_equal "nor by restore" "$before" "$(features flannel.1)"
ip link del renamed
ip link del flannel.1

# Made anew: not the device that was read, hence not touched, and the next apply sees to it.
add_vxlan flannel.1 1 noudpcsum
before=$(features flannel.1)
hold_apply
ip link del flannel.1
add_vxlan flannel.1 1 noudpcsum
wait "$holder" || true
expect_equal "the new one is not touched" "$before" "$(features flannel.1)"
expect_exit 1 agent status "${affected[@]}"
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(features flannel.1)"

# Turned off by somebody else meanwhile.
hold_apply
user_sets flannel.1 tx off
expect_held_exit 0
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "nothing is recorded" "" "$(recorded)"
user_sets flannel.1 tx on

# A second one waits for the first.
hold_apply
expect_exit 0 agent apply "${affected[@]}"
expect_quiet
expect_held_exit 0
expect_equal "NICs on record" 1 "$(recorded | wc -l)"
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(features flannel.1)"

# NICs that come and go all the time while others look, and act.
churn() {
	while :; do
		ip link add churn1 type veth peer name churn2
		ip link del churn1
	done
}

expect_exit 0 agent apply "${affected[@]}"
churn 2>/dev/null &
churner=$!
configure 'nics = ( { kind = "vxlan"; }, { kind = "veth"; } );'
for i in $(seq 30); do
	expect_exit 0 agent status "${affected[@]}"
	expect_exit 0 agent apply "${affected[@]}"
	expect_quiet
done
kill "$churner"
wait "$churner" || true
ip link del churn1 2>/dev/null || true
configure ''
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(features flannel.1)"

# Many at once, and restores among them.
add_vxlan flannel.2 2 noudpcsum
all=$(ethtool -k '*')
for i in $(seq 8); do
	agent apply "${affected[@]}" >"$work/apply.$i" 2>&1 &
	[ $((i % 3)) -ne 0 ] || agent restore >"$work/restore.$i" 2>&1 &
done
wait
expect "the record can be read" recorded
expect_equal "no complaint of any" "" "$(grep -h '^offload-agent:' "$work"/apply.* "$work"/restore.*)"
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_equal "all is as before" "$all" "$(ethtool -k '*')"
