# SPDX-License-Identifier: Apache-2.0
"""judge.py VERSION: tries what later kernels brought, and expects each to be refused as the kernel of
VERSION would, or not to be; VERSION "none" says that nothing is to be refused that this kernel has.

The versions are those of the manual pages syscalls(2), open(2), fcntl(2), prctl(2), timerfd_create(2),
socket(7), netlink(7) and namespaces(7).
"""

import ctypes
import errno
import os
import platform
import socket
import sys
import tempfile

SOL_NETLINK = 270
SOL_PACKET = 263
X86_64 = platform.machine() == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)


def result(function, *arguments):
    """The errno of a call of the C library; 0 = none."""
    ctypes.set_errno(0)
    returned = function(*arguments)
    return ctypes.get_errno() if returned < 0 else 0


def call(x86_64, arm64):
    """A system call without sense: it is refused for that, once it is there."""
    nonsense = [ctypes.c_long(-1)] * 6
    return lambda: result(libc.syscall, ctypes.c_long(x86_64 if X86_64 else arm64), *nonsense)


def option(level, name, setting=False):
    # A packet socket is for the privileged; one of AF_UNIX does not support options of that level, in other words.
    families = {SOL_NETLINK: socket.AF_NETLINK, SOL_PACKET: socket.AF_UNIX}

    def attempt():
        family = families.get(level, socket.AF_INET)
        with socket.socket(family, socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_DGRAM) as tried:
            try:
                if setting:
                    tried.setsockopt(level, name, 1)
                else:
                    tried.getsockopt(level, name, 8)
            except OSError as error:
                return error.errno
        return 0

    return attempt


def control(number, *arguments):
    return lambda: result(libc.prctl, number, *(list(arguments) + [0] * (4 - len(arguments))))


def command(number):
    def attempt():
        with tempfile.TemporaryFile(dir="/dev/shm") as file:
            return result(libc.fcntl, file.fileno(), number, ctypes.create_string_buffer(64))

    return attempt


def timer(clock):
    return lambda: result(libc.timerfd_create, clock, 0)


def nameless():
    return result(libc.open, b"/tmp", os.O_RDWR | os.O_TMPFILE, 0o600)


def cgroup_namespace():
    return result(libc.unshare, 0x02000000)


# What, since when, how it is refused before, and an attempt.
attempts = [
    ("epoll_create1", (2, 6), errno.ENOSYS, call(291, 20)),
    ("setns", (3, 0), errno.ENOSYS, call(308, 268)),
    ("renameat2", (3, 15), errno.ENOSYS, call(316, 276)),
    ("seccomp", (3, 17), errno.ENOSYS, call(317, 277)),
    ("getrandom", (3, 17), errno.ENOSYS, call(318, 278)),
    ("memfd_create", (3, 17), errno.ENOSYS, call(319, 279)),
    ("execveat", (3, 19), errno.ENOSYS, call(322, 281)),
    ("mlock2", (4, 4), errno.ENOSYS, call(325, 284)),
    ("copy_file_range", (4, 5), errno.ENOSYS, call(326, 285)),
    ("pkey_free", (4, 8), errno.ENOSYS, call(331, 290)),
    ("statx", (4, 11), errno.ENOSYS, call(332, 291)),
    ("io_pgetevents", (4, 18), errno.ENOSYS, call(333, 292)),
    ("rseq", (4, 18), errno.ENOSYS, call(334, 293)),
    ("pidfd_send_signal", (5, 1), errno.ENOSYS, call(424, 424)),
    ("pidfd_open", (5, 3), errno.ENOSYS, call(434, 434)),
    ("clone3", (5, 3), errno.ENOSYS, call(435, 435)),
    ("close_range", (5, 9), errno.ENOSYS, call(436, 436)),
    ("openat2", (5, 6), errno.ENOSYS, call(437, 437)),
    ("epoll_pwait2", (5, 11), errno.ENOSYS, call(441, 441)),
    ("SO_RCVBUF", (2, 0), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 8)),
    ("SO_LOCK_FILTER", (3, 9), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 44)),
    ("SO_MAX_PACING_RATE", (3, 13), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 47)),
    ("SO_INCOMING_CPU", (3, 19), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 49)),
    ("SO_COOKIE", (4, 12), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 57)),
    ("SO_ZEROCOPY", (4, 14), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 60)),
    ("SO_BINDTOIFINDEX", (5, 0), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 62)),
    ("SO_NETNS_COOKIE", (5, 14), errno.ENOPROTOOPT, option(socket.SOL_SOCKET, 71)),
    ("NETLINK_NO_ENOBUFS", (2, 6), errno.ENOPROTOOPT, option(SOL_NETLINK, 5, True)),
    ("NETLINK_LISTEN_ALL_NSID", (4, 2), errno.ENOPROTOOPT, option(SOL_NETLINK, 8, True)),
    ("NETLINK_CAP_ACK", (4, 3), errno.ENOPROTOOPT, option(SOL_NETLINK, 10, True)),
    ("NETLINK_EXT_ACK", (4, 12), errno.ENOPROTOOPT, option(SOL_NETLINK, 11, True)),
    ("NETLINK_GET_STRICT_CHK", (4, 20), errno.ENOPROTOOPT, option(SOL_NETLINK, 12, True)),
    ("PACKET_VNET_HDR", (2, 6), errno.ENOPROTOOPT, option(SOL_PACKET, 15)),
    ("PACKET_QDISC_BYPASS", (3, 14), errno.ENOPROTOOPT, option(SOL_PACKET, 20)),
    ("PACKET_FANOUT_DATA", (4, 3), errno.ENOPROTOOPT, option(SOL_PACKET, 22)),
    ("PACKET_IGNORE_OUTGOING", (4, 20), errno.ENOPROTOOPT, option(SOL_PACKET, 23)),
    ("PR_GET_NO_NEW_PRIVS", (3, 5), errno.EINVAL, control(39)),
    ("PR_GET_THP_DISABLE", (3, 15), errno.EINVAL, control(42)),
    ("PR_CAP_AMBIENT", (4, 3), errno.EINVAL, control(47, 1, 0)),
    ("PR_GET_SPECULATION_CTRL", (4, 17), errno.EINVAL, control(52)),
    ("CLOCK_MONOTONIC", (2, 6), errno.EINVAL, timer(1)),
    ("CLOCK_BOOTTIME", (3, 15), errno.EINVAL, timer(7)),
    ("F_GETLEASE", (2, 4), errno.EINVAL, command(1025)),
    ("F_OFD_GETLK", (3, 15), errno.EINVAL, command(36)),
    ("F_GET_SEALS", (3, 17), errno.EINVAL, command(1034)),
    ("F_GET_RW_HINT", (4, 13), errno.EINVAL, command(1035)),
    ("O_TMPFILE", (3, 11), errno.EISDIR, nameless),
    ("CLONE_NEWCGROUP", (4, 6), errno.EINVAL, cgroup_namespace),
]


def numbers(version):
    return tuple(int(number) for number in version.split(".")[:2])


def main():
    emulated = sys.argv[1]
    real = numbers(platform.release())
    version = real if emulated == "none" else numbers(emulated)
    tried = refused = failed = 0
    for name, since, refusal, attempt in attempts:
        if since > real:
            continue
        error = attempt()
        tried += 1
        refused += error == refusal
        if (error == refusal) != (since > version):
            print(f"FAILED: {emulated}: {name} (since {since[0]}.{since[1]}): {os.strerror(error)}")
            failed += 1
    print(f"{emulated}: {tried} tried, {refused} refused, {failed} wrong")
    return failed > 0 or tried == 0


sys.exit(main())
