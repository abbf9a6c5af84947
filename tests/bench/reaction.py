# SPDX-License-Identifier: Apache-2.0
"""How soon after a VXLAN device is made its tx offload is off: the service, a C program that does
only that, and the shell's way, each in a network namespace of its own."""

import os
import signal
import statistics
import time

from nest import command, fail
from table import times, usec

BURST = 1000

# In use today behind `ip monitor`.
SHELL_LISTENER = """ip monitor link | while read -r number name _; do
	case $number in [0-9]*:) ethtool -K "${name%:}" rx off tx off ;; esac
done"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Reaction:
    def __init__(self, nest):
        self.nest = nest
        self.section = None

    def start_listener(self, arguments):
        """In a network namespace, and with a state folder, of its own."""
        inside = 'mount -t tmpfs -o mode=755 tmpfs /run/offload-agent; exec "$@"'
        return self.nest.start([*self.nest.other_cores, "unshare", "--net", "--mount", "sh", "-c",
                                inside, "sh", *arguments], start_new_session=True)

    def start_listeners(self):
        agent = self.nest.vxlan_agent("run")
        small = f"LD_PRELOAD={self.nest.tools / 'libbench_small_buffer.so'}"
        listeners = {
            "offload-agent": self.start_listener(agent),
            "C": self.start_listener([str(self.nest.tools / "bench_listener")]),
            "C, recording": self.start_listener([str(self.nest.tools / "bench_listener"),
                                                 "/run/offload-agent/record"]),
            "shell": self.start_listener(["bash", "-c", SHELL_LISTENER]),
            "small": self.start_listener(["env", small, *agent]),
        }
        time.sleep(2.5)
        for name, process in listeners.items():
            if process.poll() is not None:
                fail(f"listener {name} has ended")
        return listeners

    def observe(self, mode, listeners, names):
        """Runs bench_reaction; its lines by listener."""
        output = command(*self.nest.first_core, self.nest.tools / "bench_reaction", *mode,
                         *[listeners[name].pid for name in names])
        lines = {name: [] for name in names}
        for line in output.splitlines():
            number, *figures = line.split()
            lines[names[int(number)]].append([float(figure) for figure in figures])
        return lines

    def measure_single(self, listeners):
        n_turns = self.nest.counts["reactions"]
        names = ["offload-agent", "C", "C, recording", "shell"]
        self.observe(("single", 5), listeners, names)
        lines = self.observe(("single", n_turns), listeners, names)
        figures = {name: [line[0] for line in lines[name]] for name in lines}
        medians = {name: statistics.median(figures[name]) for name in figures}
        tail = {name: percentile(figures[name], 0.99) for name in figures}
        agent = medians["offload-agent"]
        self.section = self.nest.table.section("From the ack of a new VXLAN device to tx off, "
                                                f"{n_turns} devices")
        self.section.add("median, beside a C program that does only that", usec(agent),
                         f"C: {usec(medians['C'])}", times(agent / medians["C"]), "<= 1.3")
        self.section.add("median, beside one that asks what is on and records it first",
                         usec(agent), f"C: {usec(medians['C, recording'])}",
                         times(agent / medians["C, recording"]))
        self.section.add("median, beside ip monitor | ethtool", usec(agent),
                         f"shell: {usec(medians['shell'])}",
                         f"1/{medians['shell'] / agent:.0f}", "<= 1/30")
        self.section.add("99th percentile", usec(tail["offload-agent"]),
                         f"C: {usec(tail['C'])}, shell: {usec(tail['shell'])}", "", "<= 1 ms")

    def add_burst(self, what, lines, than="", wanted=""):
        last = statistics.median(line[0] for line in lines)
        made = statistics.median(line[1] for line in lines)
        missed = int(sum(line[2] for line in lines))
        self.section.add(what, usec(last), f"making them: {usec(made)}",
                         f"{than}{missed} of {BURST * len(lines)} missed", wanted)

    def measure_bursts(self, listeners):
        self.section = self.nest.table.section(f"A burst of {BURST} VXLAN devices: from the last "
                                                "one's ack to the last tx off")
        names = ["offload-agent", "C", "C, recording", "small"]
        lines = self.observe(("burst", self.nest.counts["bursts"], BURST), listeners, names)
        last = {name: statistics.median(line[0] for line in lines[name]) for name in names}
        than = {name: f"{times(last[name] / last['C'])}, " for name in names}
        self.add_burst("offload-agent", lines["offload-agent"], than["offload-agent"], "<= 2, 0")
        self.add_burst("offload-agent, receive buffers of 4 KB", lines["small"], than["small"], "0")
        self.add_burst("C program", lines["C"])
        self.add_burst("C program that asks what is on and records it first", lines["C, recording"],
                       than["C, recording"])
        if self.nest.counts["shell_bursts"]:
            lines = self.observe(("burst", self.nest.counts["shell_bursts"], BURST), listeners,
                                 ["shell"])
            self.add_burst("ip monitor | ethtool", lines["shell"], "")

    def measure(self):
        listeners = self.start_listeners()
        self.measure_single(listeners)
        self.measure_bursts(listeners)
        for process in listeners.values():
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
