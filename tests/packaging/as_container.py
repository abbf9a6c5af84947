# SPDX-License-Identifier: Apache-2.0
"""as_container.py ROOT USER CAPABILITY,... COMMAND...

Executes a command as a container runtime does for a user other than root: in its root, with the named
capabilities (numbers; "-" for none) in the bounding set and none in hand, with an empty environment.
"""

import ctypes
import os
import sys

PR_CAPBSET_DROP = 24
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def main():
    root, user, kept, *command = sys.argv[1:]
    keep = set() if kept == "-" else {int(number) for number in kept.split(",")}
    libc = ctypes.CDLL(None, use_errno=True)
    last = int(open("/proc/sys/kernel/cap_last_cap", encoding="ascii").read())
    os.chroot(root)
    os.chdir("/")
    for capability in range(last + 1):
        if capability not in keep and libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            sys.exit(f"capability {capability} cannot be dropped")
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    os.setgroups([])
    os.setresgid(int(user), int(user), int(user))
    os.setresuid(int(user), int(user), int(user))
    os.execve(command[0], command, {"PATH": "/usr/sbin"})


main()
