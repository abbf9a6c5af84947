#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules of kube-proxy in all modes and many versions, and of what stands beside it: loaded into the
# kernel, judged by a packet and by the agent (judge_rule_sets.py).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need iptables-legacy-restore iptables-nft-restore nft ipset
iptables-legacy -w -t nat -L -n >/dev/null 2>&1 || skip "this kernel has no legacy nat table"
ipset list -name >/dev/null 2>&1 || skip "this kernel has no ipset"

PYTHONDONTWRITEBYTECODE=1 "$python" "$(dirname "$0")/judge_rule_sets.py" "$agent" ||
	fail "the kernel, or the agent, says something else"
n_checks=$((n_checks + 1))
