#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Features that cannot be turned off, and one that is wanted and not active.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# only_rule NAME: a rule that says the device of that name exposes this kernel's bug.
only_rule() {
	cat >"$work/only/only.rules" <<-END
	rule = {
	  id = "only"; title = "A bug of this test";
	  kernel = ( { family = "upstream"; affected = ( ">=2.6.20" ); } );
	  exposed = { name = "$1"; };
	  turn_off = [ "rx", "tx" ];
	  required = [ "tx" ];
	};
	END
}

mkdir "$work/only"
rules=$work/only
kernel=(--kernel-release 4.19.118)

# lo: every checksum feature is on for good; the kernel takes the request and does nothing.
only_rule lo
configure 'nics = ( { name = "lo"; } );'
before=$(ethtool -k '*')
expect_exit 1 agent status "${kernel[@]}"
expect_line 'tx-checksum-ip-generic +on \[fixed\] +off +fixed-on'
expect_exit 1 agent apply --dry-run "${kernel[@]}"
expect_summary '^Vulnerable: '
expect_exit 1 agent apply "${kernel[@]}"
expect_summary '^Vulnerable: .*\<lo\>'
expect_exit 1 agent status --json "${kernel[@]}"
expect_ethtool_agrees
expect_json "feature('lo', 'tx-checksum-ip-generic')['outcome'] == 'fixed-on'"
expect_json "feature('lo', 'tx-checksum-sctp')['outcome'] == 'fixed-on'"
expect_json "feature('lo', 'rx-checksum')['outcome'] == 'fixed-on'"
expect_equal "lo is as before" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded" "" "$(recorded)"

# macvlan: fixed as well.
ip link add veth0 type veth peer name veth1
ip link add macvlan0 link veth0 type macvlan
only_rule macvlan0
configure 'nics = ( { kind = "macvlan"; } );'
before=$(ethtool -k '*')
expect_exit 1 agent apply "${kernel[@]}"
expect_summary '^Vulnerable: .*\<macvlan0\>'
expect_exit 1 agent status --json "${kernel[@]}"
expect_ethtool_agrees
expect_json "feature('macvlan0', 'tx-checksum-ip-generic')['outcome'] == 'fixed-on'"
expect_equal "all is as before" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded" "" "$(recorded)"

# tap: off, but wanted: the driver may turn it on at any time.
ip tuntap add dev tap0 mode tap
only_rule tap0
configure 'nics = ( { name = "tap0"; } );'
expect_feature tap0 tx-checksum-ip-generic 'off [requested on]'
before=$(ethtool -k '*')
expect_exit 0 agent status "${kernel[@]}"
expect_line 'tx-checksum-ip-generic +off \[requested on\] +off'
expect_exit 0 agent status --json "${kernel[@]}"
expect_ethtool_agrees
expect_exit 0 agent apply "${kernel[@]}"
expect_summary '^Mitigation: '
expect_feature tap0 tx-checksum-ip-generic off
expect_exit 0 agent status --json "${kernel[@]}"
expect_ethtool_agrees
expect_json "feature('tap0', 'tx-checksum-ip-generic')['outcome'] == 'off'"
expect_exit 0 agent restore
expect_equal "the tap is as before" "$before" "$(ethtool -k '*')"
