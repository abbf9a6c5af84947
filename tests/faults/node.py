# SPDX-License-Identifier: Apache-2.0
"""The node that faults are injected on, and what must be so after each of them: two VXLAN devices in
a namespace of their own, ethtool as the judge of what is on, the file of the record as the judge of
what is recorded."""

import json
import os
import re
import shutil
import subprocess

STATE_DIR = "/run/offload-agent"
RECORD = STATE_DIR + "/changes.json"
NICS = ("flannel.1", "flannel.2")
# The features that the shipped rules turn off: ethtool's name, and the kernel's.
FEATURES = {"rx-checksumming": "rx-checksum", "tx-checksum-ip-generic": "tx-checksum-ip-generic"}
REQUIRED = "tx-checksum-ip-generic"
STATE_OF_CODE = {0: "mitigated", 1: "vulnerable", 2: "unknown"}
DOCUMENTED_CODES = (0, 1, 2, 64, 65, 69, 70, 77)
TIME_LIMIT = 30


class Outcome:
    """How a run of the program ended."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr


def run(command, environment=None):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              env=environment, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        return Outcome("hangs", error.stdout or b"", error.stderr or b"")
    return Outcome(done.returncode, done.stdout, done.stderr)


class Node:
    """The namespace that the test script has made."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.options = ["--kubernetes-version", "v1.18.3", "--kernel-release", "4.19.118"]
        self.before = self.ethtool_state()

    def command(self, name, *options, verdict=True):
        command = [self.arguments.agent, name, "--config", self.arguments.config,
                   "--rules", self.arguments.rules, "--root", self.arguments.root,
                   "--root-is-this-node"]
        if name in ("apply", "status", "explain", "restore", "run"):
            command += ["--backend", self.arguments.backend]
        if verdict and name not in ("restore", "check"):
            command += self.options
        return command + list(options)

    def configure(self, text):
        with open(self.arguments.config, "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def ethtool_state():
        return subprocess.run(["ethtool", "-k", "*"], check=True, capture_output=True).stdout

    @staticmethod
    def features_off(state):
        """By NIC: which of FEATURES are off, in the kernel's names."""
        off, nic = {}, None
        for line in state.decode().splitlines():
            if line.startswith("Features for "):
                nic = line[len("Features for "):-1]
                off[nic] = set()
                continue
            name, _, value = line.strip().partition(": ")
            if name in FEATURES and value.startswith("off"):
                off[nic].add(FEATURES[name])
        return off

    @staticmethod
    def recorded():
        """By NIC: what is recorded, as far as the log has whole lines; None if it cannot be read."""
        try:
            with open(RECORD, "rb") as file:
                lines = file.read().split(b"\n")[1:-1]
            last = {nic["id"]: nic for nic in map(json.loads, lines)}
            return {nic["name"]: set(nic["off"]) for nic in last.values() if nic["off"]}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError):
            return None

    def reset(self):
        """Everything on, nothing recorded."""
        self.configure("")
        shutil.rmtree(STATE_DIR, ignore_errors=True)
        if self.ethtool_state() != self.before:
            for nic in NICS:
                subprocess.run(["ethtool", "-K", nic, "rx", "on", "tx", "on"], check=True,
                               capture_output=True)
        if self.ethtool_state() != self.before:
            raise RuntimeError("cannot bring the node back")

    def clean(self, name, code=0):
        """The program without a fault, as a preparation."""
        outcome = run(self.command(name))
        if outcome.code != code:
            raise RuntimeError(f"{name} without a fault: {outcome.code}: {outcome.stderr}")

    def complaints_about_record(self, state):
        """What was turned off is recorded."""
        recorded = self.recorded()
        if recorded is None:
            yield "the record cannot be read"
            return
        for nic, off in self.features_off(state).items():
            forgotten = off - recorded.get(nic, set())
            if nic in NICS and forgotten:
                yield f"{nic}: turned off and not recorded: {sorted(forgotten)}"

    def complaints_about_way_back(self):
        """Afterwards apply and restore work as if nothing had been."""
        self.configure("")
        outcome = run(self.command("apply"))
        state = self.ethtool_state()
        if outcome.code != 0:
            yield f"apply afterwards: exit code {outcome.code}: {outcome.stderr.decode()}"
        yield from ("apply afterwards: " + text for text in self.complaints_about_record(state))
        for nic in NICS:
            if REQUIRED not in self.features_off(state)[nic]:
                yield f"apply afterwards: {nic} is on"
        outcome = run(self.command("restore"))
        if outcome.code != 0:
            yield f"restore afterwards: exit code {outcome.code}: {outcome.stderr.decode()}"
        if self.ethtool_state() != self.before:
            yield "restore afterwards: not everything is as before"
        if self.recorded() != {}:
            yield f"restore afterwards: recorded is {self.recorded()}"
        left = set(os.listdir(STATE_DIR)) if os.path.isdir(STATE_DIR) else set()
        left -= {"changes.json", "report.json", "changes.lock", "service.json", "running.lock"}
        if left:
            yield f"files are left: {sorted(left)}"


def complaints_about_end(outcome):
    """A documented exit code, a reason for it, no sanitizer's finding."""
    if outcome.code not in DOCUMENTED_CODES:
        yield f"exit code {outcome.code}"
    if re.search(rb"Sanitizer|runtime error:", outcome.stderr):
        yield "a sanitizer complained"
    if outcome.code not in (0, 1, 2) and not outcome.stderr:
        yield f"exit code {outcome.code} without a reason"


def complaints_about_report(outcome, state):
    """The report, if there is one, is true: `state` is what ethtool says."""
    try:
        report = json.loads(outcome.stdout)
    except ValueError:
        if outcome.code in (0, 1, 2) and not outcome.stderr:
            yield f"exit code {outcome.code} without a whole report and without a reason"
        elif outcome.code in (0, 2):
            yield f"exit code {outcome.code} without a whole report"
        return
    # What one write left out can leave JSON behind.
    if outcome.code == 70 and b"printing the report: " in outcome.stderr:
        return
    if outcome.code in (0, 1, 2) and STATE_OF_CODE[outcome.code] != report["state"]:
        yield f"exit code {outcome.code}, but the state is {report['state']}"
    off = Node.features_off(state)
    for nic in report["nics"]:
        for feature in nic["features"]:
            if feature["name"] in FEATURES.values() and nic["name"] in NICS and \
                    feature["active"] == (feature["name"] in off[nic["name"]]):
                yield f"{nic['name']}: {feature['name']} is told wrong"
    any_on = any(REQUIRED not in off[nic] for nic in NICS)
    if report["state"] == "mitigated" and any_on:
        yield "mitigated, and a device is on"
    if report["state"] == "vulnerable" and not any_on:
        yield "vulnerable, and all devices are off"
    if report["state"] in ("not-affected", "not-exposed"):
        yield f"the state is {report['state']}"
