#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What systemd from 219 on understands, without having one: the unit and its drop-ins by the table
# "directives" beside this file and by what is known to do harm in old ones; the lines of sysusers.d and
# tmpfiles.d. Where a systemd is installed, the table is compared with what that one knows.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=review.sh
. "$(dirname "$0")/review.sh"
need awk

oldest=219
table=$SOURCE/tests/review/directives
systemd=$SOURCE/packaging/systemd
n_looked_at=0

declare -A since
read_table() {
	local setting version why

	while read -r setting version why; do
		[[ $setting != \#* && -n $setting ]] || continue
		since[$setting]=$version
		n_looked_at=$((n_looked_at + 1))
		[ "$version" -le "$oldest" ] || [ -n "$why" ] ||
			complain "directives: $setting is of $version, and nothing says why that does no harm"
	done <"$table"
}

# judge_value SETTING VALUE: says what old ones make of it.
judge_value() {
	case $1=$2 in
	Bind*Paths=*) echo "233 to 238 do not start the service when the folder is missing" ;;
	RuntimeDirectory*=* | StateDirectory*=*) echo "before 235 it is deleted when the service stops" ;;
	Exec*=[-@]*) judge_value "$1" "${2#?}" ;;
	Exec*=[+'!:|']*) echo "before 231 such a prefix is no command" ;;
	SystemCallFilter=~*) ;;
	SystemCallFilter=*@*) echo "before 239 a list of what is allowed loses the groups" ;;
	ProtectHome=yes | ProtectHome=read-only | ProtectSystem=yes | ProtectSystem=full) ;;
	ProtectSystem=strict) [ "${last[$1]:-}" = full ] || echo "before 232 it is ignored, and nothing protected: say 'full' first" ;;
	ProtectHome=* | ProtectSystem=*) echo "not all of them know this value" ;;
	Type=notify) ;;
	Type=*) echo "not all of them know this value" ;;
	ReadWritePaths=-* | ReadWritePaths=/etc/*) ;;
	ReadWritePaths=*) echo "a folder that is missing keeps the service from starting: a dash in front" ;;
	*=*%*) echo "specifiers came at many times" ;;
	esac
}

# judge_unit FILE: says each fault, with the line.
judge_unit() {
	local line section='' setting value fault n=0
	declare -A last=()

	while IFS= read -r line || [ -n "$line" ]; do
		n=$((n + 1))
		case $line in
		'' | \#* | \;*) continue ;;
		*\\) echo "$n: a line that goes on in the next one is not looked at" ;;
		'[Unit]' | '[Service]' | '[Install]') section=$line ;;
		'['*) echo "$n: $line is no section of a service" ;;
		*=*)
			setting=${line%%=*} value=${line#*=}
			[ -n "$section" ] || echo "$n: $setting is in no section"
			[ -n "${since[$setting]:-}" ] || echo "$n: $setting is not in the table"
			fault=$(judge_value "$setting" "$value")
			[ -z "$fault" ] || echo "$n: $line: $fault"
			# The first list decides whether the others allow or forbid.
			[ "$setting" != SystemCallFilter ] || [ -n "${last[$setting]:-}" ] || [[ $value == ~* ]] ||
				echo "$n: $line: the first list must forbid"
			last[$setting]=$value
			;;
		*) echo "$n: $line: no setting" ;;
		esac
	done <"$1"
}

# judge_sysusers FILE: kind, name, id, description, home. A shell came with 238; user and group with 215.
judge_sysusers() {
	awk '/^[[:space:]]*(#|$)/ { next }
	$1 !~ /^[ugm]$/ { print NR ": " $1 " is no kind that 219 knows" }
	{ line = $0; gsub(/"[^"]*"/, "text", line)
	  if (split(line, field) > 4) print NR ": 219 to 237 refuse what stands behind the description" }' "$1"
}

# judge_tmpfiles FILE: kind, path, mode, user, group, age, argument.
judge_tmpfiles() {
	awk '/^[[:space:]]*(#|$)/ { next }
	$1 !~ /^[fFwdDvpLcbxXrRzZtaAhH][+!]*$/ { print NR ": " $1 " is no kind that 219 knows" }
	NF > 3 && $3 !~ /^(-|~?[0-7]+)$/ { print NR ": mode " $3 " is none that 219 knows" }
	NF > 5 && ($4 $5) !~ /^[-a-z_0-9]+$/ { print NR ": user " $4 ", group " $5 }
	{ for (i = 2; i <= NF; i++) if ($i ~ /%/) print NR ": specifiers came at many times" }' "$1"
}

# fine JUDGE FILE
fine() {
	local fault

	n_looked_at=$((n_looked_at + 1))
	while read -r fault; do
		complain "${2#"$SOURCE"/}:$fault"
	done < <("$1" "$2")
}

# refused JUDGE LINE...: the judge must be able to say no, to the last line.
refused() {
	local judge=$1

	shift
	n_looked_at=$((n_looked_at + 1))
	printf '%s\n' "$@" >"$work/wrong"
	"$judge" "$work/wrong" >"$work/faults"
	grep -q "^$#: " "$work/faults" || complain "$judge lets pass: ${*: -1}"
}

read_table
for file in "$systemd"/*.service.in "$systemd"/*.conf.in "$systemd"/*.conf \
	"$SOURCE"/packaging/monitoring/*.conf; do
	case ${file##*/} in
	sysusers.conf | tmpfiles.conf) ;;
	*) fine judge_unit "$file" ;;
	esac
done
fine judge_sysusers "$systemd/sysusers.conf"
fine judge_tmpfiles "$systemd/tmpfiles.conf"
for file in "$systemd"/*.tmpfiles; do
	fine judge_tmpfiles "$file"
done

for wrong in 'BindReadOnlyPaths=-/home/kubernetes' 'BindPaths=/a' 'RuntimeDirectory=offload-agent' \
	'RuntimeDirectoryPreserve=yes' 'SystemCallFilter=@system-service' 'SystemCallFilter=read write' \
	'ExecStartPre=+/bin/true' 'ExecStartPre=-+/bin/true' 'ExecStart=!/bin/true' 'ExecStart=:/bin/true' \
	'ProtectSystem=strict' 'ProtectHome=tmpfs' 'ReadWritePaths=/run/offload-agent' 'NoSuchSetting=1' \
	'DynamicUser=yes' 'Type=exec' 'User=%i' 'nonsense'; do
	refused judge_unit '[Service]' "$wrong"
done
refused judge_unit '[Service]' 'SystemCallFilter=~@mount' 'SystemCallFilter=@system-service'
refused judge_unit 'User=root'
refused judge_unit '[Socket]'
refused judge_unit '[Service]' "ExecStart=/bin/true \\"
refused judge_sysusers 'u offload-agent - "NIC offload agent" - -'
refused judge_sysusers 'u offload-agent - "NIC offload agent" / /usr/sbin/nologin'
refused judge_sysusers 'u! offload-agent - "NIC offload agent"'
refused judge_tmpfiles 'e /run/offload-agent 0755 offload-agent offload-agent -'
refused judge_tmpfiles 'd= /run/offload-agent 0755 offload-agent offload-agent -'
refused judge_tmpfiles 'd /run/offload-agent :0755 offload-agent offload-agent -'
refused judge_tmpfiles 'd %t/offload-agent 0755 offload-agent offload-agent -'

# Names that systemd has dropped, or never had.
program=$(find /usr/lib/systemd/systemd /lib/systemd/systemd -maxdepth 0 2>/dev/null | head -n 1)
if [ -n "$program" ]; then
	"$program" --dump-configuration-items | sed -n 's/=.*//p' | sort -u >"$work/known"
	for setting in "${!since[@]}"; do
		grep -q -x "$setting" "$work/known" || [ "$setting" = Capabilities ] ||
			complain "directives: $setting is not known to $program"
	done
fi
report "files, settings and wrong lines" "$n_looked_at"
