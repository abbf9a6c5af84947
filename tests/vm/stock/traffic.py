#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traffic between the virtual machine and its peer, the namespace that its NICs are connected to.

serve              what the peer does: echoes over TCP, notes the sizes of datagrams, tells these and its
                   counters, and lets `offload-agent wire` ($AGENT) listen and tells what that heard
look ADDRESS TAP   all of the following at once, a line of words for each:
                   - "ADDRESS alive" for each tunnel, when the peer echoes over TCP; "dead" when it does not
                     within some seconds, "refused" beside it when the peer found wrong checksums
                   - "segments" and the sizes in which 5000 bytes arrive at ADDRESS that are to be cut into
                     datagrams of 1000
                   - "guest", for a packet that a virtual machine on TAP sends whose NIC does checksums in tunnels
                   - "wire", its exit code, and what it finds of each sender's packets
"""

import concurrent.futures
import fcntl
import json
import os
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

ECHO, NOTED, ASKED = 7, 9, 7007
PATIENCE = 3
SOL_UDP, UDP_SEGMENT = 17, 103


def counters():
    with open('/proc/net/snmp', encoding='ascii') as table:
        lines = [line.split() for line in table]
    found = {}
    for keys, values in zip(lines[::2], lines[1::2]):
        found.update({keys[0] + key: value for key, value in zip(keys[1:], values[1:])})
    return int(found['Udp:InCsumErrors']) + int(found['Tcp:InCsumErrors'])


class Wire:
    """`offload-agent wire`, until it is asked for what it has heard."""

    def __init__(self):
        self.process, self.heard = None, []

    def listens(self):
        """It has given up all privileges: that is after it has opened its sockets."""
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as status:
            return 'CapEff:\t0000000000000000\n' in status

    def listen(self):
        self.stop()
        self.process = subprocess.Popen([os.environ['AGENT'], 'wire', '--json', '--seconds', '0'],
                                        stdout=subprocess.PIPE)
        while self.process.poll() is None and not self.listens():
            time.sleep(0.02)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            output, _ = self.process.communicate()
            peers = json.loads(output)['peers'] if output else []
            self.heard = [str(self.process.returncode)]
            self.heard += [f'{peer["address"]} {peer["looks_like"] or "right"}' for peer in peers]
            self.process = None
        return self.heard


def bound(kind, port):
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(('', port))
    return sock


def command_serve():
    tcp, noted, asked = (bound(socket.SOCK_STREAM, ECHO), bound(socket.SOCK_DGRAM, NOTED),
                         bound(socket.SOCK_DGRAM, ASKED))
    tcp.listen()
    sizes = []
    wire = Wire()
    answers = {b'counters': counters, b'sizes': lambda: sizes, b'listen': wire.listen, b'heard': wire.stop}
    ready = selectors.DefaultSelector()
    for sock in (tcp, noted, asked):
        ready.register(sock, selectors.EVENT_READ)
    print('ready', flush=True)
    while True:
        for key, _ in ready.select():
            sock = key.fileobj
            if sock is tcp:
                ready.register(tcp.accept()[0], selectors.EVENT_READ)
            elif sock is noted:
                sizes.append(len(sock.recv(65536)))
            elif sock is asked:
                question, address = sock.recvfrom(100)
                sock.sendto(json.dumps(answers[question]()).encode(), address)
                if question == b'sizes':
                    sizes = []
            else:
                try:
                    data = sock.recv(65536)
                    sock.sendall(data)
                except OSError:
                    data = b''
                if not data:
                    ready.unregister(sock)
                    sock.close()


def ask(address, question):
    """The peer's answer; a datagram may be lost while addresses are resolved."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        for _ in range(60):
            sock.sendto(question, (address, ASKED))
            try:
                return json.loads(sock.recv(1000))
            except socket.timeout:
                pass
    sys.exit(f'{address} does not answer')


def tcp(address):
    try:
        with socket.create_connection((address, ECHO), timeout=PATIENCE) as sock:
            sock.sendall(b'x' * 20000)
            left = 20000
            while left > 0:
                data = sock.recv(left)
                if not data:
                    return 'dead'
                left -= len(data)
        return 'alive'
    except OSError:
        return 'dead'


def segments(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
        sock.sendto(b'x' * 5000, (address, NOTED))


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ipv4(protocol, source, destination, content):
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    fixed = struct.pack('!BBHHHBB', 0x45, 0, 20 + len(content), 1, 0, 64, protocol)
    return fixed + struct.pack('!H', checksum(fixed + b'\0\0' + addresses)) + addresses + content


def ethernet(destination, source, content):
    return bytes.fromhex(destination + source) + b'\x08\x00' + content


def packet_of_a_virtual_machine(port):
    """A SYN in a VXLAN packet. Of its checksum there is only the pseudo header's part: the rest is left
    to whoever sends it."""
    source, destination = '10.34.0.1', '10.34.0.2'
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack('!HH', 6, 20)
    syn = struct.pack('!HHIIBBHHH', port, ECHO, 1, 0, 5 << 4, 2, 64000, ~checksum(pseudo) & 0xffff, 0)
    inside = ethernet('020000003402', '020000003401', ipv4(6, source, destination, syn))
    vxlan = struct.pack('!II', 0x08000000, 34 << 8) + inside
    udp = struct.pack('!HHHH', 50000, 8472, 8 + len(vxlan), 0) + vxlan
    return ethernet('020000000402', '020000000401', ipv4(17, '10.4.0.1', '10.4.0.2', udp))


def from_virtual_machine(name):
    set_tun, tap_without_info_with_header = 0x400454ca, 0x0002 | 0x1000 | 0x4000
    tap = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(tap, set_tun, struct.pack('16sH22x', name.encode(), tap_without_info_with_header))
    # flags: the checksum is open; from byte 84 on, to be stored at 16 from there.
    header = struct.pack('=BBHHHH', 1, 0, 0, 0, 84, 16)
    # Another one each time: the peer answers again and again.
    port = 20000 + os.getpid() % 20000
    answer = struct.pack('!HH', ECHO, port)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        os.write(tap, header + packet_of_a_virtual_machine(port))
        next_try = time.monotonic() + 1
        while select.select([tap], [], [], max(0, next_try - time.monotonic()))[0]:
            frame = os.read(tap, 65536)[10:]
            # The ports of what is in a VXLAN packet.
            if frame[84:88] == answer:
                return 'alive'
    return 'dead'


def command_look(plain, tap, *tunnels):
    ask(plain, b'sizes')
    refused = ask(plain, b'counters')
    ask(plain, b'listen')
    segments(plain)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        guest = pool.submit(from_virtual_machine, tap)
        found = list(zip(tunnels, pool.map(tcp, tunnels)))
    found.append(('guest', guest.result()))
    for name, answer in found:
        print(name, answer)
    for line in ask(plain, b'heard'):
        print('wire', line)
    print('segments', *ask(plain, b'sizes'))
    print('refused', ask(plain, b'counters') - refused)


globals()['command_' + sys.argv[1]](*sys.argv[2:])
