# SPDX-License-Identifier: Apache-2.0
"""Where everything is measured: namespaces, NICs, processes.

`run` has put this process into network, mount, PID and UTS namespaces of its own; here they are
furnished. Nothing that is started here outlives them.
"""

import array
import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

from table import Table

SOURCE = Path(__file__).resolve().parents[2]
WORK = Path("/run/bench")
AFFECTED = ["--kubernetes-version", "v1.18.3", "--kernel-release", "4.19.118"]

# veth ends instead of VXLAN devices: a thousand of them are there at once, and gone at once.
VETH_RULE = """rule = {
	id = "bench"; title = "veth ends with checksum offload on";
	kernel = ( { family = "upstream"; affected = ( "<5.0" ); } );
	exposed = { kind = "veth"; }; turn_off = [ "rx", "tx" ]; required = [ "tx" ];
};
"""

# <linux/sockios.h>, <linux/ethtool.h>
SIOCETHTOOL = 0x8946
ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM = 0x14, 0x15, 0x16, 0x17

# <linux/sched.h>
CLONE_NEWNET = 0x40000000

# The peers of so many NICs are elsewhere, so that a single NIC can be had; all others are pairs.
PARKED = 2
NIC_GROUP = 5


def fail(text):
    sys.exit(f"bench: {text}")


def command(*arguments, **options):
    """Runs it and returns its standard output; a failure ends the benchmark."""
    result = subprocess.run([str(argument) for argument in arguments], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if result.returncode != 0:
        fail(f"{arguments[0]}: exit code {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout


def median_usec(runs):
    """Of what process() returned."""
    return statistics.median(run[0] for run in runs)


class Features:
    """The ioctl that turns the checksum offload of a NIC on, and asks for it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def request(self, name, request, data=0):
        value = array.array("I", [request, data])
        ifreq = struct.pack("16sP16x", name.encode(), value.buffer_info()[0])
        fcntl.ioctl(self.socket, SIOCETHTOOL, ifreq)
        return value[1]

    def turn_on(self, names):
        for name in names:
            self.request(name, ETHTOOL_SRXCSUM, 1)
            self.request(name, ETHTOOL_STXCSUM, 1)

    def is_on(self, name):
        """rx or tx."""
        return any(self.request(name, request) for request in (ETHTOOL_GTXCSUM, ETHTOOL_GRXCSUM))

    def expect_off(self, names, who):
        on = [name for name in names if self.is_on(name)]
        if on:
            fail(f"{who} left rx or tx on: {len(on)} NICs, such as {on[0]}")


class Nest:
    def __init__(self, build, counts):
        self.agent = build / "agent/offload-agent"
        self.tools = build / "tests/bench"
        self.counts = counts
        self.table = Table()
        self.features = Features()
        self.names = []
        self.parking = None
        cores = sorted(os.sched_getaffinity(0))
        # Who wakes up on the core of whom it waits for keeps that from going on; so the one that
        # makes the devices has a core of its own. With one core there is no choice.
        self.first_core = ["taskset", "-c", str(cores[0])]
        self.other_cores = ["taskset", "-c", ",".join(str(core) for core in cores[1:] or cores)]

    def prepare(self):
        command("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        # /sys/class/net shows the namespace in which it was mounted.
        command("mount", "-t", "sysfs", "sysfs", "/sys")
        Path("/run/offload-agent").mkdir()
        (WORK / "veth").mkdir(parents=True)
        (WORK / "veth/veth.rules").write_text(VETH_RULE)
        shutil.copytree(SOURCE / "policy/rules.d", WORK / "shipped", copy_function=shutil.copyfile)
        self.configure("vxlan.conf", "")
        self.configure("veth.conf", 'nics = ( { kind = "veth"; } );\n')
        self.configure("sweep.conf", 'nics = ( { kind = "veth"; } ); sweep = 1;\n')
        self.parking = self.start(["unshare", "--net", "sleep", "infinity"])
        here = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.parking.pid}/ns/net") == here:
            time.sleep(0.01)

    @staticmethod
    def configure(name, text):
        (WORK / name).write_text(text)

    def veth_agent(self, verb, config="veth.conf"):
        return [str(self.agent), verb, "--rules", str(WORK / "veth"), "--config",
                str(WORK / config), *AFFECTED]

    def vxlan_agent(self, verb):
        return [str(self.agent), verb, "--rules", str(WORK / "shipped"), "--config",
                str(WORK / "vxlan.conf"), *AFFECTED]

    # NICs

    def add_nics(self, names):
        """All of them, or the missing ones after those that are there."""
        there = set(os.listdir("/sys/class/net"))
        missing = [name for name in names if name not in there]
        lines = []
        while missing:
            name = missing.pop(0)
            peer = f"{name}p netns {self.parking.pid}"
            if names.index(name) >= PARKED and missing:
                peer = missing.pop(0)
            lines.append(f"link add {name} group {NIC_GROUP} type veth peer name {peer} "
                         f"group {NIC_GROUP}")
        command("ip", "-batch", "-", input="\n".join(lines) + "\n")

    def make_nics(self, total):
        self.names = [f"n{i}" for i in range(total)]
        self.add_nics(self.names)

    @contextlib.contextmanager
    def own_network(self, names):
        """For who would touch more of the NICs than their features. Yields their features."""
        libc = ctypes.CDLL(None, use_errno=True)
        outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        if libc.unshare(CLONE_NEWNET) != 0:
            fail(f"unshare: {os.strerror(ctypes.get_errno())}")
        command("mount", "-t", "sysfs", "sysfs", "/sys")
        try:
            self.add_nics(names)
            yield Features()
            # All at once, and now: the kernel would do it later, in the way of what comes next.
            command("ip", "link", "del", "group", NIC_GROUP)
        finally:
            command("umount", "/sys")
            if libc.setns(outside, CLONE_NEWNET) != 0:
                fail(f"setns: {os.strerror(ctypes.get_errno())}")
            os.close(outside)

    # Processes

    def process(self, arguments, codes=(0,)):
        """Microseconds from start to end (with --ready in front, until READY=1), and peak KiB."""
        elapsed, peak, code = command(self.tools / "bench_process", *arguments).split()
        if int(code) not in codes:
            fail(f"{' '.join(str(argument) for argument in arguments)}: exit code {code}")
        return float(elapsed), int(peak)

    @staticmethod
    def start(arguments, **options):
        return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                **options)

    @staticmethod
    def stop(process):
        process.terminate()
        process.wait()
