#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The main job: which VXLAN device each shipped rule is about, and the way from vulnerable to
# mitigated and back.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

zero=kubernetes-double-snat-zero-checksum
udp=kubernetes-double-snat-udp-checksum
only_zero=(--kubernetes-version v1.18.3 --kernel-release 4.4.100)
only_udp=(--kubernetes-version v1.18.3 --kernel-release 5.10.20)

# No exposed device, not affected, unknown: three answers that never look alike.
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Not exposed: '
expect_quiet
expect_exit 0 agent status --kubernetes-version v1.18.6 --kernel-release 4.19.118
expect_summary '^Not affected: '
expect_exit 2 agent status --kubernetes-version banana --kernel-release 4.19.118
expect_summary '^Unknown: '
expect_exit 0 agent apply "${affected[@]}"
expect_summary '^Not exposed: '

add_vxlan flannel.1 1 noudpcsum
add_vxlan vxlan.calico 2 udpcsum
ip link add external type vxlan dstport 20003 external
before=$(node_state)

# Which rule shows through which device.
expect_exit 0 agent facts "${affected[@]}"
expect_shape facts
expect_json "{l['name']: l['exposed_by'] for l in d['links']} == {'lo': [],
	'flannel.1': ['$zero'], 'vxlan.calico': ['$udp', 'vxlan-outer-snat'], 'external': ['$zero']}"
expect_json "{l['name']: l['udp_csum'] for l in d['links'] if l['name'] != 'lo'} ==
	{'flannel.1': False, 'vxlan.calico': True, 'external': False}"

# Over IPv6 it is another flag, the other way round.
ip link add six type vxlan id 6 dstport 20006 local ::1
ip link add sixzero type vxlan id 7 dstport 20007 local ::1 udp6zerocsumtx
expect_exit 0 agent facts "${affected[@]}"
expect_json "{l['name']: l['udp_csum'] for l in d['links'] if l['name'].startswith('six')} ==
	{'six': True, 'sixzero': False}"
ip link del six
ip link del sixzero

# Vulnerable, as ethtool sees it.
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: '
expect_line 'v1\.18\.3'
expect_line '4\.19\.118'
expect_line "$zero"
expect_line '^flannel\.1 +vxlan +.* on +off'
expect_quiet
expect_exit 1 agent status --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect_json "d['state'] == 'vulnerable' and d['verdict'] == 'affected'"
expect_json "all(n['selected'] and n['exposed'] for n in d['nics']) and len(d['nics']) == 3"
expect_json "all(n['backend'] == '$BACKEND' for n in d['nics'])"
expect_json "[r['id'] for r in d['rules'] if r['verdict'] == 'affected'] == sorted(['$zero', '$udp'])"
expect_json "feature('flannel.1', 'tx-checksum-ip-generic')['target'] is False"
expect_json "len(d['summary']) <= 80 and d['summary'].startswith('Vulnerable: ')"
expect_exit 1 agent explain --json "${affected[@]}"
expect_shape status
expect_equal "status changes nothing" "$before" "$(node_state)"

# Mitigated.
expect_exit 0 agent apply "${affected[@]}"
expect_summary '^Mitigation: '
expect_quiet
for nic in flannel.1 vxlan.calico external; do
	expect_feature "$nic" tx-checksum-ip-generic off
	expect_feature "$nic" rx-checksumming off
done
expect_exit 0 agent status --json "${affected[@]}"
expect_shape status
expect_ethtool_agrees
expect_json "d['state'] == 'mitigated'"
expect_json "feature('flannel.1', 'tx-checksum-ip-generic')['outcome'] == 'off'"
expect_json "'tx-tcp-segmentation' in nic('flannel.1')['side_effects']"
expect_json "d['agent']['last_change'] is not None"
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Mitigation: tx checksum offload off on '
expect_line 'tx-tcp-segmentation +off \[not requested\]'
expect "the report is published" test -s /run/offload-agent/report.json
cp /run/offload-agent/report.json "$work/stdout"
expect_shape status
expect_json "d['state'] == 'mitigated'"
expect_equal "what everybody may read" "644 644" \
	"$(stat -c %a "$record" /run/offload-agent/report.json | xargs)"

# A second time there is nothing to do.
applied=$(node_state)
expect_exit 0 agent apply "${affected[@]}"
expect_equal "apply is idempotent" "$applied" "$(node_state)"

# Drift is seen, and mended.
user_sets flannel.1 tx on
expect_exit 1 agent status --json "${affected[@]}"
expect_json "feature('flannel.1', 'tx-checksum-ip-generic')['outcome'] == 'drifted'"
expect_ethtool_agrees
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off

# And back.
expect_exit 0 agent restore
expect_quiet
expect_equal "all is as before" "$before" "$(ethtool -k '*')"
expect_equal "nothing is recorded" "" "$(recorded)"
expect_exit 1 agent status --json "${affected[@]}"
expect_ethtool_agrees
expect_exit 0 agent restore
expect_line '^Nothing to restore'

# One device alone.
ip link del vxlan.calico
ip link del external
expect_exit 1 agent status "${affected[@]}"
expect_summary '^Vulnerable: .*\<flannel\.1\>'
expect_exit 0 agent apply "${affected[@]}"
expect_summary '^Mitigation: tx checksum offload off on flannel\.1$'
expect_exit 0 agent restore

# A device that the only rule that applies is not about is left alone, though it is selected.
before=$(ethtool -k '*')
expect_exit 0 agent status "${only_udp[@]}"
expect_summary '^Not exposed: '
expect_exit 0 agent apply "${only_udp[@]}"
expect_equal "a noudpcsum device and fault B" "$before" "$(ethtool -k '*')"
ip link del flannel.1
add_vxlan flannel.1 1 udpcsum
before=$(ethtool -k '*')
expect_exit 0 agent apply "${only_zero[@]}"
expect_summary '^Not exposed: '
expect_equal "a udpcsum device and fault A" "$before" "$(ethtool -k '*')"
add_vxlan zero 4 noudpcsum
expect_exit 0 agent apply "${only_udp[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_feature zero tx-checksum-ip-generic on
