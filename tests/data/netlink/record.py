# SPDX-License-Identifier: Apache-2.0
"""Records the kernel's answers that the tests of ethtool_nl/ read: one .bin per datagram.

Run it as root in a network namespace of its own; it makes its devices itself:

    unshare -n python3 record.py

The tests expect the veth with ifindex 2 and names by names.bin, so the files belong together and
to one kernel: record all of them or none. The present ones are Linux 6.18's, x86_64.
"""

import os
import socket
import struct
import subprocess

GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
STRSET_GET, FEATURES_GET, FEATURES_SET = 1, 11, 12
REQUEST, ACK, DUMP = 1, 4, 0x300
NESTED = 0x8000
SOL_NETLINK, ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 270, 1, 10, 11
COMPACT = 1
ETH_SS_FEATURES = 4


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nest(kind, *members):
    return attribute(kind | NESTED, b"".join(members))


def header(ifindex=None):
    device = [] if ifindex is None else [attribute(1, struct.pack("=I", ifindex))]
    return nest(1, *device, attribute(3, struct.pack("=I", COMPACT)))


def message(family, flags, command, *attributes):
    payload = struct.pack("=BBH", command, 1, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(payload), family, REQUEST | flags, 7, 0) + payload


def bitset(on, off, size=64):
    value = sum(1 << bit for bit in on)
    mask = value | sum(1 << bit for bit in off)
    words = struct.Struct("=Q")
    return nest(3, attribute(2, struct.pack("=I", size)), attribute(4, words.pack(value)),
                attribute(5, words.pack(mask)))


def open_socket():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
    sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
    return sock


def ask(sock, name, *request):
    sock.send(message(*request))
    data = sock.recv(65536)
    print(f"{name}.bin: {len(data)} bytes")
    with open(f"{name}.bin", "wb") as file:
        file.write(data)
    return data


def drain(sock):
    sock.setblocking(False)
    try:
        while sock.recv(65536):
            pass
    except BlockingIOError:
        sock.setblocking(True)


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3:]


def feature_bits(names_reply):
    sets = dict(attributes(names_reply[20:]))[2]
    strings = dict(attributes(dict(attributes(sets))[1]))[3]
    bits = {}
    for _, string in attributes(strings):
        parts = dict(attributes(string))
        bits[parts[2].rstrip(b"\0").decode()] = struct.unpack("=I", parts[1])[0]
    return bits


def main():
    subprocess.run("ip link add v0 index 2 type veth peer name v1 index 3", shell=True, check=True)
    sock = open_socket()
    reply = ask(sock, "family", GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, attribute(2, b"ethtool\0"))
    answer = dict(attributes(reply[20:]))
    family = struct.unpack("=H", answer[1])[0]
    group = dict(attributes(dict(attributes(answer[7]))[1]))
    listener = open_socket()
    listener.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, struct.unpack("=I", group[2])[0])

    names = ask(sock, "names", family, 0, STRSET_GET, header(),
                nest(2, nest(1, attribute(1, struct.pack("=I", ETH_SS_FEATURES)))))
    bits = feature_bits(names)
    checksums = [bits["tx-checksum-ip-generic"], bits["tx-checksum-sctp"]]

    ask(sock, "get", family, 0, FEATURES_GET, header(2))
    ask(sock, "dump", family, DUMP, FEATURES_GET, header())
    drain(sock)
    ask(sock, "set", family, 0, FEATURES_SET, header(2), bitset([], checksums))
    with open("notification.bin", "wb") as file:
        file.write(listener.recv(65536))
    ask(sock, "set_not_taken", family, 0, FEATURES_SET, header(1), bitset([], checksums))
    ask(sock, "set_no_device", family, 0, FEATURES_SET, header(99), bitset([], checksums))
    ask(sock, "set_never_changes", family, 0, FEATURES_SET, header(2),
        bitset([bits["vlan-challenged"]], []))
    ask(sock, "set_acknowledged", family, ACK, FEATURES_SET, header(2), bitset([], checksums))
    with open("set_acknowledged.bin", "ab") as file:
        file.write(sock.recv(65536))


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
