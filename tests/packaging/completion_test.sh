#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The completion of bash and zsh, run by these shells: what --help shows is offered, and values are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
: "${SOURCE:?}"
need zsh

completion=$SOURCE/packaging/completion
lister=$(cd "$(dirname "$0")" && pwd)/zsh_offers.py
mkdir "$work/place" "$work/place/folder"
touch "$work/place/file"
cd "$work/place"

# in_bash WORD...: what bash offers for the last word of the line, one a line.
in_bash() {
	bash --norc -c '
		. "$1"
		shift
		COMP_LINE="$*"
		COMP_POINT=${#COMP_LINE}
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_offload_agent
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completion/offload-agent.bash" "$@"
}

# in_zsh LINE: the same of zsh.
in_zsh() {
	"$python" "$lister" "$completion" "$1"
}

# offered SHELL LINE
offered() {
	local words

	IFS=' ' read -r -a words <<<"$2"
	[[ $2 != *' ' ]] || words+=('')
	if [ "$1" = zsh ]; then
		in_zsh "$2"
	else
		in_bash "${words[@]}"
	fi
}

# offers SHELL LINE WANTED...: all of these are offered.
offers() {
	local found wanted

	found=$(offered "$1" "$2")
	for wanted in "${@:3}"; do
		n_checks=$((n_checks + 1))
		grep -q -x -F -e "$wanted" <<<"$found" ||
			fail "$1: '$2' offers $wanted; it offered: $(tr '\n' ' ' <<<"$found")"
	done
}

# offers_not SHELL LINE UNWANTED
offers_not() {
	n_checks=$((n_checks + 1))
	! offered "$1" "$2" | grep -q -x -F -e "$3" || fail "$1: '$2' offers $3"
}

"$agent" --help >"$work/help"
mapfile -t commands < <(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/help")
for shell in bash zsh; do
	offers "$shell" 'offload-agent ' "${commands[@]}"
	offers "$shell" 'offload-agent st' status
	offers_not "$shell" 'offload-agent st' run
	for command in "${commands[@]}"; do
		mapfile -t options < <("$agent" "$command" --help | grep -o -E '^  --[a-z-]+' | tr -d ' ')
		expect "options of $command are found" test "${#options[@]}" -ge 4
		offers "$shell" "offload-agent $command --" "${options[@]}"
	done
	offers "$shell" 'offload-agent --json status --' --watch
	offers_not "$shell" 'offload-agent check --' --dry-run
done
offers bash 'offload-agent status --color = a' auto always
offers bash 'offload-agent status --color al' always
offers bash 'offload-agent apply --backend = ' auto netlink ioctl
offers bash 'offload-agent status --config = ' file folder
offers bash 'offload-agent status --root = ' folder
offers_not bash 'offload-agent status --root = ' file
offers_not bash 'offload-agent status --kubernetes-version = ' file
offers zsh 'offload-agent status --color=' auto always never
offers zsh 'offload-agent apply --backend=' auto netlink ioctl
offers zsh 'offload-agent status --config=' file
