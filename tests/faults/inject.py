# SPDX-License-Identifier: Apache-2.0
"""Lets one thing fail in each run of a command, and judges what came of it; for the tests here.

inject.py allocations CASE STRIDE   every STRIDE-th allocation
inject.py calls CASE STRIDE         every STRIDE-th system call, with the errors that it can have
"""

import argparse
import collections
import os
import re
import sys
import tempfile

from cases import CASES
from node import Node, Outcome

COMPLAINTS_SHOWN = 40
FRAMES_SHOWN = 12

# What cannot fail, or is the loader's and libc's own business (futex); execve is the start itself.
# brk tells a failure by the old end, not by an error: strace cannot make one. Nor one of close: the
# kernel closes, whatever it says, and strace leaves it open.
NEVER = {"brk", "close", "futex", "exit", "exit_group", "rt_sigreturn", "execve", "arch_prctl",
         "set_tid_address", "set_robust_list", "rseq", "getpid", "gettid", "getppid", "getuid",
         "geteuid", "getgid", "getegid", "umask"}

# The errors that the manual names and that happen to such a program; of other calls: OTHER_ERRORS.
ERRORS = {
    "openat": "EINTR ENOMEM EMFILE ENOSPC EROFS EPERM EIO",
    "read": "EINTR EAGAIN EIO ENOMEM",
    "pread64": "EINTR EIO",
    "write": "EINTR EAGAIN ENOSPC EIO EPERM",
    "pwrite64": "EINTR ENOSPC EIO",
    "socket": "ENOBUFS ENOMEM EPERM EMFILE EAFNOSUPPORT",
    "bind": "ENOMEM EPERM",
    "sendmsg": "EINTR EAGAIN ENOBUFS ENOMEM EPERM",
    "sendto": "EINTR EAGAIN ENOBUFS ENOMEM EPERM",
    "recvmsg": "EINTR EAGAIN ENOBUFS ENOMEM",
    "recvfrom": "EINTR EAGAIN ENOBUFS ENOMEM",
    "ioctl": "EINTR ENOMEM EPERM ENODEV EOPNOTSUPP EBUSY",
    "renameat": "ENOSPC EROFS EIO EPERM",
    "unlinkat": "EROFS EIO EPERM",
    "mkdir": "ENOSPC EROFS EPERM",
    "mkdirat": "ENOSPC EROFS EPERM",
    "fallocate": "EINTR ENOSPC EIO EOPNOTSUPP",
    "fsync": "EINTR ENOSPC EROFS EIO",
    "fdatasync": "EINTR ENOSPC EROFS EIO",
    "ftruncate": "EINTR EIO EPERM",
    "flock": "EINTR EAGAIN ENOMEM",
    "fchown": "EPERM EROFS EIO",
    "fchmod": "EPERM EROFS EIO",
    "mmap": "ENOMEM",
    "mprotect": "ENOMEM",
    "munmap": "ENOMEM",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "epoll_wait": "EINTR",
    "epoll_pwait": "EINTR",
    "epoll_pwait2": "EINTR EPERM",
    "clone": "EAGAIN ENOMEM",
    "execveat": "ENOMEM EPERM EIO",
    "wait4": "EINTR",
    "waitid": "EINTR",
    "clock_nanosleep": "EINTR",
    "setresuid": "EAGAIN EPERM",
}
OTHER_ERRORS = "ENOMEM EPERM"
# In the usual run.
CALLS_THAT_MATTER = {"openat", "read", "write", "pwrite64", "sendmsg", "sendto", "recvmsg",
                     "recvfrom", "ioctl", "renameat", "fsync", "fdatasync", "ftruncate", "flock", "fallocate",
                     "unlinkat", "socket", "mmap", "newfstatat", "fstat"}

# The first thing that main() does.
MAIN_BEGINS = 'openat(AT_FDCWD, "/dev/null", O_RDWR)'
# A kernel that says of a device that is there that it is not: nobody could know better.
LIE = re.compile(r"ioctl\(\d+, SIOCGIFNAME, \{ifr_ifindex=")

# Several processes have a first write each: that of the complaint may be the one that fails.
MUTE = re.compile(r"write\(2, ")

LOADER_FAILED = (127, -11)

# libconfig (seen in 1.5) checks none of its allocations: it writes through NULL in every function
# that builds or reads its tree. That happens while files are read, before anything is changed.
CRASHING_LIBRARY = "/libconfig.so"
# Its scanner ends the program by exit(2) and a line of its own.
CRASH_CODES = (-11, 99)
SCANNER_ENDS = b"in libconfig_yy"


class Injector:
    """Counts and tells."""

    def __init__(self, case):
        self.case = case
        self.n_hits = self.n_failed = self.n_excused = 0
        self.codes = collections.Counter()

    def judge(self, what, outcome, where=""):
        self.n_hits += 1
        self.codes[outcome.code] += 1
        if CRASHING_LIBRARY in where and (outcome.code in CRASH_CODES or
                                          SCANNER_ENDS in outcome.stderr):
            self.n_excused += 1
            outcome = Outcome(70, b"", f"{CRASHING_LIBRARY} crashed".encode())
        complaints = list(self.case.judge(outcome))
        if not complaints:
            return
        self.n_failed += 1
        if self.n_failed > COMPLAINTS_SHOWN:
            return
        print(f"{what}:")
        for complaint in complaints:
            print(f"  {complaint}")
        for line in outcome.stderr.decode(errors="replace").splitlines()[:30]:
            print(f"  stderr: {line}")
        for line in where.splitlines()[:FRAMES_SHOWN]:
            print(f"  where: {line}")

    def end(self, what):
        codes = ", ".join(f"{n} x {code}" for code, n in sorted(self.codes.items(), key=str))
        print(f"{self.n_hits} injections: {what}; exit codes: {codes}; "
              f"{self.n_excused} crashes in libconfig; {self.n_failed} failed", flush=True)
        return 0 if self.n_hits and not self.n_failed else 1


def read_and_empty(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        os.unlink(path)
        return text
    except FileNotFoundError:
        return ""


def inject_allocations(case, injector, arguments):
    """Each allocation alone; and, when nothing is left out, all from there on."""
    report = arguments.folder + "/allocations"
    for suffix in ("", "+") if arguments.stride == 1 else ("",):
        number = 1
        while True:
            environment = dict(
                os.environ, LD_PRELOAD=arguments.library, FAIL_ALLOCATION=f"{number}{suffix}",
                FAIL_ALLOCATION_REPORT=report)
            # The library comes before the sanitizer's, and must.
            environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
            case.prepare()
            outcome = case.run([], environment)
            where = read_and_empty(report)
            if not where:
                break
            injector.judge(f"allocation {number}{suffix}", outcome, where)
            number += arguments.stride


class Trace:
    """How often each process made each call: in the loader, and in all."""

    def __init__(self, text):
        self.processes = collections.OrderedDict()
        for line in text.splitlines():
            match = re.match(r"(\d+ +)?(\w+)\(", line)
            if not match:
                continue
            counts = self.processes.setdefault(
                match[1], {"in_all": collections.Counter(), "loader": collections.Counter()})
            if match[2] == "execve" or match[2] == "execveat":
                counts["loader"] = collections.Counter()
            if MAIN_BEGINS in line and not counts["loader"]:
                counts["loader"] = counts["in_all"].copy()
            counts["in_all"][match[2]] += 1

    def main_loader(self, call):
        return next(iter(self.processes.values()))["loader"][call]

    def numbers(self, call):
        """Which calls of that name are made by main() or later, by any of the processes."""
        numbers = set()
        for counts in self.processes.values():
            numbers.update(range(counts["loader"][call] + 1, counts["in_all"][call] + 1))
        return sorted(numbers)

    def calls(self):
        return sorted(set().union(*(counts["in_all"] for counts in self.processes.values())))


def is_sanitized(agent):
    with open(agent, "rb") as file:
        return b"__asan_init" in file.read()


def trace_of(case, strace, log):
    case.prepare()
    outcome = case.run(strace, None)
    complaints = list(case.judge(outcome))
    if complaints:
        raise RuntimeError(f"under strace without a fault: {complaints}: {outcome.stderr}")
    return Trace(read_and_empty(log))


def plan_calls(trace, never, stride):
    """(call, number, error): all, or every STRIDE-th of the calls that matter."""
    plan = []
    for call in trace.calls():
        if call in never or (stride > 1 and call not in CALLS_THAT_MATTER):
            continue
        for error in ERRORS.get(call, OTHER_ERRORS).split():
            plan += [(call, number, error) for number in trace.numbers(call)]
    return plan[::stride]


def inject_calls(case, injector, arguments):
    log = arguments.folder + "/strace"
    strace = ["strace", "-qq", "-o", log]
    if is_sanitized(arguments.agent):
        # LeakSanitizer does not work under strace; and the program's own children, which get an
        # empty environment, cannot be told to do without: they are left alone. The sanitizer's
        # allocator ends the program when it gets no memory of the kernel.
        never = NEVER | {"mmap"}
    else:
        never = NEVER
        strace += ["-f"]
    trace = trace_of(case, strace, log)
    for call, number, error in plan_calls(trace, never, arguments.stride):
        case.prepare()
        outcome = case.run(strace + ["-e", f"trace={call}", "-e",
                                     f"inject={call}:error={error}:when={number}"], None)
        where = "\n".join(line for line in read_and_empty(log).splitlines() if "INJECTED" in line)
        if not where:
            continue
        if LIE.search(where):
            continue
        if number <= trace.main_loader(call) and outcome.code in LOADER_FAILED:
            continue
        if MUTE.search(where) and not outcome.stderr:
            outcome = Outcome(outcome.code, outcome.stdout, b"its complaint could not be written")
        injector.judge(f"{call} {number}: {error}", outcome, where)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("allocations", "calls"))
    parser.add_argument("case", choices=CASES)
    parser.add_argument("stride", type=int)
    for name in ("agent", "config", "rules", "root", "backend", "library"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    node = Node(arguments)
    case = CASES[arguments.case](node)
    case.learn()
    injector = Injector(case)
    with tempfile.TemporaryDirectory(dir="/run/work") as arguments.folder:
        {"allocations": inject_allocations, "calls": inject_calls}[arguments.what](
            case, injector, arguments)
    return injector.end(f"{arguments.what} of {arguments.case}")


if __name__ == "__main__":
    sys.exit(main())
