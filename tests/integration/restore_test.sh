#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# restore gives back what the agent turned off, and nothing else, whatever became of the device.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What was off before stays off.
add_vxlan flannel.1 1 noudpcsum
user_sets flannel.1 rx off
before=$(ethtool -k '*')
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent status --json "${affected[@]}"
expect_json "feature('flannel.1', 'rx-checksum')['outcome'] == 'already-off'"
expect_exit 0 agent restore
expect_equal "rx stays off" "$before" "$(ethtool -k '*')"
ip link del flannel.1

# What the user turned on meanwhile stays on, also when the user turned other things off.
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
user_sets flannel.1 rx on gro off
expect_exit 0 agent restore --json
expect_json "'rx-checksum' not in d['nics'][0]['restored']"
expect_feature flannel.1 rx-checksumming on
expect_feature flannel.1 tx-checksum-ip-generic on
expect_feature flannel.1 generic-receive-offload off
# It was given back: what the user turns off now is the user's.
user_sets flannel.1 tx off
expect_exit 0 agent restore
expect_line '^Nothing to restore'
expect_feature flannel.1 tx-checksum-ip-generic off
ip link del flannel.1

# The same where the user turned on everything, be it before restore or before apply.
for command in restore apply; do
	add_vxlan flannel.1 1 noudpcsum
	expect_exit 0 agent apply "${affected[@]}"
	user_sets flannel.1 rx on tx on
	if [ "$command" = apply ]; then
		expect_exit 0 agent apply --kubernetes-version v1.18.6 --kernel-release 4.19.118
	else
		expect_exit 0 agent restore
		expect_line '^Nothing to restore'
	fi
	expect_quiet
	expect_equal "$command: what is on again is not on record" "" "$(recorded)"
	user_sets flannel.1 tx off
	expect_exit 0 agent restore
	expect_line '^Nothing to restore'
	expect_feature flannel.1 tx-checksum-ip-generic off
	ip link del flannel.1
done

# A renamed device is still the same.
add_vxlan flannel.1 1 noudpcsum
before=$(features flannel.1)
expect_exit 0 agent apply "${affected[@]}"
ip link set flannel.1 name renamed
expect_exit 0 agent status --json "${affected[@]}"
expect_json "feature('renamed', 'tx-checksum-ip-generic')['outcome'] == 'off'"
expect_exit 0 agent restore
expect_line '^renamed: on again:.*tx-checksum-ip-generic'
expect_equal "the renamed device is as before" "$before" "$(features renamed)"
ip link del renamed

# One with another hardware address as well, as long as not both change.
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
ip link set flannel.1 address 02:00:00:00:00:07
expect_exit 0 agent restore
expect_equal "the device with a new address is as before" "$before" "$(features flannel.1)"
ip link del flannel.1

# And one of which both changed, one after the other, with a look between.
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
ip link set flannel.1 name renamed
expect_exit 0 agent apply "${affected[@]}"
ip link set renamed address 02:00:00:00:00:07
expect_exit 0 agent restore
expect_equal "the device with another name and address is as before" "$before" "$(features renamed)"
ip link del renamed

# One that was made anew is another device: what its user turned off stays off.
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
ip link del flannel.1
add_vxlan flannel.1 1 noudpcsum
user_sets flannel.1 tx off
expect_exit 0 agent restore
expect_line '^Nothing to restore'
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent apply "${affected[@]}"
expect_feature flannel.1 rx-checksumming off
expect_exit 0 agent restore
expect_feature flannel.1 tx-checksum-ip-generic off
expect_feature flannel.1 rx-checksumming on
ip link del flannel.1

# The same with the very ifindex of the old one.
ip link add index 77 name flannel.1 type vxlan id 1 dstport 8472 local 127.0.0.1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
ip link del flannel.1
ip link add index 77 name veth0 type veth peer name veth1
user_sets veth0 tx off
expect_exit 0 agent restore
expect_feature veth0 tx-checksum-ip-generic off
ip link del veth0

# Gone.
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 agent apply "${affected[@]}"
ip link del flannel.1
expect_exit 0 agent restore
expect_quiet
expect_line '^Nothing to restore'
expect_equal "what is gone is nobody's here" "" "$(recorded here)"

# Without configuration and rules, and with broken ones.
add_vxlan flannel.1 1 noudpcsum
before=$(ethtool -k '*')
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 "${older_kernel[@]}" "$agent" restore --backend "$BACKEND" --config "$work/none" --rules "$work/none"
expect_equal "restored without configuration" "$before" "$(ethtool -k '*')"
expect_exit 0 agent apply "${affected[@]}"
configure 'nics = ('
echo 'rule = ' >"$rules/broken.rules"
expect_exit 0 agent restore
expect_quiet
expect_equal "restored with a broken configuration" "$before" "$(ethtool -k '*')"
rm "$rules/broken.rules"
configure ''

# A record that is damaged: what can be read of it counts, it is reported, and a copy is kept.
user_sets flannel.1 rx on tx on
for garbage in 'garbage' 'garbage, not a record\n' '{"schema":1}' '[]' '{"schema":3,"boot_id":"","nics":[]}'; do
	for command in restore "apply ${affected[*]}"; do
		code=0
		[ "$command" != restore ] || code=65
		with=$garbage
		printf %b "$garbage" >"$record"
		expect_exit 0 agent apply --dry-run "${affected[@]}"
		expect_complaint 'changes\.json: 1 of its lines cannot be read'
		expect_equal "a dry run leaves it as it is" "$(printf %b "$garbage")" "$(cat "$record")"
		# shellcheck disable=SC2086 # a command and its options
		expect_exit "$code" agent $command
		expect_complaint 'changes\.json: 1 of its lines cannot be read'
		expect_equal "a copy" "$(printf %b "$garbage")" "$(cat "$record.damaged")"
		rm "$record.damaged"
		expect_exit 0 agent restore
		expect_quiet
		expect_equal "restored" "$before" "$(ethtool -k '*')"
	done
done
with=
expect_exit 0 agent apply "${affected[@]}"
echo 'these are my notes' >>"$record"
expect_exit 65 agent restore
expect_complaint 'changes\.json: 1 of its lines cannot be read'
expect_equal "restored with the rest of the record" "$before" "$(ethtool -k '*')"
expect "the notes are kept" grep -q -x 'these are my notes' "$record.damaged"
expect_equal "nothing is on record" "" "$(recorded here)"

# The format before this one is read once, and goes on as the present one.
expect_exit 0 agent apply "${affected[@]}"
"$python" "$test_folder/report.py" old_format "$record"
expect_exit 0 agent apply "${affected[@]}"
expect_quiet
expect_equal "converted" "flannel.1 rx-checksum tx-checksum-ip-generic" "$(recorded here)"
"$python" "$test_folder/report.py" old_format "$record"
expect_exit 0 agent restore
expect_quiet
expect_equal "restored from the old format" "$before" "$(ethtool -k '*')"

# A record that a crash cut off: what stood in it before is given back.
expect_exit 0 agent apply "${affected[@]}"
add_vxlan flannel.2 2 noudpcsum
size=$(stat -c %s "$record")
expect_exit 0 agent apply "${affected[@]}"
cp "$record" "$work/record"
for cut in 1 3 10 40 90; do
	[ "$(stat -c %s "$work/record")" -gt $((size + cut)) ] || break
	head -c $((size + cut)) "$work/record" >"$record"
	expect_exit 0 agent restore
	expect_feature flannel.1 tx-checksum-ip-generic on
	user_sets flannel.1 tx off rx off
	user_sets flannel.2 tx off rx off
done
