# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A copy of a root file system, this machine's or another, that can be written and is thrown away: an
# overlay in the test's own mount namespace. On top of the integration tests' lib.sh, which it sources.
#
#   $copy  the root

# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

copy=$work/copy

# make_root_copy [ROOT]: with an empty /run, so that nothing there looks like a running systemd, and without
# what was installed by hand.
make_root_copy() {
	mkdir -p "$work/overlay/upper" "$work/overlay/work" "$copy"
	mount -t overlay -o "lowerdir=${1:-/},upperdir=$work/overlay/upper,workdir=$work/overlay/work" \
		overlay "$copy" || skip "overlays are not permitted here"
	rm -rf "$copy/etc/offload-agent" "$copy/usr/local/sbin/offload-agent"
	mount -t tmpfs -o mode=755 tmpfs "$copy/run"
	mount -t proc proc "$copy/proc"
	mount --rbind /dev "$copy/dev"
}

# make_rpm_root_copy: of this machine's, with an RPM database of its own.
make_rpm_root_copy() {
	make_root_copy
	in_copy rm -rf /var/lib/rpm
	in_copy rpm --initdb
	# Fedora's filesystem package owns these.
	mkdir -p "$copy/usr/share/licenses" "$copy/usr/share/zsh/site-functions"
	rpm_root_files >"$work/before"
}

rpm_root_files() {
	root_files | grep -v '^var/lib/rpm'
}

# expect_as_before: the files of such a root.
expect_as_before() {
	expect_equal "what is left" '' "$(diff "$work/before" <(rpm_root_files))"
}

# rpm_in_copy OPTION...: Debian's database does not know who provides what.
rpm_in_copy() {
	in_copy rpm --nodeps "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "rpm $*"; }
}

in_copy() {
	LC_ALL=C chroot "$copy" "$@"
}

# root_files: all paths where packages have files, but those of caches, logs and other databases.
root_files() {
	(cd "$copy" && find etc usr lib var -xdev \( -path var/cache -o -path var/log -o \
		-path var/tmp -o -path var/run -o -path var/lib/dpkg \) -prune -o -print) |
		grep -v -x -E -e 'etc/(passwd|group|shadow|gshadow|subuid|subgid)-' \
			-e 'etc/\.pwd\.lock' -e 'var/lib/systemd/catalog/database' | sort
}

# without FILE COMMAND...: while the file is not in the copy.
without() {
	local file=$copy$1 kept=$work/kept

	shift
	mv "$file" "$kept"
	"$@"
	mv "$kept" "$file"
}

# read_only FOLDER COMMAND...: while the folder of the copy cannot be written.
read_only() {
	local folder=$copy$1

	shift
	mount --bind "$folder" "$folder"
	mount -o remount,bind,ro "$folder"
	"$@"
	umount "$folder"
}

# refuses REGEX COMMAND...: the command installs nothing, leaves nothing, and says so in one line.
refuses() {
	local regex=$1

	shift
	root_files >"$work/files"
	expect_exit 1 in_copy "$@"
	expect_equal "what it says" 1 "$(grep -c '^offload-agent: ' "$work/stderr")"
	expect "the reason" grep -q -E "^offload-agent: not installed: $regex" "$work/stderr"
	expect_equal "what is left" '' "$(diff "$work/files" <(root_files))"
	expect_exit 2 in_copy getent passwd offload-agent
}

# refuses_where_it_cannot COMMAND...: where something is missing that the package needs.
refuses_where_it_cannot() {
	without /usr/sbin/useradd refuses 'there is no useradd .*try again$' "$@"
	read_only /usr refuses '/usr cannot be written .*try again$' "$@"
	read_only /etc refuses '/etc cannot be written .*try again$' "$@"
}
