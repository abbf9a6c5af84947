#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The configuration for node-problem-detector's custom plugin monitor, as it is built: its keys, and
# that what it calls answers as that monitor expects (0 no problem, 1 problem, else unknown; a
# message of one line that is not cut).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${MONITORING:?must name the folder of the built files}"

detector=$work/node-problem-detector.json
cp "$MONITORING/node-problem-detector.json" "$detector"
cp "$MONITORING/node-problem-detector-wire.json" "$work/"

# plays CODE REGEX [OPTION...]: does what the monitor does with its rule, in this test's node.
plays() {
	python3 - "$detector" "$agent" "$@" <<-'PYTHON'
		import json, os, re, subprocess, sys

		def seconds(text):
		    assert re.fullmatch(r"\d+s", text), text
		    return int(text[:-1])

		path, agent, code, regex, *options = sys.argv[1:]
		config = json.load(open(path))
		assert set(config) == {"plugin", "pluginConfig", "source", "metricsReporting",
		                       "conditions", "rules"}, config.keys()
		assert config["plugin"] == "custom" and config["source"] == "offload-agent"
		plugin = config["pluginConfig"]
		assert set(plugin) == {"invoke_interval", "timeout", "max_output_length", "concurrency",
		                       "enable_message_change_based_condition_update"}, plugin
		assert seconds(plugin["timeout"]) <= seconds(plugin["invoke_interval"])
		conditions = {condition["type"]: condition for condition in config["conditions"]}
		for condition in conditions.values():
		    assert set(condition) == {"type", "reason", "message"}, condition
		    assert len(condition["message"]) <= plugin["max_output_length"]
		[rule] = config["rules"]
		assert set(rule) == {"type", "condition", "reason", "path", "args", "timeout"}, rule
		assert rule["type"] == "permanent" and rule["condition"] in conditions
		for name in [rule["reason"], rule["condition"], conditions[rule["condition"]]["reason"]]:
		    assert re.fullmatch(r"[A-Z][A-Za-z]*", name), name
		assert seconds(rule["timeout"]) <= seconds(plugin["timeout"])
		assert os.path.isabs(rule["path"]) and os.path.basename(rule["path"]) == "offload-agent"
		run = subprocess.run([agent, *rule["args"], *options], stdout=subprocess.PIPE, text=True,
		                     timeout=seconds(rule["timeout"]), check=False)
		message = run.stdout.strip()
		assert run.returncode == int(code), (run.returncode, message)
		assert "\n" not in message and len(message) <= plugin["max_output_length"], message
		assert re.match(regex, message), message
	PYTHON
}

options=(--config "$config" --rules "$rules" --root "$root" --root-is-this-node)
add_vxlan flannel.1 1 noudpcsum
expect "no problem" plays 0 'Not affected: ' "${options[@]}" --kubernetes-version v1.18.6
expect "a problem" plays 1 'Vulnerable: flannel.1 ' "${options[@]}" "${affected[@]}"
expect "not known" plays 2 'Unknown: ' "${options[@]}" --kubernetes-version v1.18.3 \
	--kernel-release custom-amd64
expect "a long message" plays 2 'Unknown: ' "${options[@]}" --kubernetes-version v1.18.3 \
	--kernel-release "custom-$(printf 'x%.0s' $(seq 60))-amd64"
expect_exit 0 agent apply "${affected[@]}"
expect "no problem any more" plays 0 'Mitigation: ' "${options[@]}" "${affected[@]}"
configure 'nonsense = 1;'
expect "not known: the configuration is bad" plays 65 '$' "${options[@]}" 2>/dev/null

# What peers send, as the service saw it, is a condition of its own.
detector=$work/node-problem-detector-wire.json
expect "nobody looks" plays 2 'Unknown: no service runs' "${options[@]}"
