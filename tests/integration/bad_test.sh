#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad configurations, rules and facts: one clear line for each fault, with file and line, exit code 65;
# nothing is changed. For each of the three there are put_KIND, which writes it, and
# refused_KIND, which asks every command that reads it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

rule=$work/bad/bad.rules
facts=$work/facts.json
declare -A file=([config]=$config [rule]=$rule [facts]=$facts)

# The parts of a good rule, a line each, from the second line on.
rule_parts=(id title kubernetes kernel exposed turn_off required)
declare -A good=([id]='id = "test";' [title]='title = "A test";'
	[kubernetes]='kubernetes = { affected = ( ">=1.16.0 <1.16.13" ); };'
	[kernel]='kernel = ( { family = "upstream"; affected = ( ">=4.6" ); } );'
	[exposed]='exposed = { kind = "vxlan"; };' [turn_off]='turn_off = [ "rx", "tx" ];'
	[required]='required = [ "tx" ];')

put_config() {
	printf '%s\n' "$1" >"$config"
}

# put_rule 'PART: LINE': the good rule, but for this part.
put_rule() {
	local part

	echo 'rule = {'
	for part in "${rule_parts[@]}"; do
		if [ "$part" = "${1%%:*}" ]; then
			echo "${1#*: }"
		else
			echo "${good[$part]}"
		fi
	done
	echo '};'
} >"$rule"

put_facts() {
	printf '%s\n' "$1" >"$facts"
}

# expect_refused REGEX COMMAND...: one line that matches, and nothing else.
expect_refused() {
	expect_exit 65 "${@:2}"
	expect_complaint "$1"
	expect "nothing on standard output" test ! -s "$work/stdout"
}

refused_config() {
	local command

	expect_refused "$1" agent check
	for command in status apply explain facts; do
		expect_refused "$1" agent "$command" "${affected[@]}"
	done
	expect_exit 0 agent restore --dry-run
}

refused_rule() {
	local rules=$work/bad command

	expect_refused "$1" agent check
	for command in status apply facts; do
		expect_refused "$1" agent "$command" "${affected[@]}"
	done
}

# By its name; and on standard input, which is no device, folder or pipe without a writer.
refused_facts() {
	expect_refused "facts\.json.*$1" agent explain --facts "$facts"
	[ ! -f "$facts" ] || expect_refused "standard input.*$1" agent explain --facts - <"$facts"
}

# refused KIND REGEX
refused() {
	"refused_$1" "$2"
	expect_equal "nothing is changed" "$before" "$(node_state)"
}

# Of each row: what is bad, the line that is reported, the text.
table=(
	config 'agent\.conf:2: .*frobnicate' $'\nfrobnicate = 1;'
	config 'agent\.conf:1: .*sweep' 'sweep = "often";'
	config 'agent\.conf:1: .*sweep' 'sweep = -1;'
	config 'agent\.conf:1: .*sweep' 'sweep = 1.5;'
	config 'agent\.conf:1: .*sweep' 'sweep = 99999999999L;'
	config 'agent\.conf:1: .*nics' 'nics = 5;'
	config 'agent\.conf:1: .*nics' 'nics = ();'
	config 'agent\.conf:1: .*nics' 'nics = { kind = "vxlan"; };'
	config 'agent\.conf:1: .*nics' 'nics = ( "vxlan" );'
	config 'agent\.conf:2: .*nmae' $'nics = ( { kind = "vxlan"; },\n  { nmae = "eth0"; } );'
	config 'agent\.conf:1: ' 'nics = ( { } );'
	config 'agent\.conf:1: .*eth\[' 'nics = ( { name = "eth["; } );'
	config 'agent\.conf:1: ' 'nics = ( { name = ""; } );'
	config 'agent\.conf:1: ' 'nics = ( { name = "eth\\"; } );'
	config 'agent\.conf:1: .*mac' 'nics = ( { mac = "02:0g"; } );'
	config 'agent\.conf:1: .*mac' 'nics = ( { mac = "02-00-00-00-00-01"; } );'
	config 'agent\.conf:1: ' 'nics = ( { kind = 5; } );'
	config 'agent\.conf:1: .*turn_off' 'turn_off = "tx";'
	config 'agent\.conf:1: .*turn_off' 'turn_off = [];'
	config 'agent\.conf:1: .*turn_off' 'turn_off = [ 5 ];'
	config 'agent\.conf:3: .*duplicate' $'sweep = 1;\n\nsweep = 2;'
	config 'agent\.conf:1: .*on_unknown' 'on_unknown = "perhaps";'
	config 'agent\.conf:1: .*on_not_affected' 'on_not_affected = true;'
	config 'agent\.conf:1: .*on_stop' 'on_stop = "explode";'
	config 'agent\.conf:1: .*kubernetes' 'kubernetes = "v1.18.3";'
	config 'agent\.conf:2: .*verison' $'kubernetes = {\n  verison = "v1.18.3"; };'
	config 'agent\.conf:1: .*kubelet' 'kubernetes = { kubelet = "kubelet"; };'
	config 'agent\.conf:1: .*proxy_metrics' 'kubernetes = { proxy_metrics = "localhost:10249"; };'
	config 'agent\.conf:1: .*proxy_metrics' 'kubernetes = { proxy_metrics = "127.0.0.1:99999"; };'
	config 'agent\.conf:1: .*evidence' 'kubernetes = { evidence = "hearsay"; };'
	config 'agent\.conf:1: .*evidence' 'kernel = { evidence = "hearsay"; };'
	config 'agent\.conf:[0-9]+: ' 'nics = ( { kind = "vx'
	config 'agent\.conf:[0-9]+: ' 'nics = ( { kind = "vxlan"; }'
	config 'agent\.conf:[12]: ' 'vxlan'
	config 'agent\.conf:1: ' '@include "/etc/passwd"'
	rule 'bad\.rules:2: .*frobnicate' 'id: id = "test"; frobnicate = 1;'
	rule 'bad\.rules:2: .*id' 'id: id = 5;'
	rule 'bad\.rules:2: .*id' 'id: id = "";'
	rule 'bad\.rules:1: .*id' 'id: '
	rule 'bad\.rules:1: .*title' 'title: '
	rule 'bad\.rules:3: .*duplicate' 'title: id = "again";'
	rule 'bad\.rules:4: .*kubernetes' 'kubernetes: kubernetes = "1.16";'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( ); };'
	rule 'bad\.rules:4: .*>=1\.18\.0 <1\.16\.0'
	'kubernetes: kubernetes = { affected = ( ">=1.18.0 <1.16.0" ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( "=1.16.0 <1.16.0" ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( ">=1.16" ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( "1.16.0" ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( ">=banana" ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( 5 ); };'
	rule 'bad\.rules:4: ' 'kubernetes: kubernetes = { affected = ( ">=1.99999999999.0" ); };'
	rule 'bad\.rules:5: ' 'kernel: kernel = ( { affected = ( ">=4.6" ); } );'
	rule 'bad\.rules:5: ' 'kernel: kernel = { family = "upstream"; affected = ( ">=4.6" ); };'
	rule 'bad\.rules:5: .*<4\.4 >=4\.6'
	'kernel: kernel = ( { family = "upstream"; affected = ( "<4.4 >=4.6" ); } );'
	rule 'bad\.rules:5: .*famliy' 'kernel: kernel = ( { family = "upstream"; famliy = "debian"; } );'
	rule 'bad\.rules:1: .*exposed' 'exposed: '
	rule 'bad\.rules:6: ' 'exposed: exposed = { };'
	rule 'bad\.rules:6: .*udp_csum' 'exposed: exposed = { kind = "vxlan"; udp_csum = "no"; };'
	rule 'bad\.rules:6: .*eth\[' 'exposed: exposed = { name = "eth["; };'
	rule 'bad\.rules:6: .*kidn' 'exposed: exposed = { kidn = "vxlan"; };'
	rule 'bad\.rules:1: .*turn_off' 'turn_off: '
	rule 'bad\.rules:7: .*turn_off' 'turn_off: turn_off = "tx";'
	rule 'bad\.rules:7: .*turn_off' 'turn_off: turn_off = [ ];'
	rule 'bad\.rules:8: .*required' 'required: required = [ 5 ];'
	# What must be off is among what is turned off.
	rule 'bad\.rules:8: .*required' 'required: required = [ "gro" ];'
	facts '' ''
	facts ':1: ' 'garbage'
	facts ':2: ' $'{\n"kernel": {"release": "4.19'
	facts ':[12]: ' '{"kernel": {"release": "4.19.118"}'
	facts ':1: ' '{} trailing'
	facts '' '[]'
	facts '' '"text"'
	facts '' '5'
	facts 'kernel' '{"kernel": "4.19.118"}'
	facts 'kernel' '{"kernel": []}'
	facts 'release' '{"kernel": {"release": 4.19}}'
	facts 'version' '{"kubernetes": {"version": true}}'
	facts 'present' '{"kubernetes": {"present": "yes"}}'
	facts 'id' '{"os": {"id": {}}}'
	facts 'links' '{"links": {}}'
	facts 'links' '{"links": [5]}'
	facts 'name' '{"links": [{"name": 5, "ifindex": 1}]}'
	facts 'name' '{"links": [{"name": "a-name-that-is-far-too-long", "ifindex": 1}]}'
	facts 'ifindex' '{"links": [{"name": "eth0", "ifindex": "1"}]}'
	facts 'ifindex' '{"links": [{"name": "eth0", "ifindex": -1}]}'
	facts 'udp_csum' '{"links": [{"name": "eth0", "ifindex": 1, "udp_csum": "no"}]}'
	facts 'frobnicate' '{"frobnicate": 1}'
	facts 'frobnicate' '{"kernel": {"frobnicate": 1}}'
	facts '' '{"kernel": {}, "kernel": {}}'
)

add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
configure 'nics = ( { name = "flannel.1"; } );'
agent apply "${affected[@]}" >/dev/null || true
before=$(node_state)
mkdir "${rule%/*}"

# What is good is taken.
good() {
	rules=$work/bad expect_exit 0 agent check
	expect_quiet
}

for text in '' ' ' '// nothing' '# nothing' '/* nothing */'; do
	configure "$text"
	expect_exit 0 agent check
	expect_quiet
done
put_rule none
good
expect_line 'test: .*\(.*bad\.rules\)'
put_rule 'kernel: kernel = ( { family = "upstream"; affected = ( ">=4.6", "<4.4" ); } );'
good
put_rule 'kubernetes: '
good

for ((i = 0; i < ${#table[@]}; i += 3)); do
	kind=${table[i]}
	with=${table[i + 2]}
	"put_$kind" "$with"
	refused "$kind" "${table[i + 1]}"
	# Good again: the next one of another kind is to be the only one that is reported.
	[ "$kind" != config ] || configure ''
done

# What is no text, no file, or too large, whatever it was to be.
declare -A named=([config]='agent\.conf' [rule]='bad\.rules' [facts]='')
declare -A filler=([config]='#' [rule]=' ' [facts]=' ')
declare -A size=([config]=3000000 [rule]=3000000 [facts]=6000000)
for kind in config rule facts; do
	path=${file[$kind]}
	with="$kind: a NUL byte"
	printf 'sweep = 1;\0sweep' >"$path"
	refused "$kind" "${named[$kind]}"
	with="$kind: a program"
	head -c 4096 "$agent" >"$path"
	refused "$kind" "${named[$kind]}"
	with="$kind: no UTF-8"
	printf '\xff\xfe = 1;' >"$path"
	refused "$kind" "${named[$kind]}"
	with="$kind: deeply nested"
	printf '%100000s' '' | tr ' ' "$([ "$kind" = facts ] && echo '[' || echo '(')" >"$path"
	refused "$kind" "${named[$kind]}"
	with="$kind: large"
	head -c "${size[$kind]}" /dev/zero | tr '\0' "${filler[$kind]}" >"$path"
	refused "$kind" "${named[$kind]}.*(large|bytes)"
	rm "$path"
	with="$kind: a folder"
	mkdir "$path"
	refused "$kind" "${named[$kind]}"
	rmdir "$path"
	[ "$kind" != config ] || configure ''
done

# Who may write configuration or rules decides: root alone.
for kind in config rule; do
	path=${file[$kind]}
	put_rule none
	configure ''
	for mode in 666 664 602; do
		with="$kind: mode $mode"
		chmod "$mode" "$path"
		refused "$kind" "${named[$kind]}.*writ"
		chmod 644 "$path"
	done
	with="$kind: a foreign owner"
	chown 65534 "$path"
	refused "$kind" "${named[$kind]}.*root"
	rm "$path"
	with="$kind: a pipe"
	mkfifo "$path"
	refused "$kind" "${named[$kind]}"
	rm "$path"
done

# Missing.
with=missing
rm "$config"
refused config 'agent\.conf'
configure ''
refused facts '[Nn]o such file'
refused rule 'bad'

# Words that other kernels may know: nobody refuses them, and check says what looks like a slip.
with='a slip of the pen'
slip() {
	put_rule "$1"
	expect_exit 0 agent check
	expect_complaint "${@:2}"
}
configure ''
shipped=$rules
rules=$work/bad
put_rule none
expect_exit 0 agent check
expect_quiet
slip 'exposed: exposed = { driver = "x"; feature_on = [ "rx-gro", "tx-tcp-segmentaton" ]; };' \
	'warning: .*bad\.rules:6: feature_on: .*"tx-tcp-segmentaton"; is "tx-tcp-segmentation" meant\?$'
slip 'exposed: exposed = ( { driver = "x"; }, { driver = "y"; feature_changeable = "lor"; } );' \
	'bad\.rules:6: feature_changeable: .*"lor"; is "lro" meant\?$'
slip 'turn_off: turn_off = [ "tx", "warp-drive" ];' "bad\.rules:7: turn_off: .*\"warp-drive\"; 'ethtool -k' lists"
slip 'kernel: kernel = ( { family = "ubunut"; affected = ( "<5.7" ); }, { family = "centos"; } );' \
	'bad\.rules:5: family: .*"ubunut"; is "ubuntu" meant\?$' "bad\.rules:5: family: .*\"centos\"; 'offload-agent"

# So are words of machines, and builds. The other commands work, and say nothing of it.
slip_of_check() {
	local command

	slip "$@"
	for command in status 'apply --dry-run' explain facts; do
		# shellcheck disable=SC2086 # words
		expect_exit '[012]' agent $command "${affected[@]}"
		expect_quiet
	done
}
slip_of_check 'kernel: machine = { arch = "arm64"; };' \
	'warning: .*bad\.rules:5: arch: "arm64" fits no word that there is: x86_64, aarch64, .*, xtensa$'
slip_of_check 'kernel: machine = { arch = "x86*"; hypervisor = "hyperv"; };' \
	'bad\.rules:5: hypervisor: "hyperv" fits no word that there is: hyper-v, kvm, parallels, virtualbox, vmware, xen$'
slip_of_check 'kernel: kernel = ( { family = "debian"; compare = "build"; affected = ( "<107" ); } );' \
	'bad\.rules:5: compare: "build" is for ubuntu and rhel, .*; debian kernels have none$'
slip_of_check 'kernel: kernel = ( { family = "ubunut"; compare = "build"; affected = ( "<107" ); } );' \
	'bad\.rules:5: family: .*"ubunut"'
put_rule 'kernel: machine = { arch = "arm*"; hypervisor = "*"; }; kernel = ( { family = "rhel"; compare = "build"; affected = ( "<1" ); } );'
expect_exit 0 agent check
expect_quiet
put_rule none
configure '' 'turn_off = [ "tx", "rx-grro" ];'
expect_exit 0 agent check
expect_complaint 'agent\.conf:2: turn_off: .*"rx-grro"; is "rx-gro" meant\?$'
rules=$shipped

# A configuration: a feature that this kernel does not have. Only a look at NICs shows it.
with='an unknown feature'
configure '' 'turn_off = [ "tx", "warp-drive" ];'
for command in status apply; do
	expect_refused 'agent\.conf:2: .*warp-drive' agent "$command" "${affected[@]}"
done
# All faults are reported.
configure 'sweep = "often";' 'frobnicate = 1;' 'on_stop = "explode";'
for command in check status; do
	expect_exit 65 agent "$command"
	expect_equal "faults told" 3 "$(grep -c '^offload-agent: .*agent\.conf:[123]: ' "$work/stderr")"
done
configure ''

# Rules: another thing than a rule, more than one in a file, the same one in two files.
with='not one rule'
echo 'role = { };' >"$rule"
refused rule 'bad\.rules:1: .*role'
put_rule none
cat "$rule" "$rule" >"$work/two"
cp "$work/two" "$rule"
refused rule 'bad\.rules:[0-9]+: .*duplicate'
put_rule none
cp "$rule" "$work/bad/worse.rules"
refused rule 'worse\.rules(:[0-9]+)?: .*test'
rm "$work/bad/worse.rules"
for size in 5 40 100 200; do
	with="a second rule, cut off at $size"
	head -c "$size" "$rule" >"$work/bad/cut.rules"
	refused rule 'cut\.rules:[0-9]+: '
done
rm "$work/bad/cut.rules"
with='the folder of rules'
chmod 777 "$work/bad"
refused rule 'bad.*writ'
chmod 755 "$work/bad"
chown 65534 "$work/bad"
refused rule 'bad.*root'
chown 0 "$work/bad"
with='a link to nothing'
ln -s none "$work/bad/dangling.rules"
refused rule 'dangling\.rules'
rm "$work/bad/dangling.rules"
# Faults of all files and of the configuration, together.
with=together
rules=$work/bad
put_rule 'id: id = 5;'
cp "$rule" "$rules/worse.rules"
configure 'frobnicate = 1;'
expect_exit 65 agent check
expect_complaint 'agent\.conf:1: ' 'bad\.rules:2: ' 'worse\.rules:2: '
configure ''
rm "$rules/worse.rules"
# Masked: an empty file, or a link to /dev/null. Other names are not read.
with=masked
put_rule none
: >"$rules/masked.rules"
ln -s /dev/null "$rules/null.rules"
echo garbage >"$rules/README"
echo garbage >"$rules/.hidden.rules"
expect_exit 0 agent check --json
expect_json "d['rules'] == 1 and d['masked'] == 2"
rm -r "$rules"
refused rule 'bad'

# Facts: endless; and control characters, which are shown without harm.
with='an endless file'
rules=$work/rules.d
endless() {
	agent explain --facts /dev/zero
}
expect_refused '/dev/zero' endless
with='control characters'
put_facts '{"kernel":{"release":"4.19\u001b[31m"},"kubernetes":{"version":"\n\nv1.18.3"}}'
refused facts 'release'
expect "no escape sequence" test -z "$(tr -dc '\033' <"$work/stderr")"

expect_equal "nothing was changed" "$before" "$(node_state)"
expect_exit 0 agent apply "${affected[@]}"
expect_exit 0 agent restore
expect_feature flannel.1 tx-checksum-ip-generic on
