#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# In the virtual machine of hang_test.sh: the NIC hangs, and the service sees and tells it, and changes
# nothing; with a line of configuration TSO is off and stays so, until that line goes.
set -euo pipefail
# The machine itself is the place to run in.
export OFFLOAD_AGENT_TEST_INSIDE=1
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../integration/service/service.sh
. "$folder/../../integration/service/service.sh"
: "${TEST_STOCK:?}"
driver=/sys/bus/pci/drivers/e1000e
# The driver's watchdog may have reset the NIC before the second look: then that is what is seen.
sign='tx-(stall|timeouts), (nothing sent for [0-9]+ s while [0-9]+ octets waited|1 transmit timeout)'

# seen NIC IFINDEX
seen() {
	grep -q -s -E "\"ifindex\":$2,\"name\":\"$1\",.*\"symptom\":\"tx-(stall|timeouts)\"" \
		/run/offload-agent/symptoms.json
}

# tso_is NIC STATE
tso_is() {
	feature_is "$1" tx-tcp-segmentation "$2" && feature_is "$1" tx-tcp6-segmentation "$2"
}

# state_of_nics NIC...
state_of_nics() {
	local nic

	for nic; do
		features "$nic"
	done
}

has_carrier() {
	[ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]
}

expect_told() {
	expect_exit 1 agent status
	expect_summary "^Vulnerable: $1 has tx-tcp-segmentation on"
	expect_line '^  rule        e1000e-tx-hang: affected, which only tells$'
	expect_line "^  seen        $1: $sign, since 20..-..-..T..:..:..Z\$"
}

# MSI, as the chips on main boards have it: with MSI-X, the kernel's own watchdog ends it in time.
modprobe -d "$TEST_STOCK" e1000e IntMode=1,1
for nic in eth0 eth1; do
	ip link set $nic up
done
for nic in eth0 eth1; do
	wait_for 30 has_carrier $nic
done
before=$(state_of_nics eth0 eth1)
configure 'sweep = 1;'
launch_service
wait_for 30 service_runs
expect_exit 0 agent status
expect_line '^  advice      e1000e-tx-hang: may concern eth0'
expect "TSO is on" tso_is eth0 on

"$folder/hang.py" eth0
expect_soon 60 "the hang is seen" seen eth0 "$(cat /sys/class/net/eth0/ifindex)"
expect_soon 10 "the hang is told" state_is vulnerable
expect_told eth0
expect_line 'act = \[ "e1000e-tx-hang" \]'
expect_no_line '^eth1 '
expect "of the other nothing is seen" test "$(grep -c '"symptom":' /run/offload-agent/symptoms.json)" -eq 1
expect_equal "evidence switches nothing" "$before" "$(state_of_nics eth0 eth1)"

configure 'sweep = 1;' 'act = [ "e1000e-*" ];'
signal_service HUP
for nic in eth0 eth1; do
	expect_soon 20 "$nic: TSO goes off" tso_is $nic off
done
expect_soon 10 "mitigated" state_is mitigated
expect_exit 0 agent status
expect_summary '^Mitigation: tx-tcp-segmentation off on eth0'

# It stays off, or is put off again by the service.
ethtool -r eth0
expect_steady 1 "off through a reset" tso_is eth0 off
ip link set eth0 down
ip link set eth0 up
expect_steady 1 "off through down and up" tso_is eth0 off
device=$(basename "$(readlink -f /sys/class/net/eth0/device)")
number=$(cat /sys/class/net/eth0/ifindex)
echo "$device" >$driver/unbind
echo "$device" >$driver/bind
expect_soon 30 "off again when the driver has taken it again" tso_is eth0 off
expect "it is another link" test "$(cat /sys/class/net/eth0/ifindex)" -ne "$number"
expect_soon 10 "what was seen has followed" seen eth0 "$(cat /sys/class/net/eth0/ifindex)"
ip link set eth0 name renamed
ip link set renamed up
expect_steady 1 "off under another name" tso_is renamed off
expect_soon 10 "what was seen has followed" seen renamed "$(cat /sys/class/net/renamed/ifindex)"

configure 'sweep = 1;'
signal_service HUP
for nic in renamed eth1; do
	expect_soon 20 "$nic: TSO is given back" tso_is $nic on
done
# Until the next boot.
expect_soon 10 "told again" state_is vulnerable
expect_told renamed
expect_equal "all is as before" "$before" "$(state_of_nics renamed eth1)"
stop_service
