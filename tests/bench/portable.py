# SPDX-License-Identifier: Apache-2.0
"""The portable program, which has its libraries in it, beside this build, which has them loaded."""

import re
from pathlib import Path

from nest import command, median_usec
from service import Service
from table import kib, times, usec

N_NICS = 1


class Portable:
    def __init__(self, nest, program):
        self.nest = nest
        self.program = str(program)
        self.section = nest.table.section(f"The portable program ({program.stat().st_size:,} bytes) "
                                          "beside this build")

    def both(self, arguments):
        """The command line of the portable program, and that of this build."""
        return [self.program, *arguments[1:]], arguments

    def measure(self):
        self.nest.make_nics(N_NICS)
        self.measure_command("status", 1, self.nest.veth_agent("status"))
        self.measure_command("apply", 0, self.nest.veth_agent("apply"))
        self.measure_service()

    def measure_command(self, what, code, arguments):
        runs = ([], [])
        for _ in range(self.nest.counts["starts"]):
            for which, line in enumerate(self.both(arguments)):
                runs[which].append(self.nest.process(line, (code,)))
                if what == "apply":
                    command(self.nest.agent, "restore")
        mine, other = (median_usec(run) for run in runs)
        self.section.add(f"{what}, from start to end", usec(mine), usec(other), times(mine / other))
        mine, other = (max(run[1] for run in run) for run in runs)
        self.section.add("  peak memory", kib(mine), kib(other), times(mine / other))

    def measure_service(self):
        """After its second publication, with nothing to do."""
        resident, private = [], []
        for line in self.both(self.nest.veth_agent("run")):
            service = Service(self.nest).start_service(line)
            status = Path(f"/proc/{service.pid}/status").read_text()
            resident.append(int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[1]))
            private.append(sum(Service.private_kib(service)))
            self.nest.stop(service)
            command(self.nest.agent, "restore")
        for what, values in (("resident", resident), ("private", private)):
            self.section.add(f"the service, {what} memory", kib(values[0]), kib(values[1]),
                             times(values[0] / values[1]))
