#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames with VXLAN packets, made by hand and put on a link.

usage: wire_frames.py all|others|two|strange LINK MAC 4|6
       wire_frames.py datagram PORT

"all": TCP SYNs of all kinds, right and wrong, each kind from a source address of its own. Prints what a
receiver must find, as JSON: {address: {count: number}}. The kernel must drop those that are "wrong".
"others": what is no SYN, or not for here, or cannot be read; right, all of it: nothing may be found.
"two": one right, one wrong. "strange": what a filter may let through that makes no sense.
After these comes a datagram for a closed port, by the same processor's queue.
"datagram": one SYN by an ordinary socket to a port of this machine.
"""

import json
import os
import socket
import struct
import sys

PORT = 8472
TCP_SYN, TCP_ACK = 2, 16


def fold(data, start=0):
    total = start + sum(struct.unpack(">%dH" % (len(data) // 2), data[:len(data) & ~1]))
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def checksum(data, start=0):
    return ~fold(data, start) & 0xffff


def address_of(family, number):
    if family == 6:
        return socket.inet_pton(socket.AF_INET6, "2001:db8:77::%x" % number)
    return socket.inet_aton("192.168.77.%d" % number)


def pseudo(source, target, protocol, length):
    return fold(source + target, protocol + length)


def ip(family, source, target, protocol, payload, options=b"", fragment=0, between=b""):
    if family == 6:
        following = protocol
        if between:
            following, payload = 0, between[:0] + bytes([protocol]) + between[1:] + payload
        return (struct.pack(">IHBB", 6 << 28, len(payload), following, 64) + source + target + payload)
    words = 5 + len(options) // 4
    header = struct.pack(">BBHHHBBH", 4 << 4 | words, 0, words * 4 + len(payload), 1, fragment, 64,
                         protocol, 0) + source + target + options
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


class Packet:
    """What differs from a right SYN over IPv4 in a tunnel over either family."""
    inner = 4
    flags = TCP_SYN
    options = b""  # of the outer IPv4 header
    inner_options = b""
    tcp_options = b""
    data = b""
    verdict = "right"  # or wrong, zero, ones
    inner_wrong = False
    port = PORT
    vni = 8
    fragment = 0
    between = b""  # an IPv6 extension header
    protocol = socket.IPPROTO_TCP
    frame_type = None
    target_mac = None
    was = None  # the source port that the checksum is made for

    def __init__(self, **changes):
        for name, value in changes.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    def segment(self, source, target):
        words = 5 + len(self.tcp_options) // 4
        segment = struct.pack(">HHIIBBHHH", 40000, 80, 1, 0, words << 4, self.flags, 1024, 0,
                              0) + self.tcp_options + self.data
        right = checksum(segment, pseudo(source, target, self.protocol, len(segment)))
        if self.inner_wrong:
            right ^= 0x0101
        return segment[:16] + struct.pack(">H", right) + segment[18:]

    def payload(self):
        source, target = [address_of(self.inner, 100 + n) for n in (1, 2)]
        carried = ip(self.inner, source, target, self.protocol, self.segment(source, target),
                     self.inner_options)
        frame_type = self.frame_type or (0x86dd if self.inner == 6 else 0x0800)
        return (struct.pack(">BxxxI", self.vni, 1 << 8) + b"\2\0\0\0\0\2\2\0\0\0\0\1" +
                struct.pack(">H", frame_type) + carried)

    def outer(self, family, number, source_port):
        source, target = address_of(family, number), address_of(family, 2)
        payload = self.payload()
        length = 8 + len(payload)
        ports = struct.pack(">HHHH", self.was or source_port, self.port, length, 0)
        right = checksum(ports + payload, pseudo(source, target, socket.IPPROTO_UDP, length))
        value = {"right": right or 0xffff, "wrong": right ^ 0x0101, "zero": 0, "ones": 0xffff}
        datagram = struct.pack(">HHHH", source_port, self.port, length,
                               value[self.verdict]) + payload
        return ip(family, source, target, socket.IPPROTO_UDP, datagram, self.options,
                  self.fragment, self.between)


def nop(words):
    return b"\1" * (4 * words)


def all_kinds(family):
    """[(packet, what is counted)], each from an address of its own."""
    kinds = []
    for inner in (4, 6):
        for verdict in ("right", "wrong", "zero"):
            for flags in (TCP_SYN, TCP_SYN | TCP_ACK, TCP_SYN | 0xc0):
                counted = "answers" if flags & TCP_ACK else "attempts"
                kinds.append((Packet(inner=inner, verdict=verdict, flags=flags),
                              {verdict: 1, counted: 1}))
            kinds.append((Packet(inner=inner, verdict=verdict, inner_wrong=True),
                          {verdict: 1, "attempts": 1, "inner_wrong": 1}))
        for words in (1, 5, 10):
            kinds.append((Packet(inner=inner, tcp_options=nop(words)), {"right": 1, "attempts": 1}))
        kinds.append((Packet(inner=inner, verdict="ones"), {"wrong": 1, "attempts": 1}))
        kinds.append((Packet(inner=inner, data=b"x"), {"right": 1, "attempts": 1}))
        kinds.append((Packet(inner=inner, data=b"x", verdict="wrong"), {"wrong": 1, "attempts": 1}))
    for words in (1, 2, 10):
        for verdict in ("right", "wrong"):
            kinds.append((Packet(inner_options=nop(words), verdict=verdict),
                          {verdict: 1, "attempts": 1}))
            if family == 4:
                kinds.append((Packet(options=nop(words), verdict=verdict),
                              {verdict: 1, "attempts": 1}))
    return kinds


def others(family):
    kinds = [Packet(flags=flags) for flags in (TCP_ACK, 1 | TCP_ACK, 4, 4 | TCP_ACK, 0)]
    kinds += [Packet(inner=6, flags=TCP_ACK), Packet(protocol=socket.IPPROTO_UDP),
              Packet(inner=6, protocol=socket.IPPROTO_UDP), Packet(port=PORT + 1), Packet(vni=0),
              Packet(frame_type=0x0806), Packet(data=b"x" * 300),
              Packet(target_mac=b"\2\0\0\0\xff\xff")]
    if family == 4:
        kinds += [Packet(fragment=0x2000), Packet(fragment=0x0010)]
    else:
        kinds.append(Packet(between=bytes([0, 0, 1, 4, 0, 0, 0, 0])))
    return kinds


def strange(family, packet):
    """Damaged in ways that a filter does not see, but not in where they go: of these the kernel drops
    some before it looks at a checksum."""
    udp = 40 if family == 6 else 20
    yield packet[:-3]
    yield packet[:-1]
    for offset, value in ((4 if family == 6 else 2, 0xff), (7 if family == 6 else 10, 0x55), (udp + 4, 9),
                          (udp + 5, 9), (udp + 30, 0x46), (udp + 32, 0xff), (udp + 33, 9), (udp + 62, 0xff)):
        yield packet[:offset] + bytes([value]) + packet[offset + 1:]


def closed(family):
    source, target = address_of(family, 1), address_of(family, 2)
    datagram = struct.pack(">HHHH", 9, 9, 8, 0)
    right = checksum(datagram, pseudo(source, target, socket.IPPROTO_UDP, 8))
    return ip(family, source, target, socket.IPPROTO_UDP, datagram[:6] + struct.pack(">H", right))


def send(link, mac, family, packets):
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    frames.bind((link, 0))
    own = frames.getsockname()[4]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for target, packet in packets + [(None, closed(family))]:
        frames.send((target or mac) + own + struct.pack(">H", 0x86dd if family == 6 else 0x0800) +
                    packet)


def main(what, link, mac, family):
    mac, family = bytes.fromhex(mac.replace(":", "")), int(family)
    numbers = range(10, 250)
    if what == "all":
        kinds = list(zip(numbers, all_kinds(family)))
        send(link, mac, family, [(None, packet.outer(family, number, 30000 + number))
                                 for number, (packet, _) in kinds])
        ends = {4: socket.AF_INET, 6: socket.AF_INET6}
        print(json.dumps({socket.inet_ntop(ends[family], address_of(family, number)): counts
                          for number, (_, counts) in kinds}))
    elif what == "others":
        send(link, mac, family, [(packet.target_mac, packet.outer(family, 9, 30000 + i))
                                 for i, packet in enumerate(others(family))])
    elif what == "two":
        send(link, mac, family, [(None, Packet(verdict=verdict).outer(family, 9, 30000))
                                 for verdict in ("right", "wrong")])
    elif what == "strange":
        send(link, mac, family, [(None, packet) for packet in
                                 strange(family, Packet().outer(family, 9, 30000))])
    else:
        sys.exit(__doc__)


if sys.argv[1:2] == ["datagram"]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(Packet().payload(), ("127.0.0.1", int(sys.argv[2])))
elif len(sys.argv) == 5:
    main(*sys.argv[1:])
else:
    sys.exit(__doc__)
