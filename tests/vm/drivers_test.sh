#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Drivers of real and simulated hardware: what is fixed and what can be changed, shown and set as
# ethtool says. To be run in the virtual machine, with NICs of the models e1000e and virtio-net-pci.
set -euo pipefail
# The machine itself is the place to run in: there are the NICs.
export OFFLOAD_AGENT_TEST_INSIDE=1
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"

# nic_of DRIVER: its name.
nic_of() {
	local nic

	for nic in /sys/class/net/*; do
		nic=${nic##*/}
		if [ "$(ethtool -i "$nic" 2>/dev/null | sed -n 's/^driver: //p')" = "$1" ]; then
			echo "$nic"
		fi
	done
}

# judge WHEN: every feature that is shown is what ethtool says of it.
judge() {
	expect_exit '0|1' agent status --json "${affected[@]}"
	expect_ethtool_agrees
}

echo "1 1" >/sys/bus/netdevsim/new_device
for driver in e1000e virtio_net netdevsim; do
	nic=$(nic_of "$driver")
	expect "there is a NIC of $driver" test -n "$nic"
	[ -n "$nic" ] || continue
	configure "nics = ( { driver = \"$driver\"; } );"
	before=$(features "$nic")
	judge
	expect_exit '0|1' agent apply --json "${affected[@]}"
	expect_json "[n['name'] for n in d['nics'] if n['selected']] == ['$nic']"
	judge
	# What was on and not fixed is off; what is fixed stays.
	while read -r feature state; do
		case "$feature $state" in
		rx-checksumming:\ on | tx-checksum-*:\ on) fail "$driver: $feature $state" ;;
		esac
	done < <(features "$nic")
	expect_equal "$driver: what is fixed" "$(grep -F '[fixed]' <<<"$before")" \
		"$(features "$nic" | grep -F '[fixed]')"
	expect_exit 0 agent restore
	expect_equal "$driver: given back" "$before" "$(features "$nic")"
done
nic=$(nic_of e1000e)
configure 'nics = ( { driver = "e1000e"; } );'
expect_exit '0|1' agent apply "${affected[@]}"
expect_feature "$nic" tx-checksum-ip-generic off
expect_feature "$nic" rx-checksumming off
expect_exit 0 agent restore
expect_feature "$nic" tx-checksum-ip-generic on
