# SPDX-License-Identifier: Apache-2.0
"""Prints the source port of the first UDP packet that comes to PORT, and "none" if none comes.

receive.py PORT READY   creates the file READY when it listens
"""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
    listener.bind(("0.0.0.0", int(sys.argv[1])))
    listener.settimeout(60)
    with open(sys.argv[2], "w", encoding="ascii"):
        pass
    try:
        print(listener.recvfrom(2048)[1][1])
    except socket.timeout:
        print("none")
