# SPDX-License-Identifier: Apache-2.0
"""Looks into the JSON that offload-agent prints; for lib.sh.

report.py test FILE EXPRESSION   is the expression over `d` true?
report.py shape WHAT FILE        has the JSON of `status` or `facts` every key with its type?
report.py judge FILE             does ethtool say the same of every feature of every NIC?
report.py recorded FILE [here]   what is on record, one NIC a line; or only of NICs that are here
report.py dead_namespaces FILE N adds N records of namespaces that are no more
report.py old_format FILE        makes a record of the format before this one of it
"""

import json
import socket
import subprocess
import sys

# What ethtool calls features for which it has a name of its own.
ETHTOOL_NAMES = {
    "rx-checksum": "rx-checksumming",
    "tx-generic-segmentation": "generic-segmentation-offload",
    "rx-gro": "generic-receive-offload",
    "rx-lro": "large-receive-offload",
    "rx-vlan-hw-parse": "rx-vlan-offload",
    "tx-vlan-hw-insert": "tx-vlan-offload",
    "rx-ntuple-filter": "ntuple-filters",
    "rx-hashing": "receive-hashing",
}

TEXT = (str,)
TEXT_OR_NULL = (str, type(None))
NUMBER = (int,)
FLAG = (bool,)
FLAG_OR_NULL = (bool, type(None))
STATES = ["not-affected", "not-exposed", "mitigated", "vulnerable", "unknown"]
VERDICTS = ["affected", "not-affected", "unknown"]
OUTCOMES = [None, "off", "already-off", "fixed-on", "refused", "drifted", "gone"]

FACTS = {
    "node": {"name": TEXT, "addresses": (list,)},
    "kernel": {
        "release": TEXT_OR_NULL, "version": TEXT_OR_NULL, "signature": TEXT_OR_NULL,
        "base": TEXT_OR_NULL, "family": TEXT_OR_NULL, "build": TEXT_OR_NULL,
        "frozen": FLAG,
    },
    "measured": {
        "zero_checksum": ["corrupt", "clean", "unknown"],
        "udp_checksum": ["corrupt", "clean", "unknown"], "source": TEXT_OR_NULL,
    },
    "os": {"id": TEXT_OR_NULL, "version_id": TEXT_OR_NULL, "pretty_name": TEXT_OR_NULL},
    "kubernetes": {
        "version": TEXT_OR_NULL, "component": TEXT_OR_NULL, "source": TEXT_OR_NULL,
        "present": FLAG_OR_NULL,
    },
    "nat_rules": {
        "read": FLAG, "vulnerable": ["yes", "no", "unknown"], "absent": FLAG,
        "reason": TEXT_OR_NULL,
        "source": TEXT_OR_NULL,
    },
    "nat_seen": {
        "looked": FLAG, "flows": NUMBER, "rewritten": NUMBER, "example": TEXT_OR_NULL,
        "reason": TEXT_OR_NULL,
    },
    "links": [{
        "name": TEXT, "ifindex": NUMBER, "kind": TEXT_OR_NULL, "driver": TEXT_OR_NULL,
        "udp_csum": FLAG_OR_NULL, "exposed_by": [TEXT],
    }],
}
STATUS = {
    "schema": [1], "state": STATES, "verdict": VERDICTS, "summary": TEXT,
    "agent": {
        "running": FLAG, "pid": (int, type(None)), "since": TEXT_OR_NULL,
        "corrections": NUMBER, "paused": NUMBER, "last_change": TEXT_OR_NULL,
    },
    "facts": FACTS,
    "rules": [{
        "id": TEXT, "title": TEXT, "verdict": VERDICTS, "references": [TEXT],
        "conditions": [{
            "name": ["kubernetes", "nat", "kernel", "machine"], "outcome": ["yes", "no", "unknown"], "reason": TEXT,
        }],
    }],
    "nics": [{
        "name": TEXT, "ifindex": NUMBER, "kind": TEXT_OR_NULL, "driver": TEXT_OR_NULL,
        "selected": FLAG, "exposed": FLAG, "backend": ["netlink", "ioctl"],
        "features": [{
            "name": TEXT, "active": FLAG, "wanted": FLAG, "fixed": FLAG,
            "target": FLAG_OR_NULL, "outcome": OUTCOMES,
        }],
        "side_effects": [TEXT],
    }],
}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def misfits(value, shape, place):
    """Where `value` is not as `shape` says: tuples are types, lists of one shape are arrays, other
    lists are choices."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{place} is no object"
            return
        for key, inner in shape.items():
            if key in value:
                yield from misfits(value[key], inner, f"{place}.{key}")
            else:
                yield f"{place}.{key} is missing"
    elif isinstance(shape, list) and isinstance(shape[0], (dict, tuple)):
        if not isinstance(value, list):
            yield f"{place} is no array"
            return
        for index, element in enumerate(value):
            yield from misfits(element, shape[0], f"{place}[{index}]")
    elif isinstance(shape, list):
        if value not in shape:
            yield f"{place} is {value!r}"
    elif not isinstance(value, shape) or (isinstance(value, bool) and bool not in shape):
        yield f"{place} is {value!r}"


def command_shape(what, path):
    faults = list(misfits(load(path), {"status": STATUS, "facts": FACTS}[what], what))
    for fault in faults:
        print("  " + fault)
    return not faults


def features_in_words(nic):
    """What ethtool says in its words, which tell no wish for what is fixed."""
    text = subprocess.run(["ethtool", "-k", nic], check=True, capture_output=True, text=True).stdout
    features = {}
    for line in text.splitlines()[1:]:
        name, words = line.strip().split(": ")
        active, fixed = words.startswith("on"), "[fixed]" in words
        features[name] = {"active": active, "fixed": fixed,
                          "requested": None if fixed else active != ("[requested" in words)}
    return features


def ethtool_features(nics):
    """What ethtool says, by NIC and feature; JSON and the wildcard are netlink's."""
    text = subprocess.run(["ethtool", "--json", "-k", "*"], check=False, capture_output=True)
    if text.returncode == 0:
        return {nic["ifname"]: nic for nic in json.loads(text.stdout)}
    return {nic["name"]: features_in_words(nic["name"]) for nic in nics}


def disagreements(nic, judge):
    for feature in nic["features"]:
        said = judge.get(ETHTOOL_NAMES.get(feature["name"], feature["name"]))
        if said is None:
            yield f"{nic['name']}: ethtool knows no {feature['name']}"
            continue
        found = (feature["active"], feature["wanted"], feature["fixed"])
        wanted = (said["active"], said["requested"], said["fixed"])
        if wanted[1] is None:
            found = (found[0], None, found[2])
        if found != wanted:
            yield (f"{nic['name']}: {feature['name']}: (active, wanted, fixed) are {found}, "
                   f"ethtool says {wanted}")
    for name in nic["side_effects"]:
        said = judge.get(ETHTOOL_NAMES.get(name, name))
        if said is None or said["active"] or not said["requested"]:
            yield f"{nic['name']}: {name} is no side effect for ethtool: {said}"


def command_judge(path):
    nics = load(path)["nics"]
    judge = ethtool_features(nics)
    faults = [] if nics else ["no NIC to judge"]
    for nic in nics:
        if nic["name"] in judge:
            faults.extend(disagreements(nic, judge[nic["name"]]))
        else:
            faults.append(f"{nic['name']}: ethtool knows no such NIC")
    for fault in faults[:20]:
        print("  " + fault)
    return not faults


def command_test(path, expression):
    document = load(path)

    def nic(name):
        return next(nic for nic in document["nics"] if nic["name"] == name)

    def feature(nic_name, name):
        return next(feature for feature in nic(nic_name)["features"] if feature["name"] == name)

    def rule(rule_id):
        return next(rule for rule in document["rules"] if rule["id"] == rule_id)

    names = {"d": document, "nic": nic, "feature": feature, "rule": rule}
    try:
        return bool(eval(f"({expression})", names))  # pylint: disable=eval-used
    except (KeyError, IndexError, StopIteration, TypeError) as error:
        print(f"  {type(error).__name__}: {error}")
        return False


def records(path):
    """What counts in the record of changes, by id: the last line of each, and no cut-off one."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")[1:-1]
    nics = {nic["id"]: nic for nic in map(json.loads, lines)}
    return [nic for nic in nics.values() if nic["off"]]


def command_recorded(path, *only):
    """A device that is gone is kept in mind: it may come back."""
    present = {ifindex for ifindex, _ in socket.if_nameindex()}
    for nic in records(path):
        if only != ("here",) or nic["ifindex"] in present:
            print(nic["name"], *sorted(nic["off"]))
    return True


def command_old_format(path):
    """As the program before it would have written it."""
    with open(path, encoding="utf-8") as file:
        boot_id = json.loads(file.readline())["boot_id"]
    nics = [{"netns": nic["netns_cookie"] or nic["netns"], "ifindex": nic["ifindex"],
             "name": nic["name"], "kind": nic["kind"], "mac": nic["mac"],
             "features": {name: True for name in nic["off"]}, "changed": nic["changed"]}
            for nic in records(path)]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"schema":1,"boot_id":"{boot_id}","last_change":"","nics":[\n')
        file.write(",\n".join(json.dumps(nic, separators=(",", ":")) for nic in nics))
        file.write("\n]}\n")
    return True


def command_dead_namespaces(path, n):
    """As many jobs in namespaces of their own, which have ended, would have left it."""
    nic = records(path)[-1]
    with open(path, "a", encoding="utf-8") as file:
        for i in range(int(n)):
            dead = dict(nic, id=1000 + i, netns=nic["netns"] + 10**7 * (i + 1),
                        netns_cookie=nic["netns_cookie"] + 10**7 * (i + 1))
            file.write(json.dumps(dead, separators=(",", ":")) + "\n")
    return True


COMMANDS = {"test": command_test, "shape": command_shape, "judge": command_judge,
            "recorded": command_recorded, "old_format": command_old_format,
            "dead_namespaces": command_dead_namespaces}

sys.exit(0 if COMMANDS[sys.argv[1]](*sys.argv[2:]) else 1)
