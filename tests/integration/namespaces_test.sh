#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Two network namespaces that share one /run do not mix their records.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nsenter

in_other() {
	nsenter --net=/run/netns/other "$@"
}

agent_in_other() {
	local launcher=(nsenter --net=/run/netns/other)

	agent "$@"
}

other_features() {
	in_other ethtool -k flannel.1 | sed 1d
}

ip netns add other
vxlan=(index 77 name flannel.1 address 02:00:00:00:00:01 type vxlan id 1 dstport 8472
	local 127.0.0.1 noudpcsum)
ip link add "${vxlan[@]}"
in_other ip link add "${vxlan[@]}"
before=$(features flannel.1)

# The twin in the other namespace was turned off by its user: not ours to turn on.
in_other ethtool -K flannel.1 tx off >/dev/null
other_before=$(other_features)
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent_in_other restore
expect_line '^Nothing to restore'
expect_equal "the twin is left alone" "$other_before" "$(other_features)"
expect_feature flannel.1 tx-checksum-ip-generic off

# Both on record; each gives back its own.
in_other ethtool -K flannel.1 tx on >/dev/null
expect_exit 0 agent_in_other apply "${affected[@]}"
expect_equal "NICs on record" 2 "$(recorded | wc -l)"
expect_exit 0 agent restore
expect_equal "restored here" "$before" "$(features flannel.1)"
expect_equal "NICs on record" 1 "$(recorded | wc -l)"
expect "still off there" grep -q 'tx-checksum-ip-generic: off' <(other_features)
expect_exit 0 agent_in_other restore
expect_equal "restored there" "$before" "$(other_features)"
expect_equal "NICs on record" "" "$(recorded)"

# A device that moved: gone for the namespace that it left, a stranger where it came to; and when it is
# back it is known again, be it with another number. A new one with its name is not.
in_other ip link del flannel.1
expect_exit 0 agent apply "${affected[@]}"
ip link set flannel.1 netns other
expect_exit 0 agent restore
expect_line '^Nothing to restore'
expect_exit 0 agent_in_other restore
expect_line '^Nothing to restore'
expect "what moved is left as it is" grep -q 'tx-checksum-ip-generic: off' <(other_features)
ip link add index 77 name taken type veth peer name taken2
in_other ip link set flannel.1 netns $$
expect_exit 0 agent restore
expect_line '^flannel.1: on again'
expect_equal "restored when it is back" "$before" "$(features flannel.1)"
ip link del taken
expect_exit 0 agent apply "${affected[@]}"
ip link del flannel.1
add_vxlan flannel.1 1 noudpcsum
user_sets flannel.1 tx off rx off
expect_exit 0 agent restore
expect_line '^Nothing to restore'

# Records of namespaces that are no more are dropped when there are many; those of one that lives, be it by
# its name alone, are kept, and so is what is on record here.
user_sets flannel.1 tx on rx on
expect_exit 0 agent apply "${affected[@]}"
in_other ip link add "${vxlan[@]}"
expect_exit 0 agent_in_other apply "${affected[@]}"
unshare --net true
"$python" "$test_folder/report.py" dead_namespaces "$record" 5000
expect "many records" test "$(recorded | wc -l)" -gt 5000
add_vxlan flannel.2 2 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
expect_quiet
expect "few are left" test "$(recorded | wc -l)" -lt 100
expect_exit 0 agent restore
expect_feature flannel.1 tx-checksum-ip-generic on
expect_feature flannel.2 tx-checksum-ip-generic on
expect_exit 0 agent_in_other restore
expect "restored there" grep -q 'tx-checksum-ip-generic: on' <(other_features)
