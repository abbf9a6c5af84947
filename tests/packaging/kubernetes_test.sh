#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The DaemonSet: as plain YAML and as kustomize renders it, it says what it promises; and its command
# lines, users, capabilities and mounts are tried: in a root of their own, with the node's files
# below /host. (Whether its fields are the API's is kubernetes_types_test.sh's.)
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=root_copy.sh
. "$(dirname "$0")/root_copy.sh"
: "${SOURCE:?}"
need setpriv setcap chroot
"$python" -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"

folder=$SOURCE/packaging/kubernetes
with=base/daemonset.yaml
expect_exit 0 "$python" "$(dirname "$0")/daemonset.py" check "$folder/base/daemonset.yaml" NET_ADMIN
if command -v kubectl >/dev/null; then
	for overlay in base current wire; do
		with=$overlay
		capabilities=(NET_ADMIN)
		[ "$overlay" != wire ] || capabilities+=(NET_RAW)
		kubectl kustomize "$folder/$overlay" >"$work/$overlay.yaml"
		expect_exit 0 "$python" "$(dirname "$0")/daemonset.py" check "$work/$overlay.yaml" "${capabilities[@]}"
	done
else
	echo "kubernetes: kubectl is not installed; what kustomize renders was not checked"
fi
with=

# of EXPRESSION: a value of the DaemonSet's pod: `agent` and `folder` are its containers.
daemonset=$folder/base/daemonset.yaml
of() {
	"$python" "$(dirname "$0")/daemonset.py" value "$daemonset" "$1"
}

# The node, and the container's own root.
make_root_copy
printf '#!/bin/sh\necho Kubernetes v1.18.3\n' >"$root/usr/bin/kubelet"
chmod 755 "$root/usr/bin/kubelet"
mkdir -p "$root/proc/sys/kernel" "$root/run/offload-agent"
echo 4.19.118 >"$root/proc/sys/kernel/osrelease"
echo '#1 SMP' >"$root/proc/sys/kernel/version"
mkdir -p "$copy/host" "$copy/run/offload-agent" "$copy/etc/offload-agent/rules.d" \
	"$copy/usr/share/offload-agent" "$copy/usr/local/etc"
# Where the program looks that was built without a prefix.
ln -sfn /etc/offload-agent "$copy/usr/local/etc/offload-agent"
install -m 755 "$AGENT" "$copy/usr/sbin/offload-agent"
# As the image has it.
setcap "$(sed -n 's/.*setcap \(cap[^ ]*\) .*/\1/p' "$SOURCE/packaging/container/Containerfile")" \
	"$copy/usr/sbin/offload-agent"
cp "$folder/base/agent.conf" "$copy/etc/offload-agent/agent.conf"
cp "$rules"/*.rules "$copy/etc/offload-agent/rules.d/"
mount --rbind "$root" "$copy/host"
mount -o remount,ro,bind "$copy/host"
mount --bind "$root/run/offload-agent" "$copy/run/offload-agent"
mount -o remount,ro "$copy"

# in_container CONTAINER COMMAND...: as its user, with its capabilities in the bounding set, as
# container runtimes do it.
in_container() {
	local container=$1 user capability options=()

	shift
	user=$(of "${container}['securityContext']['runAsUser']")
	for capability in $(of "' '.join(${container}['securityContext']['capabilities']['add'])"); do
		options+=("+${capability,,}")
	done
	[ "$(of "${container}['securityContext']['allowPrivilegeEscalation']")" = True ] ||
		options+=(no-new-privileges)
	setpriv_in "$user" "${options[@]}" -- "$@"
}

setpriv_in() {
	local user=$1 bounding=-all extra=()

	shift
	while [ "$1" != -- ]; do
		if [ "$1" = no-new-privileges ]; then extra+=(--no-new-privs); else bounding+=",$1"; fi
		shift
	done
	shift
	# chroot is in the copy's place already when the capabilities are gone.
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$copy" setpriv --reuid "$user" --regid "$user" \
		--clear-groups --inh-caps -all --bounding-set "$bounding" ${extra[@]+"${extra[@]}"} "$@"
}

mapfile -t folder_command < <(of "'\n'.join(folder['command'])")
mapfile -t arguments < <(of "'\n'.join(agent['args'])")
mapfile -t readiness < <(of "'\n'.join(agent['readinessProbe']['exec']['command'])")
mapfile -t liveness < <(of "'\n'.join(agent['livenessProbe']['exec']['command'])")
log=$work/agent.log

# Listening is only for pods that may.
expect_exit 77 in_container agent offload-agent wire --interface lo --seconds 1
expect_complaint 'no privilege .*CAP_NET_RAW'
if [ -e "$work/wire.yaml" ]; then
	daemonset=$work/wire.yaml
	expect_exit 2 in_container agent offload-agent wire --interface lo --seconds 1 --json
	expect_quiet
	expect_json "d['outcome'] == 'unknown' and d['interfaces'] == ['lo']"
	daemonset=$folder/base/daemonset.yaml
fi

expect_exit 1 in_container agent "${liveness[@]}"
expect_exit 77 in_container agent "${folder_command[@]}"
expect_complaint '/run/offload-agent: .* run it as root, or with CAP_CHOWN'
expect_exit 0 in_container folder "${folder_command[@]}"
expect_exit 0 in_container folder "${folder_command[@]}"
expect_equal "owner of the folder" 65532 "$(stat -c %u "$root/run/offload-agent")"
add_vxlan flannel.1 1 noudpcsum
expect_exit 1 in_container agent offload-agent status --root=/host --root-is-this-node

in_container agent offload-agent "${arguments[@]}" >"$log" 2>&1 &
service=$!
is_alive() {
	in_container agent "${liveness[@]}" >/dev/null 2>&1
}
wait_for 20 is_alive || cat "$log"
expect "tx is off" wait_for 10 sh -c 'ethtool -k flannel.1 | grep -q "tx-checksum-ip-generic: off"'
wait_for 5 in_container agent "${readiness[@]}" >/dev/null 2>&1 || true
expect_exit 0 in_container agent "${readiness[@]}"
expect_summary '^Mitigation: '
expect_line 'v1.18.3 \(kubelet\)'
add_vxlan flannel.2 2 noudpcsum
expect "tx is off" wait_for 10 sh -c 'ethtool -k flannel.2 | grep -q "tx-checksum-ip-generic: off"'
pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$root/run/offload-agent/service.json")
expect_equal "the agent's capabilities" 0000000000001000 \
	"$(awk '/^CapPrm:/ { print $2 }' "/proc/$pid/status")"
expect_equal "the agent's user" 65532 "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")"
expect "nothing listens" sh -c '! grep -q " 0A " /proc/net/tcp'
kill -TERM "$pid"
wait "$service" || fail "the agent ended with $?"
expect_exit 1 in_container agent "${liveness[@]}"

# The next pod knows what was turned off, and so does root on the node.
expect "recorded" grep -q flannel.1 "$root/run/offload-agent/changes.json"
mkdir -p /run/offload-agent
mount --bind "$root/run/offload-agent" /run/offload-agent
expect_exit 0 agent restore
expect_feature flannel.1 tx-checksum-ip-generic on

# Without the capability the image still tells.
expect_exit 1 setpriv_in 65532 -- offload-agent status --root=/host --root-is-this-node
expect_exit 77 setpriv_in 65532 -- offload-agent apply --root=/host --root-is-this-node
