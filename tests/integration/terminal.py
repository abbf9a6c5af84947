# SPDX-License-Identifier: Apache-2.0
"""A command on a terminal of its own, and all that it has written there."""

import os
import pty
import select
import subprocess
import time


class Terminal:
    def __init__(self, *command):
        self.seen = b""
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self._end = time.monotonic() + 60

    def read(self, until):
        """Waits for that text, not longer than a minute from the start; was it seen?"""
        while until not in self.seen and time.monotonic() < self._end:
            if select.select([self._master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._master, 65536)
                except OSError:  # the other side is closed
                    break
        return until in self.seen
