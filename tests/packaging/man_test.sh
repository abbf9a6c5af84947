#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The man pages: well-formed; every command, option, key and installed file is in them; and the
# examples are valid.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
: "${SOURCE:?}"
need man mandoc

pages=$SOURCE/packaging/man

# page NAME: as plain text.
page() {
	MANWIDTH=200 man -E UTF-8 -l "$pages/$1" | col -b
}

for file in "$pages"/*; do
	expect_exit 0 mandoc -Tlint -W warning "$file"
	expect_equal "mandoc of ${file##*/}" '' "$(cat "$work/stdout" "$work/stderr")"
	expect_exit 0 man --warnings -E UTF-8 -l "$file"
	expect_quiet
done

# What linters let pass: a name of a section that is not there, and quotes around a list instead of a word.
for file in "$pages"/*; do
	while read -r section; do
		expect "${file##*/} has the section $section" grep -qxF ".Sh $section" "$file"
	done < <(sed -n 's/^\.Sx \([^.,;]*[^.,; ]\).*/\1/p' "$file")
	expect_equal "quoted lists in ${file##*/}" '' \
		"$(grep -nE '^\.(Pq )?Ql .* , |^\.Pq Ql .* (No|Ql|Xr) ' "$file" || true)"
done

program=$(page offload-agent.8)
# has PAGE WORD: as a word of its own.
has() {
	grep -q -E -e "(^|[^a-z_-])$2([^a-z_-]|\$)" <<<"$1"
}

expect_exit 0 "$agent" --help
mapfile -t commands < <(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/stdout")
expect "commands are found" test "${#commands[@]}" -ge 7
for command in "${commands[@]}"; do
	expect "offload-agent.8 tells of $command" has "$program" "$command"
	expect_exit 0 "$agent" "$command" --help
	while read -r option; do
		expect "offload-agent.8 tells of $option" has "$program" "$option"
	done < <(grep -o -E '^  --[a-z-]+' "$work/stdout")
done
while read -r code; do
	expect "offload-agent.8 tells of exit code $code" has "$program" "$code"
done < <(sed -n 's/.*EXIT_CODE_[A-Z_]* = \([0-9]*\),.*/\1/p' "$SOURCE/agent/base/exit_code.h")

# keys FILE: the words of all tables of keys in a reader.
keys() {
	tr '\n' ' ' <"$1" | grep -o -E '\*const ([a-z]+_)?(keys|evidence)\[\] = \{[^}]*\}' |
		grep -o -E '"[a-z_-]+"' | tr -d '"' | sort -u
}

configuration=$(page offload-agent.conf.5)
rule_page=$(page offload-agent.rules.5)
expect "keys are found" test "$(keys "$SOURCE/agent/settings/config.c" | wc -l)" -ge 14
for key in $(keys "$SOURCE/agent/settings/config.c"); do
	expect "offload-agent.conf.5 tells of $key" has "$configuration" "$key"
done
expect "keys are found" test "$(keys "$SOURCE/policy/file/rule_file.c" | wc -l)" -ge 20
expect "keys are found" test "$(keys "$SOURCE/policy/file/exposure_setting.c" | wc -l)" -ge 15
for key in $(keys "$SOURCE/policy/file/rule_file.c") $(keys "$SOURCE/policy/file/exposure_setting.c"); do
	expect "offload-agent.rules.5 tells of $key" has "$rule_page" "$key"
done

# Every key of every object that a command prints, or the record holds.
json_page=$(page offload-agent.json.5)
add_vxlan flannel.1 1
printed=$work/printed
# A peer of wire's: it hears of it when it looks.
ip link set lo up
while :; do
	"$python" "$test_folder/wire_frames.py" datagram 20001
	sleep 0.1
done &
peer=$!
echo '{"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "a"}, "status": {"nodeInfo": {"kubeletVersion": "v1.18.3",
	"kernelVersion": "4.19.0-9-amd64", "osImage": "Debian GNU/Linux 10 (buster)"}}}]}
	{"node": {"name": "b"}, "peers": [{"address": "192.0.2.1", "wrong": 1}]}' >"$work/nodes"
{
	agent apply --dry-run --json --kubernetes-version v1.18.3 --kernel-release 5.4.0 || true
	agent apply --json --kubernetes-version v1.18.3 --kernel-release 5.4.0 || true
	agent facts
	agent probe --json || true
	agent wire --json --seconds 1 --interface lo || true
	agent assess --json "$work/nodes" || true
	agent restore --json
	cat /run/offload-agent/changes.json
} >"$printed" 2>"$work/stderr"
kill "$peer"
expect "a peer was seen" grep -q '"looks_like"' "$printed"
"$python" - "$printed" >"$work/json-keys" <<-'PROGRAM'
	import json, sys

	def keys(value):
	    if isinstance(value, dict):
	        for key, inner in value.items():
	            yield key
	            yield from keys(inner)
	    elif isinstance(value, list):
	        for inner in value:
	            yield from keys(inner)

	text, found, decoder = open(sys.argv[1]).read().strip(), set(), json.JSONDecoder()
	while text:
	    value, end = decoder.raw_decode(text)
	    found.update(keys(value))
	    text = text[end:].strip()
	print("\n".join(sorted(found)))
PROGRAM
expect "keys are printed" test "$(wc -l <"$work/json-keys")" -ge 80
while read -r key; do
	expect "offload-agent.json.5 tells of $key" has "$json_page" "$key"
done <"$work/json-keys"

# examples PAGE: each literal block of the section, one after the other, to $work/example-N.
examples() {
	mkdir -p "$work/examples"
	rm -f "$work/examples"/*
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$pages/$1" |
		awk -v folder="$work/examples" '/^\.Bd/ { n++; inside = 1; next } /^\.Ed/ { inside = 0 }
			inside { print > (folder "/" n) }'
}

examples offload-agent.conf.5
for file in "$work/examples"/*; do
	cp "$file" "$config"
	with=$(cat "$file")
	expect_exit 0 agent check
done
examples offload-agent.rules.5
for file in "$work/examples"/*; do
	grep -q '^rule' "$file" || continue
	rm -f "$rules"/*
	cp "$file" "$rules/example.rules"
	with=$(cat "$file")
	expect_exit 0 agent check
done
