#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Under a kernel that is too old for ethtool's netlink family, to the program that chooses by itself:
# the ioctl does all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"
: "${KERNEL:?must be an older kernel}"

# expect_same_probe: the measurement says under this kernel what it says without the launcher.
expect_same_probe() {
	local outcomes='[(m["underlay"], m["udp_csum"], m["tx"], m["outcome"]) for m in d["measurements"]]'

	expect_exit '0|1' agent probe --json
	cp "$work/stdout" "$work/old"
	(
		older_kernel=()
		agent probe --json
	) >"$work/new" || true
	n_checks=$((n_checks + 1))
	"$python" - "$work/old" "$work/new" <<-PYTHON || fail "measured something else"
		import json, sys
		found = []
		for path in sys.argv[1:]:
		    d = json.load(open(path))
		    found.append($outcomes)
		sys.exit(found[0] != found[1] or not found[0])
	PYTHON
}

add_vxlan flannel.1 1 noudpcsum
before=$(node_state)
expect_exit 1 agent status --json "${affected[@]}"
expect_quiet
expect_shape status
expect_ethtool_agrees
expect_json "nic('flannel.1')['backend'] == 'ioctl'"
expect_exit 0 agent apply "${affected[@]}"
expect "off" is_off flannel.1
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"

# The one that is asked for is not there.
BACKEND=netlink
for command in status explain apply; do
	expect_exit 69 agent "$command" "${affected[@]}"
	expect_complaint 'this kernel does not offer it; use --backend=auto'
done
BACKEND=auto

start_service
expect_soon 5 "the service switches" is_off flannel.1
add_vxlan flannel.2 2 noudpcsum
expect_soon 5 "a new device is switched" is_off flannel.2
user_sets flannel.1 tx on
expect_soon 5 "drift is corrected" is_off flannel.1
signal_service HUP
expect_soon 5 "it reads its configuration again" logged 'read again'
stop_service
expect_exit 0 agent restore
expect "given back" is_on flannel.2

expect_same_probe
