# SPDX-License-Identifier: Apache-2.0
"""What the cure costs: one TCP stream through a VXLAN pair over veth, with TX on and off.

Two network namespaces of its own as nodes, iperf3 between them where it is installed.
"""

import json
import shutil
import statistics
import time

from nest import command

LOCAL, REMOTE = "10.99.0.1", "10.99.0.2"
SECONDS = 3


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
        told = self.run(0, "iperf3", "--client", REMOTE, "--bind", LOCAL, "--time", SECONDS, "--json")
        return json.loads(told)["end"]["sum_received"]["bits_per_second"] / 1e9

    def switch(self, state):
        for node in range(2):
            self.run(node, "ethtool", "-K", "tunnel", "tx", state)

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
    finally:
        pair.end()
    on, off = (statistics.median(found) for found in runs.values())
    section.add("TX checksum offload off", f"{off:.1f} Gbit/s", f"on: {on:.1f} Gbit/s",
                f"{off / on:.0%}")
