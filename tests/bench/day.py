# SPDX-License-Identifier: Apache-2.0
"""What the service costs in a day on which nothing is wrong: each thing that happens is measured a few
times, on a small node and on one with many nat rules and connections, and multiplied.

CPU time of the service and of its children that have ended.
"""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

from nat_rules import Node, iptables_rules
from nest import WORK, command
from table import usec

# How often in a day.
PODS, SWEEPS, LOOKS = 10_000, 1_440, 144
RESTARTS = 8_640  # of kubelet, and of what makes the VXLAN device anew: every ten seconds

SERVICES = 5000  # of the large node
CONNECTIONS = 120_000
# A folder of Kubernetes' programs, which is watched.
PROGRAMS = Path("/opt/bin")

# What kubelet writes when it starts.
KUBELET_RULES = """*nat
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
COMMIT
"""
VXLAN = ("flannel.1", "type", "vxlan", "id", "1", "dstport", "8472")

CONNECT = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[1])):
    sender.sendto(b"", (f"127.{1 + i % 8}.0.1", 1024 + i // 8))
"""


def cpu_seconds(process):
    """Its own to the microsecond, its children's to the tick."""
    own = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return own + (int(ticks[13]) + int(ticks[14])) / os.sysconf("SC_CLK_TCK")


class Day:
    def __init__(self, nest, node):
        self.nest = nest
        self.node = node
        inside = 'mount -t tmpfs -o mode=755 tmpfs /run/offload-agent; exec "$@"'
        (WORK / "day.conf").write_text("sweep = 0;\n")
        self.service = nest.start(["nsenter", "--target", str(node.process.pid), "--net", "unshare", "--mount",
                                   "sh", "-c", inside, "sh", str(nest.agent), "run", "--rules",
                                   str(WORK / "shipped"), "--config", str(WORK / "day.conf")])
        time.sleep(4)  # its first looks
        self.tiring = None

    def end(self):
        """CPU seconds of its whole life, with its children, to the microsecond."""
        self.service.terminate()
        _, status, used = os.wait4(self.service.pid, 0)
        self.service.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime

    def look(self):
        """Two seconds after a program of Kubernetes came the service looks at the node."""
        (PROGRAMS / "kubelet").touch()
        (PROGRAMS / "kubelet").unlink()
        time.sleep(2.6)

    def cost(self, n_times, act, pause):
        """Seconds for one."""
        before = cpu_seconds(self.service)
        for _ in range(n_times):
            act()
            time.sleep(pause)
        return (cpu_seconds(self.service) - before) / n_times

    def reload(self, text):
        (WORK / "day.conf").write_text(text)
        self.service.send_signal(signal.SIGHUP)

    def make_pods(self):
        lines = [f"link add p{i} group 9 type veth peer name q{i} group 9" for i in range(100)]
        (WORK / "pods").write_text("\n".join([*lines, "link set group 9 up", "link del group 9"]) + "\n")
        self.node.run("ip", "-batch", str(WORK / "pods"))

    def tire(self):
        """Makes the device anew until the service looks at the node for it no more than by its clock: it
        then does so for a while, and what is measured is the device alone."""
        for pause in (0, 3, 6, 11):
            time.sleep(pause)
            self.make_device_anew()
        time.sleep(22)

    def begin(self):
        """Gets tired while something else is measured."""
        self.tiring = threading.Thread(target=self.tire)
        self.tiring.start()

    def restart_kubelet(self):
        """The process is another, and its rules are written anew."""
        (WORK / "kubelet-rules").write_text(KUBELET_RULES)
        self.node.run("iptables-nft-restore", "--noflush", str(WORK / "kubelet-rules"))

    def make_device_anew(self):
        self.node.run("ip", "link", "del", "flannel.1")
        self.node.run("ip", "link", "add", *VXLAN)

    def measure(self):
        """What each thing costs, and how often it happens."""
        turns = self.nest.counts["loops"] + 1
        self.tiring.join()
        found = {"a pod comes and goes": (self.cost(turns, self.make_pods, 0.2) / 100, PODS)}
        if shutil.which("iptables-nft-restore"):
            found["kubelet restarts"] = (self.cost(turns + 2, self.restart_kubelet, 0.3), RESTARTS)
        found["the VXLAN device is made anew"] = (self.cost(turns + 2, self.make_device_anew, 1.2), RESTARTS)
        self.reload("sweep = 1;\n")
        time.sleep(2)
        found["a sweep"] = (self.cost(turns, lambda: None, 1), SWEEPS)
        self.nest.stop(self.service)
        return found


def cost_of_look(nest, node):
    """Seconds: what a service that looks more often costs more."""
    n_looks = 3 * nest.counts["loops"]
    idle = Day(nest, node).end()
    busy = Day(nest, node)
    for _ in range(n_looks):
        busy.look()
    return (busy.end() - idle) / n_looks


def fill(node):
    """75,000 lines of nat rules, and connections to track. Returns how many of these there are."""
    node.load("iptables-nft-restore", iptables_rules(SERVICES))
    # They shall last as long as it takes.
    node.run("sh", "-c", "echo 86400 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout")
    node.run("ip", "address", "add", "192.0.2.1/24", "dev", "lo")
    node.run("python3", "-c", CONNECT, CONNECTIONS)
    return int(node.run("cat", "/proc/sys/net/netfilter/nf_conntrack_count"))


def measure_node(nest, title, node, day):
    section = nest.table.section(title)
    found = day.measure()
    found["a look at the node, nat rules and connections"] = (cost_of_look(nest, node), LOOKS)
    for what, (cost, n_times) in found.items():
        section.add(f"{what}, {n_times:,} times", f"{cost * n_times:.2f} s", f"{usec(cost * 1e6)} each")
    rest = sum(cost * n_times for cost, n_times in found.values())
    restarts = found["the VXLAN device is made anew"]
    section.add("all", f"{rest:.1f} s", f"without remaking the device: {rest - restarts[0] * restarts[1]:.1f} s")


class Small:
    """The small node, on which the day has begun."""

    def __init__(self, nest):
        command("mount", "-t", "tmpfs", "tmpfs", PROGRAMS.parent)
        PROGRAMS.mkdir()
        self.node = Node(nest)
        self.node.run("ip", "link", "set", "lo", "up")
        self.day = Day(nest, self.node)
        self.day.begin()


def measure(nest, small):
    node = small.node
    measure_node(nest, "CPU time of a day, small node", node, small.day)
    if nest.counts["large_day"] and shutil.which("iptables-nft-restore"):
        n_connections = fill(node)
        day = Day(nest, node)
        day.begin()
        measure_node(nest, f"CPU time of a day, 75,000 nat lines and {n_connections:,} connections", node, day)
    node.end()
