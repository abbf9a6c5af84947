#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# 200 NICs at once: every one is set, verified, recorded and given back.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

for i in $(seq 100); do
	echo "link add vxlan$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1 noudpcsum"
	echo "link add veth$i type veth peer name peer$i"
done | ip -batch -

configure 'nics = ( { kind = "vxlan"; }, { name = "veth*"; } );'
before=$(ethtool -k '*')
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: .*vxlan[0-9]+ and 99 more'
expect_exit 0 agent apply "${affected[@]}"
expect_quiet
expect_exit 0 agent status --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect_json "len(d['nics']) == 200"
expect_json "all(f['outcome'] == 'off' and not f['active'] for n in d['nics']
	for f in n['features'] if f['name'] == 'tx-checksum-ip-generic')"
expect_equal "NICs on record" 200 "$(recorded | wc -l)"
expect_feature peer1 tx-checksum-ip-generic on

# One more: what is on record already is not touched.
add_vxlan late 999 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
expect_equal "NICs on record" 201 "$(recorded | wc -l)"
ip link del late

expect_exit 0 agent restore --json
expect_json "len(d['nics']) == 200 and all(n['restored'] and not n['failed'] for n in d['nics'])"
expect_equal "all is as before" "$before" "$(ethtool -k '*')"
# A device that is gone may only be away: its record waits for it.
expect_equal "of those that are here nothing is recorded" late "$(recorded | cut -d ' ' -f 1)"
