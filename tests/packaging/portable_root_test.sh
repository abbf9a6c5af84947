#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable program in a root that has nothing but it, its rules and configuration, /proc, /sys,
# /run and /dev/null: all that it does anywhere. Then without each of these: one line that says what
# is missing, and the documented exit code. With KERNEL it is so on that kernel, too (tests/oldkernel).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=portable.sh
. "$(dirname "$0")/portable.sh"
need gcc

empty=$work/empty
# Beside $work, which is not seen from in there.
notify=/run/notify
notified=/run/notified

mkdir -p "$empty"/{dev,etc,proc,run,sys,usr/bin,usr/sbin,usr/share}
cp -a "$program" "$empty/usr/sbin/"
cp -a "$unpacked/usr/share/offload-agent" "$empty/usr/share/"
cp -a "$unpacked/etc/offload-agent" "$empty/etc/"
printf 'ID=debian\nVERSION_ID="10"\n' >"$empty/etc/os-release"
# There is no shell for a script, and no library.
echo 'int puts(const char *text); int main(void) { return puts("Kubernetes v1.18.3") < 0; }' >"$work/kubelet.c"
gcc -static -o "$empty/usr/bin/kubelet" "$work/kubelet.c" 2>"$work/log" || skip "gcc links nothing statically here"
mount -t proc proc "$empty/proc"
mount -t sysfs sysfs "$empty/sys"
mount --bind /run "$empty/run"
touch "$empty/dev/null"
mount --bind /dev/null "$empty/dev/null"

# bare COMMAND [OPTION...]: with the installed configuration and rules.
bare() {
	"${older_kernel[@]}" chroot "$empty" /usr/sbin/offload-agent "$@"
}
backends=(netlink ioctl)
[ -z "${KERNEL:-}" ] || backends=(ioctl)
kernel=(--kernel-release 4.19.118)

expect_exit 0 bare --version
expect_exit 0 bare check
expect_quiet
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 bare facts
expect_quiet
expect_json "d['kubernetes']['version'] == 'v1.18.3' and d['os']['id'] == 'debian'"
expect_json "d['kernel']['release'] == '$(uname -r)'"
expect_exit 1 bare status "${kernel[@]}"
expect_quiet
expect_summary '^Vulnerable: flannel.1 '
expect_line 'v1.18.3 \(kubelet\)'
before=$(features flannel.1)
expect_exit 0 bare apply --dry-run "${kernel[@]}"
expect_equal "a dry run" "$before" "$(features flannel.1)"
for backend in "${backends[@]}"; do
	expect_exit 0 bare apply --backend "$backend" "${kernel[@]}"
	expect_quiet
	expect_summary '^Mitigation: .*flannel.1'
	expect_feature flannel.1 tx-checksum-ip-generic off
	expect_exit 0 bare restore --backend "$backend"
	expect_quiet
	expect_equal "given back by $backend" "$before" "$(features flannel.1)"
done
expect_exit 1 bare explain "${kernel[@]}"
expect_quiet
expect_line 'kubelet +v1.18.3 +<- /usr/bin/kubelet --version'
expect_exit 0 bare facts --json
cp "$work/stdout" "$empty/facts"
expect_exit '0|1|2' bare explain --facts /facts
expect_quiet
# What it finds is the kernel's, but it must find it.
expect_exit '0|1' bare probe
expect_quiet
expect_line ' (clean|corrupt) '
echo '{"kind": "NodeList", "items": [{"kind": "Node", "metadata": {"name": "n"}, "status": {"nodeInfo":
 {"kernelVersion": "4.15.0-101-generic", "osImage": "Ubuntu 18.04.4 LTS", "kubeletVersion": "v1.18.3",
 "kubeProxyVersion": "v1.18.3"}}}]}' >"$empty/nodes"
expect_exit 1 bare assess /nodes
expect_quiet
expect_line '^n +vulnerable '

# The service: readiness, a new device, reload, drift, its end.
"$python" "$test_folder/service/notify_listener.py" "$notify" "$notified" &
listener=$!
wait_for 10 test -S "$notify"
is_off() {
	features "$1" | grep -q '^[[:space:]]*tx-checksum-ip-generic: off$'
}
NOTIFY_SOCKET=$notify WATCHDOG_USEC=2000000 "${older_kernel[@]}" chroot "$empty" \
	/usr/sbin/offload-agent run "${kernel[@]}" >"$work/service.log" 2>&1 &
service=$!
# The listener stops it when it is ready.
expect "ready" wait_for 20 grep -q ' READY=1$' "$notified"
expect "off by then" is_off flannel.1
kill -CONT "$service"
add_vxlan flannel.2 2 noudpcsum
expect "a new device" wait_for 10 is_off flannel.2
user_sets flannel.2 tx on
expect "drift" wait_for 10 is_off flannel.2
echo 'on_stop = "restore";' >"$empty/etc/offload-agent/agent.conf.d/test.conf"
kill -HUP "$service"
expect "reloading is said" wait_for 10 grep -q ' RELOADING=1$' "$notified"
expect "the watchdog is fed" wait_for 10 grep -q ' WATCHDOG=1$' "$notified"
expect_exit 0 bare status "${kernel[@]}"
expect_summary '^Mitigation: '
sleep 0.5
kill -TERM "$service"
code=0
wait "$service" || code=$?
expect_equal "exit code of the service" 0 "$code"
expect "stopping is said" grep -q ' STOPPING=1$' "$notified"
expect_equal "given back" "$before" "$(features flannel.1)"
kill "$listener"
rm "$empty/etc/offload-agent/agent.conf.d/test.conf"

# expect_one_line CODE REGEX COMMAND...: that exit code, and one line on standard error.
expect_one_line() {
	expect_exit "$1" "${@:3}"
	expect_complaint "$2"
}

with="no /proc"
umount "$empty/proc"
expect_one_line 70 '/proc is not mounted' bare status "${kernel[@]}"
expect_one_line 70 '/proc is not mounted' bare apply "${kernel[@]}"
expect_equal "nothing is changed" "$before" "$(features flannel.1)"
expect_exit 2 bare probe
expect_line '^Unknown: .*/proc'
expect_exit 0 bare check
expect_exit 0 bare restore
mount -t proc proc "$empty/proc"

with="no /dev/null"
umount "$empty/dev/null"
rm "$empty/dev/null"
expect_one_line 70 '/dev/null is missing' bare status "${kernel[@]}"
expect_one_line 70 '/dev/null is missing' bare apply "${kernel[@]}"
expect_equal "nothing is changed" "$before" "$(features flannel.1)"
expect_exit 0 bare check
expect_exit 0 bare restore
touch "$empty/dev/null"
mount --bind /dev/null "$empty/dev/null"

with="no /sys"
umount "$empty/sys"
expect_exit 1 bare status "${kernel[@]}"
expect_quiet
expect_exit 0 bare apply "${kernel[@]}"
expect_quiet
expect_exit 0 bare restore
mount -t sysfs sysfs "$empty/sys"

with="no /run"
umount "$empty/run"
rmdir "$empty/run"
expect_exit 1 bare status "${kernel[@]}"
expect_quiet
expect_one_line 1 '/run/offload-agent: the record of changes cannot be written' bare apply "${kernel[@]}"
expect_equal "nothing is changed" "$before" "$(features flannel.1)"
expect_exit 0 bare restore
