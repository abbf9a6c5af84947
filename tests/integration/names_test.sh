#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Names of NICs are almost any bytes: the kernel refuses blanks, '/' and ':' only.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # nothing is to be expanded
names=('grünes-gerät1' 'quo"te' 'back\slash' "it's" '*?[x]' '$(reboot)' $'\xff\xfe\xc3'
	$'esc\x1b[31m' $'bell\a' 'ééééééé1' '{"a",1}')
expect_equal "a name of 15 bytes" 15 "$(printf %s "${names[0]}" | wc -c)"
expect_equal "another one" 15 "$(printf %s 'ééééééé1' | wc -c)"

id=0
for name in "${names[@]}"; do
	id=$((id + 1))
	ip link add name "$name" type vxlan id "$id" dstport $((20000 + id)) local 127.0.0.1 noudpcsum
done

# expect_printable: valid UTF-8, and no control character but the end of line.
expect_printable() {
	expect "valid UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$work/stdout"
	expect "no control characters" test "$(LC_ALL=C tr -d '\n' <"$work/stdout" |
		LC_ALL=C tr -dc '\001-\037\177' | wc -c)" -eq 0
}

expect_exit 1 agent status "${affected[@]}"
expect_printable
expect_summary '^Vulnerable: '
expect_line '^grünes-gerät1 '
expect_exit 1 agent status --json "${affected[@]}"
expect_printable
expect_shape status
expect_json "len(d['nics']) == ${#names[@]}"
expect_json "nic('grünes-gerät1') and nic('quo\"te') and nic('back\\\\slash')"
expect_exit 1 agent explain "${affected[@]}"
expect_printable
expect_exit 0 agent facts "${affected[@]}"
expect_printable

declare -A before
for name in "${names[@]}"; do
	before[$name]=$(features "$name")
done
expect_exit 0 agent apply "${affected[@]}"
expect_printable
expect_quiet
for name in "${names[@]}"; do
	expect_feature "$name" tx-checksum-ip-generic off
done
expect_equal "NICs on record" "${#names[@]}" "$(recorded | wc -l)"
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_printable
for name in "${names[@]}"; do
	expect_equal "$name is as before" "${before[$name]}" "$(features "$name")"
done

# Long names are not cut short: they differ in their last byte only.
ip link add ééééééé2 type veth peer name ééééééé3
configure 'nics = ( { name = "ééééééé2"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_feature ééééééé2 tx-checksum-ip-generic off
expect_feature ééééééé3 tx-checksum-ip-generic on
expect_feature ééééééé1 tx-checksum-ip-generic on
expect_exit 0 agent restore
expect_feature ééééééé2 tx-checksum-ip-generic on

# A device without a hardware address is known by its name alone, whatever its bytes.
ip tuntap add dev $'tun\xff' mode tun
ip tuntap add dev tun0 mode tun
user_sets $'tun\xff' sg on
user_sets tun0 sg on
configure 'nics = ( { name = "tun*"; } );' 'turn_off = [ "sg" ];'
for name in tun0 $'tun\xff'; do
	before[$name]=$(features "$name")
done
expect_exit 1 agent apply "${affected[@]}"
expect_feature tun0 tx-scatter-gather off
expect_feature $'tun\xff' tx-scatter-gather off
expect_exit 0 agent restore
for name in tun0 $'tun\xff'; do
	expect_equal "$name is as before" "${before[$name]}" "$(features "$name")"
done

# A selector means the name, not an alternative one.
ip link add plain type veth peer name plainpeer
ip link property add dev plain altname chosen 2>/dev/null || true # an older ip knows none
configure 'nics = ( { name = "chosen"; } );'
expect_exit '0|1' agent apply "${affected[@]}"
expect_feature plain tx-checksum-ip-generic on
configure 'nics = ( { name = "plain"; } );'
expect_exit 1 agent apply "${affected[@]}"
expect_feature plain tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_feature plain tx-checksum-ip-generic on
