# SPDX-License-Identifier: Apache-2.0
"""Makes the nodes of a cluster as 'kubectl get nodes -o json' prints them; for assess_test.sh.

nodes.py N affected|unknown|fixed|all [full]   "full": with images, conditions and annotations
"""

import json
import sys

KINDS = {
    "affected": [
        ("v1.18.3", "4.19.118", "Flatcar Container Linux by Kinvolk 2512.1.0 (Oklo)"),
        ("v1.17.8", "3.10.0-1127.el7.x86_64", "CentOS Linux 7 (Core)"),
        ("v1.18.3", "4.15.0-106-generic", "Ubuntu 18.04.4 LTS"),
        ("v1.18.3", "4.19.0-9-amd64", "Debian GNU/Linux 10 (buster)"),
        ("v1.16.9-eks-1", "4.14.177-139.254.amzn2.x86_64", "Amazon Linux 2"),
    ],
    "unknown": [
        ("v1.18.3", "custom-amd64", "Debian GNU/Linux 10 (buster)"),
        ("", "4.19.118", "Arch Linux"),
        ("v0.0.0", "4.19.118", "Arch Linux"),
    ],
    "fixed": [
        ("v1.18.6", "4.19.0-9-amd64", "Debian GNU/Linux 10 (buster)"),
        ("v1.28.2", "5.15.0-84-generic", "Ubuntu 22.04.3 LTS"),
        ("v1.15.12-gke.20", "4.19.112+", "Container-Optimized OS from Google"),
        ("v1.17.9", "5.3.18-24-default", "SUSE Linux Enterprise Server 15 SP2"),
    ],
}
KINDS["all"] = [kind for name in ("affected", "unknown", "fixed") for kind in KINDS[name]]


def node(number, kind, full):
    version, kernel, image = kind
    made = {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"labels": {"kubernetes.io/os": "linux"}, "name": f"node-{number}.example"},
        "spec": {"podCIDR": "10.244.0.0/24"},
        "status": {"nodeInfo": {
            "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "docker://19.3.8",
            "kernelVersion": kernel, "kubeProxyVersion": version, "kubeletVersion": version,
            "operatingSystem": "linux", "osImage": image}}}
    if full:
        made["metadata"]["annotations"] = {
            f"example.org/key-{i}": f"a \"quoted\" value, number {i}" for i in range(15)}
        made["status"]["conditions"] = [
            {"lastHeartbeatTime": "2020-06-01T12:00:00Z", "message": "kubelet has sufficient memory",
             "reason": "KubeletHasSufficientMemory", "status": "False", "type": f"Condition{i}"}
            for i in range(5)]
        made["status"]["images"] = [
            {"names": [f"registry.example.org/project/image-{i}@sha256:{number * 50 + i:064x}",
                       f"registry.example.org/project/image-{i}:v1.{number}"],
             "sizeBytes": 1000000 + i} for i in range(50)]
    return made


def main():
    count, kinds, full = int(sys.argv[1]), KINDS[sys.argv[2]], "full" in sys.argv[3:]
    # kubectl's indentation; written node by node, since all of them would be gigabytes of objects
    sys.stdout.write('{\n    "apiVersion": "v1",\n    "items": [\n')
    for number in range(count):
        text = json.dumps(node(number, kinds[number % len(kinds)], full), indent=4)
        end = "" if number + 1 == count else ","
        sys.stdout.write(text + end + "\n")
    sys.stdout.write('    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n')


if __name__ == "__main__":
    main()
