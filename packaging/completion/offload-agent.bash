# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Completion of offload-agent(8) for bash.

# The options of a command; without one, those of all commands.
_offload_agent_options() {
	local verdict='--kubernetes-version --kernel-release --backend'

	echo '--config --rules --root --root-is-this-node --json --color --verbose --help --version'
	case $1 in
	run) echo "$verdict" ;;
	apply) echo "$verdict --dry-run" ;;
	status) echo "$verdict --watch --format --running --acting" ;;
	explain) echo "$verdict --facts --acting" ;;
	facts) echo '--kubernetes-version --kernel-release' ;;
	restore) echo '--backend --dry-run' ;;
	probe) echo '--backend --keep' ;;
	wire) echo '--seconds --interface' ;;
	prepare) echo '--owner' ;;
	esac
}

# Files or folders that begin with the word; bash puts what is there into COMPREPLY itself.
_offload_agent_paths() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# The value of an option.
_offload_agent_value() {
	case $1 in
	--config | --facts) _offload_agent_paths -f "$2" ;;
	--rules | --root) _offload_agent_paths -d "$2" ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$2") ;;
	--backend) mapfile -t COMPREPLY < <(compgen -W 'auto netlink ioctl' -- "$2") ;;
	--format) mapfile -t COMPREPLY < <(compgen -W 'summary nagios nfd prometheus wire' -- "$2") ;;
	--interface) mapfile -t COMPREPLY < <(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$2") ;;
	--kubernetes-version | --kernel-release | --owner | --seconds) ;;
	*) return 1 ;;
	esac
}

_offload_agent() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i

	COMPREPLY=()
	# bash takes "--color=al" apart at the sign.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if _offload_agent_value "$before" "$word"; then
		return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		run | apply | status | explain | facts | restore | check | probe | wire | assess | prepare | rules)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_offload_agent_options "$command")" -- "$word")
	elif [ -z "$command" ]; then
		mapfile -t COMPREPLY < <(compgen -W \
			'run apply status explain facts restore check probe wire assess prepare rules' -- "$word")
	elif [ "$command" = assess ]; then
		_offload_agent_paths -f "$word"
	fi
}

complete -F _offload_agent offload-agent
