#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What happens when the verdict changes: on_not_affected and on_unknown.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

patched=(--kubernetes-version v1.18.6 --kernel-release 4.19.118)
unknown=(--kubernetes-version banana --kernel-release 4.19.118)
add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')

# Not affected: nothing to do.
expect_exit 0 agent apply "${patched[@]}"
expect_summary '^Not affected: '
expect_equal "a node that is not affected" "$before" "$(ethtool -k '*')"

# The cluster was patched: given back.
expect_exit 0 agent apply "${affected[@]}"
applied=$(ethtool -k '*')
expect_exit 0 agent apply "${patched[@]}"
expect_summary '^Not affected: '
expect_quiet
expect_equal "given back" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded" "" "$(recorded)"

# Or left, until restore.
configure 'on_not_affected = "leave";'
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent apply "${patched[@]}"
expect_summary '^Not affected: '
expect_equal "left" "$applied" "$(ethtool -k '*')"
expect_exit 0 agent restore
expect_equal "given back by restore" "$before" "$(ethtool -k '*')"

# Unknown: left alone, in both directions.
configure ''
expect_exit 2 agent apply "${unknown[@]}"
expect_summary '^Unknown: '
expect_equal "unknown" "$before" "$(ethtool -k '*')"
expect_exit 0 agent apply "${affected[@]}"
applied=$(node_state)
expect_exit 0 agent restore --dry-run
agent apply "${unknown[@]}" >/dev/null 2>&1 || true
expect_equal "unknown after affected" "$applied" "$(node_state)"
expect_exit 0 agent restore

# Unknown, and rather safe than sorry.
configure 'on_unknown = "turn-off";'
expect_exit 0 agent apply "${unknown[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent status --json "${unknown[@]}"
expect_ethtool_agrees
expect_json "d['verdict'] == 'unknown'"
expect_exit 0 agent restore
expect_equal "given back by restore" "$before" "$(ethtool -k '*')"

# A NIC that is no longer selected is given back.
expect_exit 0 agent apply "${affected[@]}"
configure 'nics = ( { name = "nothing"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_equal "no longer selected" "$before" "$(ethtool -k '*')"

# So is a feature that is no longer asked for.
configure ''
expect_exit 0 agent apply "${affected[@]}"
configure 'turn_off = [ "tx" ];'
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_feature flannel.1 rx-checksumming on
expect_equal "what is on record" "flannel.1 tx-checksum-ip-generic" "$(recorded)"
expect_exit 0 agent restore
expect_equal "given back by restore" "$before" "$(ethtool -k '*')"

# All rules masked: nothing applies.
configure ''
expect_exit 0 agent apply "${affected[@]}"
for file in "$rules"/*.rules; do
	: >"$file"
done
expect_exit 0 agent apply "${affected[@]}"
expect_summary '^Not affected: '
expect_equal "all rules masked" "$before" "$(ethtool -k '*')"
