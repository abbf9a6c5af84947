# SPDX-License-Identifier: Apache-2.0
"""systemd's end of the notify protocol.

notify_listener.py SOCKET LOG: binds the socket and writes each assignment that comes as a line of
its own: milliseconds since boot, the sender's process, NAME=VALUE. At the first READY=1 the sender
is stopped (SIGSTOP), so that a test can look at what is so at that moment.
"""

import os
import signal
import socket
import struct
import sys
import time


def listen(path, log):
    stopped = False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.bind(path)
        while True:
            data, ancillary, _, _ = listener.recvmsg(65536, 256)
            milliseconds = int(time.monotonic() * 1000)
            pid = struct.unpack("iii", ancillary[0][2][:12])[0]
            lines = data.decode().splitlines()
            if "READY=1" in lines and not stopped:
                os.kill(pid, signal.SIGSTOP)
                stopped = True
            for line in lines:
                log.write(f"{milliseconds} {pid} {line}\n")
            log.flush()


with open(sys.argv[2], "w", encoding="utf-8") as output:
    listen(sys.argv[1], output)
