#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The files that the service writes for other programs: on every change, whole or not at all, where
# the configuration says; and nothing that goes wrong with them keeps it from its work.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

prom=$work/node-exporter/offload-agent.prom
labels=$work/features.d/offload-agent

exported() {
	grep -q -x -F -e "$2" "$1" 2>/dev/null
}

both_say() {
	exported "$prom" "offload_agent_state{state=\"$1\"} 1" &&
		exported "$labels" "feature.node.kubernetes.io/offload-agent.state=$1"
}

# lacks NIC: the metrics have no series of it.
lacks() {
	! grep -q -F -e "device=\"$1\"" "$prom"
}

# read_whole FILE METRIC: reads it again and again until SIGTERM; each time it must be there, with the
# metric that is its last. The file $work/seen has a line for each different one.
read_whole() {
	exec python3 - "$1" "$2" "$work/seen" <<-'PYTHON'
		import signal, sys, time
		path, last, told = sys.argv[1:]
		seen, stop = set(), []
		signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
		end = time.monotonic() + 200
		while not stop and time.monotonic() < end:
		    text = open(path).read()
		    assert f"# TYPE {last} gauge\n" in text and text.endswith("\n"), "half a file"
		    if text not in seen:
		        seen.add(text)
		        print(len(seen), file=open(told, "a"))
	PYTHON
}

mkdir "$work/node-exporter" "$work/features.d"
configure 'sweep = 0;' "exports = ( { format = \"prometheus\"; file = \"$prom\"; }," \
	"            { format = \"nfd\"; file = \"$labels\"; } );"
start_service
expect_soon 2 "written at the start" both_say not-exposed
expect_equal "mode" 644 "$(stat -c %a "$prom")"
expect_equal "mode" 644 "$(stat -c %a "$labels")"
expect "it runs" exported "$prom" 'offload_agent_service_running 1'
expect "no time of a change yet" test -z "$(grep last_change "$prom")"

# On change, soon.
add_vxlan flannel.1 1 noudpcsum
expect_soon 3 "a device that came" both_say mitigated
expect "its features" exported "$prom" \
	'offload_agent_nic_feature_active{device="flannel.1",feature="tx-checksum-ip-generic"} 0'
user_sets flannel.1 tx on
expect_soon 3 "a correction" exported "$prom" 'offload_agent_corrections_total 1'
ip link del flannel.1
expect_soon 3 "a device that went" both_say not-exposed
expect "no series is left of it" lacks flannel.1

# A reader always finds a whole file.
read_whole "$prom" offload_agent_nic_feature_wanted >"$work/read" 2>&1 &
reader=$!
has_seen() {
	[ -e "$work/seen" ] && [ "$(wc -l <"$work/seen")" -ge "$1" ]
}
wait_for 20 has_seen 1
for i in 1 2 3; do
	add_vxlan "flannel.$i" "$i" noudpcsum
	expect_soon 3 "flannel.$i" grep -q "device=\"flannel.$i\"" "$prom"
	wait_for 20 has_seen $((i + 1))
done
kill -TERM "$reader"
wait "$reader" || fail "a reader found: $(tail -n 1 "$work/read")"
expect_equal "nothing else is in the folder" offload-agent.prom "$(ls -A "$work/node-exporter")"

# A folder that is not there is reported once, and hinders nothing.
expect_equal "no complaint so far" 0 "$(n_logged 'cannot be written')"
mv "$work/features.d" "$work/elsewhere"
ip link del flannel.3
expect_soon 3 "told" logged "$labels: cannot be written: No such file or directory"
ip link del flannel.2
expect_soon 3 "the other is written" lacks flannel.2
expect_equal "told once" 1 "$(n_logged 'cannot be written')"
add_vxlan flannel.4 4 noudpcsum
expect_soon 2 "it goes on with its work" is_off flannel.4
ip link del flannel.4
ip link del flannel.1
expect_soon 3 "no device is left" exported "$prom" 'offload_agent_state{state="not-exposed"} 1'
mv "$work/elsewhere" "$work/features.d"
expect_soon 12 "written again without another change" both_say not-exposed

# What stands in the place of the new file, or of the file itself, is not followed.
echo precious >"$work/precious"
ln -s "$work/precious" "$work/node-exporter/.offload-agent.prom.new"
rm "$labels"
ln -s "$work/precious" "$labels"
add_vxlan flannel.1 1 noudpcsum
expect_soon 3 "written" both_say mitigated
expect_equal "what a link led to" precious "$(cat "$work/precious")"
expect "the link is replaced" test ! -L "$labels"

# Reload: another place is written at once, a bad one keeps the old.
configure 'sweep = 0;' "exports = ( { format = \"nfd\"; file = \"relative\"; } );"
signal_service HUP
expect_soon 3 "refused" logged 'must be an absolute path'
rm "$prom"
user_sets flannel.1 tx on
expect_soon 3 "the old ones are in force" exported "$prom" 'offload_agent_corrections_total 2'
configure 'sweep = 0;' "exports = ( { format = \"prometheus\"; file = \"$work/new.prom\"; } );"
signal_service HUP
expect_soon 3 "the new place" exported "$work/new.prom" 'offload_agent_state{state="mitigated"} 1'

# At the stop it says so, and what is so then.
stop_service
expect "it does not run" exported "$work/new.prom" 'offload_agent_service_running 0'
expect "still off" exported "$work/new.prom" 'offload_agent_state{state="mitigated"} 1'
configure 'sweep = 0;' 'on_stop = "restore";' \
	"exports = ( { format = \"prometheus\"; file = \"$prom\"; } );"
start_service
expect_soon 3 "written" exported "$prom" 'offload_agent_state{state="mitigated"} 1'
stop_service
expect "given back" is_on flannel.1
expect "and said" exported "$prom" 'offload_agent_state{state="vulnerable"} 1'

# Commands export nothing.
rm "$prom"
expect_exit 0 agent apply "${affected[@]}"
expect "apply writes no export" test ! -e "$prom"
