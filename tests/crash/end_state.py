"""A cluster after a run, without what chance decides: ids, names of pods and machines, times."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from include.rehearsal.environment import Rehearsal
from include.rehearsal.journal import Entry
from include.rehearsal.seeding import Seeder
from tests.crash.kinds import BARE, CLUSTER, EVICTION, PATCH_NODE, what_to_node

GROUP = "eks.amazonaws.com/nodegroup"
LOCK = "eks-upgrade"
# Ids of EC2 and of EKS's own resources, and the random ends of names of pods.
IDS = re.compile(
    r"\b(i|lt|ami|ip)-[0-9a-f][0-9a-z.-]*|[0-9a-f]{8}-[0-9a-f-]{27}|(?<=eks-upgrade-baseline-)\d"
)
OPPOSITE = {"create": "delete", "delete": "create"}
RENEWAL = "update leases"
"""Each step renews the lock; how often is no matter."""


class Looker:
    """Reads the clusters of a rehearsal from outside the product."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        hands = Seeder(rehearsal.world)
        self.eks, self.ec2, self.autoscaling = hands.eks, hands.ec2, hands.autoscaling

    def end_state(self, cluster: str) -> dict[str, Any]:
        """Everything an upgrade could have left behind."""
        return plain_text(
            {
                **self._eks(cluster),
                "auto scaling groups": self._asgs(cluster),
                "machines": self._machines(cluster),
                "launch templates": self._templates(cluster),
                **self._kube(cluster),
            },
            cluster,
        )

    def _eks(self, cluster: str) -> dict[str, Any]:
        read = self.eks
        raw = read.describe_cluster(name=cluster)["cluster"]
        groups = {
            name: read.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            for name in read.list_nodegroups(clusterName=cluster)["nodegroups"]
        }
        addons = {
            name: read.describe_addon(clusterName=cluster, addonName=name)["addon"]
            for name in read.list_addons(clusterName=cluster)["addons"]
        }
        kept = ("status", "version", "scalingConfig", "labels", "taints", "tags", "instanceTypes")
        return {
            "cluster": [raw["version"], raw["status"]],
            "add-ons": {n: [it["addonVersion"], it["status"]] for n, it in addons.items()},
            "node groups": {
                name: {
                    **{key: it[key] for key in kept if key in it},
                    "template version": it.get("launchTemplate", {}).get("version"),
                }
                for name, it in groups.items()
            },
            "updates": sorted(self._updates(cluster, addons)),
        }

    def _updates(self, cluster: str, addons: Iterable[str]) -> list[str]:
        owners: list[dict[str, str]] = [{}, *({"addonName": name} for name in addons)]
        found = []
        for owner in owners:
            for each in self.eks.list_updates(name=cluster, **owner)["updateIds"]:
                it = self.eks.describe_update(name=cluster, updateId=each, **owner)["update"]
                what = {param["type"]: param["value"] for param in it["params"]}
                found.append(f"{it['type']} {what} {it['status']}")
        return found

    def _asgs(self, cluster: str) -> list[dict[str, Any]]:
        pages = self.autoscaling.get_paginator("describe_auto_scaling_groups").paginate()
        groups = [each for page in pages for each in page["AutoScalingGroups"]]
        ours = [g for g in groups if {"eks:cluster-name": cluster}.items() <= _tags(g).items()]
        return [
            {
                "name": g["AutoScalingGroupName"],
                "sizes": [g["MinSize"], g["DesiredCapacity"], g["MaxSize"]],
                "protected": g["NewInstancesProtectedFromScaleIn"],
                "instances": [
                    [i["LifecycleState"], i["ProtectedFromScaleIn"]] for i in g["Instances"]
                ],
                "suspended": [p["ProcessName"] for p in g["SuspendedProcesses"]],
                "tags": _tags(g),
            }
            for g in sorted(ours, key=lambda g: str(g["AutoScalingGroupName"]))
        ]

    def _machines(self, cluster: str) -> dict[str, int]:
        wanted = [
            {"Name": "tag:eks:cluster-name", "Values": [cluster]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down"]},
        ]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=wanted)
        found = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        return dict(Counter(_tags(i)["eks:nodegroup-name"] for i in found))

    def _templates(self, cluster: str) -> dict[str, int]:
        # EKS's own copies have names without the cluster's.
        ours = [{"Name": "launch-template-name", "Values": [f"*{cluster}-workers*"]}]
        found = self.ec2.describe_launch_templates(Filters=ours)["LaunchTemplates"]
        return {each["LaunchTemplateName"]: each["LatestVersionNumber"] for each in found}

    def _kube(self, cluster: str) -> dict[str, Any]:
        with self.rehearsal.clock.lock:
            store = self.rehearsal.world.clusters[cluster].store
            nodes = {node["metadata"]["name"]: node for node in store.list("nodes")}
            pods = [_pod(pod, nodes) for pod in store.list("pods")]
            locks = [lease["metadata"]["name"] for lease in store.list("leases")]
            return {
                "nodes": dict(Counter(_node(node) for node in nodes.values())),
                "pods": dict(sorted(Counter(pods).items())),
                "locks": [name for name in locks if name == LOCK],
                "baselines": [name for name in locks if name.startswith(f"{LOCK}-")],
            }

    def budgets(self, cluster: str) -> list[str]:
        """`namespace/name` of the workloads under a budget; it has its workload's name."""
        with self.rehearsal.clock.lock:
            store = self.rehearsal.world.clusters[cluster].store
            metas = [each["metadata"] for each in store.list("poddisruptionbudgets")]
        return [f"{meta['namespace']}/{meta['name']}" for meta in metas]


def plain_text(value: Any, cluster: str) -> Any:
    """Plain data with the cluster's name and all ids replaced."""
    if isinstance(value, dict):
        return {plain_text(k, cluster): plain_text(v, cluster) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_text(each, cluster) for each in value]
    if isinstance(value, str):
        return IDS.sub("<id>", value.replace(cluster, CLUSTER))
    return value


def changes(entries: Iterable[Entry], cluster: str) -> Counter[str]:
    """How often each change was done, by operation and object; renewals of the lock left out."""
    return Counter(plain_name(f"{_result(each)} {each.target}", cluster) for each in done(entries))


def doubled(entries: Iterable[Entry]) -> list[str]:
    """Pods and nodes to which the same was done more than once.

    What was deleted may be made anew under the same name, and deleted again.
    """
    found: Counter[str] = Counter()
    twice = []
    for each in done(entries):
        if each.side != "kube":
            continue
        name = f"{_result(each)} {each.target}"
        verb, _, object = name.partition(" ")
        found[f"{OPPOSITE[verb]} {object}" if verb in OPPOSITE else ""] = 0
        found[name] += 1
        twice += [name] * (found[name] == 2)
    return twice


def _result(entry: Entry) -> str:
    return what_to_node(asdict(entry)) if entry.operation == PATCH_NODE else entry.operation


def done(entries: Iterable[Entry]) -> list[Entry]:
    """The changes that were made, whoever got to hear of them."""
    return [each for each in entries if each.changes and each.done and each.operation != RENEWAL]


def plain_name(text: str, cluster: str) -> str:
    """An operation and its object without ids and the random end of a pod's name."""
    operation, _, target = text.rpartition(" ")
    if operation in {EVICTION, "create pods", "delete pods"} and not target.startswith(BARE):
        target = target.rsplit("-", 2)[0]
    return f"{operation} {plain_text(target, cluster)}"


def _tags(raw: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}


def _node(node: dict[str, Any]) -> str:
    spec, meta = node["spec"], node["metadata"]
    kubelet = node["status"]["nodeInfo"]["kubeletVersion"]
    marks = sorted(key for key in meta.get("annotations") or {} if key.startswith("eks-upgrade"))
    cordoned, taints = bool(spec.get("unschedulable")), spec.get("taints") or []
    return f"{meta['labels'][GROUP]} {kubelet} cordoned={cordoned} taints={taints} marks={marks}"


def _pod(pod: dict[str, Any], nodes: dict[str, Any]) -> str:
    meta = pod["metadata"]
    owner = next(iter(meta.get("ownerReferences", [])), {"kind": "", "name": meta["name"]})
    name = owner["name"].rpartition("-")[0] if owner["kind"] == "ReplicaSet" else owner["name"]
    node = nodes.get(pod["spec"].get("nodeName", ""))
    group = node["metadata"]["labels"][GROUP] if node else "nowhere"
    return f"{meta['namespace']}/{name} on {group}: {pod['status']['phase']}"
