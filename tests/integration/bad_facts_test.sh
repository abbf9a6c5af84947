#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad facts files: one clear line that names the file, exit code 65.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

facts=$work/facts.json
add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

# expect_refused REGEX: the file as it is now, by its name and on standard input.
expect_refused() {
	expect_exit 65 agent explain --facts "$facts"
	expect_complaint "$1"
	expect "nothing on standard output" test ! -s "$work/stdout"
}

# bad REGEX TEXT
bad() {
	local with=$2

	printf '%s\n' "$2" >"$facts"
	expect_refused "facts\.json.*$1"
	expect_exit 65 agent explain --facts - <"$facts"
	expect_complaint "standard input.*$1"
}

bad '' ''
bad ':1: ' 'garbage'
bad ':2: ' $'{\n"kernel": {"release": "4.19'
bad ':[12]: ' '{"kernel": {"release": "4.19.118"}'
bad ':1: ' '{} trailing'
bad '' '[]'
bad '' '"text"'
bad '' '5'
bad 'kernel' '{"kernel": "4.19.118"}'
bad 'kernel' '{"kernel": []}'
bad 'release' '{"kernel": {"release": 4.19}}'
bad 'version' '{"kubernetes": {"version": true}}'
bad 'present' '{"kubernetes": {"present": "yes"}}'
bad 'id' '{"os": {"id": {}}}'
bad 'links' '{"links": {}}'
bad 'links' '{"links": [5]}'
bad 'name' '{"links": [{"name": 5, "ifindex": 1}]}'
bad 'name' '{"links": [{"name": "a-name-that-is-far-too-long", "ifindex": 1}]}'
bad 'ifindex' '{"links": [{"name": "eth0", "ifindex": "1"}]}'
bad 'ifindex' '{"links": [{"name": "eth0", "ifindex": -1}]}'
bad 'udp_csum' '{"links": [{"name": "eth0", "ifindex": 1, "udp_csum": "no"}]}'
bad 'frobnicate' '{"frobnicate": 1}'
bad 'frobnicate' '{"kernel": {"frobnicate": 1}}'
bad '' '{"kernel": {}, "kernel": {}}'

printf '{"kernel":{"release":"4.19\0.118"}}' >"$facts"
expect_refused 'facts\.json'
head -c 4096 "$agent" >"$facts"
expect_refused 'facts\.json'
printf '{"kernel":{"release":"\xff\xfe"}}' >"$facts"
expect_refused 'facts\.json'
head -c 100000 /dev/zero | tr '\0' '[' >"$facts"
expect_refused 'facts\.json'
head -c 6000000 /dev/zero | tr '\0' ' ' >"$facts"
expect_refused 'facts\.json'
rm "$facts"
expect_refused 'facts\.json.*[Nn]o such file'
mkdir "$facts"
expect_refused 'facts\.json'
rmdir "$facts"
endless() {
	agent explain --facts /dev/zero
}
expect_exit 65 endless
expect_complaint '/dev/zero'

# What is only strange is unknown, and shown without harm.
printf '{"kernel":{"release":"4.19\\u001b[31m"},"kubernetes":{"version":"\\n\\nv1.18.3"}}' >"$facts"
agent explain --facts "$facts" >"$work/stdout" 2>"$work/stderr" || true
expect_no_line $'\x1b'
expect "no sanitizer complained" test -z "$(grep -i sanitizer "$work/stderr")"

expect_equal "nothing was changed" "$before" "$(node_state)"
