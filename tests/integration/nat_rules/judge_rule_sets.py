#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Loads each of the rule sets into a node of its own, connects to the service, and looks from another
node whether the VXLAN packet's source port was rewritten. What the agent finds in the rules must be
the same, and so must what it finds in connection tracking.

Usage: judge_rule_sets.py AGENT [NAME...]; in namespaces of its own.
"""

import ctypes
import json
import re
import socket
import subprocess
import sys
import tempfile

from rule_sets import RULE_SETS, in_ipv6, render

SOURCE_PORT = 40000
VXLAN_PORT = 8472
UDP_NO_CHECK6_RX = 102  # linux/udp.h


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def in_node(*command, **options):
    return run("ip", "netns", "exec", "node", *command, **options)


def ip(namespace, text):
    run("ip", "-n", namespace, *text.split())


def make_nodes(ipv6):
    for name in ("node", "peer"):
        run("ip", "netns", "add", name)
        ip(name, "link set lo up")
    run(*"ip link add underlay netns node type veth peer name underlay netns peer".split())
    ip("node", "addr add 10.9.0.1/24 dev underlay")
    ip("peer", "addr add 10.9.0.2/24 dev underlay")
    for name in ("node", "peer"):
        ip(name, "link set underlay up")
    if ipv6:
        make_ipv6()
        return
    ip("node", "route add default via 10.9.0.2")
    ip("node", f"link add flannel.1 type vxlan id 1 dstport {VXLAN_PORT} local 10.9.0.1 remote 10.9.0.2 "
               f"noudpcsum srcport {SOURCE_PORT} {SOURCE_PORT + 1}")
    ip("node", "link set flannel.1 addrgenmode none")
    ip("node", "link set flannel.1 arp off up")
    ip("node", "addr add 10.244.0.0/32 dev flannel.1")
    ip("node", "route add 10.244.0.0/16 dev flannel.1")


def make_ipv6():
    for name, address in (("node", "fd00:10:9::1"), ("peer", "fd00:10:9::2")):
        ip(name, f"addr add {address}/64 dev underlay nodad")
    ip("node", "route add default via fd00:10:9::2")
    ip("node", f"link add flannel-v6.1 type vxlan id 2 dstport {VXLAN_PORT} local fd00:10:9::1 "
               f"remote fd00:10:9::2 udp6zerocsumtx udp6zerocsumrx srcport {SOURCE_PORT} {SOURCE_PORT + 1}")
    ip("node", "link set flannel-v6.1 addrgenmode none")
    ip("node", "link set flannel-v6.1 arp off up")
    ip("node", "addr add fd00:10:244::/128 dev flannel-v6.1 nodad")
    ip("node", "route add fd00:10:244::/48 dev flannel-v6.1")


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
    family, written = ("ip6tables", in_ipv6) if rules.ipv6 else ("iptables", str)
    if rules.tables:
        in_node(f"{family}-{loader}-restore", input=written(render(rules.tables)))
    if rules.nft:
        in_node("nft", "-f", "-", input=written(rules.nft))


def open_in(namespace, family, kind):
    """A socket of another namespace."""
    with open("/proc/self/ns/net") as here, open(f"/run/netns/{namespace}") as there:
        setns(there.fileno())
        opened = socket.socket(family, kind)
        setns(here.fileno())
    return opened


def setns(descriptor):
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def send_and_see(ipv6):
    """The source port of the VXLAN packet around the first packet of a connection to the service."""
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    receiver = open_in("peer", family, socket.SOCK_DGRAM)
    if ipv6:
        receiver.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_RX, 1)
    receiver.bind(("fd00:10:9::2" if ipv6 else "10.9.0.2", VXLAN_PORT))
    receiver.settimeout(10)
    sender = open_in("node", family, socket.SOCK_STREAM)
    sender.setblocking(False)
    sender.connect_ex(("fd00:10:96::a" if ipv6 else "10.96.0.10", 80))
    port = receiver.recvfrom(2048)[1][1]
    sender.close()
    receiver.close()
    return port


def judge_flows(rules, rewritten, seen):
    """What is wrong in what connection tracking is said to show."""
    tracked = 0 if "not tracked" in rules.reason else 1
    node = r"\[fd00:10:9::1\]" if rules.ipv6 else r"10\.9\.0\.1"
    if not seen["looked"] or (seen["flows"], seen["rewritten"]) != (tracked, int(rewritten == "yes")):
        return [f"of the VXLAN flows it says {seen}"]
    if rewritten == "yes" and not re.fullmatch(rf"{node}:4000[01] leaves as {node}:\d+", seen["example"]):
        return [f"its example is {seen['example']}"]
    return []


def judge(agent, rules, loader):
    """What is wrong, as a list of texts."""
    wrong = []
    drop_nodes()
    make_nodes(rules.ipv6)
    load(rules, loader)
    rewritten = None
    if rules.expect != "unknown":
        port = send_and_see(rules.ipv6)
        rewritten = "no" if port in (SOURCE_PORT, SOURCE_PORT + 1) else "yes"
        if rewritten != rules.expect:
            wrong.append(f"the kernel says {rewritten}")
    facts = json.loads(in_node(agent, "facts", "--nat-rules", "--json"))
    found = facts["nat_rules"]
    if not found["read"] or found["vulnerable"] != rules.expect:
        wrong.append(f"the agent says {found['vulnerable']}: {found['reason']}")
    elif not re.search(rules.reason, found["reason"]):
        wrong.append(f"the agent's reason is {found['reason']}")
    if rewritten:
        wrong += judge_flows(rules, rewritten, facts["nat_seen"])
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
