#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# daemonset.py check FILE CAPABILITY...  what README.md promises of the DaemonSet is so; these are the agent's
# daemonset.py value FILE EXPRESSION     a value; `pod`, `agent` and `folder` are its parts
import sys

import yaml

PROBES = ("readinessProbe", "livenessProbe")


def load(path):
    with open(path) as file:
        documents = [document for document in yaml.safe_load_all(file) if document]
    return [document for document in documents if document["kind"] == "DaemonSet"][0], documents


def faults(daemonset, documents, capabilities):
    pod = daemonset["spec"]["template"]["spec"]
    agent, folder = pod["containers"][0], pod["initContainers"][0]
    security = agent["securityContext"]
    mounts = {mount["mountPath"]: mount for mount in agent["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    labels = daemonset["spec"]["template"]["metadata"]["labels"]
    annotations = daemonset["spec"]["template"]["metadata"].get("annotations") or {}
    config = volumes[mounts["/etc/offload-agent/agent.conf"]["name"]]["configMap"]["name"]
    maps = {document["metadata"]["name"] for document in documents if document["kind"] == "ConfigMap"}
    checks = {
        "hostNetwork": pod["hostNetwork"] is True,
        "no other namespace of the host": not pod.get("hostPID") and not pod.get("hostIPC"),
        "no token of the API server": pod["automountServiceAccountToken"] is False,
        "every taint is tolerated": pod["tolerations"] == [{"operator": "Exists"}],
        "priority": pod["priorityClassName"] == "system-node-critical",
        "selector": daemonset["spec"]["selector"]["matchLabels"].items() <= labels.items(),
        "one container of each kind": len(pod["containers"]) == len(pod["initContainers"]) == 1,
        "drops all capabilities": security["capabilities"]["drop"] == ["ALL"],
        f"has {capabilities} alone": security["capabilities"]["add"] == capabilities,
        "is not root": security["runAsNonRoot"] is True and security["runAsUser"] != 0,
        "is not privileged": not security.get("privileged"),
        "its root is read-only": security["readOnlyRootFilesystem"] is True,
        "init has CAP_CHOWN alone": folder["securityContext"]["capabilities"]
        == {"drop": ["ALL"], "add": ["CHOWN"]},
        "init gives to the agent's user": folder["command"][1:]
        == ["prepare", f"--owner={security['runAsUser']}:{security['runAsGroup']}"],
        "the image has but one program": {
            command[0]
            for command in (folder["command"], *(agent[p]["exec"]["command"] for p in PROBES))
        }
        == {"/usr/sbin/offload-agent"},
        "seccomp": "seccomp.security.alpha.kubernetes.io/pod" in annotations
        or pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
        "the node's files are read-only": mounts["/host"]["readOnly"] is True,
        "they are what --root names": {"--root=/host", "--root-is-this-node"} <= set(agent["args"])
        and volumes[mounts["/host"]["name"]]["hostPath"]["path"] == "/",
        "the record is the node's": volumes[mounts["/run/offload-agent"]["name"]]["hostPath"]["path"]
        == "/run/offload-agent",
        "the configuration is one file": mounts["/etc/offload-agent/agent.conf"]["subPath"]
        == "agent.conf",
        "its ConfigMap is there": not maps or config in maps,
        "nothing is exposed": not agent.get("ports"),
    }
    for container in (agent, folder):
        resources = container["resources"]
        for kind in ("requests", "limits"):
            checks[f"{kind} of {container['name']}"] = {"cpu", "memory"} <= resources[kind].keys()
    for probe in PROBES:
        checks[probe] = "offload-agent status" in " ".join(agent[probe]["exec"]["command"])
    return [what for what, fine in checks.items() if not fine]


def main():
    what, path = sys.argv[1:3]
    daemonset, documents = load(path)
    if what == "check":
        found = faults(daemonset, documents, sys.argv[3:])
        for fault in found:
            print(f"{path}: not so: {fault}")
        return 1 if found else 0
    pod = daemonset["spec"]["template"]["spec"]
    parts = {"pod": pod, "agent": pod["containers"][0], "folder": pod["initContainers"][0]}
    print(eval(sys.argv[3], {}, parts))
    return 0


sys.exit(main())
