#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The scripts of the packages on systems that cannot be had here: each runs in a small root of its own, where
# systemctl, setcap, useradd and the rest are stand-ins that write down how they were called, and /proc
# and /run are plain folders. With dash and with bash for /bin/sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
: "${SOURCE:?}"
need dash bash chroot ldd

place=$work/place
units=/etc/systemd/system/offload-agent.service.d
drop_ins=/usr/share/offload-agent/drop-ins
sh=dash

# add_program PATH: with its libraries.
add_program() {
	local file

	install -D "$1" "$place/bin/${1##*/}"
	while read -r file; do
		[ -e "$place$file" ] || install -D "$file" "$place$file"
	done < <(ldd "$1" | grep -o -E '/[^ ]+')
}

# stand_in NAME [LINE...]: writes its arguments into /log, then does what the lines say.
stand_in() {
	local name=$1

	shift
	printf '%s\n' '#!/bin/sh' "echo \"$name \$*\" >>/log" "$@" >"$place/sbin/$name"
	chmod 755 "$place/sbin/$name"
}

# new_system: a running systemd and a kernel that have ambient capabilities.
new_system() {
	local script

	rm -rf "$place"
	mkdir -p "$place/bin" "$place/sbin" "$place/etc" "$place/usr/bin" "$place/run/systemd/system" \
		"$place/proc/self" "$place$drop_ins" "$place/dev"
	: >"$place/dev/null"
	for program in cat dirname grep ln mkdir readlink rm rmdir tr; do
		add_program "$(command -v "$program")"
	done
	add_program "$(command -v $sh)"
	ln -sf $sh "$place/bin/sh"
	# The scripts of RPMs ask for this path.
	ln -s /sbin/systemctl /sbin/journalctl "$place/usr/bin/"
	printf 'CapBnd:\t1\nCapAmb:\t0\n' >"$place/proc/self/status"
	stand_in systemctl 'case $1 in show) cat /systemd ;; esac'
	printf 'Id=systemd-journald.service\nAmbientCapabilities=\n' >"$place/systemd"
	stand_in setcap
	stand_in systemd-tmpfiles
	stand_in id 'echo 4711'
	mkdir -p "$place/usr/sbin"
	stand_in offload-agent
	mv "$place/sbin/offload-agent" "$place/usr/sbin/"
	stand_in useradd 'echo user >/user'
	stand_in journalctl
	printf '%s\n' '#!/bin/sh' 'case $1 in passwd) [ -e /user ] ;; group) [ -e /group ] ;; esac' \
		>"$place/sbin/getent"
	chmod 755 "$place/sbin/getent"
	for script in debian/preinst debian/postinst debian/postrm rpm/pre rpm/post rpm/trigger rpm/postun; do
		"$SOURCE/packaging/scriptlets/compose" "$SOURCE/packaging/$script.in" \
			>"$place/${script/\//-}"
	done
}

# script NAME ARGUMENT...
script() {
	: >"$place/log"
	env -i PATH=/sbin:/bin chroot "$place" /bin/sh "/$1" "${@:2}"
}

says_nothing() {
	expect_equal "what it says" '' "$(cat "$work/stdout" "$work/stderr")"
}

# says_one_line REGEX: on standard error, and nothing else.
says_one_line() {
	expect_complaint "$1"
	expect_equal "standard output" '' "$(cat "$work/stdout")"
}

was_called() {
	expect "called: $1" grep -q -x -F -e "$1" "$place/log"
}

was_not_called() {
	expect "not called: $1" not grep -q -e "^$1" "$place/log"
}

not() {
	! "$@"
}

# expect_links [NAME...]: these drop-ins of ours, and with as-root.conf its other half, but no others.
expect_links() {
	local name wanted=''

	for name; do
		wanted+="$units/$name -> $drop_ins/$name"$'\n'
		[ "$name" != as-root.conf ] ||
			wanted+="/etc/tmpfiles.d/offload-agent.conf -> $drop_ins/as-root.tmpfiles"$'\n'
	done
	expect_equal "the links" "$(sort <<<"${wanted%$'\n'}")" \
		"$(cd "$place" && find etc -type l -printf '/%p -> %l\n' | sort)"
}

no_ambient_systemd() {
	echo 'Id=systemd-journald.service' >"$place/systemd"
}

no_ambient_kernel() {
	printf 'CapBnd:\t1\n' >"$place/proc/self/status"
}

# configured: the service is made ready, by either package.
configured() {
	for with in "debian-postinst configure" "rpm-post 1"; do
		"$@"
	done
	with=
}

nothing_special() {
	# shellcheck disable=SC2086 # name and arguments
	expect_exit 0 script $with
	says_nothing
	expect_links
	expect "no folder is left" test ! -e "$place$units"
	was_not_called setcap
	was_called "systemd-tmpfiles --create offload-agent.conf"
}

file_capability() {
	# shellcheck disable=SC2086
	expect_exit 0 script $with
	says_nothing
	expect_links no-ambient.conf
	was_called "setcap cap_net_admin=ei /usr/sbin/offload-agent"
	was_called "systemctl daemon-reload"
	was_called "systemd-tmpfiles --create offload-agent.conf"
}

as_root() {
	# shellcheck disable=SC2086
	expect_exit 0 script $with
	says_one_line 'no ambient capabilities.*runs as root with CAP_NET_ADMIN alone$'
	expect_links as-root.conf
	was_called "systemd-tmpfiles --create offload-agent.conf"
}

before_unpacking() {
	for with in "debian-preinst install" "debian-preinst upgrade 0.1.0" "rpm-pre 1" "rpm-pre 2"; do
		"$@"
	done
	with=
}

# refused REGEX: one line, no user.
refused() {
	# shellcheck disable=SC2086
	expect_exit 1 script $with
	says_one_line "^offload-agent: not installed: $1"
	expect "no user" test ! -e "$place/user"
}

user_made() {
	rm -f "$place/user"
	# shellcheck disable=SC2086
	expect_exit 0 script $with
	says_nothing
	was_called "$1"
	# shellcheck disable=SC2086
	expect_exit 0 script $with
	was_not_called useradd
}

# read_only FOLDER COMMAND...
read_only() {
	local folder=$place$1

	shift
	mount --bind "$folder" "$folder"
	mount -o remount,bind,ro "$folder"
	"$@"
	umount "$folder"
}

the_user() {
	local no_home="--no-create-home --home-dir / --shell"

	new_system
	before_unpacking user_made "useradd --system --user-group $no_home /bin/false --comment NIC offload agent offload-agent"
	printf '#!/bin/sh\n' >"$place/sbin/nologin"
	chmod 755 "$place/sbin/nologin"
	before_unpacking user_made "useradd --system --user-group $no_home /sbin/nologin --comment NIC offload agent offload-agent"
	: >"$place/group"
	before_unpacking user_made "useradd --system --gid=offload-agent $no_home /sbin/nologin --comment NIC offload agent offload-agent"

	new_system
	rm "$place/sbin/useradd"
	before_unpacking refused 'there is no useradd .*try again$'
	stand_in useradd 'echo "useradd: cannot lock /etc/passwd;" >&2' 'echo "try again later." >&2' 'exit 1'
	before_unpacking refused 'useradd cannot make .*: useradd: cannot lock /etc/passwd; try again later\. $'
	new_system
	for folder in /usr /etc; do
		read_only $folder before_unpacking refused "$folder cannot be written .*try again\$"
	done
	# What dpkg calls when it has refused.
	expect_exit 0 script debian-postrm abort-install
	says_nothing
}

the_choice() {
	new_system
	configured nothing_special
	new_system
	no_ambient_systemd
	configured file_capability
	new_system
	no_ambient_kernel
	configured file_capability

	# Who does not answer, or is not there, has not said that there are none.
	new_system
	: >"$place/systemd"
	configured nothing_special
	stand_in systemctl 'case $1 in show) exit 1 ;; esac'
	configured nothing_special
	new_system
	rm "$place/proc/self/status"
	configured nothing_special

	new_system
	no_ambient_systemd
	stand_in setcap 'echo "Failed to set capabilities" >&2; exit 1'
	configured as_root
	rm "$place/sbin/setcap"
	configured as_root
}

upgrades() {
	local upgrade

	for upgrade in "debian-postinst configure 0.1.0" "debian-postinst triggered /lib/systemd/systemd" \
		"rpm-post 2" "rpm-trigger 1 1"; do
		with="file capability, then $upgrade"
		new_system
		no_ambient_systemd
		script rpm-post 1
		printf 'Id=systemd-journald.service\nAmbientCapabilities=\n' >"$place/systemd"
		# shellcheck disable=SC2086
		expect_exit 0 script $upgrade
		says_nothing
		expect_links
		was_called "setcap -r /usr/sbin/offload-agent"
		was_called "systemctl daemon-reload"
		expect "no folder is left" test ! -e "$place$units"

		with="as root, then $upgrade"
		new_system
		no_ambient_kernel
		stand_in setcap 'exit 1'
		script rpm-post 1 2>/dev/null
		expect_links as-root.conf
		printf 'CapBnd:\t1\nCapAmb:\t0\n' >"$place/proc/self/status"
		# shellcheck disable=SC2086
		expect_exit 0 script $upgrade
		expect_links
		was_called "systemd-tmpfiles --create offload-agent.conf"

		with="as root, then setcap, then $upgrade"
		no_ambient_kernel
		script rpm-post 1 2>/dev/null
		stand_in setcap
		# shellcheck disable=SC2086
		expect_exit 0 script $upgrade
		expect_links no-ambient.conf
	done
	with=
}

# What an operator wrote is left alone; what is not ours is no reason to stop.
the_operators() {
	new_system
	no_ambient_systemd
	mkdir -p "$place$units" "$place/etc/tmpfiles.d"
	echo '# mine' >"$place$units/mine.conf"
	configured file_capability
	expect_exit 0 script debian-postrm remove
	expect_links
	expect "the operator's own" test -e "$place$units/mine.conf"

	echo '# mine' >"$place$units/no-ambient.conf"
	configured as_root
	expect_exit 0 script rpm-postun 0
	expect_equal "the operator's own" '# mine' "$(cat "$place$units/no-ambient.conf")"
	echo '# mine' >"$place/etc/tmpfiles.d/offload-agent.conf"
	for with in "debian-postinst configure" "rpm-post 1"; do
		# shellcheck disable=SC2086
		expect_exit 0 script $with
		says_one_line 'cannot be written: the service cannot change devices'
		expect_links
	done
	with=
}

removal() {
	local removal

	for removal in "debian-postrm remove" "debian-postrm disappear other 1" "rpm-postun 0"; do
		new_system
		no_ambient_systemd
		script rpm-post 1
		# shellcheck disable=SC2086
		expect_exit 0 script $removal
		says_nothing
		expect_links
		expect "no folder is left" test ! -e "$place$units"
		expect "tmpfiles.d stays" test ! -e "$place/etc/tmpfiles.d"
	done
	# An upgrade runs the old package's after the new one's.
	new_system
	no_ambient_systemd
	script rpm-post 2
	expect_exit 0 script rpm-postun 1
	expect_links no-ambient.conf
	was_called "systemctl try-restart offload-agent.service"

	new_system
	: >"$place/user"
	: >"$place/group"
	stand_in userdel 'rm /user'
	stand_in groupdel 'rm /group'
	expect_exit 0 script debian-postrm purge
	says_nothing
	expect "the user is gone" test ! -e "$place/user" -a ! -e "$place/group"
	: >"$place/user"
	stand_in userdel 'echo "userdel: user is used by process 5" >&2; exit 8'
	expect_exit 0 script debian-postrm purge
	says_one_line 'the user offload-agent stays: userdel: user is used by process 5'
}

# Without systemd, and in an image that is being made, where it is there and does not run.
not_running() {
	new_system
	rm -r "$place/run/systemd" "$place/sbin/systemctl" "$place/sbin/systemd-tmpfiles"
	for with in "debian-postinst configure" "rpm-post 1"; do
		# shellcheck disable=SC2086
		expect_exit 0 script $with
		says_one_line "there is no systemd, .*offload-agent apply"
		expect_links
	done
	with=
	expect_exit 0 script rpm-postun 0
	says_nothing

	new_system
	rm -r "$place/run/systemd"
	no_ambient_kernel
	configured nothing_special
	mkdir -p "$place/usr/lib/systemd"
	printf '#!/bin/sh\n[ "$1" = --dump-configuration-items ] && echo CapabilityBoundingSet=\n' \
		>"$place/usr/lib/systemd/systemd"
	chmod 755 "$place/usr/lib/systemd/systemd"
	with="debian-postinst configure"
	expect_exit 0 script debian-postinst configure
	expect_links no-ambient.conf
	was_not_called "systemctl daemon-reload"
	echo 'echo AmbientCapabilities=' >>"$place/usr/lib/systemd/systemd"
	expect_exit 0 script rpm-trigger 1 1
	expect_links
}

# Root's commands were there first: what they left goes to whoever the service is, and outlives an erase.
the_folder() {
	new_system
	mkdir -p "$place/run/offload-agent"
	: >"$place/run/offload-agent/changes.json"
	configured nothing_special
	was_called "offload-agent prepare --owner=4711:4711"
	no_ambient_kernel
	stand_in setcap 'exit 1'
	configured as_root
	was_called "offload-agent prepare --owner=0:0"
	expect_exit 0 script rpm-postun 0
	expect "the record stays" test -e "$place/run/offload-agent/changes.json"
	expect_exit 0 script debian-postrm remove
	expect "the record stays" test -e "$place/run/offload-agent/changes.json"
}

for sh in dash bash; do
	the_user
	the_choice
	upgrades
	the_operators
	the_folder
	removal
	not_running
done
