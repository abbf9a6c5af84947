#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The rooms of the program are folders, each a library; a file includes headers of its own room, and of
# those that the link line of its room names, or theirs in turn. That the link lines suffice is seen
# when the tests are built: every room is linked whole with them alone. All files of a folder belong to
# its library.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need git

# "ROOM LOWER-ROOM" from the link lines, a library being named after its folder; then what these reach.
mapfile -t lists < <(git ls-files -- '*/CMakeLists.txt' ':!tests' ':!packaging')
for list in "${lists[@]}"; do
	tr '\n' ' ' <"$list" | grep -oE 'target_link_libraries\((policy|ethtool_nl|agent)[^)]*\)' |
		grep -oE '\((policy|ethtool_nl|agent)[a-z_]*|(policy|ethtool_nl|agent)[a-z_]*' |
		awk '/^\(/ { room = substr($1, 2); next } { print room, $1 }'
done >"$work/links"
awk '
	{ reaches[$1, $2] = 1; rooms[$1]; rooms[$2] }
	END {
		for (middle in rooms)
			for (from in rooms)
				for (to in rooms)
					if ((from, middle) in reaches && (middle, to) in reaches)
						reaches[from, to] = 1
		for (pair in reaches) {
			split(pair, names, SUBSEP)
			print names[1], names[2]
		}
	}
' "$work/links" | sort >"$work/reached"
n_links=$(wc -l <"$work/reached")
[ "$n_links" -ge 60 ] || complain "only $n_links pairs of rooms were found in the link lines"
while read -r room; do
	complain "$room stands on itself"
done < <(awk '$1 == $2 { print $1 }' "$work/reached")

# The library of a file: that of its folder.
room_of() {
	local folder=${1%/*}

	case $folder in
	agent) echo agent_commands ;;
	*) echo "${folder//\//_}" ;;
	esac
}

n_includes=0
while read -r file; do
	room=$(room_of "$file")
	while read -r included; do
		[[ $included == */* ]] || continue
		n_includes=$((n_includes + 1))
		other=$(room_of "$included")
		[ "$room" = "$other" ] || grep -qx "$room $other" "$work/reached" ||
			complain "$file includes $included, and $room does not link $other"
	done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$file")
	case $file in
	*.h | agent/main.c) ;;
	*) grep -q "\b${file##*/}" "${file%/*}/CMakeLists.txt" || complain "$file belongs to no library" ;;
	esac
done < <(git ls-files -- 'agent/*.[ch]' 'policy/*.[ch]' 'ethtool_nl/*.[ch]')
report includes "$n_includes"
