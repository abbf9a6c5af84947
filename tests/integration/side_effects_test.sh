#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What falls with tx checksumming (TSO, ...): shown as ethtool shows it, and given back. veth and
# bridge, named by the operator.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Features that are off and wanted, by ethtool.
requested_on() {
	features "$1" | sed -n 's/^[[:space:]]*\(.*\): off \[requested on\]$/\1/p' | sort
}

ip link add veth0 type veth peer name veth1
ip link add bridge0 type bridge
ip link set veth1 master bridge0
before=$(ethtool -k '*')

configure 'nics = ( { name = "veth0"; } );' 'turn_off = [ "tx" ];'
expect_exit 0 agent apply "${affected[@]}"
expect_feature veth0 tx-checksum-ip-generic off
expect_feature veth0 rx-checksumming on
expect_exit 0 agent status --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect "there are side effects" test -n "$(requested_on veth0)"
expect_json "sorted(nic('veth0')['side_effects']) == '''$(requested_on veth0)'''.split()"
expect_json "feature('veth0', 'tx-checksum-ip-generic')['outcome'] == 'off'"
expect_exit 0 agent status "${affected[@]}"
expect_line 'tx-tcp-segmentation +off \[not requested\]'
expect_equal "only what was asked is recorded" "veth0 tx-checksum-ip-generic tx-checksum-sctp" \
	"$(recorded)"
expect_exit 0 agent restore
expect_equal "veth is as before" "$before" "$(ethtool -k '*')"

# A side effect that the user did not want before is none, and stays off.
user_sets veth0 tso off
before=$(ethtool -k '*')
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent status --json "${affected[@]}"
expect_ethtool_agrees
expect_json "'tx-tcp-segmentation' not in nic('veth0')['side_effects']"
expect_exit 0 agent restore
expect_equal "TSO stays off" "$before" "$(ethtool -k '*')"

# A bridge.
configure 'nics = ( { kind = "bridge"; } );'
expect_exit 0 agent apply "${affected[@]}"
expect_feature bridge0 tx-checksum-ip-generic off
expect_exit 0 agent status --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect_json "sorted(nic('bridge0')['side_effects']) == '''$(requested_on bridge0)'''.split()"
expect_exit 0 agent restore
expect_equal "the bridge is as before" "$before" "$(ethtool -k '*')"

# A single feature instead of a group.
configure 'nics = ( { kind = "veth"; } );' 'turn_off = [ "tx-checksum-sctp" ];'
expect_exit 0 agent apply "${affected[@]}"
expect_feature veth0 tx-checksum-sctp off
expect_feature veth0 tx-checksum-ip-generic on
expect_feature veth1 tx-checksum-sctp off
expect_exit 0 agent restore
expect_equal "the veth pair is as before" "$before" "$(ethtool -k '*')"
