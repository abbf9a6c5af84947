#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs in the virtual machine when cloud-init has done its last part, once after each of two boots: says
# which checks fail, and at the end how many there were.
set -u
export LC_ALL=C SYSTEMD_PAGER='' SYSTEMD_COLORS=0 DEBIAN_FRONTEND=noninteractive
folder=/root/test
drop_ins=/usr/share/offload-agent/drop-ins
unit_folder=/etc/systemd/system/offload-agent.service.d
test_config=/etc/offload-agent/agent.conf.d/60-test.conf
report=/run/offload-agent/report.json
boot=$(cat $folder/boot 2>/dev/null || echo first)
n_checks=0
n_failed=0

# check WHAT COMMAND...
check() {
	local what=$1

	shift
	n_checks=$((n_checks + 1))
	if ! "$@" >$folder/said 2>&1; then
		n_failed=$((n_failed + 1))
		echo "FAILED: $boot boot: $what: $*"
		tail -n 20 $folder/said | sed 's/^/  /'
	fi
}

# check_soon WHAT COMMAND...: within a time that suffices for an emulated machine beside others.
check_soon() {
	local end=$((SECONDS + 60)) what=$1

	shift
	while ! "$@" >/dev/null 2>&1 && [ $SECONDS -lt $end ]; do
		sleep 0.1
	done
	check "$what" "$@"
}

not() {
	! "$@"
}

# says REGEX COMMAND...
says() {
	local regex=$1 said

	shift
	said=$("$@" 2>&1)
	printf '%s\n' "$said"
	grep -q -E -e "$regex" <<<"$said"
}

tx_is() {
	ethtool -k "$1" | grep -E "^\s*tx-checksum-ip-generic: $2\$"
}

property() {
	systemctl show -P "$1" offload-agent.service
}

log() {
	journalctl --boot --unit offload-agent.service "$@"
}

configure() {
	printf '%s\n' "$@" >$test_config
}

reload() {
	systemctl reload offload-agent.service
}

add_vxlan() {
	ip link add "$1" type vxlan id "$2" dstport $((20000 + $2)) local 127.0.0.1
}

finish() {
	echo "debian: $boot boot: $n_checks checks, $n_failed failed"
}

# What the documented user-data promises, now that cloud-init reports done.
after_cloud_init() {
	check "cloud-init is done" says '^status: done' cloud-init status --long
	check "without errors" says '"errors": \[\]' cat /run/cloud-init/result.json
	check "apply ran" grep -E '^Mitigation: ' /var/log/cloud-init-output.log
	check "the configuration was written" grep nics /etc/offload-agent/agent.conf.d/50-cloud-init.conf
	check "the service is enabled" systemctl is-enabled offload-agent.service
	check "the service runs" systemctl is-active offload-agent.service
	check "tx is off" tx_is flannel.1 off
	check "status" says '^Mitigation: ' offload-agent status
	check "all services started" not says . systemctl --failed --no-legend
}

its_power() {
	local process

	process=/proc/$(property MainPID)
	check "its user" says '^offload-agent$' stat -c %U "$process"
	check "its capabilities" says 'CapBnd:\s0000000000001000' grep CapBnd "$process/status"
	check "its capabilities" says 'CapEff:\s0000000000001000' grep CapEff "$process/status"
	check "system calls are filtered" says 'Seccomp:\s2' grep Seccomp: "$process/status"
	check "the unit is valid" systemd-analyze verify offload-agent.service
	check "the sandbox" systemd-analyze security --threshold=16 offload-agent.service
	check "detection works in it" says 'v1\.18\.3 \(kubelet\)' offload-agent status
	check "no complaint" not says . log --quiet --priority warning
	check "owner of all that it has written" not says . \
		find /run/offload-agent ! -user offload-agent
	check "its folder" says '^offload-agent 755$' stat -c '%U %a' /run/offload-agent
}

the_journal() {
	check "the journal" says 'flannel.1: tx-checksum-ip-generic: turned off' log
	check "the catalog" says 'The rule kubernetes-double-snat-udp-checksum asks for it' log -x
	check "a field to search for" says flannel.1 journalctl --boot -o cat INTERFACE=flannel.1
	check "status of the unit" says '^Mitigation: ' property StatusText
}

# Devices that come later, drift, root's commands beside the service.
following() {
	add_vxlan later.1 11
	check_soon "a device made later" tx_is later.1 off
	ip link del later.1
	add_vxlan later.1 11
	check_soon "made anew" tx_is later.1 off
	ethtool -K later.1 tx on >/dev/null 2>&1
	check_soon "drift" says 'later.1: tx-checksum-ip-generic: somebody turned it on again' log
	check_soon "drift is corrected" tx_is later.1 off
	check "root's apply beside the service" says '^Mitigation: ' offload-agent apply
	check "owner of all that was written" not says . find /run/offload-agent ! -user offload-agent
}

reloads() {
	configure 'nics = ( { name = "flannel.*"; kind = "vxlan"; } );'
	check "reload" reload
	check_soon "not selected any more, given back" tx_is later.1 on
	check "still selected" tx_is flannel.1 off
	configure 'nics = 5;'
	reload
	check_soon "a bad configuration is told" says '60-test.conf:1' log
	check "and survived" systemctl is-active offload-agent.service
	check "with what was in force" tx_is later.1 on
	rm $test_config
	check "reload" reload
	check_soon "selected again" tx_is later.1 off
}

restarts() {
	check "restart" systemctl restart offload-agent.service
	check "off all the while" tx_is flannel.1 off
	check "stop" systemctl stop offload-agent.service
	check "left as it is" tx_is flannel.1 off
	check "the record stays" grep flannel.1 /run/offload-agent/changes.json
	check "restore" says 'flannel.1: .*(on again|restored)' offload-agent restore
	check "given back" tx_is flannel.1 on
	check "start" systemctl start offload-agent.service
	check "off when it has started" tx_is flannel.1 off
	kill -KILL "$(property MainPID)"
	check_soon "started anew after a kill" says '^1$' property NRestarts
	check_soon "and ready" systemctl is-active offload-agent.service
	check "nothing is lost" grep flannel.1 /run/offload-agent/changes.json
}

add_drop_in() {
	mkdir -p $unit_folder
	cp "$1" $unit_folder/
	systemctl daemon-reload
	check "restart with ${1##*/}" systemctl restart offload-agent.service
}

remove_drop_ins() {
	rm -r $test_config $unit_folder
	systemctl daemon-reload
	check "restart without" systemctl restart offload-agent.service
}

probing() {
	configure 'kernel = { evidence = "probe"; };'
	add_drop_in $drop_ins/probe.conf
	check "measured" says corrupt cat /run/offload-agent/probe.json
	check "mitigated by what was measured" says '^Mitigation: ' offload-agent status
	check "told" says 'measured' offload-agent explain
	check "off" tx_is flannel.1 off
	remove_drop_ins
}

# nat_rules KIND patched|vulnerable: as kube-proxy writes them.
nat_rules() {
	{
		cat <<-'RULES'
			*nat
			:KUBE-MARK-MASQ - [0:0]
			:KUBE-POSTROUTING - [0:0]
			-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
			-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
		RULES
		case $2 in
		patched)
			echo '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN'
			echo '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000'
			echo '-A KUBE-POSTROUTING -j MASQUERADE --random-fully'
			;;
		vulnerable)
			echo '-A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully'
			;;
		esac
		echo COMMIT
	} | "iptables-$1-restore"
}

reading_nat_rules() {
	configure 'kubernetes = { evidence = "rules"; };'
	check "rules of a fixed kube-proxy" nat_rules nft patched
	reload
	check_soon "not affected, given back" tx_is flannel.1 on
	check "said so" says '^Not affected: ' offload-agent status
	check "rules that masquerade twice" nat_rules nft vulnerable
	reload
	check_soon "turned off" tx_is flannel.1 off
	iptables-nft -t nat -F
	iptables-nft -t nat -X

	check "legacy rules" nat_rules legacy vulnerable
	reload
	check_soon "cannot be read as the unit is" grep 'for root and its group to read' $report
	add_drop_in $drop_ins/nat-rules.conf
	check_soon "can with the drop-in" says '"nat_rules":{"read":true,"vulnerable":"yes"' cat $report
	check "off" tx_is flannel.1 off
	iptables-legacy -t nat -F
	iptables-legacy -t nat -X
	remove_drop_ins
}

exporting() {
	local collector=/var/lib/prometheus/node-exporter

	mkdir -p $collector
	setfacl -m u:offload-agent:rwx $collector
	configure "exports = ( { format = \"prometheus\"; file = \"$collector/offload-agent.prom\"; } );"
	reload
	check_soon "the sandbox is closed" says 'offload-agent.prom.*(Read-only|read-only)' log
	add_drop_in /usr/share/offload-agent/monitoring/offload-agent-exports.conf
	check_soon "written" grep '^offload_agent_' $collector/offload-agent.prom
	rm -r $collector
	remove_drop_ins
}

# systemd_is_upgraded: what dpkg does then.
systemd_is_upgraded() {
	dpkg-trigger --by-package=systemd /usr/lib/systemd/systemd
	check "systemd is upgraded" dpkg --configure --pending
	check "no drop-in is left" not test -e $unit_folder
	systemctl reset-failed offload-agent.service
	check "it starts" systemctl restart offload-agent.service
	check "as its user" says '^offload-agent$' stat -c %U "/proc/$(property MainPID)"
	check "with its capability" says 'CapEff:\s0000000000001000' grep CapEff "/proc/$(property MainPID)/status"
	# root's "probe" measured, before the service began, without the right to give a file away.
	check "in its folder" not says . find /run/offload-agent ! -user offload-agent ! -name probe.json
}

# What the packages do where there are no ambient capabilities, as far as a systemd that has them shows it.
without_ambient() {
	check "this systemd says that it has them" says '^AmbientCapabilities=' \
		systemctl show -p Id -p AmbientCapabilities systemd-journald.service
	check "no drop-in" not test -e $unit_folder
	check "a capability of the file is enough, too" setcap cap_net_admin=ei /usr/sbin/offload-agent
	check "it starts" systemctl restart offload-agent.service
	check "with its capability" says 'CapEff:\s0000000000001000' grep CapEff "/proc/$(property MainPID)/status"
	mkdir -p $unit_folder
	ln -s $drop_ins/no-ambient.conf $unit_folder/
	systemd_is_upgraded
	check "no capability of the file" not says . getcap /usr/sbin/offload-agent

	mkdir -p $unit_folder
	ln -s $drop_ins/as-root.conf $unit_folder/
	ln -s $drop_ins/as-root.tmpfiles /etc/tmpfiles.d/offload-agent.conf
	check "the folder is root's" offload-agent prepare --owner=0:0
	systemctl daemon-reload
	check "as root" systemctl restart offload-agent.service
	check "it is root" says '^root$' stat -c %U "/proc/$(property MainPID)"
	check "with one capability" says 'CapEff:\s0000000000001000' grep CapEff "/proc/$(property MainPID)/status"
	check "root executes no kubelet" says '^  Kubernetes +unknown$' offload-agent status
	systemd_is_upgraded
}

first_boot() {
	after_cloud_init
	its_power
	the_journal
	following
	reloads
	restarts
	probing
	reading_nat_rules
	exporting
	without_ambient
	finish
	cp $folder/90-offload-agent.cfg /etc/cloud/cloud.cfg.d/
	echo second >$folder/boot
	systemctl reboot
}

after_reboot() {
	check "the service runs" systemctl is-active offload-agent.service
	check "before kubelet" test "$(property ActiveEnterTimestampMonotonic)" -lt \
		"$(systemctl show -P ExecMainStartTimestampMonotonic kubelet.service)"
	check "after network-pre" says network-pre.target property After
	check_soon "the device that kubelet made" tx_is flannel.1 off
	# The image's own configuration, at every boot; the user-data, at the first one.
	check "cloud-init is done" says '^status: done' cloud-init status --long
	check "without errors" says '"errors": \[\]' cat /run/cloud-init/result.json
	check "apply ran before the network" grep '^Not exposed: ' /var/log/cloud-init-output.log
	check "the user-data is not run again" says '^1$' grep -c '^Mitigation: ' /var/log/cloud-init-output.log
	rm /etc/cloud/cloud.cfg.d/90-offload-agent.cfg
}

# An upgrade keeps the configuration that was edited, and the NICs as they are.
upgrade() {
	echo '// mine' >>/etc/offload-agent/agent.conf
	check "upgrade" apt-get install -y -o Dpkg::Options::=--force-confold $folder/later.deb
	# shellcheck disable=SC2016 # it is dpkg-query's
	check "the later version" says '\+later' dpkg-query -W -f '${Version}' offload-agent
	check "the configuration is kept" grep '^// mine' /etc/offload-agent/agent.conf
	check "the new one is beside it" grep 'of the later version' /etc/offload-agent/agent.conf.dpkg-dist
	check "the service runs" systemctl is-active offload-agent.service
	check "it is the new one" not says deleted readlink "/proc/$(property MainPID)/exe"
	check "tx is off" tx_is flannel.1 off
	check "nothing is lost" grep flannel.1 /run/offload-agent/changes.json
}

remove() {
	configure 'on_stop = "restore";'
	check "reload" reload
	check "remove" apt-get remove -y offload-agent
	check "given back" tx_is flannel.1 on
	check "the service is gone" not systemctl is-active offload-agent.service
	check "the configuration stays" test -e $test_config
	check "install again" apt-get install -y $folder/later.deb
	check "the service runs" systemctl is-active offload-agent.service
	check "tx is off" tx_is flannel.1 off
}

# With on_stop = "leave", the default.
purge() {
	rm $test_config
	check "reload" reload
	check "purge" apt-get purge -y offload-agent
	check "left as it is" tx_is flannel.1 off
	check "nothing is left" not says . find /etc /usr /lib /run /var/lib -xdev \
		-name '*offload*agent*' ! -path '/var/lib/cloud/*'
	check "the user is gone" not getent passwd offload-agent
	check "systemd has no complaint" not says . systemctl --failed --no-legend
}

second_boot() {
	after_reboot
	upgrade
	remove
	purge
	finish
	systemctl poweroff
}

"${boot}_boot"
