#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad configurations: one clear line for each fault, with file and line; nothing is changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
configure 'nics = ( { name = "flannel.1"; } );'
agent apply "${affected[@]}" >/dev/null || true
configure ''
before=$(node_state)

# expect_refused REGEX...: the configuration is as it is now; every command that reads it says so.
expect_refused() {
	local command options

	for command in check status apply explain facts; do
		options=("${affected[@]}")
		[ "$command" != check ] || options=()
		expect_exit 65 agent "$command" "${options[@]}"
		expect_complaint "$@"
		expect "nothing on standard output" test ! -s "$work/stdout"
	done
	expect_exit 0 agent restore --dry-run
	expect_equal "nothing is changed" "$before" "$(node_state)"
}

# bad REGEX LINE...: a configuration of these lines.
bad() {
	local regex=$1 with

	shift
	with=$*
	configure "$@"
	expect_refused "$regex"
}

bad 'agent\.conf:2: .*frobnicate' '' 'frobnicate = 1;'
bad 'agent\.conf:1: .*sweep' 'sweep = "often";'
bad 'agent\.conf:1: .*sweep' 'sweep = -1;'
bad 'agent\.conf:1: .*sweep' 'sweep = 1.5;'
bad 'agent\.conf:1: .*sweep' 'sweep = 99999999999L;'
bad 'agent\.conf:1: .*nics' 'nics = 5;'
bad 'agent\.conf:1: .*nics' 'nics = ();'
bad 'agent\.conf:1: .*nics' 'nics = { kind = "vxlan"; };'
bad 'agent\.conf:1: .*nics' 'nics = ( "vxlan" );'
bad 'agent\.conf:2: .*nmae' 'nics = ( { kind = "vxlan"; },' '  { nmae = "eth0"; } );'
bad 'agent\.conf:1: ' 'nics = ( { } );'
bad 'agent\.conf:1: .*eth\[' 'nics = ( { name = "eth["; } );'
bad 'agent\.conf:1: ' 'nics = ( { name = ""; } );'
bad 'agent\.conf:1: ' 'nics = ( { name = "eth\\"; } );'
bad 'agent\.conf:1: .*mac' 'nics = ( { mac = "02:0g"; } );'
bad 'agent\.conf:1: .*mac' 'nics = ( { mac = "02-00-00-00-00-01"; } );'
bad 'agent\.conf:1: ' 'nics = ( { kind = 5; } );'
bad 'agent\.conf:1: .*turn_off' 'turn_off = "tx";'
bad 'agent\.conf:1: .*turn_off' 'turn_off = [];'
bad 'agent\.conf:1: .*turn_off' 'turn_off = [ 5 ];'
bad 'agent\.conf:3: .*duplicate' 'sweep = 1;' '' 'sweep = 2;'
bad 'agent\.conf:1: .*on_unknown' 'on_unknown = "perhaps";'
bad 'agent\.conf:1: .*on_not_affected' 'on_not_affected = true;'
bad 'agent\.conf:1: .*on_stop' 'on_stop = "explode";'
bad 'agent\.conf:1: .*kubernetes' 'kubernetes = "v1.18.3";'
bad 'agent\.conf:2: .*verison' 'kubernetes = {' '  verison = "v1.18.3"; };'
bad 'agent\.conf:1: .*kubelet' 'kubernetes = { kubelet = "kubelet"; };'
bad 'agent\.conf:1: .*proxy_metrics' 'kubernetes = { proxy_metrics = "localhost:10249"; };'
bad 'agent\.conf:1: .*proxy_metrics' 'kubernetes = { proxy_metrics = "127.0.0.1:99999"; };'
bad 'agent\.conf:1: .*evidence' 'kubernetes = { evidence = "hearsay"; };'
bad 'agent\.conf:1: .*evidence' 'kernel = { evidence = "hearsay"; };'
bad 'agent\.conf:[0-9]+: ' 'nics = ( { kind = "vx'
bad 'agent\.conf:[0-9]+: ' 'nics = ( { kind = "vxlan"; }'
bad 'agent\.conf:[12]: ' 'vxlan'
bad 'agent\.conf:1: ' '@include "/etc/passwd"'

# A feature that this kernel does not have: only who looks at NICs can tell.
configure '' 'turn_off = [ "tx", "warp-drive" ];'
for command in status apply; do
	expect_exit 65 agent "$command" "${affected[@]}"
	expect_complaint 'agent\.conf:2: .*warp-drive'
done
expect_equal "nothing is changed" "$before" "$(node_state)"

# All faults are told.
configure 'sweep = "often";' 'frobnicate = 1;' 'on_stop = "explode";'
for command in check status; do
	expect_exit 65 agent "$command"
	expect_equal "faults told" 3 "$(grep -c '^offload-agent: .*agent\.conf:[123]: ' "$work/stderr")"
done

# Not text.
printf 'sweep = 1;\0sweep' >"$config"
expect_refused 'agent\.conf'
head -c 4096 "$agent" >"$config"
expect_refused 'agent\.conf'
printf 'nics = ( { name = "\xff\xfe"; } ); x = 1;' >"$config"
expect_refused 'agent\.conf:1: '
head -c 3000000 /dev/zero | tr '\0' '#' >"$config"
expect_refused 'agent\.conf.*large|agent\.conf.*bytes'
printf '%100000s' '' | tr ' ' '(' >"$config"
expect_refused 'agent\.conf'

# Not a file, not root's, or not root's alone.
rm "$config"
expect_refused 'agent\.conf'
mkdir "$config"
expect_refused 'agent\.conf'
rmdir "$config"
mkfifo "$config"
expect_refused 'agent\.conf'
rm "$config"
for mode in 666 664 602; do
	: >"$config"
	chmod "$mode" "$config"
	expect_refused 'agent\.conf.*writ'
	chmod 644 "$config"
done
chown 65534 "$config"
expect_refused 'agent\.conf.*root'
chown 0 "$config"

# Empty, blank or comment only is no fault.
for text in '' ' ' '// nothing' '# nothing' '/* nothing */'; do
	configure "$text"
	expect_exit 0 agent check
	expect_quiet
done
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_feature flannel.1 tx-checksum-ip-generic on
