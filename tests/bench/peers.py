# SPDX-License-Identifier: Apache-2.0
"""What people turn checksum offload off with today, and the least that could do it.

Each setter is measured from the moment at which somebody asks for it until all NICs are off, which
is checked. The daemons are kept away from the machine: systemd-udevd has a /run, a /dev, rules and
.link files of its own; NetworkManager has those and a bus, a network namespace and a host name.
Whoever is not installed says so in the table.
"""

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

from nest import NIC_GROUP, WORK, command, fail

# The loop of a boot script, and the one of a monitoring script.
SET_LOOP = 'for nic; do ethtool -K "$nic" rx off tx off; done'
READ_LOOP = 'for nic; do ethtool -k "$nic"; done'

# In seconds; nobody waits that long for a node.
GIVE_UP = 120

LINK_FILE = """[Match]
OriginalName=n*
[Link]
ReceiveChecksumOffload=no
TransmitChecksumOffload=no
"""

# Nothing of what a distribution does for a new NIC besides.
UDEV_RULE = 'SUBSYSTEM=="net", ACTION=="add", IMPORT{builtin}="net_setup_link"\n'
UDEV_FOLDERS = ("/etc/systemd/network", "/usr/local/lib/systemd/network",
                "/usr/lib/systemd/network", "/lib/systemd/network", "/etc/udev/rules.d",
                "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
UDEV_TRIGGER = f"""udevadm trigger --action=add --subsystem-match=net &&
	udevadm settle --timeout={GIVE_UP}"""
DEVICE_NODES = ("null", "zero", "full", "random", "urandom")

BUS = """<busconfig>
<type>system</type>
<listen>unix:path=/run/bench/nm/bus</listen>
<auth>EXTERNAL</auth>
<policy context="default">
<allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy>
</busconfig>
"""

NM_CONFIG = """[main]
plugins=keyfile
dhcp=internal
dns=none
rc-manager=unmanaged
hostname-mode=none
no-auto-default=*
auth-polkit=root-only
systemd-resolved=false
[keyfile]
path=/run/bench/nm/profiles
[device]
managed=1
[connectivity]
enabled=false
[logging]
level=WARN
"""

# What a veth lets go of. feature-rx is the name in NetworkManager for rx-checksum.
NM_PROFILE = """[connection]
id=bench
uuid=6b0b2a5e-96c0-4b43-8d8c-7f9c3b8d2f10
type=ethernet
multi-connect=3
[match]
interface-name=m*;
[ethernet]
[ethtool]
feature-rx=false
feature-tx-checksum-ip-generic=false
feature-tx-checksum-sctp=false
[ipv4]
method=disabled
[ipv6]
method=disabled
"""


def udevd_program():
    for path in ("/usr/lib/systemd/systemd-udevd", "/lib/systemd/systemd-udevd"):
        if os.access(path, os.X_OK) and shutil.which("udevadm"):
            return path
    return None


def networkmanager_program():
    return shutil.which("NetworkManager") if shutil.which("dbus-daemon") else None


def set_bare(nest):
    return [nest.tools / "bench_bare", "set"]


def read_bare(nest):
    return [nest.tools / "bench_bare", "read"]


def set_loop(nest):
    return ["/bin/bash", "-c", SET_LOOP, "bash", *nest.names]


def read_loop(nest):
    return ["/bin/bash", "-c", READ_LOOP, "bash", *nest.names]


def udev_trigger():
    return ["/bin/sh", "-c", UDEV_TRIGGER]


@contextlib.contextmanager
def daemon(nest, mounts, arguments, **options):
    """With mounts of its own; ends at once with the process that is started for it here."""
    inside = "\n".join(["set -e", *mounts, 'exec "$@"'])
    process = nest.start(["unshare", "--mount", "--uts", "--fork", "--kill-child", "sh", "-c",
                          inside, "sh", *arguments], **options)
    try:
        yield process
    finally:
        process.kill()  # unshare holds SIGTERM back as long as its child lives
        process.wait()


def await_path(path, process):
    for _ in range(1000):
        if path.exists():
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    fail(f"{path} did not appear")


def prepare_udevd():
    """Here, not only for the daemon: udevadm must see the same. Mounts end with the namespace."""
    for folder in UDEV_FOLDERS:
        if Path(folder).is_dir():
            command("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    Path("/etc/systemd/network/10-bench.link").write_text(LINK_FILE)
    Path("/etc/udev/rules.d/10-bench.rules").write_text(UDEV_RULE)
    nodes = WORK / "dev"
    nodes.mkdir()
    for name in DEVICE_NODES:
        (nodes / name).touch()
        command("mount", "--bind", f"/dev/{name}", nodes / name)


@contextlib.contextmanager
def udevd(nest):
    """A systemd-udevd at rest that has not seen the NICs being made, as at boot."""
    if not (WORK / "dev").exists():
        prepare_udevd()
    shutil.rmtree("/run/udev", ignore_errors=True)
    with daemon(nest, [f"mount --rbind {WORK}/dev /dev"],
                [udevd_program(), "--resolve-names=never"]) as process:
        await_path(Path("/run/udev/control"), process)
        command("udevadm", "settle", "--timeout=10")
        yield


def prepare_networkmanager():
    folder = WORK / "nm"
    (folder / "profiles").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "bus.conf").write_text(BUS)
    (folder / "nm.conf").write_text(NM_CONFIG)
    profile = folder / "profiles/bench.nmconnection"
    profile.write_text(NM_PROFILE)
    profile.chmod(0o600)  # it reads no other
    return folder


def run_networkmanager(nest, size):
    """Microseconds from its start, as at boot, until all NICs are off; None when it took too long:
    then what it had to say is told."""
    folder = WORK / "nm"
    if not folder.exists():
        prepare_networkmanager()
    (folder / "bus").unlink(missing_ok=True)
    (folder / "state").unlink(missing_ok=True)
    shutil.rmtree("/run/NetworkManager", ignore_errors=True)
    names = [f"m{i}" for i in range(size)]
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
    # With /sys read-only it does not wait for a udevd that there is not. Software NICs that are
    # down are not its business.
    mounts = ["mount -o remount,bind,ro /sys"]
    mounts += [f"exec 2>{folder}/log"]
    mounts += [f"mount -t tmpfs tmpfs {path}" for path in
               ("/var/lib/NetworkManager", "/etc/NetworkManager") if Path(path).is_dir()]
    arguments = [networkmanager_program(), "--no-daemon", "--config", folder / "nm.conf",
                 "--config-dir", folder / "empty", "--system-config-dir", folder / "empty",
                 "--intern-config", folder / "intern.conf", "--state-file", folder / "state",
                 "--pid-file", folder / "pid"]
    with nest.own_network(names) as features:
        set_up = ["ip", "link", "set", "group", NIC_GROUP, "up"]
        command(*set_up)
        command("nsenter", "--target", nest.parking.pid, "--net", *set_up)
        with daemon(nest, [], ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork",
                               "--nopidfile"]) as bus:
            await_path(folder / "bus", bus)
            start = time.monotonic()
            with daemon(nest, mounts, [str(argument) for argument in arguments],
                        env=environment) as process:
                on = names
                while on and time.monotonic() - start < GIVE_UP and process.poll() is None:
                    time.sleep(0.005)
                    while on and not features.is_on(on[-1]):
                        on = on[:-1]
                    on = [name for name in on if features.is_on(name)] if len(on) < 50 else on
                elapsed = (time.monotonic() - start) * 1e6
                if process.poll() is not None:
                    fail("NetworkManager has ended")
    if not on:
        return elapsed
    print(f"NetworkManager left {len(on)} of {size} NICs on, such as {on[0]}; its log:",
          (folder / "log").read_text()[-2000:], file=sys.stderr)
    return None
