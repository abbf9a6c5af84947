#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What a node says of itself: kubelet and packages below --root, well-behaved and not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=(--kernel-release 4.19.118)
kubelet=$root/usr/bin/kubelet
add_vxlan flannel.1 1 noudpcsum
before=$(node_state)

# make_kubelet LINE...: a shell script.
make_kubelet() {
	rm -f "$kubelet"
	printf '%s\n' '#!/bin/sh' "$@" >"$kubelet"
	chmod 755 "$kubelet"
}

# expect_version VERSION: the JSON of facts has this one, from kubelet.
expect_version() {
	expect_exit 0 agent facts "${kernel[@]}"
	expect_quiet
	expect_shape facts
	expect_json "d['kubernetes']['version'] == '$1' and d['kubernetes']['component'] == 'kubelet'"
}

# expect_no_version SECONDS: Kubernetes is there, its version is not known, and asking took no
# longer than that.
expect_no_version() {
	local start=$SECONDS

	expect_exit 2 agent status "${kernel[@]}"
	expect_summary '^Unknown: '
	expect_within "$1" "$start" "asking"
	expect_exit 0 agent facts "${kernel[@]}"
	expect_shape facts
	expect_json "d['kubernetes']['present'] is True"
}

# A node without Kubernetes.
expect_exit 0 agent status "${kernel[@]}"
expect_summary '^Not affected: no trace of Kubernetes'
expect_exit 0 agent facts
expect_shape facts
expect_json "d['kubernetes']['present'] is False and d['os']['id'] == 'debian'"
expect_json "d['kernel']['release'] == '$(uname -r)'"

# Well-behaved.
make_kubelet 'echo Kubernetes v1.18.3'
expect_version v1.18.3
expect_exit 1 agent status "${kernel[@]}"
expect_summary '^Vulnerable: '
make_kubelet 'echo Kubernetes v1.17.9-gke.1504'
expect_version v1.17.9-gke.1504
expect_exit 0 agent status "${kernel[@]}"
expect_summary '^Not affected: '

# It runs with nothing in its hands: no environment, no privilege, no input.
# shellcheck disable=SC2016 # the kubelet expands it
make_kubelet '[ -z "$HOME$SECRET" ] || exit 1' 'read line && exit 1' \
	'grep -q "^CapEff:.0*$" /proc/self/status || exit 1' 'echo Kubernetes v1.18.4'
SECRET=1 expect_version v1.18.4
expect_exit 0 agent facts "${kernel[@]}"
make_kubelet "echo oops 2>/dev/null >$work/written" 'echo Kubernetes v1.18.4'
agent facts "${kernel[@]}" >/dev/null 2>&1 || true
expect "it writes no file" test ! -s "$work/written"

# Not well-behaved.
make_kubelet 'echo banana'
expect_no_version 3
make_kubelet 'echo Kubernetes v1.18.3' 'echo and more'
expect_no_version 3
make_kubelet 'exit 3'
expect_no_version 3
# shellcheck disable=SC2016
make_kubelet 'kill -SEGV $$'
expect_no_version 3
make_kubelet 'while :; do echo Kubernetes v1.18.3; done'
expect_no_version 3
make_kubelet 'head -c 8000000 /dev/zero'
expect_no_version 3
make_kubelet 'printf "Kubernetes v1.18.3\0hidden\n"'
expect_no_version 3
make_kubelet 'printf "Kubernetes \377\376\n"'
expect_no_version 3
make_kubelet 'sleep 1000'
expect_no_version 12
make_kubelet 'sleep 1000 & echo Kubernetes v1.18.3'
start=$SECONDS
expect_exit 0 agent facts "${kernel[@]}"
expect_within 8 "$start" "asking one that leaves a child behind"
make_kubelet 'trap "" TERM HUP' 'while :; do sleep 1; done'
expect_no_version 12
expect "nothing of it is left" test -z "$(pgrep -x sleep)"

# One that others could have put there is not executed, and that is reported.
make_kubelet "echo Kubernetes v1.18.3; touch $work/executed"
chmod 777 "$kubelet"
expect_no_version 3
expect_exit 2 agent explain "${kernel[@]}"
expect_line 'kubelet.*not executed'
chmod 755 "$kubelet"
chown 65534 "$kubelet"
expect_no_version 3
chown 0 "$kubelet"
chmod 777 "$root/usr/bin"
expect_no_version 3
chmod 755 "$root/usr/bin"
chmod 777 "$root/usr"
expect_no_version 3
chmod 755 "$root/usr"
mkfifo "$root/usr/bin/fifo"
mv "$kubelet" "$work/real"
ln -s fifo "$kubelet"
expect_exit 0 agent facts "${kernel[@]}"
rm "$kubelet"
mkdir "$kubelet"
expect_exit 0 agent facts "${kernel[@]}"
rmdir "$kubelet"
ln -s "$work/real" "$kubelet"
expect_exit 0 agent facts "${kernel[@]}"
expect_json "d['kubernetes']['version'] is None"
rm "$kubelet"
expect "it was never executed" test ! -e "$work/executed"

# The configured one, and no other.
make_kubelet 'echo Kubernetes v1.18.6'
mkdir -p "$root/opt/own"
printf '#!/bin/sh\necho Kubernetes v1.18.3\n' >"$root/opt/own/kubelet"
chmod 755 "$root/opt/own/kubelet"
configure 'kubernetes = { kubelet = "/opt/own/kubelet"; };'
expect_version v1.18.3
configure 'kubernetes = { version = "v1.18.4"; };'
expect_exit 0 agent facts "${kernel[@]}"
expect_json "d['kubernetes']['version'] == 'v1.18.4'"
expect_exit 0 agent facts --kubernetes-version v1.17.0 "${kernel[@]}"
expect_json "d['kubernetes']['version'] == 'v1.17.0'"
configure ''
rm -r "$kubelet" "$root/opt"

# Others that stand in for it.
mkdir -p "$root/var/lib/dpkg"
printf 'Package: kubelet\nStatus: install ok installed\nVersion: 1.18.3-00\n\n' \
	>"$root/var/lib/dpkg/status"
expect_exit 1 agent status "${kernel[@]}"
expect_line '1\.18\.3-00'
printf 'Package: kubelet\nStatus: deinstall ok config-files\nVersion: 1.18.3-00\n\n' \
	>"$root/var/lib/dpkg/status"
expect_exit 0 agent status "${kernel[@]}"
rm -r "${root:?}/var"
mkdir -p "$root/usr/local/bin"
printf '#!/bin/sh\necho "k3s version v1.18.2+k3s1 (698e444a)"\n' >"$root/usr/local/bin/k3s"
chmod 755 "$root/usr/local/bin/k3s"
expect_exit 0 agent facts "${kernel[@]}"
expect_json "d['kubernetes']['version'] == 'v1.18.2+k3s1' and d['kubernetes']['component'] == 'k3s'"
rm -r "${root:?}/usr/local"
mkdir -p "$root/var/lib/kubelet"
expect_no_version 3
rm -r "${root:?}/var"

# Without --root it is this very node, for any user.
expect_exit 0 "$agent" facts --config "$config" --rules "$rules"
expect_quiet
expect_shape facts
expect_json "d['kernel']['release'] == '$(uname -r)'"

# A root that is not there, and one that is no folder.
root=$work/none
expect_exit '64|65|70' agent facts "${kernel[@]}"
expect_complaint 'none'
root=$config
expect_exit '64|65|70' agent facts "${kernel[@]}"
expect_complaint 'agent\.conf'

expect_equal "detecting changes nothing" "$before" "$(node_state)"
