#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# assess, of what nodes say themselves: a few nodes with names, addresses and VXLAN devices of their own,
# one of them cured; what one of them received from the others; all that in any order; what is no such
# document; how the documents are fetched from a cluster; and ten thousand of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${SOURCE:?}"
need timeout

documents=$work/documents
mkdir "$documents"

# assess ARGUMENT...
assess() {
	"$agent" assess --config "$config" --rules "$rules" "$@"
}

# node NAME ADDRESS COMMAND...: runs it on a node of that name, which has that address, a VXLAN device
# and a record of its own.
node() {
	local name=$1 address=$2

	shift 2
	launcher=(unshare --net --uts --mount sh -c "hostname $name
		mkdir -p /run/offload-agent && mount -t tmpfs tmpfs /run/offload-agent
		ip link add eth0 type veth peer name eth1 && ip link set eth0 up
		ip address add $address dev eth0
		ip link add flannel.1 type vxlan id 1 dstport 8472 dev eth0 local ${address%/*} udpcsum
		\${CURE:-true} >&2
		exec \"\$@\"" sh)
	"$@" || true
	launcher=()
}

# received NAME ADDRESS WRONG [LOOK]: that node received wrong packets from there, and right ones from others.
received() {
	cat <<-END
		{"schema":1,"node":{"name":"$1","addresses":["192.0.2.3"]},"outcome":"wrong","seconds":30,
		"peers":[
		{"address":"192.0.2.200","attempts":7,"answers":0,"right":7,"wrong":0,"inner_wrong":0,"looks_like":null},
		{"address":"$2","attempts":24,"answers":0,"right":12,"wrong":$3,"inner_wrong":0,"looks_like":${4:-null}}],
		"others":{"attempts":0,"wrong":0,"inner_wrong":0},"dropped":12,"vxlan_packets":90}
	END
}

node node-1 192.0.2.1/24 agent status --json "${affected[@]}" >"$documents/1.status"
export CURE="$agent apply --config $config --rules $rules --root $root ${affected[*]}"
node node-2 192.0.2.2/24 agent status --json "${affected[@]}" >"$documents/2.status"
unset CURE
node node-3 192.0.2.3/24 agent facts --kubernetes-version v1.18.6 --kernel-release 5.10.1 \
	>"$documents/3.facts"

# Each at its own word.
all() {
	cat "$documents"/* "$@"
}
expect_assessed() {
	local wanted=$1

	shift
	all "$@" >"$work/stream"
	expect_exit "$wanted" assess "$work/stream"
	expect_quiet
}
expect_assessed 1
expect_line '^node-1 +vulnerable +v1\.18\.3 +4\.19\.118 .*flannel\.1 has tx checksum offload on$'
expect_line '^node-2 +mitigated +v1\.18\.3 +4\.19\.118 .*tx checksum offload off on flannel\.1$'
expect_line '^node-3 +not-affected +v1\.18\.6 +5\.10\.1 '
expect_line '^3 nodes: 1 vulnerable, 0 unknown, 1 mitigated, 1 not affected$'
expect_no_line 'wire'
rm "$documents/1.status"
expect_assessed 0

# As the node itself, and as `explain --facts`.
for document in "$documents"/*; do
	with=$document
	state=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1])).get("state"))' "$document")
	[ "$state" != None ] ||
		state=$(agent explain --json --facts "$document" | sed -n 's/^"state":"\(.*\)",$/\1/p')
	expect_exit '0|1|2' assess --json "$document"
	expect_json "[node['state'] for node in d['nodes']] == ['$state']"
	expect_json "len(d['nodes'][0]['rules']) == d['sum']['nodes'] * len(d['sum']['rules'])"
done
with=

# What was received says who sent it, and that counts.
received node-3 192.0.2.2 12 '"udp-checksum"' >"$work/contradicting"
expect_assessed 1 "$work/contradicting"
expect_line '^  node-2 is called mitigated, but node-3 received 12 wrong packets from it \(udp-checksum\)$'
expect_line '^1 node listened: 31 connection attempts seen, 1 sender sent wrong ones$'
expect_line '^2 nodes: 0 vulnerable, 0 unknown, 1 mitigated, 1 not affected$'
expect_exit 1 assess --json "$work/stream"
expect_json "d['wire']['receivers'] == 1 and len(d['wire']['senders']) == 1"
expect_json "d['wire']['senders'][0]['finding'] == 'contradicted'"
expect_json "d['wire']['senders'][0]['seen'][0]['wrong'] == 12"
# In another order, by another name, and from an address that nobody has.
cat "$work/contradicting" "$documents"/* >"$work/stream"
expect_exit 1 assess - <"$work/stream"
expect_line '^  node-2 is called mitigated, but node-3 received 12 wrong packets from it'
echo '{"kind": "Node", "metadata": {"name": "i-0abc"}, "status": {"addresses":
	[{"address": "192.0.2.2", "type": "InternalIP"}]}}' >"$work/named"
expect_assessed 1 "$work/contradicting" "$work/named"
expect_line '^  i-0abc is called mitigated, but node-3 received 12 wrong packets from it'
expect_no_line '^node-2 '
received node-3 203.0.113.9 1 >"$work/strange"
expect_assessed 1 "$work/strange"
expect_line '^  203\.0\.113\.9, which no node here has, sent 1 wrong packet to node-3$'
# None wrong says nothing of anybody.
received node-3 192.0.2.2 0 >"$work/clean"
expect_assessed 0 "$work/clean"
expect_line '^1 node listened: 31 connection attempts seen, 0 senders sent wrong ones$'
expect_exit 2 assess "$work/clean"

# What a node really prints that heard nothing. (It may not be traced any more: LeakSanitizer cannot work.)
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 node node-2 192.0.2.2/24 agent wire --json --seconds 1 >"$work/silent" 2>"$work/stderr"
expect_assessed 0 "$work/silent"
expect_line '^1 node listened: 0 connection attempts seen, 0 senders sent wrong ones$'

# One that cannot be read is named; nothing is judged by the others alone.
refuse() {
	all - >"$work/stream" <<<"$2"
	with=$2
	expect_exit 65 assess "$work/stream"
	expect_complaint "stream: line [0-9]+, document 3: $1"
	expect "nothing on standard output" test ! -s "$work/stdout"
	with=
}
refuse 'is not valid JSON: ' "$(head -c 700 "$documents/2.status")"
refuse 'does not say whose it is: a document without node\.name$' '{"state":"mitigated"}'
refuse 'facts: kernel\.release: must be a string$' '{"node":{"name":"a"},"kernel":{"release":7}}'
refuse 'peers: no address: node-7$' '{"node":{"name":"a"},"peers":[{"address":"node-7"}]}'
refuse 'is of a dry run: ' "$(node node-4 192.0.2.4/24 agent apply --dry-run --json "${affected[@]}")"
refuse 'is neither of nodes nor of offload-agent, but says no kind$' "$(agent restore --json)"

# How they are fetched, from a cluster of three whose last one does not answer. Its kubectl is none.
mkdir "$work/cluster"
cat >"$work/cluster/kubectl" <<'KUBECTL'
#!/bin/sh
[ "$1 $2" = "-n network" ] || exit 64
case $*  in
*" get pods "*) printf 'pod/%s\n' offload-agent-2 offload-agent-3 offload-agent-9 ;;
*" exec pod/offload-agent-2 -c offload-agent -- offload-agent status --json") cat "$DOCUMENTS/2.status" && exit 1 ;;
*" exec pod/offload-agent-3 -c offload-agent -- offload-agent status --json") cat "$DOCUMENTS/3.facts" ;;
*" exec pod/offload-agent-9 "*) head -c 700 "$DOCUMENTS/2.status" && exit 1 ;;
*) exit 64 ;;
esac
KUBECTL
chmod 755 "$work/cluster/kubectl"
collect() {
	DOCUMENTS=$documents NAMESPACE=network PATH=$work/cluster:$PATH "$SOURCE/packaging/kubernetes/collect" "$@"
}
expect_exit 0 collect
cp "$work/stdout" "$work/stream"
expect_equal "who did not answer" "pod/offload-agent-9: no status" "$(cat "$work/stderr")"
expect_exit 0 assess "$work/stream"
expect_line '^2 nodes: 0 vulnerable, 0 unknown, 1 mitigated, 1 not affected$'

# Ten thousand. Two seconds are promised for an optimised program on a machine of its own, which
# tests/bench/run measures; this one may be neither. Memory is a matter of the nodes, not of what they say.
"$python" - "$documents/2.status" >"$work/stream" <<'PYTHON'
import sys
text = open(sys.argv[1]).read()
for number in range(10000):
    print(text.replace('"node-2"', f'"node-{number}"')
              .replace("192.0.2.2", f"10.{number // 250}.{number % 250}.2"), end="")
PYTHON
before=$(date +%s%N)
expect_exit 0 assess "$work/stream"
took=$((($(date +%s%N) - before) / 1000000))
echo "10000 documents, $(stat -c %s "$work/stream") bytes: $took ms"
expect_line '^10000 nodes: 0 vulnerable, 0 unknown, 10000 mitigated, 0 not affected$'
expect "it took $took ms" test "$took" -lt 60000
