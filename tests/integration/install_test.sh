#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# cmake --install with DESTDIR, prefix and CMAKE_INSTALL_SYSCONFDIR: the installed program finds its
# rules and its configuration by itself, and an operator's configuration survives.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${CMAKE:?}" "${SOURCE:?}" "${COMPILER:?}"

prefix=$work/prefix
sysconfdir=$work/sysconf

"$CMAKE" -S "$SOURCE" -B "$work/build" -DCMAKE_C_COMPILER="$COMPILER" -DBUILD_TESTING=OFF \
	-DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_SYSCONFDIR="$sysconfdir" >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }
"$CMAKE" --build "$work/build" --parallel 2 >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }

# DESTDIR: the same files, elsewhere.
DESTDIR=$work/stage "$CMAKE" --install "$work/build" >/dev/null
expect "nothing outside of DESTDIR" test ! -e "$prefix" -a ! -e "$sysconfdir"
expect "the program" test -x "$work/stage$prefix/sbin/offload-agent"
expect "the configuration" test -f "$work/stage$sysconfdir/offload-agent/agent.conf"
expect "the drop-in" test -f "$work/stage$prefix/share/offload-agent/drop-ins/nat-rules.conf"
expect "the drop-in" test -f "$work/stage$prefix/share/offload-agent/drop-ins/wire.conf"
expect "the rules" test -n "$(ls "$work/stage$prefix/share/offload-agent/rules.d/"*.rules)"

umask 022
"$CMAKE" --install "$work/build" >/dev/null
installed=$prefix/sbin/offload-agent
etc=$sysconfdir/offload-agent
expect_equal "DESTDIR and prefix hold the same" \
	"$(cd "$work/stage$prefix" && find . -type f | sort)" "$(cd "$prefix" && find . -type f | sort)"

expect_exit 0 "$installed" check
expect_quiet
for file in "$RULES"/*.rules; do
	expect_line "$prefix/share/offload-agent/rules.d/$(basename "$file")"
done
# What the drop-in of the unit lets root do before the service starts.
drop_in=$(sed -n 's/^ExecStartPre=-//p' "$prefix/share/offload-agent/drop-ins/probe.conf")
expect_equal "the drop-in" "$installed probe --keep" "$drop_in"
# shellcheck disable=SC2086 # it is a command line
expect_exit '0|1' $drop_in
expect_quiet
expect "it is kept" test -e /run/offload-agent/probe.json
rm -r /run/offload-agent

add_vxlan flannel.1 1 noudpcsum
expect_exit 1 "$installed" status "${affected[@]}"
expect_summary '^Vulnerable: '

# Its own configuration: agent.conf, then agent.conf.d.
echo 'nics = ( { name = "nothing"; } ); frobnicate = 1;' >"$etc/agent.conf"
expect_exit 65 "$installed" check
expect_complaint "$etc/agent\.conf:1: .*frobnicate"
echo 'nics = ( { name = "nothing"; } );' >"$etc/agent.conf"
expect_exit 1 "$installed" apply "${affected[@]}"
expect_line 'not selected'
echo 'nics = ( { kind = "vxlan"; } );' >"$etc/agent.conf.d/50-local.conf"
echo 'garbage' >"$etc/agent.conf.d/notes.txt"
expect_exit 0 "$installed" apply "${affected[@]}"
expect_summary '^Mitigation: '
expect_exit 0 "$installed" restore
echo 'nics = 5;' >"$etc/agent.conf.d/60-wrong.conf"
expect_exit 65 "$installed" check
expect_complaint "60-wrong\.conf:1: "
rm "$etc/agent.conf.d/60-wrong.conf"

# Installing again leaves the operator's files alone.
before=$(cat "$etc/agent.conf" "$etc/agent.conf.d/50-local.conf")
"$CMAKE" --install "$work/build" >/dev/null
expect_equal "the operator's configuration" "$before" \
	"$(cat "$etc/agent.conf" "$etc/agent.conf.d/50-local.conf")"

# Rules of the operator: a file of the same name replaces, an empty one and a link to /dev/null mask.
own=$etc/rules.d
shipped=$prefix/share/offload-agent/rules.d
for file in "$shipped"/*.rules; do
	: >"$own/$(basename "$file")"
done
expect_exit 0 "$installed" status "${affected[@]}"
expect_summary '^Not affected: '
for file in "$shipped"/*.rules; do
	ln -sf /dev/null "$own/$(basename "$file")"
done
expect_exit 0 "$installed" status "${affected[@]}"
expect_summary '^Not affected: '
rm "$own"/*.rules
first=$(basename "$(find "$shipped" -name '*zero*.rules')")
sed 's/title = "[^"]*"/title = "The replaced one"/' "$shipped/$first" >"$own/$first"
expect_exit 1 "$installed" explain "${affected[@]}"
expect_line '^  The replaced one$'
expect_exit 0 "$installed" check
expect_line "$own/$first"
expect_no_line "$shipped/$first"

# No configuration at all, and no folder for it: the defaults.
rm -r "$etc"
expect_exit 0 "$installed" check
expect_exit 0 "$installed" apply "${affected[@]}"
expect_exit 0 "$installed" restore

# No rules at all is no harmless thing.
rm -r "$shipped"
expect_exit 65 "$installed" status "${affected[@]}"
expect_complaint 'rules'
