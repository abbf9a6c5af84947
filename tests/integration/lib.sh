# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the integration tests share: a private place to run in, and expectations. A test sources it
# first; it then starts anew in network, mount and process namespaces of its own, with a private
# /run, so that tests neither meet each other nor touch the machine, and everything ends with them.
#
# From the environment:
#   AGENT    the program
#   RULES    the folder of the shipped rules
#   BACKEND  netlink, ioctl or auto
#   KERNEL   the older kernel that the program is to meet, by the launcher OLDKERNEL; none: this one
#
# For the test:
#   $work           a folder of root's, below folders of root's
#   $agent          the program, where all users may execute it
#   $config $rules $root  an empty configuration, the shipped rules, a node without Kubernetes
#   ${affected[@]}  options that make this an affected node
#   ${launcher[@]}  what starts the program: nothing, nsenter, setpriv, strace, ...
#   ${older_kernel[@]}  what stands between the two under an older kernel
#
# An expectation that is not met is reported with its line, and the test goes on; it fails at its end.
# Expectations count only in the test's own shell: not in a subshell, not in a pipe.

n_checks=0
n_failed=0
work=/run/work
agent=$work/bin/offload-agent
config=$work/agent.conf
rules=$work/rules.d
root=$work/root
record=/run/offload-agent/changes.json
test_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test_name=$(basename "$0" _test.sh)
python=$(PATH=/usr/bin:/bin:$PATH command -v python3 || true)
launcher=()
older_kernel=()
# shellcheck disable=SC2034 # the tests use it
affected=(--kubernetes-version v1.18.3 --kernel-release 4.19.118)

skip() {
	echo "$test_name: skipped: $*"
	exit 77
}

# need COMMAND...: skips the test where one of them is missing.
need() {
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

enter_namespaces() {
	local namespaces=(--net --mount --pid --fork --kill-child --mount-proc)

	: "${AGENT:?must name the program}" "${RULES:?must name the folder of rules}"
	: "${BACKEND:?must be netlink, ioctl or auto}"
	need unshare ip ethtool python3
	"$python" -c 'import json, socket, subprocess' 2>/dev/null ||
		skip "python3 lacks its standard library"
	[ "$(id -u)" -eq 0 ] || skip "needs root for network namespaces"
	unshare "${namespaces[@]}" true || skip "network namespaces are not permitted here"
	exec env OFFLOAD_AGENT_TEST_INSIDE=1 unshare "${namespaces[@]}" "$0" "$@"
}

# The checkout may be anywhere but below /run.
prepare_place() {
	mount -t tmpfs -o mode=755,size=2m tmpfs /run
	mkdir "$work"
	mount -t tmpfs -o mode=755 tmpfs "$work"
	mkdir -p "$work/bin" "$rules" "$root/etc" "$root/usr/bin"
	install -m 755 "$AGENT" "$agent"
	if [ -n "${KERNEL:-}" ]; then
		install -m 755 "${OLDKERNEL:?must name the launcher}" "$work/bin/oldkernel"
		older_kernel=("$work/bin/oldkernel" "$KERNEL")
	fi
	install -m 644 -t "$rules" "$RULES"/*.rules
	: >"$config"
	printf 'ID=debian\nVERSION_ID="10"\nPRETTY_NAME="Debian GNU/Linux 10 (buster)"\n' \
		>"$root/etc/os-release"
}

# shellcheck disable=SC2317 # it is the trap
finish() {
	local code=$?

	trap - EXIT
	# A test may find only midway that something is missing: what failed before that has failed.
	if [[ $code =~ ^(0|77)$ ]] && [ "$n_failed" -gt 0 ]; then
		code=1
	elif [ "$code" -eq 0 ] && [ "$n_checks" -eq 0 ]; then
		echo "$test_name: checked nothing"
		code=1
	fi
	[ "$code" -eq 77 ] || echo "$test_name, $BACKEND: $n_checks checks, $n_failed failed"
	exit "$code"
}

# agent COMMAND [OPTION...]: the program with this test's configuration, rules, root and back end.
agent() {
	local command=$1
	local options=(--config "$config" --rules "$rules" --root "$root" --root-is-this-node)

	shift
	case $command in
	apply | status | explain | restore | run | probe) options+=(--backend "$BACKEND") ;;
	esac
	"${launcher[@]}" "${older_kernel[@]}" "$agent" "$command" "${options[@]}" "$@"
}

# configure LINE...: writes the configuration.
configure() {
	printf '%s\n' "$@" >"$config"
}

# fail WHAT: tells it with the line of the test that expected it, the input that the test noted in
# $with, and what the program said.
fail() {
	local frame=0

	while [ "${BASH_SOURCE[frame]}" != "$0" ] && [ "$frame" -lt $((${#BASH_SOURCE[@]} - 1)) ]; do
		frame=$((frame + 1))
	done
	n_failed=$((n_failed + 1))
	echo "FAILED: $test_name, $BACKEND, line ${BASH_LINENO[frame - 1]}: $*"
	[ -z "${with:-}" ] || echo "  with: $with"
	if [ -n "${last_command:-}" ]; then
		echo "  after: $last_command (exit code $last_code)"
		head -n 40 "$work/stdout" | cut -c 1-300 | sed 's/^/  stdout: /'
		head -n 10 "$work/stderr" | cut -c 1-300 | sed 's/^/  stderr: /'
	fi
}

# expect WHAT COMMAND...: the command must succeed.
expect() {
	local what=$1

	shift
	n_checks=$((n_checks + 1))
	"$@" || fail "$what"
}

# expect_equal WHAT WANTED FOUND
expect_equal() {
	n_checks=$((n_checks + 1))
	if [ "$2" != "$3" ]; then
		fail "$1 (wanted <, found >)"
		diff <(echo "$2") <(echo "$3") | head -n 20 | sed 's/^/  /' || true
	fi
}

# expect_exit CODE COMMAND...: runs it; what it printed is in $work/stdout and $work/stderr. The code
# may be a choice: '64|65'.
expect_exit() {
	local wanted=$1

	shift
	last_command=$*
	last_code=0
	n_checks=$((n_checks + 1))
	"$@" >"$work/stdout" 2>"$work/stderr" || last_code=$?
	[[ $last_code =~ ^($wanted)$ ]] || fail "wanted exit code $wanted"
	if grep -q -E 'Sanitizer|runtime error:' "$work/stderr"; then
		fail "a sanitizer complained"
	fi
}

# expect_line REGEX / expect_no_line REGEX: (no) line of standard output.
expect_line() {
	n_checks=$((n_checks + 1))
	grep -q -E -e "$1" "$work/stdout" || fail "wanted a line like: $1"
}

expect_no_line() {
	n_checks=$((n_checks + 1))
	! grep -q -E -e "$1" "$work/stdout" || fail "unwanted line like: $1"
}

# expect_summary REGEX: the first line, which has at most 80 characters.
expect_summary() {
	local line

	n_checks=$((n_checks + 1))
	line=$(head -n 1 "$work/stdout")
	[[ $line =~ $1 ]] || fail "wanted a first line like: $1"
	[ "${#line}" -le 80 ] || fail "the first line has ${#line} characters"
}

# expect_quiet: nothing on standard error.
expect_quiet() {
	n_checks=$((n_checks + 1))
	[ ! -s "$work/stderr" ] || fail "unwanted complaint"
}

# expect_complaint REGEX...: standard error has exactly one line for each, in this order.
expect_complaint() {
	local lines i=0 regex

	n_checks=$((n_checks + 1))
	mapfile -t lines <"$work/stderr"
	if [ ${#lines[@]} -ne $# ]; then
		fail "wanted $# lines on standard error, found ${#lines[@]}"
		return
	fi
	for regex in "$@"; do
		[[ ${lines[i]} =~ $regex ]] || fail "wanted a complaint like: $regex"
		[[ ${lines[i]} == "offload-agent: "* ]] || fail "complaint without the program's name"
		i=$((i + 1))
	done
}

# expect_json EXPRESSION: a Python expression over `d`, the JSON on standard output; nic(NAME),
# feature(NIC, NAME) and rule(ID) find things in a report.
expect_json() {
	n_checks=$((n_checks + 1))
	"$python" "$test_folder/report.py" test "$work/stdout" "$1" || fail "wanted: $1"
}

# expect_shape status|facts: the JSON on standard output has every key with its type.
expect_shape() {
	n_checks=$((n_checks + 1))
	"$python" "$test_folder/report.py" shape "$1" "$work/stdout" || fail "not the JSON of $1"
}

# expect_ethtool_agrees: what the JSON on standard output says of the features of each NIC is what
# ethtool says.
expect_ethtool_agrees() {
	n_checks=$((n_checks + 1))
	"$python" "$test_folder/report.py" judge "$work/stdout" || fail "ethtool disagrees"
}

# features NIC: what ethtool says of it.
features() {
	ethtool -k "$1" | sed 1d
}

# expect_feature NIC FEATURE STATE: in ethtool's words, e.g. "on", "off [requested on]".
expect_feature() {
	expect_equal "$1: $2" "$3" "$(features "$1" | sed -n "s/^[[:space:]]*$2: //p")"
}

# node_state: everything that the program could have changed.
node_state() {
	ethtool -k '*'
	[ ! -e "$record" ] || cat "$record"
}

# recorded [here]: "NAME FEATURE..." of each record of this boot, all namespaces; "here": only those of
# devices with the number of one that is in this namespace.
recorded() {
	[ ! -e "$record" ] || "$python" "$test_folder/report.py" recorded "$record" "$@"
}

# user_sets NIC FEATURE on|off...: what a user does with ethtool.
user_sets() {
	ethtool -K "$@" >/dev/null
}

# add_vxlan NAME ID OPTION...: a VXLAN device; its port is derived from the id.
add_vxlan() {
	local name=$1 id=$2

	shift 2
	ip link add "$name" type vxlan id "$id" dstport $((20000 + id)) local 127.0.0.1 "$@"
}

# patiently SECONDS COMMAND...: until the command succeeds; fails when it does not within that time.
# Where others have the processors the clock alone says nothing: the command must have been tried as
# often as an idle machine would have tried it, too. And so that a try takes as long as the program's
# own next step, each waits for the kernel's lock of all links, which others' namespaces hold as well.
patiently() {
	local end=$((SECONDS + $1 + 1)) tries=$(($1 * 25))

	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$SECONDS" -lt "$end" ] || [ "$tries" -gt 0 ] || return 1
		ip link show dev lo >/dev/null 2>&1 || true
		sleep 0.02
	done
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	patiently "$@" || {
		fail "waited in vain for: ${*:2}"
		return 1
	}
}

# expect_within SECONDS BEGAN WHAT: no more have passed since $SECONDS was BEGAN; thrice as many where others
# have the processors. Whatever it guards against takes far longer, or for ever.
expect_within() {
	expect "$3 took no more than $1 s" test $((SECONDS - $2)) -le $(($1 * 3))
}

[ -n "${OFFLOAD_AGENT_TEST_INSIDE:-}" ] || enter_namespaces "$@"
trap finish EXIT
# A sanitizer's exit code must not look like one of the program's.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 LC_ALL=C.UTF-8
unset NO_COLOR
prepare_place
