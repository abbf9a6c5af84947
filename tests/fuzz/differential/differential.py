#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do netlink, the ioctl and ethtool say the same of random NICs, after random requests?

Makes random NICs in a network namespace of its own, each twice: what is asked of one twin through
netlink is asked of the other through the ioctl. After each request
  - both back ends read the same of every NIC,
  - `ethtool --json -k` reads the same,
  - the twins are equal, and so are the outcomes of what was asked of them,
  - what a request said of its NIC is what is read of it.

One pair of twins is netdevsim's, in place of hardware. Where the kernel lacks it that is told; with
--need-netdevsim it is a failure.

The seed is printed; with it as argument a run is repeated. "-" is a random one.

usage: differential.py [--need-netdevsim] FEATURE_SERVER [SEED [ROUNDS]]
"""

import atexit
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

SKIP = 77
INSIDE = "OFFLOAD_AGENT_DIFFERENTIAL_INSIDE"

# Kinds of NICs and how twin "a" or "b" number n is made. Those of one kind share nothing.
KINDS = {
    "veth": ["link add {nic} type veth peer name {nic}p"],
    "dummy": ["link add {nic} type dummy"],
    "vxlan": ["link add {nic} type vxlan id {id} dstport {port}"],
    "vxlan-csum": ["link add {nic} type vxlan id {id} dstport {port} udpcsum"],
    "vxlan-external": ["link add {nic} type vxlan external dstport {port}"],
    "bridge": ["link add {nic} type bridge"],
    "bridge-port": ["link add {nic} type bridge", "link add {nic}q type veth peer name {nic}p",
                    "link set {nic}q master {nic}"],
    "bond": ["link add {nic} type bond"],
    "bond-port": ["link add {nic} type bond", "link add {nic}q type veth peer name {nic}p",
                  "link set {nic}q master {nic}"],
    "tap": ["tuntap add {nic} mode tap"],
    "tun": ["tuntap add {nic} mode tun"],
    "macvlan": ["link add {nic}q type veth peer name {nic}p",
                "link add {nic} link {nic}q type macvlan"],
    "vlan": ["link add {nic}q type veth peer name {nic}p",
             "link add {nic} link {nic}q type vlan id 5"],
    "ifb": ["link add {nic} type ifb"],
    "gretap": ["link add {nic} type gretap local 192.0.2.1 remote 192.0.2.{octet}"],
    "geneve": ["link add {nic} type geneve id {id} remote 192.0.2.1"],
    "ipvlan": ["link add {nic}q type veth peer name {nic}p",
               "link add {nic} link {nic}q type ipvlan"],
}

NETDEVSIM = pathlib.Path("/sys/bus/netdevsim")

# ethtool's own names for what the kernel calls otherwise; a group is active when one of it is.
ETHTOOL_NAMES = {
    "rx-checksumming": "rx-checksum",
    "generic-segmentation-offload": "tx-generic-segmentation",
    "generic-receive-offload": "rx-gro",
    "large-receive-offload": "rx-lro",
    "rx-vlan-offload": "rx-vlan-hw-parse",
    "tx-vlan-offload": "tx-vlan-hw-insert",
    "ntuple-filters": "rx-ntuple-filter",
    "receive-hashing": "rx-hashing",
}
ETHTOOL_GROUPS = {
    "tx-checksumming": "tx-checksum-",
    "scatter-gather": "tx-scatter-gather",
    "tcp-segmentation-offload": "tx-tcp",
}
GROUPS = ["rx", "tx", "sg", "tso", "gso", "gro", "rxvlan", "txvlan", "rxhash"]
NOTHING = {"changeable": False, "wanted": False, "active": False}


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)


def enter_namespace():
    if os.environ.get(INSIDE):
        return
    if os.geteuid() != 0:
        skip("needs root for a network namespace")
    if subprocess.run(["unshare", "--net", "true"], check=False).returncode != 0:
        skip("network namespaces are not permitted here")
    os.environ[INSIDE] = "yes"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def make_nic(kind, nic, number):
    values = {"nic": nic, "id": number, "port": 20000 + number, "octet": number}
    for command in KINDS[kind]:
        made = subprocess.run(["ip", *command.format(**values).split()], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if made.returncode != 0:
            return False
    return True


def nic_names():
    links = subprocess.run(["ip", "-json", "link"], check=True, stdout=subprocess.PIPE).stdout
    return {link["ifname"] for link in json.loads(links)}


def make_netdevsim(nic, number):
    """Its number must be nobody else's on this machine; /sys may show another namespace's NICs."""
    device = 100 * os.getpid() + number
    before = nic_names()
    (NETDEVSIM / "new_device").write_text(f"{device} 1")
    # It would outlive the namespace.
    atexit.register((NETDEVSIM / "del_device").write_text, str(device))
    made = nic_names() - before
    if len(made) != 1:
        sys.exit(f"netdevsim made {len(made)} NICs, not one")
    subprocess.run(["ip", "link", "set", made.pop(), "name", nic], check=True)


def make_netdevsim_twins(needed):
    if not NETDEVSIM.is_dir() and shutil.which("modprobe"):
        subprocess.run(["modprobe", "--quiet", "netdevsim"], check=False)
    if not os.access(NETDEVSIM / "new_device", os.W_OK):
        why = "/sys cannot be written" if NETDEVSIM.is_dir() else "this kernel has none"
        if needed:
            sys.exit(f"no netdevsim here: {why}")
        print(f"skipped: netdevsim's NICs: {why}")
        return []
    pair = ("sima", "simb")
    for number, nic in enumerate(pair):
        make_netdevsim(nic, number)
    print(f"{pair[0]} and {pair[1]}: netdevsim")
    return [pair]


def make_twins(chance, count):
    """Pairs of NICs of the same random kind. Kinds that this kernel lacks are named."""
    kinds = sorted(KINDS)
    twins = []
    while len(twins) < count and kinds:
        kind = chance.choice(kinds)
        number = 2 * len(twins) + 2
        pair = (f"{len(twins)}a", f"{len(twins)}b")
        if make_nic(kind, pair[0], number) and make_nic(kind, pair[1], number + 1):
            twins.append(pair)
            print(f"{pair[0]} and {pair[1]}: {kind}")
        else:
            kinds.remove(kind)
            print(f"no {kind} here: this kernel has none")
            for nic in pair:
                for end in ("", "q"):
                    subprocess.run(["ip", "link", "delete", nic + end], check=False,
                                   stderr=subprocess.DEVNULL)
    return twins


class Server:
    """The program under test."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(self.process.wait() or 1)
        return json.loads(answer)


def read_ethtool(nic):
    """What ethtool says, in the kernel's names; groups on their own."""
    text = subprocess.run(["ethtool", "--json", "-k", nic], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    features, groups = {}, {}
    for name, value in json.loads(text)[0].items():
        if name == "ifname":
            continue
        if name in ETHTOOL_GROUPS:
            groups[name] = value["active"]
        else:
            features[ETHTOOL_NAMES.get(name, name)] = {
                "changeable": not value["fixed"], "wanted": value["requested"],
                "active": value["active"]}
    return features, groups


class Comparison:
    """Counts comparisons, and tells those that fail."""

    def __init__(self):
        self.count = 0
        self.failures = 0

    def equal(self, what, one, other):
        self.count += 1
        if one == other:
            return
        self.failures += 1
        print(f"differs: {what}")
        names = sorted(set(one) | set(other)) if isinstance(one, dict) else []
        for name in names:
            if one.get(name) != other.get(name):
                print(f"    {name}: {one.get(name)} and {other.get(name)}")
        if not names:
            print(f"    {one} and {other}")

    def with_ethtool(self, nic, features):
        told, groups = read_ethtool(nic)
        shown = {name: value for name, value in told.items() if value != NOTHING}
        self.equal(f"{nic}: netlink and ethtool", features, shown)
        for group, start in ETHTOOL_GROUPS.items():
            active = any(value["active"] for name, value in features.items()
                         if name.startswith(start))
            self.equal(f"{nic}: ethtool's {group}", active, groups[group])


def random_request(chance, names):
    """A few features or groups, on or off; now and then many."""
    count = chance.choice([1, 1, 2, 3, 8, 30])
    names = chance.sample(names, min(count, len(names)))
    return " ".join(chance.choice("+-") + name for name in names)


def run_round(chance, server, twins, names, comparison):
    chosen = chance.sample(twins, chance.choice([1, 1, 1, 2, len(twins)]))
    requests = [random_request(chance, names) for _ in chosen]
    ways = [("netlink", 0), ("ioctl", 1)]
    chance.shuffle(ways)
    said = {}
    for backend, twin in ways:
        text = ",".join(f"{pair[twin]} {request}" for pair, request in zip(chosen, requests))
        print(f"set {backend} {text}")
        said.update(server.ask("set", backend, text))
    nics = [nic for pair in twins for nic in pair]
    by_netlink = server.ask("read", "netlink", *nics)
    by_ioctl = server.ask("read", "ioctl", *nics)
    for nic in nics:
        comparison.equal(f"{nic}: netlink and ioctl", by_netlink[nic], by_ioctl[nic])
        comparison.with_ethtool(nic, by_netlink[nic])
    for one, other in twins:
        comparison.equal(f"the twins {one} and {other}", by_netlink[one], by_netlink[other])
    for one, other in chosen:
        comparison.equal(f"outcomes of {one} and {other}", said[one], said[other])
        comparison.equal(f"{one}: after the request", said[one]["after"], by_netlink[one])
        comparison.equal(f"{other}: after the request", said[other]["after"], by_netlink[other])


def main():
    need_netdevsim = sys.argv[1:2] == ["--need-netdevsim"]
    arguments = sys.argv[2 if need_netdevsim else 1:]
    if len(arguments) not in (1, 2, 3):
        print("usage: differential.py [--need-netdevsim] FEATURE_SERVER [SEED [ROUNDS]]",
              file=sys.stderr)
        return 64
    enter_namespace()
    program, seed, rounds = arguments + ["-", "60"][len(arguments) - 1:]
    seed = random.SystemRandom().randrange(1 << 32) if seed == "-" else int(seed)
    rounds = int(rounds)
    print(f"seed {seed}, {rounds} rounds", flush=True)
    chance = random.Random(seed)
    twins = make_netdevsim_twins(need_netdevsim) + make_twins(chance, 12)
    if not twins:
        skip("this kernel has no kind of NIC that can be made")
    server = Server(program)
    first, _ = read_ethtool(twins[0][0])
    comparison = Comparison()
    for _ in range(rounds):
        run_round(chance, server, twins, sorted(first) + GROUPS, comparison)
        if comparison.failures:
            print(f"to repeat: {sys.argv[0]} {program} {seed} {rounds}")
            return 1
    print(f"{comparison.count} comparisons, none differs.")
    return 0


sys.exit(main())
