#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Signs of a fault: a NIC that is stalled, beside others that are idle, or wait without a carrier. What
# the kernel says of them in sysfs is put there by this test.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# sysfs shows the network namespace that it was mounted in.
mount -t sysfs sysfs /sys || skip "sysfs of this network namespace cannot be mounted"

# stage NIC: from now on sysfs says of it what this test says, in two of its folders.
stage() {
	local folder

	mkdir -p "$work/$1/queues/tx-0/byte_queue_limits" "$work/$1/statistics"
	echo 0 | tee "$work/$1"/queues/tx-0/{tx_timeout,byte_queue_limits/inflight} >"$work/$1/statistics/tx_packets"
	for folder in queues statistics; do
		mount --bind "$work/$1/$folder" "/sys/class/net/$1/$folder"
	done
}

# says NIC FILE NUMBER
says() {
	echo "$3" >"$work/$1/$2"
}

seen() {
	grep -q "\"name\":\"$1\".*\"symptom\":\"$2\"" /run/offload-agent/symptoms.json 2>/dev/null
}

rm "$rules"/*.rules
cat >"$rules/hang.rules" <<'RULE'
rule = {
  id = "hang"; title = "A driver that hangs"; mode = "advise"; symptom = "tx-stall";
  kernel = ( { family = "upstream"; affected = ( ">=3.10" ); } );
  exposed = { kind = "veth"; }; turn_off = [ "tx" ]; required = [ "tx" ];
};
RULE
for pair in stalled:idle unplugged:other; do
	ip link add "${pair%:*}" type veth peer name "${pair#*:}"
	ip link set "${pair%:*}" up
done
ip link set idle up
for nic in stalled unplugged idle; do
	stage "$nic"
done
for nic in stalled unplugged; do
	says "$nic" queues/tx-0/byte_queue_limits/inflight 856
	says "$nic" statistics/tx_packets 17
done
before=$(ethtool -k '*')
configure 'sweep = 1;'

# Nobody has looked yet.
expect_exit 0 agent status
expect_summary '^Not affected: '
expect_line '^  advice      hang: may concern '
expect_exit 0 agent explain
expect_line '^  symptom     unknown +tx-stall: not looked at: no service runs, and only the service looks$'

# All of them are looked at together: when one is seen to be stalled, the others were not.
launch_service
wait_for 20 service_runs
expect_soon 15 "seen" seen stalled tx-stall
expect "logged" logged 'stalled: tx-stall: nothing sent for [0-9]+ s while 856 octets waited$'
expect_soon 5 "published" state_is vulnerable
expect_exit 1 agent status
expect_summary '^Vulnerable: stalled has tx checksum offload on$'
expect_line '^  rule        hang: affected, which only tells$'
expect_line '^  seen        stalled: tx-stall, nothing sent for [0-9]+ s while 856 octets waited, since 20..-.*Z$'
expect_line '^  to do       .*act = \[ "hang" \]'
expect_line '^stalled '
expect_no_line '^(idle|unplugged|other) '
expect_exit 1 agent status --json
expect_json "[n['name'] for n in d['nics']] == ['stalled'] and rule('hang')['mode'] == 'tell'"
expect_json "[s['name'] for s in d['facts']['symptoms']] == ['stalled']"
expect_json "d['acting_state'] == 'not-affected' and rule('hang')['symptom_seen'] == 'yes'"
expect_exit 1 agent explain
expect_line '^  symptom     yes +stalled: tx-stall, '
expect_equal "evidence never acts" "$before" "$(ethtool -k '*')"
expect_exit 0 agent apply --dry-run
expect_equal "one line" 1 "$(grep -c tx-stall /run/offload-agent/symptoms.json)"

# It stays until the next boot, whatever the NIC does, and whoever runs.
says stalled queues/tx-0/byte_queue_limits/inflight 0
signal_service HUP
expect_soon 5 "reloaded" logged 'were read again'
expect "told" state_is vulnerable
umount /sys/class/net/stalled/queues /sys/class/net/stalled/statistics
ip link set stalled down
ip link set stalled name renamed
ip link set renamed up
stop_service
expect_exit 1 agent status
expect_line '^  seen        (stalled|renamed): tx-stall, '
expect_line '^renamed '
launch_service
wait_for 20 service_runs
expect_soon 5 "told" state_is vulnerable
expect_soon 10 "it has followed the name" seen renamed tx-stall
rm /run/offload-agent/symptoms.json
expect_soon 10 "the file is made again" seen renamed tx-stall
stop_service

# What is not the service's is not believed, nor is what it does not write.
refuses() {
	expect_exit 0 agent status
	expect_complaint "symptoms.json: what was seen on NICs cannot be read: "
	expect_summary '^Not affected: '
}
cp -p /run/offload-agent/symptoms.json "$work/kept"
chown 65534 /run/offload-agent/symptoms.json
refuses
cp -p "$work/kept" /run/offload-agent/symptoms.json
chmod o+w /run/offload-agent/symptoms.json
refuses
rm /run/offload-agent/symptoms.json
for text in '' '{' '[]' '{"schema":1}' '{"schema":1,"boot_id":"x"'; do
	echo "$text" >/run/offload-agent/symptoms.json
	with=$text refuses
done
sed 's/"ifindex":[0-9]*/"ifindex":-1/' "$work/kept" >/run/offload-agent/symptoms.json
refuses
ln -sf "$work/kept" /run/offload-agent/symptoms.json
refuses
rm /run/offload-agent/symptoms.json
cp -p "$work/kept" /run/offload-agent/symptoms.json
expect_exit 1 agent status
expect_quiet

# After another boot it is forgotten. A counter is evidence at the first look.
echo 01234567-89ab-cdef-0123-456789abcdef >"$work/boot_id"
mount --bind "$work/boot_id" /proc/sys/kernel/random/boot_id
expect_exit 0 agent status
expect_quiet
expect_summary '^Not affected: '
says idle queues/tx-0/tx_timeout 2
launch_service
wait_for 20 service_runs
expect_soon 10 "seen" seen idle tx-timeouts
expect "only that" test "$(grep -c '"symptom"' /run/offload-agent/symptoms.json)" -eq 1
expect_soon 5 "told" state_is vulnerable
expect_exit 1 agent status
expect_line '^  seen        idle: tx-timeouts, 2 transmit timeouts, since '
stop_service

# A configuration that never sweeps never looks.
rm /run/offload-agent/symptoms.json
configure 'sweep = 0;'
launch_service
wait_for 20 service_runs
expect_exit 0 agent explain
expect_line '^  symptom     unknown +tx-stall: not looked at: the service looks with its sweep, '
stop_service

# A file of facts can say it, too.
facts='"kernel":{"release":"6.12.9"},"links":[{"name":"eth0","ifindex":2,"kind":"veth"}]'
for seen in '[{"name":"eth0","symptom":"tx-stall"}]:1' '[]:0' '[{"name":"eth1","symptom":"tx-stall"}]:0'; do
	printf '{%s,"symptoms":%s}' "$facts" "${seen%:*}" >"$work/facts"
	with=$seen expect_exit "${seen##*:}" agent explain --facts "$work/facts"
done
expect_line '^  symptom     no +tx-stall: not seen$'
