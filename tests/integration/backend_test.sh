#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Kernels that do not offer one of the back ends, or neither: played by system calls that fail.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strace

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# generic_socket COMMAND [OPTION...]: which of the sockets that it makes is the one for generic
# netlink? Counted in a run of the same command that changes nothing.
generic_socket() {
	local launcher=(strace -qq -o "$work/trace" -e trace=socket) BACKEND=auto dry_run=()

	[ "$1" = status ] || dry_run=(--dry-run)
	agent "$@" "${dry_run[@]}" >/dev/null 2>&1 || true
	grep "^socket(" "$work/trace" | grep -n NETLINK_GENERIC | head -n 1 | cut -d : -f 1
}

without_netlink() {
	local launcher=(strace -qq -o /dev/null -e trace=socket
		-e "inject=socket:error=EPROTONOSUPPORT:when=$(generic_socket "$@")")

	agent "$@"
}

without_ioctl() {
	local launcher=(strace -qq -o /dev/null -e trace=ioctl
		-e inject=ioctl:error=EOPNOTSUPP)

	agent "$@"
}

without_both() {
	local launcher=(strace -qq -o /dev/null -e "trace=socket,ioctl"
		-e "inject=socket:error=EPROTONOSUPPORT:when=$(generic_socket "$@")"
		-e inject=ioctl:error=EOPNOTSUPP)

	agent "$@"
}

add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

BACKEND=auto
expect "a socket for generic netlink" test -n "$(generic_socket status "${affected[@]}")"

expect_exit 1 agent status --json "${affected[@]}"
expect_json "nic('flannel.1')['backend'] == 'netlink'"

# No generic netlink: the ioctl serves.
expect_exit 1 without_netlink status --json "${affected[@]}"
expect_quiet
expect_shape status
expect_ethtool_agrees
expect_json "nic('flannel.1')['backend'] == 'ioctl'"
expect_exit 0 without_netlink apply "${affected[@]}"
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_equal "given back" "$before" "$(ethtool -k '*')"

# The one that is asked for is missing, or both are.
for command in status apply restore; do
	options=("${affected[@]}")
	[ "$command" != restore ] || options=()
	BACKEND=netlink
	expect_exit 69 without_netlink "$command" "${options[@]}"
	expect_complaint '--backend=netlink'
	BACKEND=ioctl
	expect_exit 69 without_ioctl "$command" "${options[@]}"
	expect_complaint '--backend=ioctl'
	BACKEND=auto
	expect_exit 69 without_both "$command" "${options[@]}"
	expect_complaint 'neither'
done
expect_equal "nothing was changed" "$before" "$(ethtool -k '*')"
