# SPDX-License-Identifier: Apache-2.0
"""The one-shot commands apply and status, from start to end of the process, beside their peers.

One Commands measures all numbers of NICs, from few to many, and concludes how the time grows.
"""

import re
import subprocess

import peers
from nest import WORK, command, median_usec
from table import count, exponent, kib, times, usec

# With so many NICs the start of the service is measured.
STARTUP_SIZES = (1, 1000)

# Of so many and more NICs all rows are reported.
MANY = 1000

# From fewer, noise is most of what one reads of growth.
GROWTH_FROM = 100


def measure_setting(nest):
    """What bench_set prints of ethtool_nl_set(), each back end beside its bare loop."""
    section = nest.table.section("Setting rx and tx of every NIC, each outcome verified "
                                 "(bench_set)")
    size = None
    bare = {}
    for line in command(nest.tools / "bench_set", nest.counts["settings"]).splitlines():
        if match := re.match(r"(\d+) nics", line):
            size = int(match[1])
        elif match := re.match(r"(netlink|ioctl), (\S+) +([\d.]+) .* ([\d.]+)$", line):
            backend, what, elapsed, ratio = match.groups()
            if what == "bare":
                bare[backend] = elapsed
            elif what == "ethtool_nl_set":
                section.add(f"{count(size)}, {backend}", f"{elapsed} ms",
                            f"bare: {bare[backend]} ms", f"{ratio} times",
                            "<= 1.5" if backend == "netlink" else "<= 1.2")


def fastest_usec(runs):
    """For what small differences are made of: least of all it depends on what else ran."""
    return min(run[0] for run in runs)


class Commands:
    def __init__(self, nest):
        self.nest = nest
        self.apply = nest.table.section("apply: all NICs on before, rx and tx of every one off "
                                        "after; whole processes")
        self.status = nest.table.section("status: whole processes")
        self.startup = nest.table.section("run: from its start to READY=1, all NICs on before")
        self.growth = nest.table.section("Growth with the number of NICs, of the fastest runs, "
                                         "beyond what one NIC takes")
        self.elapsed = {what: {} for what in ("apply", "apply, bare", "status", "status, bare")}
        self.sends = {}

    def measure(self, size):
        """With that many NICs there, all on; so they are afterwards."""
        self.measure_apply(size)
        self.measure_status(size)
        if size in STARTUP_SIZES:
            self.measure_startup(size)
        if size >= GROWTH_FROM:
            self.sends[size] = self.count_sends()

    # apply

    def run_setter(self, who, arguments):
        run = self.nest.process(arguments)
        self.nest.features.expect_off(self.nest.names, who)
        self.nest.features.turn_on(self.nest.names)
        return run

    def run_apply(self, *ready, verb="apply"):
        run = self.nest.process([*ready, *self.nest.veth_agent(verb)])
        self.nest.features.expect_off(self.nest.names, verb)
        command(self.nest.agent, "restore")
        return run

    def slow_turns(self, size):
        """How often whoever is slow has a turn: with many NICs its time is far above the noise."""
        return self.nest.counts["loops"] if size <= MANY else 1

    def measure_apply(self, size):
        nest = self.nest
        applies, bare, loops, triggers = [], [], [], []
        for turn in range(nest.counts["applies"]):
            applies.append(self.run_apply())
            bare.append(self.run_setter("bench_bare", peers.set_bare(nest)))
            if turn >= self.slow_turns(size):
                continue
            loops.append(self.run_setter("the shell loop", peers.set_loop(nest)))
            if peers.udevd_program():
                with peers.udevd(nest):
                    triggers.append(self.run_setter("udevd", peers.udev_trigger()))
        elapsed = median_usec(applies)
        self.elapsed["apply"][size] = fastest_usec(applies)
        self.elapsed["apply, bare"][size] = fastest_usec(bare)
        self.apply.add(count(size), usec(elapsed), *self.against("bare netlink", elapsed, bare))
        self.apply.add("", "", *self.against("loop of ethtool -K", elapsed, loops),
                       "<= 1/100" if size >= MANY else "")
        self.apply.add("", "", *self.against("udevadm trigger and settle", elapsed, triggers))
        self.apply.add("", "", *self.against_networkmanager(size, elapsed))
        self.apply.add("  peak memory", kib(max(run[1] for run in applies)),
                       f"bare netlink: {kib(max(run[1] for run in bare))}", "",
                       "<= 8 MB" if size == MANY else "")

    @staticmethod
    def against(who, elapsed, runs):
        if not runs:
            return f"{who}: not installed", ""
        other = median_usec(runs)
        return f"{who}: {usec(other)}", times(elapsed / other)

    def against_networkmanager(self, size, elapsed):
        who = "start of NetworkManager"
        if not peers.networkmanager_program():
            return f"{who}: not installed", ""
        if size > self.nest.counts["nm_most"]:
            return f"{who}: not measured at this size", ""
        other = peers.run_networkmanager(self.nest, size)
        if other is None:
            return f"{who}: not all off after {peers.GIVE_UP} s", ""
        return f"{who}: {usec(other)}", times(elapsed / other)

    # status

    def status_turns(self, arguments, code, *others):
        """Runs by turns of status, and of each of the others."""
        runs = [[] for _ in range(1 + len(others))]
        for _ in range(self.nest.counts["starts"]):
            runs[0].append(self.nest.process(arguments, (code,)))
            for i, other in enumerate(others):
                runs[1 + i].append(self.nest.process(other))
        return runs

    def measure_status(self, size):
        nest = self.nest
        empty = [nest.tools / "bench_empty"]
        runs, bare, nothing = self.status_turns(nest.veth_agent("status"), 1,
                                                peers.read_bare(nest), empty)
        loops = [nest.process(peers.read_loop(nest)) for _ in range(self.slow_turns(size))]
        elapsed = median_usec(runs)
        self.elapsed["status"][size] = fastest_usec(runs)
        self.elapsed["status, bare"][size] = fastest_usec(bare)
        self.status.add(f"{count(size)}, all on", usec(elapsed),
                        *self.against_empty(size, elapsed, nothing))
        self.status.add("", "", *self.against("bare netlink", elapsed, bare))
        self.status.add("", "", *self.against("loop of ethtool -k", elapsed, loops))
        self.status.add("  peak memory", kib(max(run[1] for run in runs)),
                        f"empty process: {kib(nothing[0][1])}, bare netlink: "
                        f"{kib(max(run[1] for run in bare))}")
        if size < MANY:
            return
        runs, nothing = self.status_turns(nest.vxlan_agent("status"), 0, empty)
        elapsed = median_usec(runs)
        self.status.add(f"{count(size)}, none of concern", usec(elapsed),
                        *self.against_empty(size, elapsed, nothing))
        command(*nest.veth_agent("apply"))
        runs, nothing = self.status_turns(nest.veth_agent("status"), 0, empty)
        command(nest.agent, "restore")
        elapsed = median_usec(runs)
        self.status.add(f"{count(size)}, all recorded and off", usec(elapsed),
                        *self.against_empty(size, elapsed, nothing))
        self.status.add("  peak memory", kib(max(run[1] for run in runs)))

    @staticmethod
    def against_empty(size, elapsed, runs):
        nothing = median_usec(runs)
        return (f"empty process: {usec(nothing)}", f"+{(elapsed - nothing) / 1000:.2f} ms",
                "<= +5 ms" if size <= MANY else "")

    def count_sends(self):
        """How many messages `status` sends to the kernel."""
        trace = WORK / "trace"
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=sendto,sendmsg",
                        *self.nest.veth_agent("status")], stdout=subprocess.DEVNULL, check=False)
        return len(re.findall(r"^\d+ +send", trace.read_text(), re.MULTILINE))

    # run

    def measure_startup(self, size):
        runs, applies = [], []
        for _ in range(self.nest.counts["applies"]):
            runs.append(self.run_apply("--ready", verb="run"))
            applies.append(self.run_apply())
        elapsed = median_usec(runs)
        self.startup.add(count(size), usec(elapsed), *self.against("apply", elapsed, applies))
        self.startup.add("  peak memory", kib(max(run[1] for run in runs)))

    # Growth

    def conclude(self):
        """For every step from one size to the next, how much longer the time became."""
        for what in ("apply", "status"):
            mine, bare = self.elapsed[what], self.elapsed[f"{what}, bare"]
            sizes = [size for size in sorted(mine) if size >= GROWTH_FROM]
            for few, many in zip(sizes, sizes[1:]):
                each, power = self.grow(mine, few, many)
                other, other_power = self.grow(bare, few, many)
                self.growth.add(f"{what}, from {few:,} to {count(many)}", f"{each:.2f} us each",
                                f"bare: {other:.2f} us each, {other_power}", power, "linear: 1")
        few, many = min(self.sends), max(self.sends)
        self.growth.add("status, messages sent to the kernel",
                        f"{self.sends[many]} for {count(many)}",
                        f"{self.sends[few]} for {count(few)}", "", "as many")

    @staticmethod
    def grow(elapsed, few, many):
        """Microseconds for each more, and the exponent."""
        fixed = elapsed[min(elapsed)]
        fast, slow = elapsed[few] - fixed, elapsed[many] - fixed
        each = (slow - fast) / (many - few)
        if min(fast, slow) < fixed / 2:
            return each, "exponent below the noise"
        return each, exponent(few, many, fast, slow)
