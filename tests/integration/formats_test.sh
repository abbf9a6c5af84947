#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# status --format: what monitoring plugins' readers, node-feature-discovery and scripts take.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

unknown=(--kubernetes-version v1.18.3 --kernel-release custom-amd64)

# expect_plugin WORD NAME=VALUE...: a monitoring plugin's line with this performance data, and behind it a
# line for each rule that applies, or may.
expect_plugin() {
	n_checks=$((n_checks + 1))
	python3 - "$work/stdout" "$@" <<-'PYTHON' || fail "no plugin's output: $*"
		import re, sys
		path, word, *wanted = sys.argv[1:]
		lines = open(path).read().split("\n")
		assert lines.pop() == "", "no end"
		for line in lines[1:]:
		    assert re.fullmatch(r"[a-z0-9-]+: (affected|unknown) \((act|tell|advise)\)", line), line
		text, bar, performance = lines[0].partition(" | ")
		assert text.startswith(f"OFFLOAD-AGENT {word} - "), text
		found = {}
		for item in performance.split():
		    part = re.fullmatch(r"([a-z_]+)=(\d+)(c?)(;\d*){0,4}", item)
		    assert part, item
		    found[part[1]] = part[2]
		assert found == dict(pair.split("=") for pair in wanted), found
	PYTHON
}

# expect_labels NAME=VALUE...: a feature file with labels, of which these are some.
expect_labels() {
	n_checks=$((n_checks + 1))
	python3 - "$work/stdout" "$@" <<-'PYTHON' || fail "no feature file: $*"
		import datetime, re, sys
		path, *wanted = sys.argv[1:]
		first, *lines = open(path).read().splitlines()
		expiry = datetime.datetime.strptime(first, "# +expiry-time=%Y-%m-%dT%H:%M:%S%z")
		left = (expiry - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
		assert 3500 < left <= 3600, left
		prefix = "feature.node.kubernetes.io/"
		labels = {}
		for line in lines:
		    key, _, value = line.partition("=")
		    assert key.startswith(prefix), line
		    for text in (key[len(prefix):], value):
		        assert len(text) <= 63, text
		        assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", text), text
		    assert key not in labels, key
		    labels[key] = value
		for pair in wanted:
		    key, _, value = pair.partition("=")
		    assert labels[f"{prefix}offload-agent.{key}"] == value, (pair, labels)
	PYTHON
}

# Each state, in each format, with its exit code.
expect_exit 0 agent status --format nagios --kubernetes-version v1.18.6
expect_plugin OK selected=0 exposed=0 vulnerable=0 corrections=0 udp_checksum_errors=0 tcp_checksum_errors=0
expect_exit 0 agent status --format nagios "${affected[@]}"
expect_plugin OK selected=0 exposed=0 vulnerable=0 corrections=0 udp_checksum_errors=0 tcp_checksum_errors=0
expect_line 'Not exposed: '

add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 udpcsum
expect_exit 2 agent status --format nagios "${affected[@]}"
expect_quiet
expect_plugin CRITICAL selected=2 exposed=2 vulnerable=2 corrections=0 udp_checksum_errors=0 tcp_checksum_errors=0
expect_line '^kubernetes-double-snat-zero-checksum: affected \(act\)$'
expect_exit 1 agent status --format nfd "${affected[@]}"
expect_labels state=vulnerable verdict=affected rule.kubernetes-double-snat-zero-checksum=affected
expect_no_line 'not-affected'
expect_exit 1 agent status --format prometheus "${affected[@]}"
expect_line '^offload_agent_state\{state="vulnerable"\} 1$'
expect_line '^offload_agent_rule_info\{rule="vmxnet3-tunnel-port",mode="tell",effect="drops"\} 1$'
expect_line '^offload_agent_nic_feature_active\{device="flannel.1",feature="tx-checksum-ip-generic"\} 1$'
expect_exit 1 agent status --format summary "${affected[@]}"
expect_equal "one line" 1 "$(wc -l <"$work/stdout")"
summary=$(cat "$work/stdout")
expect_exit 1 agent status "${affected[@]}"
expect_equal "the first line" "$summary" "$(head -n 1 "$work/stdout")"

expect_exit 3 agent status --format nagios "${unknown[@]}"
expect_plugin UNKNOWN selected=2 exposed=2 vulnerable=0 corrections=0 udp_checksum_errors=0 tcp_checksum_errors=0
expect_exit 2 agent status --format nfd "${unknown[@]}"
expect_labels state=unknown verdict=unknown
expect_exit 2 agent status --format summary "${unknown[@]}"
expect_summary '^Unknown: '

expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent status --format nagios "${affected[@]}"
expect_plugin OK selected=2 exposed=2 vulnerable=0 corrections=0 udp_checksum_errors=0 tcp_checksum_errors=0
expect_exit 0 agent status --format nfd "${affected[@]}"
expect_labels state=mitigated verdict=affected
expect_exit 0 agent status --format prometheus "${affected[@]}"
expect_line '^offload_agent_nic_feature_active\{device="flannel.1",feature="tx-checksum-ip-generic"\} 0$'
expect_line '^offload_agent_last_change_timestamp_seconds [0-9]{10}$'
expect_no_line 'service_start_time'

# A plugin's reader knows no exit code above 3, and reads standard output only.
configure 'frobnicate = 1;'
expect_exit 3 agent status --format nagios "${affected[@]}"
expect_line '^OFFLOAD-AGENT UNKNOWN - bad configuration'
expect_complaint 'frobnicate'
expect_exit 65 agent status --format nfd "${affected[@]}"
expect "nothing on standard output" test ! -s "$work/stdout"
configure ''

# Usage is a matter of who writes the check, not of the node.
for command in run apply explain facts restore check "assess -"; do
	# shellcheck disable=SC2086 # two words
	expect_exit 64 "$agent" $command --format nagios
	expect_complaint '--format: not an option of '
done
expect_exit 64 "$agent" status --format yaml
expect_complaint '--format: yaml: must be summary\|nagios\|nfd\|prometheus'
expect_exit 64 "$agent" status --format nagios --json
expect_complaint '--format: not together with --json'

# Half a report must not look like a whole one.
to_full() {
	agent "$@" >/dev/full
}
for format in summary nfd prometheus; do
	expect_exit 70 to_full status --format "$format" "${affected[@]}"
done
expect_exit 3 to_full status --format nagios "${affected[@]}"

# What the kernel has dropped for a wrong checksum is said where there is any, and makes no state.
expect_exit 0 agent status --kubernetes-version v1.18.6
expect_no_line '^  dropped '
ip link set lo up
"$python" - <<-'PYTHON'
	import socket, struct
	sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
	for _ in range(3):
	    sender.sendto(struct.pack("!HHHH", 9, 9, 8, 0xbad), ("127.0.0.1", 0))
PYTHON
expect_exit 0 agent status --kubernetes-version v1.18.6
expect_line "^  dropped     since boot 3 UDP packets with a wrong checksum; 'offload-agent wire' says whose$"
expect_line '^  rising      not known without the service$'
expect_summary '^Not affected: '
expect_exit 0 agent status --json --kubernetes-version v1.18.6
expect_json "d['checksum_errors'] == {'udp': 3, 'udp6': 0, 'tcp': 0} and d['checksum_errors_per_minute'] is None"
expect_exit 0 agent status --format nagios --kubernetes-version v1.18.6
expect_line ' udp_checksum_errors=3c tcp_checksum_errors=0c$'
