#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Links that come and go all the time, on a node with hundreds of them: no dump is ever whole, and
# every command does its work all the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

n_links=400
for i in $(seq "$n_links"); do
	echo "link add veth$i type veth peer name peer$i"
done | ip -batch -
for i in $(seq 1 40); do
	add_vxlan "vx$i" "$i" noudpcsum
done

churn() {
	while :; do
		for _ in $(seq 200); do
			printf 'link add c%s type bridge\nlink del c%s\n' "$1" "$1"
		done | ip -batch - 2>/dev/null
	done
}

for i in 1 2; do
	churn "$i" &
	churners+=($!)
done
configure 'nics = ( { kind = "vxlan"; }, { kind = "veth"; } );'
for _ in $(seq 4); do
	expect_exit 0 agent apply "${affected[@]}"
	expect_quiet
	expect_exit 0 agent status --json "${affected[@]}"
	expect_json "d['state'] == 'mitigated' and len([n for n in d['nics'] if n['name'].startswith(('vx', 'veth', 'peer'))]) == 40 + 2 * $n_links"
	expect_json "len({n['ifindex'] for n in d['nics']}) == len(d['nics'])"
	expect_exit 0 agent status "${affected[@]}"
	expect_exit 0 agent explain "${affected[@]}"
	expect_exit 0 agent facts
	expect_exit 0 agent restore
	expect_quiet
	expect_equal "nothing is left on record" "" "$(recorded)"
done
kill "${churners[@]}"
