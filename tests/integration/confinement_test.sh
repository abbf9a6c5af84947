#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Detection has no power, and nothing that it executes has any: as whatever user, whatever the node's
# programs do. Some of them are shell scripts here that try.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need setpriv

kernel=(--kernel-release 4.19.118)
marks=$work/marks
place=/usr/bin/kubelet
user=4711
only=-all,+net_admin
as_service=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps "$only"
	--ambient-caps "$only" --bounding-set "$only")
install -d -m 1777 "$marks"
add_vxlan flannel.1 1 noudpcsum

# make_program PATH [LINE...]: a shell script below $root; it leaves a mark with its user.
make_program() {
	mkdir -p "$(dirname "$root$1")"
	rm -f "$root$1"
	# shellcheck disable=SC2016 # the script expands it
	printf '%s\n' '#!/bin/sh' "mkdir $marks/uid-\$(id -u)" "${@:2}" 'echo Kubernetes v1.18.3' \
		>"$root$1"
	chmod 755 "$root$1"
}

# somebody_elses COMMAND [OPTION...]: with the same tree, which is not this node's.
somebody_elses() {
	"$agent" "$1" --config "$config" --rules "$rules" --root "$root" "${@:2}"
}

executed() {
	ls "$marks"
}

forget() {
	rm -rf "${marks:?}"/*
}

# told: what kubelet has said of itself, in place of its version.
told() {
	"$python" -c 'import json, sys; print(json.load(sys.stdin)["kubernetes"]["version"])' <"$work/stdout"
}

# Another user's tree is read, and nothing of it executed.
for path in $place /usr/local/bin/kubelet /usr/bin/k3s /opt/rke2/bin/rke2 /usr/sbin/iptables-save \
	/usr/sbin/iptables-nft-save /sbin/iptables-legacy-save; do
	make_program "$path"
done
expect_exit 0 somebody_elses facts
expect_json "d['os']['id'] == 'debian' and d['kubernetes']['present'] is True"
expect_json "d['kubernetes']['version'] is None"
expect_json "all('not executed' in a['source'] for a in d['kubernetes']['answers'])"
expect_exit 2 somebody_elses status "${kernel[@]}"
expect_summary '^Unknown: '
expect_exit 2 somebody_elses explain "${kernel[@]}"
expect_line 'kubelet: not executed: .*--root-is-this-node'
expect_exit 2 somebody_elses apply --dry-run "${kernel[@]}"
expect_exit 2 somebody_elses apply "${kernel[@]}"
printf 'kubernetes = { evidence = "rules"; kubelet = "%s"; };\n' $place >"$config"
somebody_elses explain "${kernel[@]}" >/dev/null 2>&1 || true
: >"$config"
timeout 2 "$agent" run --config "$config" --rules "$rules" --root "$root" "${kernel[@]}" \
	>/dev/null 2>&1 || true
expect_equal "executed" '' "$(executed)"
mkdir -p "$root/var/lib/dpkg"
printf 'Package: kubelet\nStatus: install ok installed\nVersion: 1.18.3-00\n\n' \
	>"$root/var/lib/dpkg/status"
expect_exit 1 somebody_elses status "${kernel[@]}"
expect_line '1\.18\.3-00'
for path in /var /usr/local /usr/sbin /sbin /opt /usr/bin/k3s; do
	rm -r "${root:?}$path"
done

# A tree that is closed to others can be read by root.
chmod 700 "$root"
expect_exit 0 somebody_elses facts
expect_json "d['os']['id'] == 'debian' and d['kubernetes']['present'] is True"
chmod 755 "$root"

# This node's programs are asked by a user of their own.
expect_exit 0 agent facts
expect_json "d['kubernetes']['version'] == 'v1.18.3'"
expect "by a user of its own" grep -q '^uid-20[0-9]\{8\}$' <<<"$(executed)"
forget
make_program $place "echo Kubernetes v1.\$(id -u).\$(sed -n 's/^Uid:.//p' /proc/\$PPID/status |
	cut -f 1); exit"
expect_exit 0 agent facts
expect "and so is the whole detection: $(told)" test "$(told | cut -d. -f2)" = "$(told | cut -d. -f3)"
first=$(told)
expect_exit 0 agent facts
expect "each time another one" test "$first" != "$(told)"
make_program $place "echo Kubernetes v1.\$(id -g).\$(id -G | wc -w); exit"
expect_exit 0 agent facts
expect "a group of its own, and no other: $(told)" test "$(told | cut -d. -f3)" = 1
forget

# In a session without a terminal, with nothing that was open; it starts in the root folder.
make_program $place "set -- \$(cut -d ' ' -f 6,7,8 /proc/self/stat)
[ \$1 != $(cut -d ' ' -f 6 /proc/self/stat) ] || exit 1
[ \$2 = 0 ] && ! ( : <>/dev/tty ) 2>/dev/null || exit 2
for fd in 20 50; do [ ! -e /proc/self/fd/\$fd ] || exit 3; done
[ \$(readlink /proc/self/cwd) = / ] && [ \$(ulimit -c) = 0 ] && [ -z \"\$SECRET\" ] || exit 4"
with_open_files() {
	SECRET=1 agent facts 20<"$config" 50>"$work/opened"
}
expect_exit 0 with_open_files
expect_json "d['kubernetes']['version'] == 'v1.18.3'"
forget

# As the service's user: nothing can be written, signalled or left behind.
"${as_service[@]}" sleep 4711 &
victim=$!
make_program $place "rm -rf $marks/precious /run/offload-agent/*" "mkdir $marks/executed" \
	"echo x >$marks/written" "mv $marks/precious $marks/moved" "kill -KILL $victim" 'kill -KILL -1'
install -d -o $user -g $user "$marks/precious"
as_user() {
	local launcher=("${as_service[@]}")

	agent "$@"
}
expect_exit 0 as_user facts
expect_json "d['kubernetes']['version'] == 'v1.18.3'"
expect_equal "written" precious "$(executed)"
expect "not killed" kill -0 "$victim"
kill -KILL "$victim"
wait "$victim" 2>/dev/null || true
rmdir "$marks/precious"

# It can still read kube-proxy's metrics, from a socket that was made before.
ip link set lo up
"$python" "$test_folder/metrics_server.py" right "$work/listening" &
server=$!
wait_for 10 test -e "$work/listening"
for who in agent as_user; do
	expect_exit 0 "$who" facts
	expect_json "d['kubernetes']['component'] == 'kube-proxy' and d['kubernetes']['version'] == 'v1.18.3'"
done
kill "$server"
wait "$server" 2>/dev/null || true
forget

# What forks and stays holds nothing up, and does not stay.
stays=('sleep 4712 &' 'setsid sleep 4712 &' '(trap "" HUP TERM; setsid sh -c "sleep 4712 & sleep 4712" &)'
	'sleep 4712')
nobody_stays() {
	! pgrep -f 'sleep 4712' >/dev/null
}
for with in "${stays[@]}"; do
	make_program $place "$with"
	for who in agent as_user; do
		start=$SECONDS
		expect_exit 0 "$who" facts
		expect "it took no longer than 12 seconds" test $((SECONDS - start)) -le 12
		wait_for 5 nobody_stays || true
		expect "$who: nobody is left" nobody_stays
	done
done
with=
forget

# Where no other user can be had, root's detection executes nothing, and reads on.
make_program $place
if unshare --user --map-root-user true 2>/dev/null; then
	in_user_namespace() {
		local launcher=(unshare --user --map-root-user)

		agent "$@"
	}
	expect_exit 0 in_user_namespace facts
	expect_json "d['os']['id'] == 'debian' and d['kubernetes']['present'] is True"
	expect_json "'no other user' in d['kubernetes']['source']"
	expect_equal "executed" '' "$(executed)"
fi

# Privileges that cannot be given up end it.
if command -v strace >/dev/null; then
	for with in setresuid setresgid setgroups capset; do
		failing() {
			# LeakSanitizer does not work under ptrace.
			local ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 launcher=(strace -f -qq -o /dev/null -e "inject=$with:error=EPERM")

			agent apply "${kernel[@]}"
		}
		expect_exit 70 failing
		expect_complaint 'detection failed: '
		expect_equal "executed" '' "$(executed)"
	done
	with=
fi

# No file takes more than a moment, whatever its size.
rm "$root$place"
mkdir -p "$root/var/lib/dpkg" "$root/var/lib/kubelet" "$root/snap/kubelet/current/meta" "$root/proc"
holes=(/var/lib/dpkg/status /snap/kubelet/current/meta/snap.yaml /proc/version /proc/version_signature
	/usr/lib/os-release)
for path in "${holes[@]}"; do
	mkdir -p "$(dirname "$root$path")"
	truncate -s 1000G "$root$path"
done
start=$SECONDS
expect_exit 0 agent facts
expect_json "d['os']['id'] == 'debian' and d['kubernetes']['present'] is True"
expect "it took no longer than 12 seconds" test $((SECONDS - start)) -le 12
rm "$root/etc/os-release"
ln -s /usr/lib/os-release "$root/etc/os-release"
expect_exit 0 agent facts
expect_json "d['os']['id'] is None"
