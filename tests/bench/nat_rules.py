# SPDX-License-Identifier: Apache-2.0
"""The nat rules of a node with many services, read and judged, beside programs that print them.

A network namespace of its own holds them, as iptables-nft and as kube-proxy's nftables mode write them.
"""

import shutil
import sys
import time

from nest import WORK, command
from table import kib, usec

ENDPOINTS = 3

# Runs as a child of this and nothing else, so that RUSAGE_CHILDREN is its own: CPU seconds.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def service_address(number):
    return f"10.{96 + number // 65536}.{number // 256 % 256}.{number % 256}"


def iptables_rules(services):
    """As kube-proxy writes them in iptables mode: 15 lines for each service."""
    chains = ["KUBE-SERVICES", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"]
    rules = ["POSTROUTING -j KUBE-POSTROUTING", "PREROUTING -j KUBE-SERVICES", "OUTPUT -j KUBE-SERVICES",
             "KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
             "KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully"]
    for number in range(services):
        name = f"{number:016X}"
        comment = f'-m comment --comment "ns{number % 50}/service-{number}:http"'
        match = f"-d {service_address(number)}/32 -p tcp {comment} -m tcp --dport 80"
        chains.append(f"KUBE-SVC-{name}")
        rules += [f"KUBE-SERVICES ! -s 10.244.0.0/16 {match} -j KUBE-MARK-MASQ",
                  f"KUBE-SERVICES {match} -j KUBE-SVC-{name}"]
        for endpoint in range(ENDPOINTS):
            chain = f"KUBE-SEP-{name[2:]}{endpoint:02X}"
            chains.append(chain)
            rules += [f"KUBE-SVC-{name} {comment} -m statistic --mode random --probability 0.5 -j {chain}",
                      f"{chain} -s 10.244.9.{endpoint + 1}/32 {comment} -j KUBE-MARK-MASQ",
                      f"{chain} -p tcp {comment} -m tcp -j DNAT --to-destination 10.244.9.{endpoint + 1}:80"]
    built_in = [f":{chain} ACCEPT [0:0]" for chain in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")]
    return ["*nat", *built_in, *[f":{chain} - [0:0]" for chain in chains], *[f"-A {rule}" for rule in rules],
            "COMMIT"]


def nftables_rules(services):
    """As kube-proxy writes them in nftables mode, without the rule that clears the mark."""
    add = "add chain ip kube-proxy"
    lines = ["add table ip kube-proxy", f"{add} mark-for-masquerade", f"{add} masquerading",
             f"{add} nat-postrouting {{ type nat hook postrouting priority srcnat; }}",
             f"{add} nat-output {{ type nat hook output priority -100; }}", f"{add} services",
             "add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }",
             "add rule ip kube-proxy mark-for-masquerade mark set mark or 0x4000",
             "add rule ip kube-proxy masquerading mark and 0x4000 == 0 return",
             "add rule ip kube-proxy masquerading masquerade fully-random",
             "add rule ip kube-proxy nat-postrouting jump masquerading",
             "add rule ip kube-proxy nat-output jump services",
             "add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips"]
    for number in range(services):
        service = f"service-{number:08X}-ns/web/tcp/http"
        choices = []
        lines.append(f"{add} {service}")
        for endpoint in range(ENDPOINTS):
            chain = f"endpoint-{number:08X}-{endpoint}"
            choices.append(f"{endpoint} : goto {chain}")
            lines += [f"{add} {chain}",
                      f"add rule ip kube-proxy {chain} ip saddr 10.244.9.{endpoint + 1} jump mark-for-masquerade",
                      f"add rule ip kube-proxy {chain} meta l4proto tcp dnat to 10.244.9.{endpoint + 1}:80"]
        lines += [f"add rule ip kube-proxy {service} ip saddr != 10.244.0.0/16 jump mark-for-masquerade",
                  f"add rule ip kube-proxy {service} numgen random mod {ENDPOINTS} vmap {{ {', '.join(choices)} }}",
                  f"add element ip kube-proxy service-ips {{ {service_address(number)} . tcp . 80 : goto {service} }}"]
    return lines


class Node:
    def __init__(self, nest):
        self.nest = nest
        self.process = nest.start(["unshare", "--net", "sleep", "infinity"])
        time.sleep(0.2)
        self.run("ip", "link", "add", "flannel.1", "type", "vxlan", "id", "1", "dstport", "8472")

    def run(self, *arguments):
        return command("nsenter", "--target", str(self.process.pid), "--net", *arguments)

    def load(self, program, lines):
        rules = WORK / "nat-rules"
        rules.write_text("\n".join(lines) + "\n")
        self.run("sh", "-c", f"{program} {rules}")
        rules.unlink()

    def measure(self, program, *arguments):
        """CPU seconds, the least of several runs, and peak KiB."""
        arguments = (shutil.which(program), *arguments)
        runs = [float(self.run(sys.executable, "-c", MEASURE, *arguments))
                for _ in range(self.nest.counts["loops"] + 2)]
        return min(runs), int(self.run(self.nest.tools / "bench_process", *arguments).split()[1])

    def end(self):
        self.nest.stop(self.process)


def measure(nest):
    services = nest.counts["services"]
    section = nest.table.section(f"nat rules of {services:,} services, CPU time")
    if not shutil.which("nft") or not shutil.which("iptables-nft-restore"):
        section.add("not measured", "nft or iptables-nft is not installed", "", "", "")
        return
    node = Node(nest)
    agent = [nest.agent, "facts", "--nat-rules", "--json"]
    for mode, program, rules, others in (
            ("iptables mode", "iptables-nft-restore", iptables_rules,
             (["iptables-nft-save"], ["nft", "-j", "list", "ruleset"])),
            ("nftables mode", "nft -f", nftables_rules, (["nft", "-j", "list", "ruleset"],))):
        lines = rules(services)
        node.load(program, lines)
        cpu, peak = node.measure(*agent)
        for other in others:
            their_cpu, their_peak = node.measure(*other)
            name = " ".join(other)
            section.add(f"{mode}, {len(lines):,} lines", usec(cpu * 1e6), f"{name}: {usec(their_cpu * 1e6)}",
                        f"{cpu / their_cpu:.3f} times", "<= 100 ms")
            section.add("  its peak memory", kib(peak), f"{name}: {kib(their_peak)}", "", "<= 16 MiB")
        node.run("nft", "flush", "ruleset")
    node.end()
