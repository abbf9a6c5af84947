#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad rules: one clear line for each fault, with file and line; nothing is changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
configure 'nics = ( { name = "flannel.1"; } );'
agent apply "${affected[@]}" >/dev/null || true
configure ''
before=$(node_state)

rules=$work/bad
mkdir "$rules"
file=$rules/bad.rules

# The parts of a good rule, a line each.
declare -A good=([id]='id = "test";' [title]='title = "A test";'
	[kubernetes]='kubernetes = { affected = ( ">=1.16.0 <1.16.13" ); };'
	[kernel]='kernel = ( { family = "upstream"; affected = ( ">=4.6" ); } );'
	[exposed]='exposed = { kind = "vxlan"; };' [turn_off]='turn_off = [ "rx", "tx" ];'
	[required]='required = [ "tx" ];')

# write_rule [PART LINE]...: the good rule, with these parts instead; their lines are 2, 3, ...
write_rule() {
	local -A parts
	local part

	for part in id title kubernetes kernel exposed turn_off required; do
		parts[$part]=${good[$part]}
	done
	while [ $# -gt 0 ]; do
		parts[$1]=$2
		shift 2
	done
	printf '%s\n' 'rule = {' "${parts[id]}" "${parts[title]}" "${parts[kubernetes]}" \
		"${parts[kernel]}" "${parts[exposed]}" "${parts[turn_off]}" "${parts[required]}" \
		'};' >"$file"
}

expect_refused() {
	local command

	for command in check status apply facts; do
		if [ "$command" = check ]; then
			expect_exit 65 agent check
		else
			expect_exit 65 agent "$command" "${affected[@]}"
		fi
		expect_complaint "$@"
		expect "nothing on standard output" test ! -s "$work/stdout"
	done
	expect_equal "nothing is changed" "$before" "$(node_state)"
}

# bad REGEX [PART LINE]...
bad() {
	local regex=$1 with

	shift
	with=$*
	write_rule "$@"
	expect_refused "$regex"
}

write_rule
expect_exit 0 agent check
expect_quiet
expect_line 'test \(.*bad\.rules\)'
write_rule kernel 'kernel = ( { family = "upstream"; affected = ( ">=4.6", "<4.4" ); } );' \
	kubernetes ''
expect_exit 0 agent check

bad 'bad\.rules:2: .*frobnicate' id 'id = "test"; frobnicate = 1;'
bad 'bad\.rules:2: .*id' id 'id = 5;'
bad 'bad\.rules:2: .*id' id 'id = "";'
bad 'bad\.rules:1: .*id' id ''
bad 'bad\.rules:1: .*title' title ''
bad 'bad\.rules:1: .*exposed' exposed ''
bad 'bad\.rules:1: .*turn_off' turn_off ''
bad 'bad\.rules:4: .*kubernetes' kubernetes 'kubernetes = "1.16";'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( ); };'
bad 'bad\.rules:4: .*>=1\.18\.0 <1\.16\.0' kubernetes \
	'kubernetes = { affected = ( ">=1.18.0 <1.16.0" ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( "=1.16.0 <1.16.0" ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( ">=1.16" ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( "1.16.0" ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( ">=banana" ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( 5 ); };'
bad 'bad\.rules:4: .*' kubernetes 'kubernetes = { affected = ( ">=1.99999999999.0" ); };'
bad 'bad\.rules:5: .*' kernel 'kernel = ( { affected = ( ">=4.6" ); } );'
bad 'bad\.rules:5: .*' kernel 'kernel = { family = "upstream"; affected = ( ">=4.6" ); };'
bad 'bad\.rules:5: .*<4\.4 >=4\.6' kernel \
	'kernel = ( { family = "upstream"; affected = ( "<4.4 >=4.6" ); } );'
bad 'bad\.rules:5: .*famliy' kernel 'kernel = ( { family = "upstream"; famliy = "debian"; } );'
bad 'bad\.rules:6: ' exposed 'exposed = { };'
bad 'bad\.rules:6: .*udp_csum' exposed 'exposed = { kind = "vxlan"; udp_csum = "no"; };'
bad 'bad\.rules:6: .*eth\[' exposed 'exposed = { name = "eth["; };'
bad 'bad\.rules:6: .*kidn' exposed 'exposed = { kidn = "vxlan"; };'
bad 'bad\.rules:7: .*turn_off' turn_off 'turn_off = "tx";'
bad 'bad\.rules:7: .*turn_off' turn_off 'turn_off = [ ];'
bad 'bad\.rules:8: .*required' required 'required = [ 5 ];'
bad 'bad\.rules:3: .*duplicate' title 'id = "again";'

# What must be off is among what is turned off.
bad 'bad\.rules:8: .*required' required 'required = [ "gro" ];'

# No rule, more than one, another thing.
echo 'role = { };' >"$file"
expect_refused 'bad\.rules:1: .*role'
write_rule
cat "$file" "$file" >"$work/two"
cp "$work/two" "$file"
expect_refused 'bad\.rules:[0-9]+: .*duplicate'
write_rule
cp "$file" "$rules/worse.rules"
expect_refused 'worse\.rules(:[0-9]+)?: .*test'
rm "$rules/worse.rules"

# Cut off, not text, huge.
write_rule
for size in 5 40 100 200; do
	head -c "$size" "$file" >"$work/cut"
	cp "$work/cut" "$rules/cut.rules"
	expect_refused 'cut\.rules:[0-9]+: '
done
head -c 4096 "$agent" >"$rules/cut.rules"
expect_refused 'cut\.rules'
head -c 3000000 /dev/zero | tr '\0' ' ' >"$rules/cut.rules"
expect_refused 'cut\.rules.*large|cut\.rules.*bytes'
rm "$rules/cut.rules"

# Who may write it.
chmod 666 "$file"
expect_refused 'bad\.rules.*writ'
chmod 644 "$file"
chown 65534 "$file"
expect_refused 'bad\.rules.*root'
chown 0 "$file"
chmod 777 "$rules"
expect_refused 'bad.*writ'
chmod 755 "$rules"
chown 65534 "$rules"
expect_refused 'bad.*root'
chown 0 "$rules"
ln -s none "$rules/dangling.rules"
expect_exit 65 agent check
expect_complaint 'dangling\.rules'
rm "$rules/dangling.rules"
mkfifo "$rules/fifo.rules"
expect_refused 'fifo\.rules'
rm "$rules/fifo.rules"

# Faults of all files and of the configuration, together.
write_rule id 'id = 5;'
cp "$file" "$rules/worse.rules"
configure 'frobnicate = 1;'
expect_exit 65 agent check
expect_complaint 'agent\.conf:1: ' 'bad\.rules:2: ' 'worse\.rules:2: '
configure ''
rm "$rules/worse.rules"

# Masked: an empty file, or a link to /dev/null. Other names are not read.
write_rule
: >"$rules/masked.rules"
ln -s /dev/null "$rules/null.rules"
echo garbage >"$rules/README"
echo garbage >"$rules/.hidden.rules"
expect_exit 0 agent check --json
expect_json "d['rules'] == 1 and d['masked'] == 2"
rm "$rules"/{,.}*.rules

# None at all.
expect_refused 'bad'
rm -r "$rules"
expect_refused 'bad'
