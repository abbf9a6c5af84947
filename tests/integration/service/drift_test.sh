#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Drift: a feature that is turned on again, by netlink or by ioctl, is corrected at once; a wish alone,
# of which the kernel sends no notification, by the sweep. And a tap device, whose owner decides as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

drift() {
	"$python" "$(dirname "$0")/drift.py" "$@"
}

# drift_was_told BEFORE: more often than before.
drift_was_told() {
	[ "$(n_logged 'turned it on again')" -gt "$1" ]
}

# expect_noticed COMMAND...: another program turns something on beside the service. An ethtool without netlink
# reads the features again after it set them, and complains when the service was faster.
expect_noticed() {
	before=$(n_logged 'turned it on again')
	"$@" 2>/dev/null || true
	expect_soon 2 "$*: is noticed" drift_was_told "$before"
}

four_corrections() {
	grep -q '"corrections":4,' /run/offload-agent/service.json
}

# Events alone.
configure 'sweep = 0;'
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 udpcsum
start_service
expect "switched off" is_off flannel.1

expect_noticed user_sets flannel.1 tx on
expect_soon 1 "by ethtool" is_off flannel.1
expect_soon 2 "told" logged "flannel.1: $tx: somebody turned it on again"
expect_noticed drift ioctl flannel.1
expect_soon 1 "by ioctl" is_off flannel.1
expect_noticed user_sets flannel.1 rx on
expect_soon 1 "another feature" feature_is flannel.1 rx-checksumming off
expect_noticed user_sets flannel.1 rx on tx on gso off
expect_soon 1 "several" is_off flannel.1
expect_feature flannel.1 rx-checksumming off
expect_feature flannel.1 generic-segmentation-offload off
expect_soon 3 "published" four_corrections
expect_exit 0 agent status --json "${affected[@]}"
expect_json "d['agent']['corrections'] == 4 and d['state'] == 'mitigated'"
expect_ethtool_agrees

# What is no target may drift, and what the agent does itself is no drift.
before=$(n_logged 'turned it on again')
user_sets flannel.1 gro off
add_vxlan flannel.3 3 noudpcsum
expect_soon 2 "a new one" is_off flannel.3
sleep 1
expect_equal "no drift" "$before" "$(n_logged 'turned it on again')"

# Apply by hand meanwhile: they share the record. Restore would not last, and says so.
expect_exit 0 agent apply "${affected[@]}"
expect "still off" is_off flannel.2
expect_exit 1 agent restore
expect_complaint "service is running \(process $service\).*stop it first"
expect "still off" is_off flannel.1
expect "still recorded" is_recorded flannel.2
stop_service
expect_exit 0 agent restore
expect "restored" is_on flannel.1
expect "restored" is_on flannel.2
expect_feature flannel.1 generic-receive-offload off

# A tap device without an owner wants what it cannot do.
[ -c /dev/net/tun ] || skip "this machine has no tap devices"
rm "$rules"/*.rules
cat >"$rules/tun.rules" <<-'RULE'
	rule = {
	  id = "tun"; title = "A bug of this test";
	  kernel = ( { family = "upstream"; affected = ( "<5.0" ); } );
	  exposed = { kind = "tun"; };
	  turn_off = [ "tx" ];
	  required = [ "tx" ];
	};
RULE
configure 'nics = ( { kind = "tun"; } );' 'sweep = 0;'
ip tuntap add tap1 mode tap
expect_feature tap1 "$tx" 'off [requested on]'
start_service
expect_soon 2 "the wish is off" is_off tap1
# ethtool finds that nothing came of it.
user_sets tap1 tx on 2>/dev/null || true
expect_steady 1 "no event tells of a wish" feature_is tap1 "$tx" 'off [requested on]'
configure 'nics = ( { kind = "tun"; } );' 'sweep = 1;'
signal_service HUP
expect_soon 2 "read again at a reload" is_off tap1
# The sweep may come before the test could see the wish.
expect_noticed user_sets tap1 tx on
expect_soon 1 "the sweep sees the wish" is_off tap1
expect "told" logged "tap1: $tx: somebody turned it on again"

# Its owner comes: now the device can do it, and it is on. The event tells. (A service that is still at
# its reading again would take it for what it has to turn off in any case.)
stop_service
configure 'nics = ( { kind = "tun"; } );' 'sweep = 0;'
start_service
expect "the wish is still off" is_off tap1
before=$(n_logged 'turned it on again')
drift tap tap1 &
owner=$!
expect_soon 10 "TUNSETOFFLOAD turned it on" drift_was_told "$before"
expect_soon 1 "and the service off" is_off tap1
wait "$owner"
stop_service
