#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Between writing the record and the change: a command is held there, and killed, or its devices go,
# change their names or are made anew meanwhile; it is killed at each of its system calls; several run
# at the same time; and the service is killed at random moments while devices come and go and drift.
# Nothing that was changed is ever without its record, nothing is changed that was not read, and in
# the end exactly what was changed is given back.
# RANDOM_SEED, which is printed, repeats a run's choices (not its timing).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service/service.sh
. "$(dirname "$0")/service/service.sh"
need strace pgrep

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

rounds=50
seed=${RANDOM_SEED:-$((10#$(date +%N) % 32768))}
echo "kill: RANDOM_SEED=$seed"
RANDOM=$seed
n_kills=0
holder=

# killed_at SYSCALLS WHEN COMMAND...: agent, killed when it enters such a system call, if it does
# not end before.
killed_at() {
	local launcher=(strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2")
	local code=0

	shift 2
	agent "$@" >"$work/held.stdout" 2>&1 || code=$?
	[ "$code" -ne 137 ] || n_kills=$((n_kills + 1))
}

# hold_apply: a first apply, which stops when its record is in place, before it sets anything.
hold_apply() {
	rm -rf /run/offload-agent
	: >"$work/calls"
	held_apply >"$work/held.stdout" 2>"$work/held.stderr" &
	holder=$!
	wait_for 20 grep -q 'stopped by SIGSTOP' "$work/calls"
	expect_equal "the record" 1 "$(recorded | grep -c '^flannel.1 ')"
}

held_apply() {
	local launcher=(strace -qq -o "$work/calls" -e trace=/^rename
		-e inject=/^rename:signal=STOP:when=1)

	agent apply --json "${affected[@]}"
}

# signal_held SIGNAL
signal_held() {
	pkill "-$1" -x -o offload-agent
}

# end_apply: lets it go on; its exit code and output.
end_apply() {
	signal_held CONT
	wait "$holder"
}

expect_held_exit() {
	expect_exit "$1" end_apply
	cp "$work/held.stdout" "$work/stdout"
	cp "$work/held.stderr" "$work/stderr"
}

kill_held() {
	signal_held KILL
	wait "$holder" 2>/dev/null || true
}

add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')
nic_before=$(features flannel.1)

# Killed between the record and the change.
hold_apply
expect_equal "not yet changed" "$before" "$(ethtool -k '*')"
kill_held
expect_equal "still not changed" "$before" "$(ethtool -k '*')"
expect_exit 1 agent status "${affected[@]}"
expect_exit 0 agent restore
expect_equal "restore after the crash" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded any more" "" "$(recorded)"
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "apply and restore after the crash" "$before" "$(ethtool -k '*')"
# Applying at once works as well.
hold_apply
kill_held
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_equal "apply at once after the crash" "$before" "$(ethtool -k '*')"

# Gone meanwhile: reported, and the others are served.
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
expect_equal "nothing is recorded" "" "$(recorded here)"

# The only one, gone: not exposed any more.
ip link del flannel.2
add_vxlan flannel.1 1 noudpcsum
hold_apply
ip link del flannel.1
expect_held_exit 0
expect_json "d['state'] == 'not-exposed'"

# Renamed: it is the same device.
add_vxlan flannel.1 1 noudpcsum
hold_apply
ip link set flannel.1 name renamed
expect_held_exit 0
expect_feature renamed tx-checksum-ip-generic off
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Mitigation: .* on renamed$'
expect_exit 0 agent restore
expect_equal "given back under its new name" "$nic_before" "$(features renamed)"
ip link del renamed

# Renamed, and another one took its name: that one is not touched.
add_vxlan flannel.1 1 noudpcsum
ip link add innocent type veth peer name peer
innocent=$(features innocent)
hold_apply
ip link set flannel.1 name renamed
ip link set innocent name flannel.1
expect_held_exit 0
expect_equal "who took the name is not touched" "$innocent" "$(features flannel.1)"
expect_feature renamed tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_feature renamed tx-checksum-ip-generic on
expect_equal "nor by restore" "$innocent" "$(features flannel.1)"
ip link del renamed
ip link del flannel.1

# Made anew: not the device that was read, hence not touched, and the next apply sees to it.
add_vxlan flannel.1 1 noudpcsum
hold_apply
ip link del flannel.1
add_vxlan flannel.1 1 noudpcsum
expect_exit '0|1' end_apply
expect_equal "the new one is not touched" "$nic_before" "$(features flannel.1)"
expect_exit 1 agent status "${affected[@]}"
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "given back" "$nic_before" "$(features flannel.1)"

# Turned off by another program meanwhile.
hold_apply
user_sets flannel.1 tx off
expect_held_exit 0
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "nothing is recorded" "" "$(recorded here)"
user_sets flannel.1 tx on

# A second one waits for the first, which has the lock.
hold_apply
agent apply "${affected[@]}" >"$work/second.stdout" 2>"$work/second.stderr" &
second=$!
waits() {
	kill -0 "$second" && [ ! -s "$work/second.stdout" ]
}
expect_steady 1 "it waits" waits
expect_held_exit 0
expect_exit 0 wait "$second"
expect_equal "complaints of the second" '' "$(cat "$work/second.stderr")"
expect_equal "NICs on record" 1 "$(recorded | wc -l)"
expect_exit 0 agent restore
expect_equal "given back" "$nic_before" "$(features flannel.1)"

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
	expect_equal "second apply, killed at call $when: record" "" "$(recorded here)"

	expect_exit 0 agent apply "${affected[@]}"
	killed_at "$calls" "$when" restore
	expect_exit 0 agent restore
	expect_equal "restore, killed at call $when" "$both" "$(ethtool -k '*')"
	expect_equal "restore, killed at call $when: record" "" "$(recorded here)"
done
expect "it was killed now and then: $n_kills times" test "$n_kills" -ge 20
expect_equal "nothing but record, report and locks is left" "" \
	"$(find /run/offload-agent -type f ! -name changes.json ! -name report.json ! -name "*.lock")"

# NICs that come and go all the time while others look, and act.
churn() {
	# Ends after the command that it is at.
	trap exit TERM
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
expect_equal "given back" "$nic_before" "$(features flannel.1)"

# Many at once, and restores among them.
for i in $(seq 8); do
	agent apply "${affected[@]}" >"$work/apply.$i" 2>&1 &
	[ $((i % 3)) -ne 0 ] || agent restore >"$work/restore.$i" 2>&1 &
done
wait
expect "the record can be read" recorded
expect_equal "no complaint of any" "" "$(grep -h '^offload-agent:' "$work"/apply.* "$work"/restore.*)"
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_equal "all is as before" "$both" "$(ethtool -k '*')"
ip link del flannel.1
ip link del flannel.2

# disturb SEED: the node while the service runs, until it is killed.
disturb() {
	local nic

	RANDOM=$1
	# Ends after the command that it is at: one that went on would disturb what is looked at then.
	trap exit TERM
	while :; do
		nic=vx$((3 + RANDOM % 6))
		case $((RANDOM % 5)) in
		0) ip link del "$nic" ;;
		1) add_vxlan "$nic" "${nic#vx}" noudpcsum ;;
		2) ethtool -K "$nic" tx on >/dev/null ;;
		3) ip link set "$nic" name "vy${nic#vx}" ;;
		4) ip link set "vy${nic#vx}" name "$nic" ;;
		esac 2>/dev/null || true
	done
}

vxlans() {
	ip -br link show type vxlan | cut -d' ' -f1
}

# expect_nothing_forgotten WHEN: whatever is off and is not the user's choice is on record.
expect_nothing_forgotten() {
	local nic on_record

	on_record=$(recorded | cut -d' ' -f1)
	for nic in $(vxlans | grep -v -x 'vx[12]'); do
		if is_off "$nic"; then
			expect "$1: $nic is recorded" grep -q -x -e "$nic" -e "v[xy]${nic#v?}" <<<"$on_record"
		fi
	done
}

# expect_all_on WHEN: as if the agent had never been here.
expect_all_on() {
	local nic

	for nic in $(vxlans | grep -v -x 'vx[12]'); do
		expect "$1: $nic is on again" is_on "$nic"
		expect_feature "$nic" rx-checksumming on
	done
	expect_feature vx1 tx-checksumming off
	expect_feature vx1 rx-checksumming on
	expect_feature vx2 rx-checksumming off
	expect_equal "$1: nothing is recorded" "" "$(recorded here)"
}

# The service. The user has turned off tx on vx1 himself, and rx and tx on vx2: that is not the
# agent's to undo.
rm -rf /run/offload-agent
for i in $(seq 1 8); do
	add_vxlan "vx$i" "$i" noudpcsum
done
user_sets vx1 tx off
user_sets vx2 rx off tx off
configure 'nics = ( { name = "vx*"; } );' 'sweep = 1;'
n_running=0
for round in $(seq "$rounds"); do
	disturb $((RANDOM)) &
	disturber=$!
	launch_service "${affected[@]}"
	# Every other one lives until it runs, the others anywhere from their first instructions on.
	[ $((round % 2)) -eq 0 ] || wait_for 20 service_runs
	sleep "0.$(printf %03d $((RANDOM % 250)))"
	[ ! -e /run/offload-agent/service.json ] || n_running=$((n_running + 1))
	kill -KILL "$service" 2>/dev/null
	wait "$service" 2>/dev/null || true
	kill "$disturber"
	wait "$disturber" 2>/dev/null || true
	# shellcheck disable=SC2154 # from lib.sh
	if [ -e "$record" ]; then
		expect "round $round: the record can be read" recorded >/dev/null
	fi
	expect_nothing_forgotten "round $round"
	case $((RANDOM % 4)) in
	0)
		expect_exit 0 agent restore
		expect_all_on "round $round"
		;;
	1)
		expect_exit '0|1' agent status "${affected[@]}"
		;;
	esac
done
expect "it often had begun its work: $n_running times" test "$n_running" -ge $((rounds / 2))

# The next one goes on from what it finds; then everything is given back.
# shellcheck disable=SC2119 # without options
start_service
for nic in $(vxlans | grep '^vx'); do
	expect_soon 3 "$nic is off in the end" is_off "$nic"
done
stop_service
expect_exit 0 agent restore
expect_all_on "in the end"
