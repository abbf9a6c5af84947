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
