#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The command line: help, and what is wrong with it in one line.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# expect_usage REGEX ARGUMENT...
expect_usage() {
	local regex=$1

	shift
	expect_exit 64 "$agent" "$@"
	expect_complaint "$regex"
	expect "nothing on standard output" test ! -s "$work/stdout"
}

add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

expect_usage 'no command'
expect_usage 'no command' --json
expect_usage 'frobnicate' frobnicate
expect_usage '--frobnicate' status --frobnicate
expect_usage '--frobnicate' --frobnicate status
expect_usage '-x' status -x
expect_usage 'unexpected|extra' status extra
expect_usage 'unexpected|twice' apply twice apply
expect_usage '--dry-run' status --dry-run
expect_usage '--facts' status --facts -
expect_usage '--facts' apply --facts -
expect_usage '--kernel-release' restore --kernel-release 4.19.118
expect_usage '--kubernetes-version' check --kubernetes-version v1.18.3
expect_usage '--backend' check --backend netlink
expect_usage '--backend' status --backend carrier-pigeon
expect_usage '--backend' status --backend
expect_usage '--backend' status --backend ''
expect_usage '--color' status --color sometimes
expect_usage '--config' status --config
expect_usage '--json' status --json=yes
expect_usage 'no such' $'two\nlines'
expect_usage 'no such' status $'--\x1b[31m'
expect "no control characters" test "$(tr -dc '\001-\011\013-\037' <"$work/stderr" | wc -c)" -eq 0

expect_exit 0 "$agent" --help
for command in apply status explain facts assess restore check rules; do
	expect_line "^  $command +"
done
expect_line '64'
for command in apply status explain facts restore check rules; do
	expect_exit 0 "$agent" "$command" --help
	expect_line "^Usage: offload-agent $command"
	expect_exit 0 "$agent" --help "$command"
done
# Each fits a terminal of 80 columns, and shows no option that changes nothing there.
for command in '' run apply status explain facts assess restore probe wire check rules prepare; do
	expect_exit 0 "$agent" ${command:+"$command"} --help
	expect_no_line '^.{81}'
	case $command in
	wire | prepare | probe) expect_no_line '--(config|rules|root|color)' ;;
	check | rules | assess | restore) expect_no_line '--root' ;;
	*) expect_line '--root=DIR' ;;
	esac
done
expect_exit 0 "$agent" wire --help
expect_line '--json'
expect_exit 0 "$agent" prepare --help
expect_no_line '--json'
expect_exit 0 "$agent" --version
expect_line '^offload-agent [0-9]+\.[0-9]+\.[0-9]+'
expect_quiet

# Options before and after the command.
expect_exit 1 "$agent" --config "$config" --rules "$rules" --json "${affected[@]}" status \
	--backend "$BACKEND"
expect_shape status

# Colours only where they are wanted.
escape=$'\x1b'
expect_exit 1 agent status "${affected[@]}"
expect_no_line "$escape"
expect_exit 1 agent status --color=always "${affected[@]}"
expect_line "$escape"
NO_COLOR=1 expect_exit 1 agent status --color=never "${affected[@]}"
expect_no_line "$escape"

# An output that cannot be written is reported.
status_to_full() {
	agent status "${affected[@]}" >/dev/full
}
expect_exit 70 status_to_full
expect_complaint 'standard output'

expect_equal "nothing was changed" "$before" "$(node_state)"

# Closed standard descriptors: what is opened must not take their place, or the output would land
# in the record.
apply_without() {
	case $1 in
	0) agent apply "${affected[@]}" <&- ;;
	1) agent apply "${affected[@]}" >&- ;;
	2) agent apply "${affected[@]}" 2>&- ;;
	012) agent apply "${affected[@]}" <&- >&- 2>&- ;;
	esac
}

for closed in 0 1 2 012; do
	with="closed: $closed"
	rm -rf /run/offload-agent
	# It may also say that its output is lost.
	expect_exit '0|70' apply_without "$closed"
	expect_feature flannel.1 tx-checksum-ip-generic off
	expect_equal "the lock holds nothing" "" "$(cat /run/offload-agent/changes.lock)"
	cp /run/offload-agent/report.json "$work/stdout"
	expect_shape status
	add_vxlan flannel.2 2 noudpcsum
	expect_exit '0|70' apply_without "$closed"
	expect_equal "NICs on record" 2 "$(recorded | wc -l)"
	ip link del flannel.2
	expect_exit 0 agent restore
done
