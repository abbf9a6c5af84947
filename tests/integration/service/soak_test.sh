#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Ten minutes of churn (SOAK_SECONDS): devices come and go, drift, are renamed, configuration is
# read again, facts change. No leak (when built with the address sanitizer), no growth, and in the
# end everything is as wanted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=service.sh
. "$(dirname "$0")/service.sh"

# What the address sanitizer keeps of freed memory would look like growth.
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1
duration=${SOAK_SECONDS:-600}
n_rounds=0

# Private memory of the service in KiB, clean and dirty.
private_memory() {
	awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' \
		"/proc/$(service_pid)/smaps_rollup"
}

n_descriptors() {
	find "/proc/$(service_pid)/fd" -mindepth 1 | wc -l
}

# One round of everything.
churn() {
	local i kubelet=$root/usr/bin/kubelet

	for i in $(seq 100 140); do
		echo "link add name vx$i type vxlan id $i dstport $((20000 + i)) local 127.0.0.1 noudpcsum"
	done | ip -batch -
	for i in $(seq 30); do
		echo "link add name veth$i type veth peer name peer$i"
	done | ip -batch -
	for i in $(seq 100 105); do
		ethtool -K "vx$i" tx on >/dev/null 2>&1 || true
		ip link set "vx$i" name "vy$i"
		ip link set "vy$i" name "vx$i"
	done
	printf '#!/bin/sh\necho Kubernetes v1.18.%d\n' $((n_rounds % 4)) >"$kubelet.new"
	chmod 755 "$kubelet.new"
	mv "$kubelet.new" "$kubelet"
	configure "sweep = $((1 + n_rounds % 3));"
	signal_service HUP
	expect_exit '0|1' agent status --kernel-release 4.19.118
	for i in $(seq 100 140); do
		echo "link del vx$i"
	done | ip -batch -
	for i in $(seq 30); do
		echo "link del veth$i"
	done | ip -batch -
	n_rounds=$((n_rounds + 1))
}

for i in $(seq 50); do
	add_vxlan "vx$i" "$i" noudpcsum
done
printf '#!/bin/sh\necho Kubernetes v1.18.0\n' >"$root/usr/bin/kubelet"
chmod 755 "$root/usr/bin/kubelet"
launch_service --kernel-release 4.19.118
wait_for 20 service_runs

begin=$SECONDS
until [ $((SECONDS - begin)) -ge $((duration / 5)) ]; do
	churn
done
sleep 3
warm=$(private_memory)
warm_descriptors=$(n_descriptors)
until [ $((SECONDS - begin)) -ge "$duration" ]; do
	churn
done
sleep 3
end=$(private_memory)
echo "soak: $n_rounds rounds in $((SECONDS - begin)) s; private memory $warm KiB after a fifth, $end KiB at the end"
expect "no growth: from $warm to $end KiB" test "$end" -le $((warm + warm / 10 + 256))
expect_equal "open descriptors" "$warm_descriptors" "$(n_descriptors)"
expect "it did something: $n_rounds rounds" test "$n_rounds" -ge $((duration / 10))

for i in $(seq 50); do
	expect_soon 5 "vx$i is off in the end" is_off "vx$i"
done
stop_service
expect_exit 0 agent restore
for i in $(seq 50); do
	expect "vx$i is given back" is_on "vx$i"
done
