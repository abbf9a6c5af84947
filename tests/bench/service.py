# SPDX-License-Identifier: Apache-2.0
"""The service (`run`) with many NICs: at rest, sweeping, and while foreign links come and go."""

import re
import statistics
import subprocess
import time
from pathlib import Path

from nest import WORK, command, fail
from table import count, kib, times, usec

# A churn cycle makes so many veth pairs, and deletes them at once.
CHURN_PAIRS = 50
CHURN_GROUP = 77

# With so many NICs the service is measured; with the first all of it, and that is what is wanted.
SIZES = (1000, 5000)


class Service:
    def __init__(self, nest):
        self.nest = nest
        self.sections = {size: nest.table.section(f"The service, with {count(size)}")
                         for size in SIZES if size in nest.counts["sizes"]}
        self.section = None

    def measure(self, size):
        if size not in self.sections:
            return
        self.section = self.sections[size]
        self.measure_rest(size)
        self.measure_sweep(size)
        if size == SIZES[0]:
            self.measure_foreign_events()

    def start_service(self, arguments):
        """Starts it here, and waits until it has published what it found."""
        report = Path("/run/offload-agent/report.json")
        report.unlink(missing_ok=True)
        service = self.nest.start(arguments)
        for _ in range(500):
            if service.poll() is not None or report.exists():
                break
            time.sleep(0.01)
        if not report.exists():
            fail("the service did not start")
        time.sleep(2.5)  # its second publication
        return service

    @staticmethod
    def cpu_usec(process):
        return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1000

    @staticmethod
    def wake_ups(process):
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[1])

    @staticmethod
    def private_kib(process):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return [int(re.search(rf"^Private_{kind}:\s+(\d+)", rollup, re.MULTILINE)[1])
                for kind in ("Clean", "Dirty")]

    def measure_rest(self, size):
        """Memory and wake-ups of a service that has many NICs and nothing to do."""
        service = self.start_service(self.nest.veth_agent("run"))
        self.nest.features.expect_off(self.nest.names, "the service")
        before = self.wake_ups(service)
        time.sleep(self.nest.counts["idle"])
        woken = self.wake_ups(service) - before
        clean, dirty = self.private_kib(service)
        self.nest.stop(service)
        command(self.nest.agent, "restore")
        self.section.add(f"wake-ups in {self.nest.counts['idle']} s without an event", str(woken),
                         "", "", "0")
        self.section.add("private memory", kib(clean + dirty),
                         f"clean {kib(clean)}, dirty {kib(dirty)}", "",
                         "<= 4 MB" if size == SIZES[0] else "")

    def measure_sweep(self, size):
        service = self.start_service(self.nest.veth_agent("run", "sweep.conf"))
        elapsed = []
        for _ in range(self.nest.counts["sweeps"]):
            before = self.cpu_usec(service), self.wake_ups(service)
            time.sleep(1)
            if self.wake_ups(service) == before[1] + 1:
                elapsed.append(self.cpu_usec(service) - before[0])
        dump = float(command(self.nest.tools / "bench_bare", "sweep"))
        self.nest.stop(service)
        command(self.nest.agent, "restore")
        if not elapsed:
            fail("no second had exactly one sweep")
        sweep = statistics.median(elapsed)
        self.section.add("a sweep, CPU time", usec(sweep), f"bare dump: {usec(dump)}",
                         times(sweep / dump), "<= 1.2")

    @staticmethod
    def churn():
        lines = [f"link add c{i} group {CHURN_GROUP} type veth peer name d{i} group {CHURN_GROUP}"
                 for i in range(CHURN_PAIRS)]
        lines.append(f"link del group {CHURN_GROUP}")
        command("ip", "-batch", "-", input="\n".join(lines) + "\n")

    def count_churn_events(self):
        """How many notifications a cycle of churn is."""
        output = WORK / "events"
        with output.open("w") as stream:
            monitor = subprocess.Popen(["ip", "-oneline", "monitor", "link"], stdout=stream)
            time.sleep(0.5)
            self.churn()
            time.sleep(0.5)
            self.nest.stop(monitor)
        return len(output.read_text().splitlines())

    def measure_foreign_events(self):
        """Both could get the same events at the same time; the kernel drops the service's."""
        n_events = self.count_churn_events() * self.nest.counts["cycles"]
        service = self.start_service(self.nest.vxlan_agent("run"))
        clean, dirty = self.private_kib(service)
        monitor = self.nest.start(["ip", "monitor", "link"])
        time.sleep(0.5)
        before = self.cpu_usec(service), self.cpu_usec(monitor), self.wake_ups(service)
        for _ in range(self.nest.counts["cycles"]):
            self.churn()
        time.sleep(0.5)
        elapsed = self.cpu_usec(service) - before[0]
        other = self.cpu_usec(monitor) - before[1]
        woken = self.wake_ups(service) - before[2]
        self.nest.stop(monitor)
        self.nest.stop(service)
        self.section.add("private memory where all of them are foreign", kib(clean + dirty),
                         f"clean {kib(clean)}, dirty {kib(dirty)}", "", "dirty <= 1.2 MB")
        self.section.add("CPU time for 10,000 foreign link events",
                         usec(elapsed / n_events * 10000),
                         f"ip monitor link: {usec(other / n_events * 10000)}", "", "0")
        self.section.add(f"wake-ups during {n_events:,} of them", str(woken),
                         "those of its own clock are among them", "", "0")
