# SPDX-License-Identifier: Apache-2.0
"""assess, which judges the nodes of a whole cluster, beside a program that only parses them."""

import platform
import statistics
import subprocess
import sys

from nest import SOURCE, WORK
from table import kib, times, usec


def measure(nest):
    """Ten thousand nodes: with little, and with all that Kubernetes says of each."""
    section = nest.table.section("assess, 10,000 nodes")
    nodes = WORK / "nodes.json"
    maker = SOURCE / "tests/integration/nodes.py"
    reader = [sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", nodes]
    for what, more in (("little said of each", []), ("all said of each", ["full"])):
        with nodes.open("w") as stream:
            subprocess.run([sys.executable, maker, "10000", "all", *more], stdout=stream,
                           check=True)
        arguments = [nest.agent, "assess", "--config", "/dev/null", "--rules",
                     SOURCE / "policy/rules.d", nodes]
        runs = [(nest.process(arguments, (1,)), nest.process(reader))
                for _ in range(nest.counts["loops"])]
        elapsed = statistics.median(run[0][0] for run in runs)
        other = statistics.median(run[1][0] for run in runs)
        section.add(f"{what}, {kib(nodes.stat().st_size / 1024)}", usec(elapsed),
                    f"Python's json: {usec(other)}", times(elapsed / other), "<= 1 s")
        section.add("  its peak memory", kib(max(run[0][1] for run in runs)),
                    f"Python's json: {kib(max(run[1][1] for run in runs))}")
    nodes.unlink()
    measure_documents(nest, section)


def measure_documents(nest, section):
    """What ten thousand nodes say of themselves, each with 30 NICs."""
    options = ["--config", "/dev/null", "--rules", SOURCE / "policy/rules.d"]
    documents = WORK / "documents.json"
    with nest.own_network([f"pod{i}" for i in range(30)]):
        status = subprocess.run([nest.agent, "status", "--json", *options,
                                 "--kernel-release=4.19.118", "--kubernetes-version=v1.18.6"],
                                check=False, text=True, stdout=subprocess.PIPE).stdout
    name = f'"name":"{platform.node()}"'
    with documents.open("w") as stream:
        for number in range(10000):
            stream.write(status.replace(name, f'"name":"node-{number}"'))
    runs = [nest.process([nest.agent, "assess", *options, documents], (0, 1, 2))
            for _ in range(nest.counts["loops"])]
    elapsed = statistics.median(run[0] for run in runs)
    section.add(f"documents of status, {kib(documents.stat().st_size / 1024)}", usec(elapsed),
                "", "", "<= 2 s")
    section.add("  its peak memory", kib(max(run[1] for run in runs)))
    documents.unlink()
