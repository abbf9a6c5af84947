#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable packages as files: the program in them needs nothing and is the same in each, says what
# is linked in, and so do the documents; the formats are those of old dpkg and rpm; check-bundled sees
# an old library. And the program, running: it opens no library and asks no name service.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=portable.sh
. "$(dirname "$0")/portable.sh"
: "${SOURCE:?}"
need ar cpio dpkg-deb readelf rpm rpm2cpio strace

documents=usr/share/doc/offload-agent
dpkg-deb -x "$deb" "$work/deb"
mkdir "$work/rpm"
(cd "$work/rpm" && rpm2cpio "$rpm" | cpio -i --quiet --make-directories)

expect_equal "libraries it needs" '' "$(readelf --dynamic "$program" | grep NEEDED || true)"
expect_equal "its loader" '' "$(readelf --segments "$program" | grep INTERP || true)"
for kind in deb rpm; do
	expect "the same program in the $kind" cmp "$program" "$work/$kind/usr/sbin/offload-agent"
	expect "the same list in the $kind" cmp "$unpacked/$documents/BUNDLED" "$work/$kind/$documents/BUNDLED"
done

# As hardened as the one that takes the system's libraries (tests/review/binary_test.sh); the guards of
# stacks and copies are no symbols here, for the program is stripped.
header() {
	expect "$1" grep -q -E -e "$2" <(readelf "${@:3}" "$program")
}
header "position independent" 'Type: +DYN' --file-header
header "marked as such" 'FLAGS_1.* PIE' --dynamic
header "read-only relocations" 'GNU_RELRO' --segments
header "all of them, at once" 'FLAGS.*NOW' --dynamic
header "a stack that is not executable" 'GNU_STACK .* RW ' --segments --wide
expect_equal "nothing writable and executable" '' "$(readelf --segments --wide "$program" | grep 'LOAD .* RWE' || true)"

# What is linked in.
expect_exit 0 "$program" --version
expect_equal "a version alone" 1 "$(wc -l <"$work/stdout")"
expect_exit 0 "$program" --version --verbose
expect_equal "what --version --verbose says" "$(grep -v '^#' "$unpacked/$documents/BUNDLED" | cut -d ' ' -f 1,2)" \
	"$(sed -n 's/^  //p' "$work/stdout")"
for name in glibc jansson libconfig libmnl libnl3 systemd; do
	expect_line "^  $name [0-9]"
	expect "the copyright of $name" test -s "$unpacked/$documents/licences/$name"
done
expect "the licence's text" grep -q 'GNU LESSER GENERAL PUBLIC LICENSE' "$unpacked/$documents/licences/LGPL-2.1"
expect "SPDX" "$python" - "$unpacked/$documents" "$program" <<'PYTHON'
import hashlib, json, sys

folder, program = sys.argv[1:]
with open(folder + "/offload-agent.spdx.json") as file:
    spdx = json.load(file)
with open(folder + "/BUNDLED") as file:
    bundled = [line.split(" ", 2) for line in file if not line.startswith("#")]
with open(program, "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
packages = {p["name"]: p for p in spdx["packages"]}
assert spdx["spdxVersion"] == "SPDX-2.3"
assert packages["offload-agent"]["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest}]
assert len(packages) == len(bundled) + 1
for name, version, licence in bundled:
    assert packages[name]["versionInfo"] == version, name
    assert packages[name]["licenseDeclared"] == licence.strip(), name
ids = {p["SPDXID"] for p in spdx["packages"]} | {"SPDXRef-DOCUMENT"}
assert len(ids) == len(packages) + 1
links = [r for r in spdx["relationships"] if r["relationshipType"] == "STATIC_LINK"]
assert len(links) == len(bundled)
assert all(r["spdxElementId"] in ids and r["relatedSpdxElement"] in ids for r in spdx["relationships"])
PYTHON

# Formats: xz for dpkg from 1.17 on, gzip for rpm from 4.11 on, and nothing newer asked for.
expect_equal "members of the deb" 'debian-binary control.tar.xz data.tar.xz' "$(ar t "$deb" | paste -s -d ' ')"
expect_equal "libraries that the deb asks for" '' "$(dpkg-deb -f "$deb" Depends Pre-Depends | grep -E 'lib|>=' || true)"
expect "the unit is where split systems look" test -e "$work/deb/lib/systemd/system/offload-agent.service"
expect_equal "payload of the rpm" 'gzip 8' "$(rpm -qp --qf '%{PAYLOADCOMPRESSOR} %{FILEDIGESTALGO}' "$rpm")"
expect_equal "what the rpm asks of rpm" 'rpmlib(CompressedFileNames) <= 3.0.4-1
rpmlib(FileDigests) <= 4.6.0-1
rpmlib(PayloadFilesHavePrefix) <= 4.0-1' "$(rpm -qp --requires "$rpm" | grep rpmlib | sort -u)"
expect_equal "what it asks of the system" '' \
	"$(rpm -qp --requires "$rpm" | grep -v -E '^(/|rpmlib\(|systemd( |$))' || true)"
expect_exit 0 rpm -qp --provides "$rpm"
expect_line '^bundled\(glibc\) = [0-9.]+$'

# check-bundled, without the archive: what is no list, and what is missing.
expect_exit 64 "$SOURCE/packaging/check-bundled"
expect_exit 65 "$SOURCE/packaging/check-bundled" /dev/null
expect_exit 65 "$SOURCE/packaging/check-bundled" "$work/missing"

# What it opens while it runs. Its own options name no file below /lib.
add_vxlan flannel.1 1 noudpcsum
for command in check facts status explain apply restore probe; do
	options=()
	case $command in
	status | explain | apply) options=("${affected[@]}" --root "$root") ;;
	facts) options=(--root "$root") ;;
	esac
	code=0
	strace -f -qq -e trace=open,openat,execve,connect -o "$work/trace.$command" "$program" "$command" \
		--config "$config" --rules "$unpacked/usr/share/offload-agent/rules.d" ${options[@]+"${options[@]}"} >/dev/null 2>&1 || code=$?
	expect "$command: exit code $code" test "$code" -le 2
	expect "$command was traced" grep -q 'execve(' "$work/trace.$command"
	expect_equal "$command: libraries and name services" '' \
		"$(grep -E '"(/usr)?/lib(64|32|x32)?/|ld\.so|nsswitch|"/etc/(passwd|group|hosts|resolv)|gconv|locale|nscd' \
			"$work/trace.$command" | grep -v -E 'lib/os-release|lib/dpkg' || true)"
done
