#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A node's facts, taken elsewhere: judged as on the node itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

zero=kubernetes-double-snat-zero-checksum
udp=kubernetes-double-snat-udp-checksum

# judge JSON: explain --json on these facts.
judge() {
	agent explain --json --facts - <<<"$1"
}

# expect_judged VERDICT_OF_ZERO VERDICT_OF_UDP FACTS
expect_judged() {
	local code=0

	case $1/$2 in
	*not-affected/not-affected) code=0 ;;
	affected/* | */affected) code=1 ;;
	*) code=2 ;;
	esac
	expect_exit "$code" judge "$3"
	expect_json "rule('$zero')['verdict'] == '$1'"
	expect_json "rule('$udp')['verdict'] == '$2'"
}

# The facts of this node, and the same facts from a file.
add_vxlan flannel.1 1 noudpcsum
add_vxlan vxlan.calico 2 udpcsum
for node in 'v1.18.3 4.19.118' 'v1.18.6 4.19.118' 'v1.18.3 5.10.20' 'banana 4.19.118'; do
	read -r version release <<<"$node"
	overrides=(--kubernetes-version "$version" --kernel-release "$release")
	agent status --json "${overrides[@]}" >"$work/here" || true
	agent facts "${overrides[@]}" >"$work/facts.json"
	agent explain --json --facts "$work/facts.json" >"$work/stdout" 2>"$work/stderr" || true
	expect_quiet
	expect_json "d['verdict'] == '$(sed -n 's/^"verdict":"\(.*\)",*$/\1/p' "$work/here")'"
	agent facts "${overrides[@]}" | agent explain --json --facts - >"$work/piped" || true
	expect_equal "from a pipe" "$(cat "$work/stdout")" "$(cat "$work/piped")"
done
agent facts >"$work/facts.json"
agent explain --json --facts "$work/facts.json" >"$work/stdout" || true
verdict=$(sed -n 's/^"verdict":"\(.*\)",*$/\1/p' "$work/stdout")
agent status --json >"$work/stdout" || true
expect_json "d['verdict'] == '$verdict'"

# Which node it is, and by what others see it: not a link's own address, and none of a link that is down.
ip link set flannel.1 up
ip address add 192.0.2.7/24 dev flannel.1
ip address add 2001:db8::7/64 dev flannel.1 nodad
ip address add 192.0.2.8/24 dev vxlan.calico
expect_exit 0 agent facts
expect_json "d['node'] == {'name': '$(uname -n)', 'addresses': ['192.0.2.7', '2001:db8::7']}"
cp "$work/stdout" "$work/facts.json"
agent status --json >"$work/stdout" || true
expect_json "d['facts']['node']['addresses'] == ['192.0.2.7', '2001:db8::7']"
agent explain --json --facts "$work/facts.json" >"$work/stdout" || true
expect_json "d['facts']['node']['name'] == '$(uname -n)'"

# Only what is known.
expect_judged affected affected \
	'{"kernel":{"release":"4.19.118"},"kubernetes":{"version":"v1.18.3"}}'
expect_judged not-affected affected \
	'{"kernel":{"release":"4.19.123"},"kubernetes":{"version":"v1.18.3"}}'
expect_judged affected not-affected \
	'{"kernel":{"release":"4.4.100"},"kubernetes":{"version":"v1.16.12"}}'
expect_judged not-affected not-affected '{"kubernetes":{"version":"v1.18.6"}}'
expect_judged not-affected not-affected '{"kubernetes":{"present":false}}'
expect_judged unknown unknown '{"kernel":{"release":"4.19.118"}}'
expect_judged unknown unknown '{}'
expect_judged unknown unknown \
	'{"kernel":{"release":"4.19.118"},"kubernetes":{"version":"v0.0.0-master+abc"}}'

# Distributions.
expect_judged affected affected '{"kernel":{"release":"4.19.0-9-amd64",
	"version":"#1 SMP Debian 4.19.118-2 (2020-04-29)"},"kubernetes":{"version":"v1.17.3"}}'
expect_judged not-affected affected '{"kernel":{"release":"4.19.0-22-amd64",
	"version":"#1 SMP Debian 4.19.260-1 (2022-09-29)"},"kubernetes":{"version":"v1.17.3"}}'
expect_judged affected affected '{"kernel":{"release":"4.18.0-147.5.1.el8_1.x86_64",
	"version":"#1 SMP Tue Jan 14 15:50:19 UTC 2020"},"os":{"id":"rhel","version_id":"8.1"},
	"kubernetes":{"version":"v1.17.3"}}'
expect_judged not-affected affected '{"kernel":{"release":"4.18.0-240.el8.x86_64"},
	"os":{"id":"rhel","version_id":"8.3"},"kubernetes":{"version":"v1.17.3"}}'
expect_judged affected affected '{"kernel":{"release":"5.4.0-31-generic",
	"version":"#35-Ubuntu SMP Thu May 7 20:20:34 UTC 2020",
	"signature":"Ubuntu 5.4.0-31.35-generic 5.4.34"},"os":{"id":"ubuntu","version_id":"20.04"},
	"kubernetes":{"version":"v1.18.2"}}'
expect_judged not-affected affected '{"kernel":{"release":"5.4.0-42-generic",
	"version":"#46-Ubuntu SMP Fri Jul 10 00:24:02 UTC 2020",
	"signature":"Ubuntu 5.4.0-42.46-generic 5.4.44"},"os":{"id":"ubuntu","version_id":"20.04"},
	"kubernetes":{"version":"v1.18.2"}}'
expect_judged not-affected affected '{"kernel":{"release":"5.4.0-1031-azure",
	"signature":"Ubuntu 5.4.0-1031.32~18.04.1-azure 5.4.65"},"kubernetes":{"version":"v1.18.2"}}'

# With links: exposed or not.
expect_exit 0 judge '{"kernel":{"release":"4.19.118"},"kubernetes":{"version":"v1.18.3"},
	"links":[{"name":"eth0","ifindex":2}]}'
expect_json "d['state'] == 'not-exposed'"
expect_exit 1 judge '{"kernel":{"release":"4.19.118"},"kubernetes":{"version":"v1.18.3"},
	"links":[{"name":"flannel.1","ifindex":3,"kind":"vxlan","udp_csum":false}]}'
expect_json "d['state'] == 'vulnerable' and nic('flannel.1')['exposed']"

# An option comes before the file.
known='{"kernel":{"release":"4.19.0-9-amd64","version":"#1 SMP Debian 4.19.118-2"},"os":{"id":"debian"},
	"kubernetes":{"version":"v1.18.3"}}'
expect_exit 1 agent explain --facts - <<<"$known"
expect_exit 0 agent explain --facts - --kubernetes-version v1.18.6 <<<"$known"
expect_line '^  Kubernetes version +v1\.18\.6 +<- option or configuration$'
expect_exit 1 agent explain --facts - --kernel-release 5.4.41 <<<"$known"
expect_line '^Rule kubernetes-double-snat-zero-checksum: not-affected$'

expect_exit 1 agent explain --facts - <<<'{"kernel":{"release":"4.19.118"},
	"kubernetes":{"version":"v1.18.3"}}'
expect_line '^Rule kubernetes-double-snat-zero-checksum: affected$'
expect_line '^  kubernetes +yes '
expect_line '^  kernel +yes '

# A file of thousands of links takes as long as it is large, in whatever order it stands; and they
# are reported in ascending order.
many_links() {
	"$python" - "$1" <<-'P'
		import json, random, sys
		numbers = list(range(2, 20002))
		if sys.argv[1] == "descending": numbers.reverse()
		if sys.argv[1] == "mixed": random.Random(1).shuffle(numbers)
		links = [{"kind": "vxlan", "name": "v%d" % i, "ifindex": i} for i in numbers]
		if sys.argv[1] == "unnumbered": links = [{"kind": "vxlan"} for i in numbers]
		if sys.argv[1] == "same": links = [{"kind": "vxlan", "ifindex": 7} for i in numbers]
		print(json.dumps({"kubernetes": {"version": "v1.18.3"}, "kernel": {"release": "4.19.118"}, "links": links}))
	P
}
# user_time COMMAND...: what it takes of the processor, in milliseconds.
user_time() {
	local TIMEFORMAT=%U

	{ time "$@" >"$work/stdout" 2>"$work/stderr"; } 2>&1 | tr -d .
}
judge_many() {
	agent explain --json --facts "$work/many.json" || true
}
many_links ascending >"$work/many.json"
least=$((10#$(user_time judge_many)))
for with in unnumbered descending mixed same; do
	many_links "$with" >"$work/many.json"
	took=$((10#$(user_time judge_many)))
	expect "$took ms, in ascending order $least ms" test "$took" -le $((3 * least + 1000))
	expect_json "d['verdict'] == 'affected' and len(d['nics']) == 20000"
	expect_json "[n['ifindex'] for n in d['nics']] == sorted(n['ifindex'] for n in d['nics'])"
done
with=
