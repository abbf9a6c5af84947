#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The service looks at the wire by itself: only when it is told to, with a child that has no power while
# it reads; what it saw is published, and is no part of the node's state; without permission it goes on.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
need setpriv

frames=$test_folder/wire_frames.py
sample='wire = "sample"; wire_sample = { seconds = 3; every = 4; };'

# published EXPRESSION: of what `status --json` says of the wire; d is the document.
published() {
	agent status --json "${affected[@]}" 2>/dev/null | "$python" -c '
import json, sys
d = json.load(sys.stdin)
wire = d["wire"] or {}
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$1"
}

# send_on: until it is killed, a right SYN and a wrong one, again and again.
send_on() {
	while :; do
		ip netns exec sender "$python" "$frames" "$1" eth0 "$mac" 4 >/dev/null 2>&1 || true
		sleep 0.3
	done
}

# The child that looks, when its privileges are gone.
child_looks() {
	child=$(pgrep -P "$(service_pid)" -x offload-agent) &&
		tr '\0' ' ' <"/proc/$child/cmdline" | grep -q '^offload-agent wire --json --seconds=3 $' &&
		grep -q '^CapPrm:.0*$' "/proc/$child/status"
} 2>/dev/null

ip link set lo up
ip netns add sender
ip link add eth0 type veth peer name eth0 netns sender
ip -n sender link set eth0 up
ip link set eth0 up
ip addr add 192.168.77.2/24 dev eth0
ip -n sender addr add 192.168.77.1/24 dev eth0
mac=$(ip -br link show dev eth0 | awk '{ print $3 }')

# Off, as it is by default: nothing is started, nothing is said.
configure 'sweep = 1;'
# shellcheck disable=SC2119 # they are options of the service
start_service
expect_soon 5 "published" published 'd["wire"] is None'
expect_exit 2 agent status --format=wire
expect_summary '^Unknown: the service does not look at the wire: wire = "off"$'
expect_exit 0 agent status --format=prometheus
expect_line '^offload_agent_wire_wanted 0$'
expect_no_line '^offload_agent_wire_(failed|looks|peers)'

# A reload begins it. Nothing to look at yet is no failure of the service, and said once.
configure "$sample"
signal_service HUP
expect_soon 5 "it is wanted" published '"looks" in wire'
expect_soon 30 "the failure" published '"no VXLAN device here" in (wire.get("failure") or "")'
expect_exit 2 agent status --format=wire
expect_summary '^Unknown: there is no VXLAN device here'

# With a device it looks. Who sent the wrong ones is named, and this node's state is another matter.
ip link add flannel.1 type vxlan id 1 dstport 8472 local 192.168.77.2 noudpcsum
ip link set flannel.1 up
expect_soon 5 "tx is off" is_off flannel.1
send_on two &
sending=$!
expect_soon 40 "the child has no power" child_looks
expect_soon 40 "wrong ones are seen" published '
	wire.get("outcome") == "wrong" and wire["failure"] is None and wire["wrong_peers"] == 1 and
	wire["peers"] == 1 and wire["wrong"] >= 1 and wire["right"] >= 1 and wire["seconds"] >= 3 and
	wire["looks"] >= 1 and [s["wrong"] > 0 and s["looks_like"] for s in wire["senders"]] == ["something-else"]'
signal_service STOP
expect_exit 1 agent status --format=wire
expect_summary '^Wrong checksums from 1 of 1 peer: 192\.168\.77\.[0-9]+ \(something-else\)$'
expect_exit 0 agent status "${affected[@]}"
expect_summary '^Mitigation: '
expect_line '^  wire        Wrong checksums from 1 of 1 peer: 192.*, at 20.*Z$'
expect_line '^              192\.168\.77\.[0-9]+: [0-9]+ wrong, [0-9]+ attempts?, something-else$'
expect_line "^              run 'offload-agent apply' there, not here$"
expect_exit 0 agent status --format=prometheus
expect_line '^offload_agent_wire_wrong_peers 1$'
expect_line '^offload_agent_wire_sender_wrong\{peer="192\.168\.77\.[0-9]+",looks_like="something-else"\} [1-9]'
expect_line '^offload_agent_wire_packets\{checksum="wrong"\} [1-9]'
signal_service CONT
expect "the node's state is its own" published 'd["state"] == "mitigated"'
expect_soon 10 "it is logged" logged 'wire: 1 of 1 peers sent wrong checksums, such as 192\.168\.77\.[0-9]+ \('

# A look that saw nothing takes its place.
kill "$sending"
wait "$sending" 2>/dev/null || true
expect_soon 30 "nothing to judge" published 'wire.get("outcome") == "unknown" and wire["peers"] == 0'
expect_exit 2 agent status --format=wire
expect_summary '^Unknown: nothing to judge on the wire in [0-9]+ s \(0 unfinished\)$'
expect_equal "what failed is said once" 1 "$(n_logged 'wire: cannot look: there is no VXLAN device here')"

# It ends with the service.
expect_soon 40 "it looks" child_looks
stop_service
expect "nothing is left" sh -c "! kill -0 $child 2>/dev/null"
expect_exit 2 agent status --format=wire
expect_summary '^Unknown: no service runs, and only the service looks$'

# Without CAP_NET_RAW it says so, once, and does what it does.
ip link del flannel.1
launcher=(setpriv --bounding-set -net_raw --inh-caps -net_raw)
# shellcheck disable=SC2119 # they are options of the service
start_service
launcher=()
ip link add flannel.1 type vxlan id 1 dstport 8472 local 192.168.77.2 noudpcsum
expect_soon 10 "tx is off" is_off flannel.1
expect_soon 30 "no permission" published '(wire.get("failure") or "").startswith("no CAP_NET_RAW to look at packets")'
expect_soon 5 "it is logged" logged 'wire: cannot look: no CAP_NET_RAW to look at packets: offload-agent.conf'
expect_exit 0 agent status "${affected[@]}"
expect_line '^  wire        cannot look: no CAP_NET_RAW'
expect_exit 0 agent status --format=prometheus
expect_line '^offload_agent_wire_failed 1$'
expect_line '^offload_agent_wire_looks_total 0$'

# Off again: it is forgotten.
configure ''
signal_service HUP
expect_soon 5 "off" published 'd["wire"] is None'
stop_service
