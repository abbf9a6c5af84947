# SPDX-License-Identifier: Apache-2.0
"""What the cure costs, and what looking costs: one TCP stream through a VXLAN pair over veth, with TX
on and off, and with `wire` at the receiver and without.

Two network namespaces of its own as nodes, iperf3 between them where it is installed.
"""

import json
import re
import shutil
import statistics
import time
from pathlib import Path

from nest import command

LOCAL, REMOTE = "10.99.0.1", "10.99.0.2"


class Pair:
    """Two nodes: this namespace is neither, so that nothing else is there."""

    def __init__(self, nest):
        self.nest = nest
        self.nodes = [nest.start(["unshare", "--net", "sleep", "infinity"]) for _ in range(2)]
        time.sleep(0.2)
        self.run(0, "ip", "link", "add", "under", "type", "veth", "peer", "name", "under", "netns",
                 self.nodes[1].pid)
        for node, (own, other) in enumerate((("1", "2"), ("2", "1"))):
            self.run(node, "ip", "link", "set", "lo", "up")
            self.run(node, "ip", "address", "add", f"192.0.2.{own}/24", "dev", "under")
            self.run(node, "ip", "link", "set", "under", "up")
            self.run(node, "ip", "link", "add", "tunnel", "type", "vxlan", "id", "1", "dstport",
                     "8472", "local", f"192.0.2.{own}", "remote", f"192.0.2.{other}")
            self.run(node, "ip", "address", "add", f"10.99.0.{own}/24", "dev", "tunnel")
            self.run(node, "ip", "link", "set", "tunnel", "up")
        self.server = nest.start(self.inside(1) + ["iperf3", "--server"])
        time.sleep(0.5)

    def inside(self, node):
        return ["nsenter", "--target", str(self.nodes[node].pid), "--net"]

    def run(self, node, *arguments):
        return command(*self.inside(node), *arguments)

    def gigabits(self):
        """One TCP stream, in Gbit/s as received."""
        told = self.run(0, "iperf3", "--client", REMOTE, "--bind", LOCAL, "--time",
                        self.nest.counts["stream"], "--json")
        return json.loads(told)["end"]["sum_received"]["bits_per_second"] / 1e9

    def switch(self, state):
        for node in range(2):
            self.run(node, "ethtool", "-K", "tunnel", "tx", state)

    def listened_to(self):
        """The same with `wire` at the receiver, from before it begins until it has ended."""
        wire = self.nest.start(self.inside(1) + [str(self.nest.agent), "wire", "--seconds", "0"])
        while "offload-agent" not in Path(f"/proc/{wire.pid}/comm").read_text() or not re.search(
                r"^CapPrm:\s*0+$", Path(f"/proc/{wire.pid}/status").read_text(), re.MULTILINE):
            time.sleep(0.01)
        try:
            return self.gigabits()
        finally:
            self.nest.stop(wire)

    def end(self):
        for process in (self.server, *self.nodes):
            self.nest.stop(process)


def measure(nest):
    section = nest.table.section("one TCP stream through a VXLAN pair over veth")
    if not shutil.which("iperf3"):
        section.add("what the cure costs", "not measured", "iperf3 is not installed")
        return
    pair = Pair(nest)
    try:
        runs = {"on": [], "off": []}
        for _ in range(nest.counts["loops"]):
            for state, found in runs.items():
                pair.switch(state)
                found.append(pair.gigabits())
        pair.switch("on")
        # Each packet is looked at by itself.
        pair.run(1, "ethtool", "-K", "under", "gro", "off")
        looks = [(pair.gigabits(), pair.listened_to()) for _ in range(2 * nest.counts["loops"])]
    finally:
        pair.end()
    on, off = (statistics.median(found) for found in runs.values())
    section.add("TX checksum offload off", f"{off:.1f} Gbit/s", f"on: {on:.1f} Gbit/s",
                f"{off / on:.0%}")
    without, with_wire = (statistics.median(found) for found in zip(*looks))
    section.add("wire at the receiver, GRO off", f"{with_wire:.1f} Gbit/s",
                f"without: {without:.1f} Gbit/s", f"{with_wire / without:.0%}")
