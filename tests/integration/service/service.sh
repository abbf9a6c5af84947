# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the service share, on top of lib.sh, which it sources: to start, signal and stop
# the service, and to wait for what it does.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

service=
service_log=$work/service.log
# What "switched off" means here: the feature that all rules of these tests require.
tx=tx-checksum-ip-generic

# launch_service [OPTION...]: in the background; $service is the process that was launched.
launch_service() {
	(
		launcher=(exec "${launcher[@]}")
		agent run "$@"
	) >>"$service_log" 2>&1 &
	service=$!
}

# start_service [OPTION...]: on an affected node, until it says that it runs.
start_service() {
	launch_service "${affected[@]}" "$@"
	wait_for 20 service_runs || true
}

# The process of the service itself, whatever launched it.
service_pid() {
	sed -n 's/.*"pid":\([0-9]*\).*/\1/p' /run/offload-agent/service.json 2>/dev/null
}

# service_runs: the one that was started last, not one before it.
service_runs() {
	local pid parent

	pid=$(service_pid)
	[ -n "$pid" ] && [ -d "/proc/$pid" ] || return 1
	parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
	[ "$pid" = "$service" ] || [ "$parent" = "$service" ]
}

signal_service() {
	kill -"$1" "$(service_pid)"
}

# service_ended: it is gone, but for what its parent is to be told.
service_ended() {
	! grep -q -s '^State:[[:space:]][^Z]' "/proc/$service/status"
}

# remove_state_folder: below a service that lives, and may be writing into it at this moment.
remove_state_folder() {
	wait_for 5 rm -rf /run/offload-agent 2>/dev/null
}

# stop_service: SIGTERM; it must end well, and not wait for what it asks others, who have 5 seconds.
stop_service() {
	local code=0

	signal_service TERM
	expect_soon 3 "it stops" service_ended
	wait "$service" || code=$?
	expect_equal "exit code of the service" 0 "$code"
	expect_no_sanitizer
}

kill_service() {
	signal_service KILL
	wait "$service" 2>/dev/null || true
}

expect_no_sanitizer() {
	n_checks=$((n_checks + 1))
	! grep -E 'Sanitizer|runtime error:' "$service_log" || fail "a sanitizer complained"
}

# logged REGEX / n_logged REGEX: what the service says.
logged() {
	grep -q -E -e "$1" "$service_log"
}

n_logged() {
	grep -c -E -e "$1" "$service_log" || true
}

# feature_is NIC FEATURE STATE: in ethtool's words.
feature_is() {
	[ "$(features "$1" 2>/dev/null | sed -n "s/^[[:space:]]*$2: //p")" = "$3" ]
}

is_off() {
	feature_is "$1" "$tx" off
}

is_on() {
	feature_is "$1" "$tx" on
}

# expect_soon SECONDS WHAT COMMAND...: it comes true within that time.
expect_soon() {
	n_checks=$((n_checks + 1))
	patiently "$1" "${@:3}" || {
		fail "$2"
		tail -n 5 "$service_log" | sed 's/^/  service: /'
	}
}

# expect_steady SECONDS WHAT COMMAND...: it is true, and stays so for that time.
expect_steady() {
	local end=$((SECONDS + $1 + 1)) what=$2

	shift 2
	n_checks=$((n_checks + 1))
	while [ "$SECONDS" -lt "$end" ]; do
		if ! "$@"; then
			fail "$what"
			return
		fi
		sleep 0.1
	done
}

# Milliseconds since boot, whatever the clock says.
uptime_ms() {
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# state_is STATE: what the service has published.
state_is() {
	grep -q "\"state\":\"$1\"" /run/offload-agent/report.json
}

is_recorded() {
	[[ $'\n'$(recorded) == *$'\n'"$1 "* ]]
}

# veth_rule: another bug in place of the shipped ones; it shows through veth devices.
veth_rule() {
	rm "$rules"/*.rules
	cat >"$rules/veth.rules" <<-'RULE'
		rule = {
		  id = "veth"; title = "A bug of this test";
		  kernel = ( { family = "upstream"; affected = ( "<5.0" ); } );
		  exposed = { kind = "veth"; };
		  turn_off = [ "rx", "tx" ];
		  required = [ "tx" ];
		};
	RULE
}
: >"$service_log"
