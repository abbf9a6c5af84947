#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Which NICs the configuration means, and what that makes of the state.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ip link add eth0 address 02:00:00:00:00:01 type veth peer name other
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum

# expect_selected NAME...: these and no others are turned off; all is given back afterwards.
expect_selected() {
	local nic off=()

	expect "apply answers" test "$last_code" -le 1
	for nic in eth0 other flannel.1 flannel.2; do
		if features "$nic" | grep -q 'tx-checksum-ip-generic: off'; then
			off+=("$nic")
		fi
	done
	expect_equal "what is turned off" "$*" "${off[*]}"
	expect_exit 0 agent restore
}

expect_exit 0 agent apply "${affected[@]}"
expect_selected flannel.1 flannel.2
configure 'nics = ( { name = "flannel.?"; } );'
expect_exit 0 agent apply "${affected[@]}"
expect_selected flannel.1 flannel.2
configure 'nics = ( { name = "flannel.[2-9]"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_selected flannel.2
configure 'nics = ( { kind = "vxlan"; name = "*.1"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_selected flannel.1
configure 'nics = ( { kind = "vxlan"; name = "eth0"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_selected
configure 'nics = ( { driver = "vxlan"; }, { name = "other"; } );'
expect_exit 0 agent apply "${affected[@]}"
expect_selected other flannel.1 flannel.2
configure 'nics = ( { driver = "veth"; name = "e*"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_selected eth0
configure 'nics = ( { mac = "02:00:00:00:00:01"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_selected eth0

# The device of most write-ups: switched, because the operator named it, and of no use.
configure 'nics = ( { name = "eth0"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_summary '^Vulnerable: .*flannel\.1 and 1 more'
expect_feature eth0 tx-checksum-ip-generic off
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: '
expect_line '^flannel\.1 .*not selected'
expect_exit 1 agent status --json "${affected[@]}"
expect_ethtool_agrees
expect_json "nic('eth0')['selected'] and not nic('eth0')['exposed']"
expect_json "nic('flannel.1')['exposed'] and not nic('flannel.1')['selected']"

# Another program turns it off on the exposed devices: mitigated all the same.
user_sets flannel.1 tx off
expect_exit 1 agent status "${affected[@]}"
user_sets flannel.2 tx off
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Mitigation: '
expect_exit 0 agent restore
expect_feature eth0 tx-checksum-ip-generic on
expect_feature flannel.1 tx-checksum-ip-generic off
