#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What is documented for cloud-init: valid by cloud-init's own schema; what it writes is a valid
# configuration and a valid script; and what it runs works as early as that: no D-Bus, no journal.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
: "${SOURCE:?}"
need cloud-init shellcheck
"$python" -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"

folder=$SOURCE/packaging/cloud-init
# value FILE EXPRESSION: of the parsed file `d`.
value() {
	"$python" -c 'import sys, yaml; d = yaml.safe_load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}

for file in "$folder"/*.yaml "$folder"/*.cfg; do
	with=${file##*/}
	expect_exit 0 cloud-init schema --config-file "$file"
	expect_line "Valid cloud-config"
done
# The judge must be able to say no.
printf '#cloud-config\nruncmd: 5\n' >"$work/wrong.yaml"
expect_exit 1 cloud-init schema --config-file "$work/wrong.yaml"

for file in "$folder"/*.yaml; do
	with=${file##*/}
	value "$file" 'd["write_files"][0]["content"]' >"$config"
	expect_exit 0 agent check
	expect_equal "where it goes" /etc/offload-agent/agent.conf.d/50-cloud-init.conf \
		"$(value "$file" 'd["write_files"][0]["path"]')"
	expect_equal "what is enabled" "['systemctl', 'enable', '--now', 'offload-agent.service']" \
		"$(value "$file" 'd["runcmd"][-1]')"
done
value "$folder/user-data-file.yaml" 'd["write_files"][1]["content"]' >"$work/install.sh"
with=
expect_exit 0 shellcheck "$work/install.sh"

# Which package it takes, and with what: dpkg, rpm and the rest are stand-ins here. In the virtual
# machine of tests/vm the branch for DEB runs for real; the one for RPM runs nowhere else.
tools=$work/tools
mkdir -p "$tools" "$work/packages" "$work/tmp"
# stand_in NAME [LINE...]: what it is called with goes into $work/called.
stand_in() {
	local name=$1

	shift
	printf '%s\n' '#!/bin/sh' "echo \"$name \$*\" >>$work/called" "$@" >"$tools/$name"
	chmod 755 "$tools/$name"
}
# node NAME...: with these tools, and nothing installed yet.
node() {
	local name

	rm -rf "${tools:?}"/* "$work/called"
	for name in basename cat chmod curl dirname grep mktemp rm sha256sum sh; do
		ln -s "$(command -v "$name")" "$tools/"
	done
	for name; do
		case $name in
		dpkg) stand_in dpkg 'echo amd64' ;;
		rpm) stand_in rpm 'case $1 in --eval) echo x86_64 ;; esac' ;;
		*) stand_in "$name" ;;
		esac
	done
}
install_script() {
	TMPDIR=$work/tmp PATH=$tools "$tools/sh" "$work/install.sh"
}
# takes COMMAND...: the last of the stand-ins that was called.
takes() {
	expect_exit 0 install_script
	expect_equal "what installs" "$*" "$(tail -n 1 "$work/called")"
	expect_equal "what is left behind" '' "$(ls -A "$work/tmp")"
}
takes_nothing() {
	expect_exit 1 install_script
	expect_equal "what installs" '' "$(grep -E ' (install|--upgrade) ' "$work/called" 2>/dev/null || true)"
}
deb=offload-agent_0.1.0_amd64.deb
rpm=offload-agent-0.1.0-1.x86_64.rpm
for package in "$deb" "$rpm"; do
	echo "$package" >"$work/packages/$package"
	checksum=$(sha256sum "$work/packages/$package")
	sed -i "s,^0*  $package\$,${checksum%% *}  $package," "$work/install.sh"
done
sed -i "s,^address=.*,address=file://$work/packages," "$work/install.sh"
node dpkg dpkg-query apt-get
takes apt-get install --yes "./$deb"
node rpm dnf yum
takes dnf install --assumeyes "./$rpm"
node rpm yum
takes yum install --assumeyes "./$rpm"
node rpm
takes rpm --upgrade "$rpm"
# dpkg as a tool on a system of RPMs, and rpm on one of DEBs.
node rpm dnf dpkg apt-get dpkg-query
stand_in dpkg-query 'exit 1'
takes dnf install --assumeyes "./$rpm"
node rpm dpkg apt-get dpkg-query
takes apt-get install --yes "./$deb"

node
takes_nothing
expect_complaint 'neither made of DEB nor of RPM'
node dpkg-query apt-get
stand_in dpkg 'echo riscv64'
takes_nothing
expect_complaint 'not in the list of checksums: a package that ends in _riscv64'
echo garbage >"$work/packages/$rpm"
node rpm dnf
takes_nothing
rm "$work/packages/$deb"
node dpkg dpkg-query apt-get
expect_exit 37 install_script
expect_equal "what installs" '' "$(grep apt-get "$work/called" || true)"

# The line that applies: an answer is no failure, a fault is one.
expect_equal "runcmd and bootcmd apply alike" "$(value "$folder/user-data-file.yaml" 'd["runcmd"][1][2]')" \
	"$(value "$folder/90-offload-agent.cfg" 'd["bootcmd"][0][2]')"
line=$(value "$folder/90-offload-agent.cfg" 'd["bootcmd"][0][2]')
# as_documented OPTION...: the line, with this test's program and options.
as_documented() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "${line//offload-agent apply/$agent apply --rules $rules --config $config --root $root $*}"
}
add_vxlan flannel.1 1 noudpcsum
expect_exit 0 as_documented
expect_summary '^Not affected: '
expect_exit 0 as_documented "${affected[@]}"
expect_summary '^Mitigation: '
expect_feature flannel.1 tx-checksum-ip-generic off
expect_exit 0 agent restore
expect_exit 0 as_documented --kernel-release nonsense --kubernetes-version v1.18.3
expect_summary '^Unknown: '
echo 'nonsense' >"$config"
expect_exit 1 as_documented
