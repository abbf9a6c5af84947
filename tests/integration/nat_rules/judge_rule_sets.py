#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Loads each of the rule sets into a node of its own, connects to the service, and looks from another
node whether the VXLAN packet's source port was rewritten. What the agent finds in the rules must be
the same, and so must what it finds in connection tracking.

Usage: judge_rule_sets.py AGENT [NAME...]; in namespaces of its own.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile

from rule_sets import RULE_SETS, render

SOURCE_PORT = 40000
VXLAN_PORT = 8472


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def in_node(*command, **options):
    return run("ip", "netns", "exec", "node", *command, **options)


def ip(namespace, text):
    run("ip", "-n", namespace, *text.split())


def make_nodes():
    for name in ("node", "peer"):
        run("ip", "netns", "add", name)
        ip(name, "link set lo up")
    run(*"ip link add underlay netns node type veth peer name underlay netns peer".split())
    ip("node", "addr add 10.9.0.1/24 dev underlay")
    ip("peer", "addr add 10.9.0.2/24 dev underlay")
    for name in ("node", "peer"):
        ip(name, "link set underlay up")
    ip("node", "route add default via 10.9.0.2")
    ip("node", f"link add flannel.1 type vxlan id 1 dstport {VXLAN_PORT} local 10.9.0.1 remote 10.9.0.2 "
               f"noudpcsum srcport {SOURCE_PORT} {SOURCE_PORT + 1}")
    ip("node", "link set flannel.1 addrgenmode none")
    ip("node", "link set flannel.1 arp off up")
    ip("node", "addr add 10.244.0.0/32 dev flannel.1")
    ip("node", "route add 10.244.0.0/16 dev flannel.1")


def drop_nodes():
    for name in ("node", "peer"):
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def load(rules, loader):
    for text in rules.sets:
        in_node("ipset", "create", *text.split())
    for text in rules.members:
        in_node("ipset", "add", *text.split())
    if rules.first:
        in_node("nft", "-f", "-", input=rules.first)
    if rules.tables:
        in_node(f"iptables-{loader}-restore", input=render(rules.tables))
    if rules.nft:
        in_node("nft", "-f", "-", input=rules.nft)


def open_in(namespace, kind):
    """A socket of another namespace."""
    with open("/proc/self/ns/net") as here, open(f"/run/netns/{namespace}") as there:
        setns(there.fileno())
        opened = socket.socket(socket.AF_INET, kind)
        setns(here.fileno())
    return opened


def setns(descriptor):
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def send_and_see():
    """The source port of the VXLAN packet around the first packet of a connection to the service."""
    receiver = open_in("peer", socket.SOCK_DGRAM)
    receiver.bind(("10.9.0.2", VXLAN_PORT))
    receiver.settimeout(10)
    sender = open_in("node", socket.SOCK_STREAM)
    sender.setblocking(False)
    sender.connect_ex(("10.96.0.10", 80))
    port = receiver.recvfrom(2048)[1][1]
    sender.close()
    receiver.close()
    return port


def judge(agent, rules, loader):
    """What is wrong, as a list of texts."""
    wrong = []
    drop_nodes()
    make_nodes()
    load(rules, loader)
    rewritten = "no" if send_and_see() in (SOURCE_PORT, SOURCE_PORT + 1) else "yes"
    if rewritten != rules.expect:
        wrong.append(f"the kernel says {rewritten}")
    facts = json.loads(in_node(agent, "facts", "--nat-rules", "--json"))
    found, seen = facts["nat_rules"], facts["nat_seen"]
    if not found["read"] or found["vulnerable"] != rules.expect:
        wrong.append(f"the agent says {found['vulnerable']}: {found['reason']}")
    elif not re.search(rules.reason, found["reason"]):
        wrong.append(f"the agent's reason is {found['reason']}")
    tracked = 0 if "not tracked" in rules.reason else 1
    if not seen["looked"] or (seen["flows"], seen["rewritten"]) != (tracked, int(rewritten == "yes")):
        wrong.append(f"of the VXLAN flows it says {seen}")
    elif rewritten == "yes" and not re.fullmatch(
            r"10\.9\.0\.1:4000[01] leaves as 10\.9\.0\.1:\d+", seen["example"]):
        wrong.append(f"its example is {seen['example']}")
    return wrong


def main():
    agent, names = sys.argv[1], sys.argv[2:]
    n_judged = n_wrong = 0
    for rules in RULE_SETS:
        for loader in rules.loaders if rules.tables else ("nft",):
            if names and rules.name not in names:
                continue
            n_judged += 1
            try:
                wrong = judge(agent, rules, loader)
            except subprocess.CalledProcessError as error:
                wrong = [f"{' '.join(error.cmd)}: {error.stderr.strip()}"]
            except TimeoutError:
                wrong = ["no packet came to the peer"]
            n_wrong += bool(wrong)
            for text in wrong:
                print(f"{rules.name} ({loader}), wanted {rules.expect}: {text}", flush=True)
    drop_nodes()
    print(f"{n_judged} rule sets, {n_wrong} wrong")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
