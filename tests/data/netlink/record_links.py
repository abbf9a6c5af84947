# SPDX-License-Identifier: Apache-2.0
"""Records the link messages that link_message_test reads: one link-*.bin per message.

Run it as root in a network namespace of its own; it makes its devices itself:

    unshare -n python3 record_links.py

Names, ifindexes and addresses are fixed, and the test expects them. Statistics are left out, as
the inventory does. The present files are Linux 6.18's, x86_64.
"""

import os
import socket
import struct
import subprocess

RTM_NEWLINK, RTM_GETLINK = 16, 18
IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS = 29, 1 << 3

VXLAN = "link add index {index} name {name} address 02:00:00:00:00:{index:02x} type vxlan"

# File, ifindex, name, ip(8)'s words.
LINKS = [
    ("veth", 2, "veth0", "link add index {index} name {name} address 02:00:00:00:00:02 type veth"
     " peer index 3 name veth1 address 02:00:00:00:00:03"),
    ("vxlan-udpcsum", 4, "flannel.1", VXLAN + " id 1 dev veth0 dstport 8472 udpcsum"),
    ("vxlan-noudpcsum", 5, "vxlan.calico", VXLAN + " id 2 dev veth0 dstport 4789 noudpcsum"),
    ("vxlan-external", 6, "cilium_vxlan", VXLAN + " external dstport 4790 udpcsum"),
    ("vxlan-ipv6", 7, "flannel-v6.1", VXLAN + " id 3 local fd00::1 dstport 4791"
     " noudp6zerocsumtx"),
    ("vxlan-ipv6-zero", 8, "vxlan-v6.calico", VXLAN + " id 4 local fd00::1 dstport 4792"
     " udp6zerocsumtx"),
    ("bridge", 9, "cni0", "link add index {index} name {name} address 02:00:00:00:00:09"
     " type bridge"),
    ("macvlan", 10, "macvlan0", "link add index {index} name {name} address 02:00:00:00:00:0a"
     " link veth0 type macvlan"),
    ("ifb", 11, "ifb-fifteen-cha", "link add index {index} name {name}"
     " address 02:00:00:00:00:0b type ifb"),
    ("odd-name", 12, b"a\xff\x1b[31m\"\\", "link add index {index} name {name}"
     " address 02:00:00:00:00:0c type ifb"),
]


def make(index, name, words):
    plain = name if isinstance(name, str) else "NAME"
    arguments = words.format(index=index, name=plain).split()
    if plain != name:
        arguments[arguments.index("NAME")] = name
    subprocess.run(["ip", *arguments], check=True)


def ask(sock, file_name, index):
    body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0)
    body += struct.pack("=HHI", 8, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    sock.send(struct.pack("=IHHII", 16 + len(body), RTM_GETLINK, 1, 7, 0) + body)
    data = sock.recv(65536)
    length, kind = struct.unpack_from("=IH", data)
    assert kind == RTM_NEWLINK and length == len(data)
    print(f"link-{file_name}.bin: {length} bytes")
    with open(f"link-{file_name}.bin", "wb") as file:
        file.write(data)


def main():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sock.bind((0, 0))
    ask(sock, "lo", 1)
    for file_name, index, name, words in LINKS:
        make(index, name, words)
        ask(sock, file_name, index)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
