#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prometheus' own judges: promtool on what status prints and on the alerts, and node_exporter, which
# reads what the service exports and is asked over loopback.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need promtool prometheus-node-exporter

folder=$work/node-exporter
exporter=

# expect_metrics: promtool has nothing to say about the file.
expect_metrics() {
	n_checks=$((n_checks + 1))
	promtool check metrics <"$1" >"$work/promtool" 2>&1 || fail "promtool: $(cat "$work/promtool")"
	expect_equal "promtool says" "" "$(cat "$work/promtool")"
}

# start_exporter: with the textfile collector alone, on loopback.
start_exporter() {
	prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory="$folder" \
		>"$work/exporter.log" 2>&1 &
	exporter=$!
	wait_for 10 scrape
}

scrape() {
	python3 - >"$work/scraped" 2>/dev/null <<-'PYTHON'
		import sys, urllib.request
		opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
		answer = opener.open("http://127.0.0.1:9100/metrics", timeout=5)
		sys.stdout.write(answer.read().decode())
	PYTHON
}

# serves LINE: node_exporter has that very series now.
serves() {
	scrape && grep -q -x -F -e "$1" "$work/scraped"
}

# lacks LINE: it has it no more.
lacks() {
	scrape && ! grep -q -x -F -e "$1" "$work/scraped"
}

mkdir "$folder"
ip link set lo up
add_vxlan flannel.1 1 noudpcsum
# shellcheck disable=SC1003 # it does end with a backslash
add_vxlan 'vx"q\' 2 udpcsum
add_vxlan $'vx\001' 3 noudpcsum
add_vxlan $'vx\002' 4 noudpcsum
add_vxlan $'vx\xff' 5 noudpcsum
for options in "${affected[*]}" '--kubernetes-version v1.18.6' \
	'--kubernetes-version v1.18.3 --kernel-release custom-amd64' ''; do
	with=$options
	# shellcheck disable=SC2086 # several words
	agent status --format prometheus $options >"$work/metrics.prom" || true
	expect_metrics "$work/metrics.prom"
done
with=

# The alerts, in force when they shall be and only then.
monitoring=$test_folder/../../packaging/monitoring
cp "$monitoring/prometheus-alerts.yaml" "$test_folder/alerts.yaml" "$work"
expect_exit 0 promtool check rules "$work/prometheus-alerts.yaml"
expect_exit 0 promtool test rules "$work/alerts.yaml"

configure "exports = ( { format = \"prometheus\"; file = \"$folder/offload-agent.prom\"; } );"
start_service
start_exporter
expect_soon 3 "the state" serves 'offload_agent_state{state="mitigated"} 1'
expect "no error" serves 'node_textfile_scrape_error 0'
expect "of the other states" serves 'offload_agent_state{state="vulnerable"} 0'
expect "a verdict" serves \
	'offload_agent_rule_verdict{rule="kubernetes-double-snat-zero-checksum",verdict="affected"} 1'
expect "a feature" serves \
	'offload_agent_nic_feature_active{device="flannel.1",feature="tx-checksum-ip-generic"} 0'
expect "a name that needs escapes" serves 'offload_agent_nic_exposed{device="vx\"q\\"} 1'
expect "the service" serves 'offload_agent_service_running 1'
start=$(sed -n 's/^offload_agent_service_start_time_seconds //p' "$work/scraped")
expect "it started just now: $start" python3 -c \
	'import sys, time; assert abs(float(sys.argv[1]) - time.time()) < 60' "$start"
expect_metrics "$folder/offload-agent.prom"
expect_metrics "$work/scraped"
user_sets flannel.1 tx on
expect_soon 4 "a correction" serves 'offload_agent_corrections_total 1'
ip link del flannel.1
expect_soon 4 "a device that went" lacks \
	'offload_agent_nic_exposed{device="flannel.1"} 1'
expect "no error" serves 'node_textfile_scrape_error 0'
stop_service
expect "the stop" serves 'offload_agent_service_running 0'
kill -TERM "$exporter"
wait "$exporter" || true
