# SPDX-License-Identifier: Apache-2.0
"""small_buffers.py PID: gives the netlink sockets of a process the smallest receive buffers that the
kernel allows: they hold one notification or two. Prints how many sockets that were."""

import ctypes
import os
import socket
import sys

SYS_PIDFD_OPEN = 434
SYS_PIDFD_GETFD = 438
BYTES = 4096

libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    result = libc.syscall(number, *(ctypes.c_long(argument) for argument in arguments))
    if result < 0:
        sys.exit(f"system call {number}: {os.strerror(ctypes.get_errno())}")
    return result


def main(pid):
    process = call(SYS_PIDFD_OPEN, pid, 0)
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            continue
        with socket.socket(fileno=call(SYS_PIDFD_GETFD, process, int(fd), 0)) as copy:
            if copy.family == socket.AF_NETLINK:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BYTES)
                count += 1
    print(count)


main(int(sys.argv[1]))
