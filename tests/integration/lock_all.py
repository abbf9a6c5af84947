# SPDX-License-Identifier: Apache-2.0
"""Takes every lock that this user can get on the files of a folder, and on those that come, until it
is killed; names what it has opened."""

import fcntl
import os
import struct
import sys
import time

F_OFD_SETLK = 37
WRITE, READ = (
    struct.pack("hhqqi", kind, os.SEEK_SET, 0, 0, 0) for kind in (fcntl.F_WRLCK, fcntl.F_RDLCK)
)
LOCKS = (
    lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
    lambda fd: fcntl.fcntl(fd, fcntl.F_SETLK, WRITE),
    lambda fd: fcntl.fcntl(fd, fcntl.F_SETLK, READ),
    lambda fd: fcntl.fcntl(fd, F_OFD_SETLK, READ),
)


def main():
    folder = sys.argv[1]
    opened = {}  # closing a descriptor would give up the locks on its file
    while True:
        for path in [folder] + [os.path.join(folder, name) for name in os.listdir(folder)]:
            for mode in (os.O_RDWR, os.O_RDONLY):
                try:
                    key = (os.lstat(path).st_ino, mode)
                    if key not in opened:
                        opened[key] = os.open(path, mode | os.O_NONBLOCK)
                        print(path, flush=True)
                except OSError:
                    pass
        for fd in opened.values():
            for lock in LOCKS:
                try:
                    lock(fd)
                except OSError:
                    pass
        time.sleep(0.01)


if __name__ == "__main__":
    main()
