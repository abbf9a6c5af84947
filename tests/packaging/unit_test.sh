#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# systemd's files, as far as systemd judges them without running: the unit and its drop-ins are valid,
# the sandbox is closed, the user and the folder are made, the catalog is complete.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
: "${SOURCE:?}"
need systemd-analyze systemd-sysusers systemd-tmpfiles journalctl

exposure_max=1.6
systemd=$SOURCE/packaging/systemd
place=$work/place
mkdir -p "$place/etc" "$place/usr/lib/sysusers.d" "$place/usr/lib/tmpfiles.d" \
	"$place/usr/lib/systemd/catalog" "$work/units/offload-agent.service.d"
unit=$work/units/offload-agent.service
sed "s,@CMAKE_INSTALL_FULL_SBINDIR@,$work/bin," "$systemd/offload-agent.service.in" >"$unit"

# Older ones know fewer settings, and no --offline.
version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
[ "$version" -ge 250 ] || skip "systemd $version cannot analyze a unit that is not loaded"

expect_exit 0 systemd-analyze verify --man=no "$unit"
expect_equal "complaints about the unit" '' "$(cat "$work/stdout" "$work/stderr")"
expect_exit 0 systemd-analyze security --offline=true --threshold="${exposure_max/./}" "$unit"
expect "the exposure is told" grep -q 'Overall exposure level' "$work/stdout"

for drop_in in "$systemd/nat-rules.conf" "$systemd/wire.conf" "$systemd/probe.conf.in" \
	"$SOURCE/packaging/monitoring/offload-agent-exports.conf"; do
	name=$(basename "$drop_in" .in)
	sed "s,@CMAKE_INSTALL_FULL_SBINDIR@,$work/bin," "$drop_in" \
		>"$work/units/offload-agent.service.d/$name"
	expect_exit 0 systemd-analyze verify --man=no "$unit"
	expect_equal "complaints about $name" '' "$(cat "$work/stdout" "$work/stderr")"
	rm "$work/units/offload-agent.service.d/$name"
done

# The user and the folder, in a root of their own; what is in the folder is left alone.
cp "$systemd/sysusers.conf" "$place/usr/lib/sysusers.d/offload-agent.conf"
cp "$systemd/tmpfiles.conf" "$place/usr/lib/tmpfiles.d/offload-agent.conf"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$place/etc/passwd"
printf 'root:x:0:\n' >"$place/etc/group"
expect_exit 0 systemd-sysusers --root="$place" offload-agent.conf
expect "the user" grep -q -E '^offload-agent:[^:]*:[0-9]+:[0-9]+:[^:]*:/:/.*nologin$' "$place/etc/passwd"
user=$(awk -F: '$1 == "offload-agent" { print $3 }' "$place/etc/passwd")
mkdir -p "$place/run/offload-agent"
echo '{}' >"$place/run/offload-agent/changes.json"
expect_exit 0 systemd-tmpfiles --root="$place" --create offload-agent.conf
expect_equal "the folder" "$user 755" "$(stat -c '%u %a' "$place/run/offload-agent")"
expect_equal "the record" "0 644" "$(stat -c '%u %a' "$place/run/offload-agent/changes.json")"

# The catalog: every message that the program sends, with its words.
cp "$systemd/offload-agent.catalog" "$place/usr/lib/systemd/catalog/"
mkdir -p "$place/var/lib/systemd/catalog"
expect_exit 0 journalctl --root="$place" --update-catalog
expect_exit 0 journalctl --root="$place" --list-catalog
mapfile -t ids < <(grep -h -o -E '"dd81c0775b6943bda54b527b3399ac[0-9a-f]{2}"' -r "$SOURCE/agent" | tr -d '"')
expect "messages are found" test "${#ids[@]}" -ge 5
for id in "${ids[@]}"; do
	expect_line "^$id "
done
