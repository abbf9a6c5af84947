# SPDX-License-Identifier: Apache-2.0
"""What faults are injected into: a command each, with what is so before it, and what must be so after
it, whatever failed."""

import json
import os
import socket
import subprocess
import tempfile
import time

import node as nodes
from node import NICS, REQUIRED, STATE_DIR

# The service sweeps every second, and tries again after five what it could not publish.
SERVICE_CONFIG = "sweep = 1;\n"
NO_MEMORY = b"Cannot allocate memory"
PATIENCE = 20


class Case:
    """A command that changes nothing."""

    def __init__(self, node, *command, verdict=True):
        self.node = node
        self.command = node.command(*command, verdict=verdict)
        self.reference = None

    def prepare(self):
        """On a node where the cure is in place."""
        if not os.path.exists(nodes.RECORD):
            self.node.reset()
            self.node.clean("apply")

    def run(self, launcher, environment):
        return nodes.run(launcher + self.command, environment)

    def learn(self):
        """What it does without a fault."""
        self.prepare()
        self.reference = self.run([], None)
        complaints = list(self.judge(self.reference))
        if complaints:
            raise RuntimeError(f"{self.command} without a fault: {complaints}")

    def judge(self, outcome):
        yield from nodes.complaints_about_end(outcome)
        state = self.node.ethtool_state()
        for nic in NICS:
            if REQUIRED not in self.node.features_off(state)[nic]:
                yield f"{nic} was changed"
        yield from self.node.complaints_about_record(state)
        if outcome.code == self.reference.code and outcome.stdout != self.reference.stdout:
            yield "other words than without a fault, and the same exit code"
        elif outcome.code in (0, 1, 2) and outcome.code != self.reference.code:
            yield f"exit code {outcome.code} in place of {self.reference.code}"


class ApplyCase(Case):
    """Both devices are on, and nothing is recorded."""

    def __init__(self, node):
        super().__init__(node, "apply", "--json")

    def prepare(self):
        self.node.reset()

    def judge(self, outcome):
        state = self.node.ethtool_state()
        yield from nodes.complaints_about_end(outcome)
        yield from self.node.complaints_about_record(state)
        yield from nodes.complaints_about_report(outcome, state)
        yield from self.node.complaints_about_way_back()


class AppendCase(ApplyCase):
    """One device is off and recorded; the other one comes to it."""

    def prepare(self):
        self.node.reset()
        self.node.configure('nics = ( { name = "flannel.1"; } );')
        self.node.clean("apply", 1)
        self.node.configure("")

    def judge(self, outcome):
        if REQUIRED not in self.node.features_off(self.node.ethtool_state())["flannel.1"]:
            yield "flannel.1 was given back"
        yield from super().judge(outcome)


class DetectCase(ApplyCase):
    """As apply, but the child process without privileges finds the node's version, by asking
    kubelet. A detection that fails may also leave the version unknown."""

    def __init__(self, node):
        super().__init__(node)
        self.command = node.command("apply", "--kernel-release", "4.19.118", "--json",
                                    verdict=False)
        kubelet = node.arguments.root + "/usr/bin/kubelet"
        with open(kubelet, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho Kubernetes v1.18.3\n")
        os.chmod(kubelet, 0o755)


class RestoreCase(Case):
    """Both devices are off and recorded."""

    def __init__(self, node):
        super().__init__(node, "restore", "--json")

    def prepare(self):
        self.node.reset()
        self.node.clean("apply")

    def judge(self, outcome):
        state = self.node.ethtool_state()
        yield from nodes.complaints_about_end(outcome)
        yield from self.node.complaints_about_record(state)
        if outcome.code == 0 and state != self.node.before:
            yield "exit code 0, and not everything was given back"
        if outcome.code == 0 and not outcome.stderr and self.node.recorded() != {}:
            yield f"nothing is told, and recorded is {self.node.recorded()}"
        yield from self.complaints_about_words(outcome, self.node.features_off(state))
        yield from self.node.complaints_about_way_back()

    @staticmethod
    def complaints_about_words(outcome, off):
        try:
            told = json.loads(outcome.stdout)
        except ValueError:
            if outcome.code == 0 or not outcome.stderr:
                yield f"exit code {outcome.code} without a whole report"
            return
        for nic in told["nics"]:
            if set(nic["restored"]) & off[nic["name"]]:
                yield f"{nic['name']}: is off, and called restored"
            if set(nic["failed"]) - off[nic["name"]]:
                yield f"{nic['name']}: is on, and called failed"


class ServiceCase(ApplyCase):
    """The service starts, switches both devices off, corrects one drift, and is stopped. Where it
    gives up, systemd would start it anew; where it goes on, everything must be so in the end. When
    there will never be memory again, to say so has to do."""

    def __init__(self, node):
        super().__init__(node)
        self.command = node.command("run")
        self.complaints = []
        self.log = None
        self.for_good = False

    def prepare(self):
        self.node.reset()
        self.node.configure(SERVICE_CONFIG)
        self.complaints = []

    def is_off(self, *nics):
        off = self.node.features_off(self.node.ethtool_state())
        return all(REQUIRED in off[nic] for nic in nics)

    def is_published(self):
        """The report that everybody can read is true."""
        try:
            with open(STATE_DIR + "/report.json", encoding="utf-8") as file:
                return json.load(file)["state"] == "mitigated"
        except (OSError, ValueError):
            return False

    def wait(self, process, what, condition):
        """Until it is so, or the service has ended. Returns whether it goes on."""
        end = time.monotonic() + PATIENCE
        while process.poll() is None:
            if condition() or self.is_excused():
                return True
            if time.monotonic() > end:
                self.complaints.append(f"waited in vain: {what}")
                return True
            time.sleep(0.005)
        return False

    @staticmethod
    def ends(process):
        """What has said that there is no memory may be on its way out; a sanitizer takes its time."""
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            return False
        return True

    def is_excused(self):
        self.log.seek(0)
        return self.for_good and NO_MEMORY in self.log.read()

    def follow(self, process, pid_of, listener):
        """Returns after the service has been told to stop, or has ended."""
        def is_ready():
            try:
                return b"READY=1" in listener.recv(4096)
            except BlockingIOError:
                return False

        if not self.wait(process, "the service is ready", is_ready):
            return
        if not self.wait(process, "both are off", lambda: self.is_off(*NICS)):
            return
        if not self.wait(process, "published", self.is_published):
            return
        subprocess.run(["ethtool", "-K", "flannel.1", "tx", "on"], check=True, capture_output=True)
        if not self.wait(process, "the drift is corrected", lambda: self.is_off("flannel.1")):
            return
        if self.is_excused() and self.ends(process):
            return
        pid_of(process).terminate()

    def run(self, launcher, environment):
        self.for_good = (environment or {}).get("FAIL_ALLOCATION", "").endswith("+")
        # The service appends: what is read here does not move where it writes.
        with open("/run/work/service.log", "a+b") as self.log, \
                tempfile.TemporaryDirectory(dir="/run/work") as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            self.log.truncate(0)
            listener.bind(folder + "/notify")
            listener.setblocking(False)
            environment = dict(environment or os.environ, NOTIFY_SOCKET=folder + "/notify")
            with subprocess.Popen(launcher + self.command, stdin=subprocess.DEVNULL,
                                  stdout=self.log, stderr=self.log, env=environment) as process:
                self.follow(process, launched_by if launcher else lambda itself: itself, listener)
                try:
                    code = process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    code = "hangs"
            self.log.seek(0)
            return nodes.Outcome(code, b"", self.log.read())

    def judge(self, outcome):
        state = self.node.ethtool_state()
        yield from self.complaints
        yield from nodes.complaints_about_end(outcome)
        yield from self.node.complaints_about_record(state)
        yield from self.node.complaints_about_way_back()


class launched_by:  # pylint: disable=invalid-name
    """The service, as the only child of strace."""

    def __init__(self, process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            self.pid = int(file.read().split()[0])

    def terminate(self):
        os.kill(self.pid, 15)


CASES = {
    "apply": ApplyCase,
    "append": AppendCase,
    "detect": DetectCase,
    "restore": RestoreCase,
    "run": ServiceCase,
    "status": lambda node: Case(node, "status", "--json"),
    "explain": lambda node: Case(node, "explain"),
    "check": lambda node: Case(node, "check", verdict=False),
    "facts": lambda node: Case(node, "facts"),
}
