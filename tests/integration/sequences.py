# SPDX-License-Identifier: Apache-2.0
"""Random sequences of what happens on a node: devices that are made, renamed, deleted and changed by
their users, configurations, apply by every verdict, restore, and kill -9 at any system call. A model
of a few lines says after each command what must be on, and what must be recorded; ethtool and the
file of the record are the judges.

sequences.py SEED STEPS COMMAND OPTION...   the program, and the options of all its commands
"""

import json
import random
import socket
import subprocess
import sys

RECORD = "/run/offload-agent/changes.json"
# ethtool's name, the kernel's name, and the group by which a user switches it.
FEATURES = (
    ("rx-checksumming", "rx-checksum", "rx"),
    ("tx-checksum-ip-generic", "tx-checksum-ip-generic", "tx"),
    ("tx-checksum-sctp", "tx-checksum-sctp", "tx"),
)
VERSIONS = {"affected": "v1.18.3", "not affected": "v1.18.6", "unknown": "garbage"}
# Where a kill can make a difference.
CALLS = "write,flock,recvmsg,pwrite64,/^rename,fsync,fdatasync,ftruncate,sendmsg,sendto,ioctl"
DEVICES_MAX = 8


class Wrong(Exception):
    """The program did something else than the model."""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def wanted(name):
    """What ethtool says is on, or requested on."""
    found = set()
    for line in run("ethtool", "-k", name).splitlines():
        told, _, value = line.strip().partition(": ")
        for ethtool_name, feature, _ in FEATURES:
            if told == ethtool_name and (value.startswith("on") or "requested on" in value):
                found.add(feature)
    return found


def recorded():
    """By ifindex: what the file claims, and the name and address of the device that it means."""
    try:
        with open(RECORD, "rb") as file:
            lines = file.read().split(b"\n")[1:-1]
    except FileNotFoundError:
        return {}
    last = {nic["id"]: nic for nic in map(json.loads, lines)}
    return {nic["ifindex"]: (set(nic["off"]), (nic["name"], nic["mac"]))
            for nic in last.values() if nic["off"]}


class Device:
    """A device as it must be."""

    def __init__(self, name, kind, mac):
        self.name, self.kind, self.mac = name, kind, mac
        self.ifindex = socket.if_nametoindex(name)
        self.wanted = wanted(name)
        self.offered = set(self.wanted)
        self.claimed = set()  # by the record
        self.known_as = (name, mac)  # there

    def is_known_as(self, known_as):
        """One of name and address may change between two looks, not both."""
        return self.name == known_as[0] or self.mac == known_as[1]

    def look(self):
        """What every command but a dry run does with the record of a device."""
        if not self.is_known_as(self.known_as):
            self.claimed = set()
        self.known_as = (self.name, self.mac)

    def claimed_by(self, record):
        claimed, known_as = record.get(self.ifindex, (set(), self.known_as))
        return claimed if self.is_known_as(known_as) else set()


class Sequence:
    """A node and its history."""

    def __init__(self, seed, program, options):
        self.random = random.Random(seed)
        self.program, self.options = program, options
        self.devices = []
        self.n_names = 0
        self.n_killed = 0
        self.log = []
        self.configure()

    def new_name(self):
        self.n_names += 1
        return self.random.choice(("vx", "vx", "other")) + str(self.n_names)

    def new_mac(self):
        return "02:00:00:" + ":".join(f"{self.random.randrange(256):02x}" for _ in range(3))

    # What users and CNIs do.

    def create(self):
        if len(self.devices) == DEVICES_MAX:
            return self.delete()
        kind = self.random.choice(("vxlan", "vxlan", "veth"))
        name, mac = self.new_name(), self.new_mac()
        number = str(self.n_names)
        end = {"vxlan": ["id", number, "dstport", str(20000 + self.n_names), "local", "127.0.0.1"],
               "veth": ["peer", "name", "end" + number]}[kind]
        run("ip", "link", "add", name, "address", mac, "type", kind, *end)
        self.devices.append(Device(name, kind, mac))
        return f"{name}: a new {kind}"

    def delete(self):
        device = self.random.choice(self.devices)
        run("ip", "link", "del", device.name)
        self.devices.remove(device)
        return f"{device.name} is deleted"

    def rename(self):
        device, name = self.random.choice(self.devices), self.new_name()
        run("ip", "link", "set", device.name, "name", name)
        text = f"{device.name} is {name} from now on"
        device.name = name
        return text

    def change_address(self):
        device = self.random.choice(self.devices)
        device.mac = self.new_mac()
        run("ip", "link", "set", device.name, "address", device.mac)
        return f"{device.name} has another address"

    def switch(self):
        device, group = self.random.choice(self.devices), self.random.choice(("rx", "tx"))
        value = self.random.choice(("on", "off"))
        members = {feature for _, feature, of in FEATURES if of == group} & device.offered
        run("ethtool", "-K", device.name, group, value)
        device.wanted = device.wanted | members if value == "on" else device.wanted - members
        return f"{device.name}: {group} {value}"

    def configure(self):
        self.selected = self.random.choice((("vx",), ("vx",), ("vx", "other")))
        self.gives_back = self.random.random() < 0.75
        self.unknown_acts = self.random.random() < 0.25
        selectors = ", ".join(f'{{ name = "{prefix}*"; }}' for prefix in self.selected)
        with open(self.options[self.options.index("--config") + 1], "w", encoding="utf-8") as file:
            file.write(f"nics = ( {selectors} );\n"
                       f'on_not_affected = "{"restore" if self.gives_back else "leave"}";\n'
                       f'on_unknown = "{"turn-off" if self.unknown_acts else "leave"}";\n')
        return f"configured: {self.selected}, {self.gives_back}, {self.unknown_acts}"

    # What the program does.

    def command(self, name, verdict=None):
        command = [self.program, name, *self.options]
        if verdict:
            command += ["--kubernetes-version", VERSIONS[verdict], "--kernel-release", "4.19.118"]
        return command

    def call(self, command, codes):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in codes or done.stderr:
            raise Wrong(f"exit code {done.returncode}: {done.stderr}")

    def apply(self):
        verdict = self.random.choice(("affected", "affected", "not affected", "unknown"))
        self.call(self.command("apply", verdict), (0, 1, 2))
        acts = verdict == "affected" or (verdict == "unknown" and self.unknown_acts)
        gives_back = self.gives_back and (verdict != "unknown" or self.unknown_acts)
        for device in self.devices:
            device.look()
            target = set()
            if acts and device.name.startswith(self.selected):
                target = device.offered
            device.claimed |= device.wanted & target
            device.claimed -= device.wanted - target
            device.wanted -= target
            if gives_back:
                device.wanted |= device.claimed - target
                device.claimed &= target
        self.check()
        return f"apply: {verdict}"

    def restore(self):
        self.call(self.command("restore"), (0,))
        for device in self.devices:
            device.look()
            device.wanted |= device.claimed
            device.claimed = set()
        self.check()
        return "restore"

    def check(self):
        for device in self.devices:
            found = wanted(device.name)
            if found != device.wanted:
                raise Wrong(f"{device.name}: on is {found}, not {device.wanted}")
        record = recorded()
        for device in self.devices:
            claimed, known_as = device.claimed_by(record), record.get(device.ifindex, [None])[-1]
            if claimed != device.claimed or (claimed and known_as != device.known_as):
                raise Wrong(f"{device.name}: on record is {claimed} as {known_as}, "
                            f"not {device.claimed} as {device.known_as}")

    def kill(self):
        """Somewhere between before and after: nothing is off without a record, and nothing on that
        was not recorded before."""
        verdict = self.random.choice(("affected", "not affected"))
        command = self.random.choice((self.command("apply", verdict), self.command("restore")))
        when = self.random.randrange(1, 25)
        code = subprocess.run(
            ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e",
             f"inject={CALLS}:signal=KILL:when={when}", *command],
            capture_output=True, check=False).returncode
        self.n_killed += code == -9
        try:
            record = recorded()
        except ValueError as error:
            raise Wrong("killed: the record cannot be read") from error
        for device in self.devices:
            self.take_in_kill(device, record)
        return f"killed at call {when}: {' '.join(command[1:2] + command[-4:])}"

    @staticmethod
    def take_in_kill(device, record):
        found, claimed = wanted(device.name), device.claimed_by(record)
        off, on = device.wanted - found, found - device.wanted
        if off - claimed:
            raise Wrong(f"{device.name}: killed, and {off - claimed} off without a record")
        if on - device.claimed:
            raise Wrong(f"{device.name}: killed, and {on - device.claimed} on that was a user's")
        if device.is_known_as(device.known_as) and device.claimed - found - claimed:
            raise Wrong(f"{device.name}: killed, and {device.claimed - found - claimed} forgotten")
        device.wanted, device.claimed = found, claimed
        device.known_as = record.get(device.ifindex, (None, device.known_as))[1]

    def step(self):
        operations = {self.create: 6, self.delete: 2, self.rename: 5, self.change_address: 4,
                      self.switch: 10, self.configure: 2, self.apply: 10, self.restore: 5,
                      self.kill: 3}
        operation = self.random.choices(list(operations), list(operations.values()))[0]
        self.log.append(operation.__name__)
        self.log[-1] = (operation if self.devices else self.create)()


def main():
    seed, n_steps = int(sys.argv[1]), int(sys.argv[2])
    sequence = Sequence(seed, sys.argv[3], sys.argv[4:])
    for step in range(n_steps):
        try:
            sequence.step()
        except Wrong as error:
            print(f"seed {seed}, step {step}: {error}", *sequence.log[-30:], sep="\n  ")
            return 1
    print(f"seed {seed}: {n_steps} steps, {sequence.n_killed} times killed")
    return 0 if sequence.n_killed else 1


sys.exit(main())
