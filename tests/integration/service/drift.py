# SPDX-License-Identifier: Apache-2.0
"""Turns features on behind the service's back, in ways that ethtool(8) no longer uses.

drift.py ioctl NIC          tx checksumming on, by the ioctl that old programs use
drift.py tap NIC            the owner of a tap device comes, says that it takes what is not
                            checksummed, and stays for 2 seconds
drift.py keep NIC SECONDS   tx checksumming on by ioctl again and again, ten times a second
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import time

SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17
TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TAP_NO_PI = 0x1002
TUN_F_CSUM = 1


def turn_on(nic):
    value = struct.pack("II", ETHTOOL_STXCSUM, 1)
    buffer = ctypes.create_string_buffer(value, len(value))
    request = struct.pack("16sP16x", nic.encode(), ctypes.addressof(buffer))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)


def own_tap(nic):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", nic.encode(), IFF_TAP_NO_PI))
    fcntl.ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM)
    time.sleep(2)
    os.close(tap)


def keep_on(nic, seconds):
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        turn_on(nic)
        time.sleep(0.1)


COMMANDS = {"ioctl": turn_on, "tap": own_tap, "keep": keep_on}

COMMANDS[sys.argv[1]](*sys.argv[2:])
