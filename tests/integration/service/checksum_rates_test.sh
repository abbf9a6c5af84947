#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# How fast the kernel's counters of wrong checksums rise: the service compares its sweeps, and what
# `status` shows of it goes with the service.
# shellcheck disable=SC2119
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# A UDP packet with a wrong checksum, to this node itself.
send_wrong() {
	"$python" -c '
import socket, struct
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
sender.sendto(struct.pack("!HHHH", 9, 9, 8, 0xbad), ("127.0.0.1", 0))'
}

# rate_is EXPRESSION: d is the member of `status --json`, after one more wrong packet.
rate_is() {
	send_wrong
	agent status --json "${affected[@]}" 2>/dev/null | "$python" -c '
import json, sys
d = json.load(sys.stdin)["checksum_errors_per_minute"]
sys.exit(not eval(sys.argv[1]))' "$1"
}

ip link set lo up
expect "without a service it is not known" rate_is 'd is None'

# A service that does not sweep does not know it, either.
configure 'sweep = 0;'
start_service
expect "without a sweep it is not known" rate_is 'd is None'
expect_exit 0 agent status "${affected[@]}"
expect_line '^  dropped     since boot 2 UDP packets '
expect_no_line '^  rising '

# As long as packets come, and they do until it is said, each two readings have some between them.
configure 'sweep = 5;'
signal_service HUP
expect_soon 60 "it rises" rate_is 'd is not None and d["udp"] > 0 and d["tcp"] == 0'
expect_exit 0 agent explain --json "${affected[@]}"
expect_json "d['checksum_errors_per_minute']['tcp'] == 0 and d['state'] == 'not-exposed'"

# It goes with the service.
stop_service
expect "it is not known any more" rate_is 'd is None'
expect_exit 0 agent status "${affected[@]}"
expect_line '^  rising      not known without the service$'
