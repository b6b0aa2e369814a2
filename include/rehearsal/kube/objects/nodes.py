"""Node objects: what a kubelet registers, complete enough for strict clients.

Sizes follow EC2's instance types as far as their names say: cores and pod limits by size,
memory per core by family. The pod limits are those of the VPC CNI without prefixes.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from include.rehearsal.kube.objects.systems import system_of
from include.rehearsal.raw import Raw, RawDict

_CORES: Final = {
    "nano": 2,
    "micro": 2,
    "small": 2,
    "medium": 2,
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
    "24xlarge": 96,
}
_PODS: Final = {"large": 29, "xlarge": 58, "2xlarge": 58, "4xlarge": 234, "8xlarge": 234}
_BURST_GIB: Final = {"nano": 0.5, "micro": 1, "small": 2, "medium": 4}
_BURST_PODS: Final = {"nano": 4, "micro": 4, "small": 11, "medium": 17, "large": 35}
_GIB_PER_CORE: Final = {"c": 2, "m": 4, "t": 4, "r": 8, "x": 16}
NOT_READY_TAINT: Final = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


@dataclass(frozen=True)
class Size:
    """Cores, memory in MiB and the number of pods of an instance type; and its architecture."""

    cores: int
    memory: int
    pods: int
    architecture: str


def size_of(instance_type: str) -> Size:
    """The size by an instance type's name; a type nobody knows is an m5.xlarge."""
    family, _, size = instance_type.partition(".")
    if size not in _CORES:
        return Size(4, 16384, 58, "amd64")
    burst = family.startswith("t")
    cores = _CORES[size]
    gib = _BURST_GIB[size] if size in _BURST_GIB else cores * _GIB_PER_CORE.get(family[0], 4)
    limits = {**_PODS, **_BURST_PODS} if burst else _PODS
    graviton = re.match(r"^[a-z]+\d+g", family)
    return Size(cores, int(gib * 1024), limits.get(size, 110), "arm64" if graviton else "amd64")


@dataclass(frozen=True)
class Machine:
    """What is known of an instance when its kubelet registers."""

    name: str
    kubelet_version: str
    instance_type: str
    zone: str
    instance_id: str
    image_id: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Raw, ...] = ()


def address_of(name: str) -> str:
    """The private address in a name like ip-10-0-1-7.ec2.internal, or one made of the name."""
    found = re.match(r"^ip-(\d+)-(\d+)-(\d+)-(\d+)\b", name)
    if found:
        return ".".join(found.groups())
    digest = hashlib.sha256(name.encode()).digest()
    return f"10.0.{digest[0]}.{1 + digest[1] % 254}"


def node_object(machine: Machine, now: str, *, ready: bool) -> RawDict:
    """The Node a kubelet registers."""
    size = size_of(machine.instance_type)
    taints = [dict(taint) for taint in machine.taints]
    if not ready:
        taints.append(dict(NOT_READY_TAINT))
    spec: RawDict = {"providerID": f"aws:///{machine.zone}/{machine.instance_id}"}
    if taints:
        spec["taints"] = taints
    return {
        "metadata": {
            "name": machine.name,
            "labels": {**_labels(machine, size), **machine.labels},
            "annotations": {
                "alpha.kubernetes.io/provided-node-ip": address_of(machine.name),
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
        "status": {
            "capacity": _resources(size, reserved=False),
            "allocatable": _resources(size, reserved=True),
            "conditions": conditions(now, ready=ready),
            "addresses": [
                {"type": "InternalIP", "address": address_of(machine.name)},
                {"type": "InternalDNS", "address": machine.name},
                {"type": "Hostname", "address": machine.name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": _node_info(machine, size),
            "images": [],
        },
    }


def _labels(machine: Machine, size: Size) -> dict[str, str]:
    """Source: tests/recordings/aws/kubernetes-node-managed-group-arm64.json."""
    region = _region(machine)
    return {
        "beta.kubernetes.io/arch": size.architecture,
        "beta.kubernetes.io/instance-type": machine.instance_type,
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": machine.zone,
        "eks.amazonaws.com/nodegroup-image": machine.image_id,
        "kubernetes.io/arch": size.architecture,
        "kubernetes.io/hostname": machine.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": machine.instance_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": machine.zone,
    }


def _region(machine: Machine) -> str:
    return machine.zone.rstrip("abcdef")


def _resources(size: Size, *, reserved: bool) -> dict[str, str]:
    """Capacity, or what is left of it for pods once the system has taken its share."""
    cpu = f"{size.cores * 1000 - 70}m" if reserved else str(size.cores)
    memory = size.memory - (255 + 11 * size.pods + 100 if reserved else 0)
    return {
        "cpu": cpu,
        "ephemeral-storage": "80Gi",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{max(256, memory)}Mi",
        "pods": str(size.pods),
    }


def _node_info(machine: Machine, size: Size) -> RawDict:
    machine_id = hashlib.sha256(machine.instance_id.encode()).hexdigest()[:32]
    system = system_of(machine.image_id, _region(machine))
    return {
        "machineID": machine_id,
        "systemUUID": machine_id,
        "bootID": machine_id,
        "kernelVersion": "6.1.0",
        "osImage": system.os_image,
        "containerRuntimeVersion": system.runtime,
        "kubeletVersion": machine.kubelet_version,
        "kubeProxyVersion": machine.kubelet_version,
        "operatingSystem": "linux",
        "architecture": size.architecture,
    }


def conditions(now: str, *, ready: bool) -> list[RawDict]:
    """The four conditions of a node, in the order `kubectl describe node` shows them."""

    def entry(kind: str, status: str, reason: str, message: str) -> RawDict:
        return {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }

    troubles = (
        ("MemoryPressure", "KubeletHasSufficientMemory", "sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "sufficient PID available"),
    )
    found = [entry(kind, "False", reason, f"kubelet has {what}") for kind, reason, what in troubles]
    if ready:
        found.append(entry("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
    else:
        message = "container runtime network not ready: cni plugin not initialized"
        found.append(entry("Ready", "False", "KubeletNotReady", message))
    return found
