#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# --dry-run changes nothing, and exits as the real run would.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

expect_exit 0 agent apply --dry-run "${affected[@]}"
expect_summary '^Mitigation: '
expect_line 'would be turned off'
expect_quiet
expect_exit 0 agent apply --dry-run --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect_json "d['state'] == 'mitigated'"
expect_equal "apply --dry-run" "$before" "$(node_state)"
expect "no folder is made" test ! -e /run/offload-agent

# Vulnerable afterwards: the exposed device is not selected.
configure 'nics = ( { name = "nothing"; } );'
expect_exit 1 agent apply --dry-run "${affected[@]}"
expect_exit 1 agent apply "${affected[@]}"
expect_equal "an exposed device that is not selected" "$before" "$(ethtool -k '*')"
configure ''

expect_exit 0 agent apply "${affected[@]}"
applied=$(node_state)
expect_exit 0 agent restore --dry-run
expect_line 'flannel\.1: .*tx-checksum-ip-generic'
expect_quiet
expect_exit 0 agent restore --dry-run --json
expect_json "d['nics'][0]['name'] == 'flannel.1'"
expect_equal "restore --dry-run" "$applied" "$(node_state)"

# What a real run would give back.
expect_exit 0 agent apply --dry-run --kubernetes-version v1.18.6 --kernel-release 4.19.118
expect_line 'would be given back'
expect_equal "apply --dry-run on a node that is not affected any more" "$applied" "$(node_state)"
