#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# SIGHUP: a new configuration or new rules come into force at once, bad ones change nothing, also
# while devices come and go.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# reload: and wait until the service has said what came of it.
reload() {
	local before

	before=$(n_answers)
	signal_service HUP
	wait_for 5 answered "$before" || true
}

n_answers() {
	n_logged 'were read again|the old ones stay in force'
}

answered() {
	[ "$(n_answers)" -gt "$1" ]
}

# churn: devices that no selector names come and go, and one that is named, until it is killed.
churn() {
	while :; do
		ip link add veth1 type veth peer name veth2
		add_vxlan "flannel.9" 9 noudpcsum
		ip link del veth1
		ip link del flannel.9
	done
}

configure 'nics = ( { name = "flannel.*"; } );' 'sweep = 0;'
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 udpcsum
# A rule about words that no machine and no kernel has: it fits nothing, and stops nothing.
cat >"$rules/slips.rules" <<'END'
rule = {
	id = "slips";
	title = "Words that nobody has";
	kernel = ( { family = "debian"; compare = "build"; affected = ( "<107" ); } );
	machine = { arch = "arm64"; hypervisor = "hyperv"; };
	exposed = { kind = "vxlan"; };
	turn_off = [ "tx" ];
};
END
start_service
expect "off" is_off flannel.1
expect_equal "not a word of it" 0 "$(n_logged 'slips')"
rm "$rules/slips.rules"

# One device less, and one feature less.
configure 'nics = ( { name = "flannel.1"; } );' 'turn_off = [ "tx" ];' 'sweep = 0;'
reload
expect_soon 1 "not selected any more" is_on flannel.2
expect_feature flannel.2 rx-checksumming on
expect "still selected" is_off flannel.1
expect_feature flannel.1 rx-checksumming on
expect_equal "recorded: only what is off" "flannel.1 $tx" "$(recorded)"
expect_soon 2 "published" state_is vulnerable
expect_equal "that was no drift" 0 "$(n_logged 'turned it on again')"
configure 'nics = ( { name = "flannel.*"; } );' 'sweep = 0;'
reload
expect_soon 1 "selected again" is_off flannel.2
expect_feature flannel.1 rx-checksumming off
expect_soon 2 "published" state_is mitigated

# What cannot be in force changes nothing. Each is reported with its file and line.
state=$(features flannel.1; features flannel.2)
for bad in 'nics = ( { kind = 7; } );' 'nosuchkey = 1;' 'sweep = ;' 'turn_off = [ "no-such-feature" ];' \
	'nics = ( { name = "flannel.["; } );'; do
	with=$bad
	configure "$bad"
	before=$(n_logged 'the old ones stay in force')
	reload
	expect_equal "refused" $((before + 1)) "$(n_logged 'the old ones stay in force')"
	expect "told" logged "^offload-agent: $config:1: "
	add_vxlan flannel.3 3 noudpcsum
	expect_soon 2 "the old one is in force" is_off flannel.3
	ip link del flannel.3
	expect_equal "nothing else changed" "$state" "$(features flannel.1; features flannel.2)"
done
rm "$config"
reload
expect_equal "a missing one, too" 6 "$(n_logged 'the old ones stay in force')"
configure 'nics = ( { name = "flannel.*"; } );' 'sweep = 0;'
chmod 666 "$config"
reload
expect_equal "and one that everybody can write" 7 "$(n_logged 'the old ones stay in force')"
chmod 644 "$config"
echo 'rule = 7;' >"$rules/bad.rules"
reload
expect_equal "and bad rules" 8 "$(n_logged 'the old ones stay in force')"
rm "$rules/bad.rules"
with=
expect "it still runs" service_runs
expect_exit 0 agent status "${affected[@]}"

# Rules that are gone, and back.
mkdir "$work/kept"
mv "$rules/kubernetes-double-snat-udp-checksum.rules" "$work/kept"
reload
expect_soon 1 "its device is given back" is_on flannel.2
expect "the other rule's is not" is_off flannel.1
mv "$work/kept/"*.rules "$rules"
reload
expect_soon 1 "and off again" is_off flannel.2

# While events arrive, good and bad ones in turn.
churn 2>"$work/churn" &
churner=$!
for _ in $(seq 25); do
	configure 'nics = ( { name = "flannel.1"; } );' 'sweep = 0;'
	reload
	expect_soon 1 "selected" is_off flannel.1
	expect_soon 1 "not selected" is_on flannel.2
	configure 'nics = ( { kind = 7; } );'
	reload
	configure 'nics = ( { name = "flannel.*"; } );' 'sweep = 0;'
	reload
	expect_soon 1 "both selected" is_off flannel.2
done
kill "$churner"
wait "$churner" 2>/dev/null || true
expect_equal "the churn did not fail" "" "$(cat "$work/churn")"
ip link del flannel.9 2>/dev/null || true
ip link del veth1 2>/dev/null || true

# Several at once are as one.
for _ in $(seq 20); do
	signal_service HUP
done
add_vxlan flannel.4 4 noudpcsum
expect_soon 2 "it goes on" is_off flannel.4
stop_service
expect_exit 0 agent restore
expect "all is given back" is_on flannel.1
expect "all is given back" is_on flannel.2
expect_feature flannel.1 rx-checksumming on
