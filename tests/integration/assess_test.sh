#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# assess: nodes as the API server lists them, in every shape in which they come; the same verdicts as
# explain gives for the same facts; what is no list of nodes; and ten thousand of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

nodes=$work/nodes.json

# assess ARGUMENT...
assess() {
	"$agent" assess --config "$config" --rules "$rules" "$@"
}

# make_nodes N KIND [full]: a list of N nodes of KIND (affected, unknown, fixed, or all in turn), as
# kubectl prints it; "full": with all that Kubernetes says of a node.
make_nodes() {
	python3 "$test_folder/nodes.py" "$@"
}

from_stdin() {
	assess "$@" - <"$nodes"
}

# One kind each: the exit codes are those of explain.
for pair in affected:1 unknown:2 fixed:0 all:1; do
	kind=${pair%:*}
	with=$kind
	make_nodes 12 "$kind" >"$nodes"
	expect_exit "${pair#*:}" assess "$nodes"
	expect_quiet
	expect_line '^NODE +STATE +KUBERNETES +KERNEL +OS +WHY$'
	expect_equal "a line for each" 12 "$(grep -c '^node-' "$work/stdout")"
	expect_line '^12 nodes: '
	cp "$work/stdout" "$work/text"
	expect_exit "${pair#*:}" from_stdin
	expect_equal "from standard input" "$(cat "$work/text")" "$(cat "$work/stdout")"
	expect_exit "${pair#*:}" from_stdin --json
	expect_json "len(d['nodes']) == 12 and d['sum']['nodes'] == 12"
	expect_json "d['sum']['vulnerable'] + d['sum']['unknown'] + d['sum']['not_affected'] == 12"
done
with=

# Columns stand below each other.
make_nodes 12 all >"$nodes"
expect_exit 1 assess "$nodes"
expect "aligned" python3 - "$work/stdout" <<'PYTHON'
import sys
lines = open(sys.argv[1]).read().split("\n\n")[0].splitlines()
for heading in ("STATE", "KUBERNETES", "KERNEL", "OS ", "WHY"):
    at = lines[0].index(heading)
    assert all(line[at - 2:at] == "  " and line[at] != " " for line in lines), heading
PYTHON

# In colour the same stands there.
expect_exit 1 assess --color=always "$nodes"
expect_line $'^node-0[^ ]* +\x1b\\[31mvulnerable +\x1b\\[0m  v1\\.18\\.3 '
expect_equal "without the colours" "$(assess --color=never "$nodes" || true)" \
	"$(sed 's/\x1b\[[0-9]*m//g' "$work/stdout")"
expect_exit 1 assess "$nodes"

# A kernel without a number does not tell; Debian's ABI does; a fixed Kubernetes needs no kernel.
expect_line '^node-[^ ]+ +unknown +v1\.18\.3 +custom-amd64 +Debian GNU/Linux 10 \(buster\) +custom-amd64 '
expect_line '^node-[^ ]+ +vulnerable +v1\.18\.3 +4\.19\.0-9-amd64 +Debian GNU/Linux 10 \(buster\) '
expect_line '^node-[^ ]+ +not-affected +v1\.18\.6 +4\.19\.0-9-amd64 +Debian'

# The verdicts of explain, for the same facts.
expect_exit 1 assess --json "$nodes"
cp "$work/stdout" "$work/assessed.json"
expect "as explain" python3 - "$work/assessed.json" "$agent" "$config" "$rules" <<'PYTHON'
import json, subprocess, sys
path, agent, config, rules = sys.argv[1:]
states = {0: "not-affected", 1: "vulnerable", 2: "unknown"}
for node in json.load(open(path))["nodes"]:
    facts = {"kernel": {"release": node["kernel"]["release"]},
             "os": {"id": node["os"]["id"]} if node["os"]["id"] else {},
             "kubernetes": {"version": node["kubernetes"]["version"], "present": True}}
    run = subprocess.run([agent, "explain", "--config", config, "--rules", rules, "--json",
                          "--facts", "-"], input=json.dumps(facts), text=True,
                         stdout=subprocess.PIPE, check=False)
    explained = json.loads(run.stdout)
    assert node["state"] == explained["state"] == states[run.returncode], (node, explained["summary"])
    assert node["verdict"] == explained["verdict"], node
    verdicts = {rule["id"]: rule["verdict"] for rule in explained["rules"]}
    # Of devices the API server knows nothing: rules that they decide are left out.
    assert len(node["rules"]) >= 3, node
    assert all(verdicts[rule["id"]] == rule["verdict"] for rule in node["rules"]), node
PYTHON

# Every shape.
cp "$nodes" "$work/list.json"
cp "$work/text" "$work/all.text"
shape() {
	python3 - "$work/list.json" "$1" >"$nodes" <<-'PYTHON'
		import json, sys
		path, shape = sys.argv[1:]
		nodes = json.load(open(path))["items"]
		if shape == "api":
		    for node in nodes:
		        del node["kind"], node["apiVersion"]
		    json.dump({"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": nodes},
		              sys.stdout, separators=(",", ":"))
		elif shape == "lines":
		    print("\n".join(json.dumps(node) for node in nodes))
		elif shape == "stream":
		    print("\n".join(json.dumps(node, indent=4) for node in nodes))
		elif shape == "first":
		    json.dump(nodes[0], sys.stdout)
		elif shape == "without-proxy":
		    for node in nodes:
		        del node["status"]["nodeInfo"]["kubeProxyVersion"]
		    json.dump({"items": nodes, "kind": "List"}, sys.stdout)
	PYTHON
}
for shape in api lines stream without-proxy; do
	with=$shape
	shape "$shape"
	expect_exit 1 assess "$nodes"
	expect_equal "as kubectl's list" "$(sed 's/ (kube[a-z-]*)//' "$work/all.text")" \
		"$(sed 's/ (kube[a-z-]*)//' "$work/stdout")"
done
with=
expect_line '\(kubelet\)'
shape first
expect_exit 1 assess "$nodes"
expect_line '^1 node: 1 vulnerable, 0 unknown, 0 not affected$'

# None is no good news.
echo '{"apiVersion": "v1", "items": [], "kind": "List"}' >"$nodes"
expect_exit 2 assess "$nodes"
expect_line '^No nodes: nothing was judged$'
expect_exit 2 assess --json "$nodes"
expect_json "d['nodes'] == [] and d['sum']['nodes'] == 0"

# What is no list of nodes: one line, and nothing on standard output.
refuse() {
	with=$2
	printf '%s' "$2" >"$nodes"
	expect_exit 65 from_stdin
	expect_complaint "^offload-agent: standard input: $1"
	expect "nothing on standard output" test ! -s "$work/stdout"
}
refuse 'line 1: is empty' ''
not_json="is not JSON; give it what 'kubectl get nodes -o json' prints$"
refuse "line 1: $not_json" 'error: You must be logged in to the server'
refuse "line 1: $not_json" $'NAME     STATUS   ROLES    AGE   VERSION\nnode-1   Ready    master   41d   v1.17.4'
refuse "line 1: $not_json" $'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node'
refuse "line 1: $not_json" 'node/node-1'
refuse "line 1: is an array; give it all that 'kubectl get nodes -o json' prints$" '[{"kind":"Node"}]'
refuse 'line 1: is not valid JSON' "$(head -c 2000 "$work/list.json" | tr -d '\n')"
refuse 'line 1: is neither of nodes nor of offload-agent, but PodList' '{"kind":"PodList","items":[]}'
refuse 'line 1: is no list of nodes, it holds a Pod' \
	'{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"}}]}'
refuse 'line 1: a node without metadata.name' '{"kind":"Node"}'
refuse 'line 1: is neither of nodes nor of offload-agent, but .\[31m' \
	$'{"kind":"\\u001b[31m"}'
with=
expect_exit 65 assess "$work/missing.json"
expect_complaint 'missing\.json: cannot be read: No such file or directory'
expect_exit 65 assess "$work"
expect_complaint 'cannot be read: Is a directory'
expect_exit 64 "$agent" assess
expect_complaint 'assess: needs FILE\|-'
expect_exit 64 "$agent" assess "$nodes" "$nodes"
expect_complaint 'unexpected argument'
expect_exit 0 "$agent" assess --help
expect_line '^Usage: offload-agent assess '
echo 'nonsense' >"$rules/bad.rules"
expect_exit 65 assess "$work/list.json"
rm "$rules/bad.rules"

# Ten thousand, and some with all that Kubernetes says of each. A second is promised for an optimised
# program on a machine of its own, which tests/bench/run measures; this one may be neither.
for what in '10000 all' '2000 all full'; do
	with="$what"
	# shellcheck disable=SC2086 # several words
	make_nodes $what >"$nodes"
	before=$(date +%s%N)
	expect_exit 1 assess "$nodes"
	took=$((($(date +%s%N) - before) / 1000000))
	echo "$what, $(stat -c %s "$nodes") bytes: $took ms"
	expect_line "^${what%% *} nodes: "
	expect "it took $took ms" test "$took" -lt 30000
done
