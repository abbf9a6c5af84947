# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What the scripts of the DEB and of the RPM share: the service's user, its folder, and how it comes by
# its capability where there is no ambient set. "compose" puts this text into each of them. It needs no
# more than a POSIX shell, finds everything through PATH, and may run again at any time: what is as it
# should be stays. There is no percent sign in here, since rpm would take it for a macro.

program=/usr/sbin/offload-agent
drop_ins=/usr/share/offload-agent/drop-ins
unit_folder=/etc/systemd/system/offload-agent.service.d
tmpfiles_link=/etc/tmpfiles.d/offload-agent.conf

# refuse WHAT: only before anything is unpacked, so that nothing has changed.
refuse() {
	echo "offload-agent: not installed: $*" >&2
	exit 1
}

warn() {
	echo "offload-agent: $*" >&2
}

# Before anything is unpacked: what would stop half-way is refused here.
check_folders() {
	for folder in /usr /etc; do
		[ -w "$folder" ] || refuse "$folder cannot be written (mounted read-only?): make it writable and try again"
	done
}

# The service's own user, as sysusers.d describes it.
make_user() {
	if getent passwd offload-agent >/dev/null; then
		return 0
	fi
	command -v useradd >/dev/null ||
		refuse "there is no useradd to make the user offload-agent: add the package passwd, shadow or shadow-utils and try again"
	shell=/bin/false
	for nologin in /sbin/nologin /usr/sbin/nologin; do
		[ ! -x "$nologin" ] || shell=$nologin
	done
	group=--user-group
	if getent group offload-agent >/dev/null; then
		group=--gid=offload-agent
	fi
	said=$(useradd --system "$group" --no-create-home --home-dir / --shell "$shell" \
		--comment "NIC offload agent" offload-agent 2>&1) ||
		refuse "useradd cannot make the user offload-agent: $(echo "$said" | tr '\n' ' ')"
}

systemd_runs() {
	[ -d /run/systemd/system ]
}

# systemd_lacks_ambient: only if systemd says so. The running one is asked for a setting of a unit that
# is always there; in an image that is being made, the installed one for all that it knows.
systemd_lacks_ambient() {
	if systemd_runs; then
		known=$(systemctl show -p Id -p AmbientCapabilities systemd-journald.service 2>/dev/null) ||
			return 1
		sure=Id=
	else
		known=
		for systemd in /lib/systemd/systemd /usr/lib/systemd/systemd; do
			[ ! -x "$systemd" ] || known=$("$systemd" --dump-configuration-items 2>/dev/null) ||
				return 1
		done
		sure=CapabilityBoundingSet=
	fi
	case $known in
	*AmbientCapabilities=*) return 1 ;;
	*"$sure"*) return 0 ;;
	esac
	return 1
}

# kernel_lacks_ambient: of an image that is being made, the kernel is another one.
kernel_lacks_ambient() {
	systemd_runs && grep -q '^CapBnd:' /proc/self/status 2>/dev/null &&
		! grep -q '^CapAmb:' /proc/self/status
}

# link_is TARGET LINK: an operator's own file of that name is none of ours.
link_is() {
	[ -L "$2" ] && [ "$(readlink "$2")" = "$1" ]
}

# make_link TARGET LINK
make_link() {
	if [ -e "$2" ] || [ -L "$2" ]; then
		link_is "$1" "$2"
		return
	fi
	mkdir -p "$(dirname "$2")" 2>/dev/null && ln -s "$1" "$2" 2>/dev/null
}

# remove_link TARGET LINK: and the unit's folder, if nothing else is in it.
remove_link() {
	if link_is "$1" "$2"; then
		rm -f "$2"
		rmdir "$unit_folder" 2>/dev/null || :
	fi
}

reload_systemd() {
	if systemd_runs; then
		systemctl daemon-reload >/dev/null 2>&1 || :
	fi
}

# The user gets the capability by the program's file, which gives it to nobody else: it is inheritable
# only, and nothing but the drop-in lets the service inherit it.
use_file_capability() {
	make_link "$drop_ins/no-ambient.conf" "$unit_folder/no-ambient.conf" || return 1
	if setcap cap_net_admin=ei "$program" 2>/dev/null; then
		return 0
	fi
	remove_link "$drop_ins/no-ambient.conf" "$unit_folder/no-ambient.conf"
	return 1
}

drop_file_capability() {
	if link_is "$drop_ins/no-ambient.conf" "$unit_folder/no-ambient.conf"; then
		setcap -r "$program" 2>/dev/null || :
		remove_link "$drop_ins/no-ambient.conf" "$unit_folder/no-ambient.conf"
	fi
}

# Else the service is root with that capability alone, and so the folder must be root's.
use_root() {
	make_link "$drop_ins/as-root.conf" "$unit_folder/as-root.conf" &&
		make_link "$drop_ins/as-root.tmpfiles" "$tmpfiles_link"
}

drop_root() {
	remove_link "$drop_ins/as-root.conf" "$unit_folder/as-root.conf"
	remove_link "$drop_ins/as-root.tmpfiles" "$tmpfiles_link"
}

# Tests anew each time, so that what an old system needed goes when systemd or the kernel is upgraded.
choose_privilege() {
	if ! kernel_lacks_ambient && ! systemd_lacks_ambient; then
		forget_privilege
	elif use_file_capability; then
		drop_root
	elif use_root; then
		warn "there are no ambient capabilities, and no setcap that works here: the service runs as root with CAP_NET_ADMIN alone"
	else
		drop_root
		warn "there are no ambient capabilities, and $unit_folder cannot be written: the service cannot change devices"
	fi
	reload_systemd
}

forget_privilege() {
	drop_file_capability
	drop_root
}

# What is in the folder changes its owner with it, and before anybody else can write to it: root's
# commands may have been there first, or the service may have been another user.
give_folder() {
	owner=0:0
	if ! link_is "$drop_ins/as-root.tmpfiles" "$tmpfiles_link"; then
		owner=$(id -u offload-agent):$(id -g offload-agent) || return 1
	fi
	"$program" prepare --owner="$owner"
}

make_folder() {
	if [ -d /run/offload-agent ]; then
		give_folder || warn "/run/offload-agent keeps its owner"
	fi
	if command -v systemd-tmpfiles >/dev/null; then
		systemd-tmpfiles --create offload-agent.conf >/dev/null 2>&1 || :
	fi
}

# When everything is unpacked, before the service is started.
prepare_service() {
	command -v systemctl >/dev/null ||
		warn "there is no systemd, so nothing starts the service: run 'offload-agent apply' at every boot"
	choose_privilege
	make_folder
}

# When the program is gone.
remove_service() {
	forget_privilege
	reload_systemd
}
