# SPDX-License-Identifier: Apache-2.0
"""Which NICs (n0, n1, ...) carry the device "tunnel".

    underlay.py facts FILE [TUNNEL]  by the JSON of `facts`: names, with "?" where it is not sure
    underlay.py truth                by what their counters say when frames are sent into the tunnel,
                                     to be run in the network namespace of the tunnel
"""
import json
import re
import socket
import subprocess
import sys

# To the two that forwarding databases know, and to one that they do not.
TARGETS = ("020000000001", "020000000002", "020000000063")
FRAMES = 40
# What neighbour discovery, multicast listeners and such send by themselves is far less.
CARRIED = 10


def facts(path, tunnel):
    with open(path, encoding="utf-8") as file:
        node = json.load(file)
    names = {link["ifindex"]: link["name"] for link in node["links"]}
    found = []
    for device in node["devices"]:
        assert device["carried_known"], device
        for carried in device["carried"]:
            if (carried["tunnel"] or "") == tunnel:
                doubt = "?" if carried["doubt"] else ""
                found.append(names[device["ifindex"]] + doubt)
    return found


def counters():
    links = json.loads(subprocess.check_output(["ip", "-s", "-j", "link"]))
    return {link["ifname"]: link["stats64"]["tx"]["packets"] for link in links
            if re.fullmatch("n[0-9]", link["ifname"])}


def truth():
    before = counters()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("tunnel", 0))
        for number in range(FRAMES):
            for target in TARGETS:
                # An IPv4 header with another source each time, so that hashes differ.
                header = bytes.fromhex("450000540000400040110000") + bytes(
                    (10, 244, number, 1, 10, 244, 1, number)) + bytes((0, number)) * 32
                sender.send(bytes.fromhex(target + "0200000000ff0800") + header)
    after = counters()
    return sorted(name for name in before if after[name] - before[name] >= CARRIED)


if sys.argv[1] == "facts":
    print(*sorted(facts(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "tunnel")))
else:
    print(*truth())
