#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hang.py NIC: makes a NIC of e1000e hang, as those do that this is a known fault of.

Behind the driver's back the transmitter is switched off in the device's registers; what is sent then stays
in the ring. A reset by the driver switches it on again.
"""

import mmap
import os
import socket
import struct
import sys

TCTL, TCTL_EN = 0x400, 2
SIZE = 0x20000


def switch_off_transmitter(name):
    file = os.open(f'/sys/class/net/{name}/device/resource0', os.O_RDWR | os.O_SYNC)
    registers = mmap.mmap(file, SIZE)
    value, = struct.unpack_from('<I', registers, TCTL)
    registers[TCTL:TCTL + 4] = struct.pack('<I', value & ~TCTL_EN)


def send_until_full(name):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as frames:
        frames.bind((name, 0))
        frames.setblocking(False)
        for _ in range(600):
            try:
                frames.send(b'\xff' * 6 + frames.getsockname()[4] + b'\x88\xb5' + bytes(100))
            except BlockingIOError:
                return


switch_off_transmitter(sys.argv[1])
send_until_full(sys.argv[1])
