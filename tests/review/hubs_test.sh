#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No struct is a hub: seen, by what a source includes and what that includes in turn, by more than a dozen
# sources. Values may be: all may read and copy them, and nothing in them is opened, kept or looked
# after. They are listed here, each with the reason; one whose struct is gone is a complaint, too. Nor is a
# folder a heap, or a function a chapter.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need git

sources_max=12
files_max=42
lines_max=75

cat >"$work/values" <<'END'
agent/options.h: options: argv, taken apart; for main and the commands, one file each, and nobody below
agent/reconcile/link_plan.h: link_exposure link_plan todo: the plan's answers about one link, sets of features
agent/reconcile/sources.h: sources: what the command line names; texts that are borrowed
agent/detect/detect.h: detect_options: what is asked of a detection; texts that are borrowed
agent/links/checksum_counters.h: checksum_counters: three numbers of the kernel
agent/links/checksum_rates.h: checksum_rates checksum_reading: the same, then and now, and how fast they rise
agent/links/network_namespace.h: network_namespace: two numbers that name one
agent/record/service_status.h: service_status: what a service says of itself, as service.json has it
agent/record/wire_seen.h: wire_seen_peer wire_seen: sums of a look and the names of some peers, a part of service_status
agent/report/report.h: report: what is printed; pointers to the values above and below
agent/settings/report_format.h: report_format_entry: a row of a table of words
ethtool_nl/ethtool_nl.h: feature_mask featureset: bits
ethtool_nl/ethtool_nl.h: ethtool_nl_link ethtool_nl_change: a question to the library and its answer
policy/evaluate.h: condition evidence rule_judgement judgement: a verdict and its reasons
policy/exposure.h: port_list version_match tunnel_match exposure: conditions of a rule about links
policy/facts.h: node_facts kernel_facts os_facts kubernetes_answer kubernetes_facts nat_rules_facts nat_seen_facts link_address link_facts carried_facts device_facts symptom_facts machine_facts measured_facts facts: what is known of a node
policy/link_match.h: link_match: patterns of a selector
policy/nat/nat_rule.h: nat_packet nat_step nat_rule nat_steps: one rule, one packet, and what the one does to the other
policy/range.h: range range_list: versions from one to another
policy/rule.h: kernel_line machine_match rule rules rule_choice rule_needs: what rule files say
policy/version.h: version: numbers
END

# "N HEADER STRUCT": how many sources see the definition of a struct.
mapfile -t files < <(git ls-files -- '*.[ch]' ':!tests')
awk '
	/^#include "/ { split($0, part, "\""); includes[FILENAME] = includes[FILENAME] " " part[2] }
	/^struct [a-z0-9_]+ ?\{?$/ { structs[FILENAME] = structs[FILENAME] " " $2 }
	function see(file,    names, n, i) {
		n = split(includes[file], names, " ")
		for (i = 1; i <= n; i++) {
			if (names[i] in seen)
				continue
			seen[names[i]]
			sources[names[i]]++
			see(names[i])
		}
	}
	END {
		for (i = 1; i < ARGC; i++) {
			if (ARGV[i] !~ /\.c$/)
				continue
			delete seen
			see(ARGV[i])
		}
		for (header in structs) {
			n = split(structs[header], names, " ")
			for (i = 1; i <= n && header ~ /\.h$/; i++)
				print sources[header] + 0, header, names[i]
		}
	}
' "${files[@]}" | sort -rn >"$work/seen"

# "HEADER STRUCT" of the list above.
awk -F ': ' '{ n = split($2, names, " "); for (i = 1; i <= n; i++) print $1, names[i] }' "$work/values" >"$work/listed"
while read -r n header name; do
	[ "$n" -le "$sources_max" ] || grep -qx "$header $name" "$work/listed" ||
		complain "struct $name of $header is seen by $n sources, and is no value: let headers declare it," \
			"or give those who need a part of it that part"
done <"$work/seen"
while read -r header name; do
	grep -q " $header $name\$" "$work/seen" || complain "$header has no struct $name any more: the list has"
done <"$work/listed"
# What belongs to the command line is not seen below it.
while read -r file; do
	complain "$file includes agent/options.h, which is the command line's"
done < <(git grep -l '#include "agent/options.h"' -- 'agent/*/' policy ethtool_nl)

# "LINES FILE:LINE", the longest function first.
awk '
	/^{/ { begin = FNR }
	/^}/ && begin { print FNR - begin - 1, FILENAME ":" begin; begin = 0 }
' "${files[@]}" | sort -rn >"$work/functions"
while read -r lines where; do
	[ "$lines" -le "$lines_max" ] || complain "$where: a function of $lines lines"
done <"$work/functions"

# "N FOLDER", and "ROOM OTHER" for each pair of which one includes the other.
printf '%s\n' "${files[@]}" | sed 's:[^/]*$::' | sort | uniq -c | sort -rn >"$work/folders"
while read -r n folder; do
	[ "$n" -le "$files_max" ] || complain "$folder holds $n C files and headers: make a room of some of them"
done <"$work/folders"
awk '
	function folder(file) { sub(/[^\/]*$/, "", file); return file }
	/^#include "/ {
		split($0, part, "\"")
		if (folder(part[2]) != folder(FILENAME))
			print folder(FILENAME), folder(part[2])
	}
' "${files[@]}" | sort -u >"$work/arrows"

echo "rooms: $(wc -l <"$work/folders"), arrows between them: $(wc -l <"$work/arrows")"
echo "longest function: $(head -n 1 "$work/functions")"
echo "files in the largest folder: $(head -n 1 "$work/folders" | xargs)"
awk 'NR == FNR { listed[$0]; next } !(($2 " " $3) in listed) && n++ < 5 { print "seen by " $1 ": " $3 }' \
	"$work/listed" "$work/seen"
report structs "$(wc -l <"$work/seen")"
