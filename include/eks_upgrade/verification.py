"""Is everything where it should be? Workloads after a drain, and the cluster at the very end.

What was already broken before the upgrade is no fault of it: the state before is kept (only
what was not well), and only what is worse now is waited for.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.drain.filters import filter_pods
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Pod, Workload

EVERYTHING = DrainOptions(
    ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True
)
"""Options under which every pod that can be evicted at all counts as evictable."""

MAX_LISTED_LINES = 10


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A node group that was to be replaced, and the Kubernetes minor of the new one (`1.26`)."""

    name: str
    replacement: str
    to_version: str


@dataclass(frozen=True)
class WorkloadHealth:
    """What is not well in the cluster; empty when everything is.

    Attributes:
        pending: pods in phase Pending by owner (`shop/ReplicaSet web`): names of pods change.
        short: pods that are not available by workload (`Deployment shop/web`).
        reasons: the scheduler's or the kubelet's words by owner; not kept in JSON.
    """

    pending: Mapping[str, int] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Keys: pending, short."""
        return {"pending": dict(self.pending), "short": dict(self.short)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "WorkloadHealth":
        """What `as_json` gave."""
        return cls(plain["pending"], plain["short"])


def health_of(pods: Iterable[Pod], workloads: Iterable[Workload]) -> WorkloadHealth:
    """What is not well now."""
    pending = [pod for pod in pods if pod.phase == "Pending" and not pod.terminating]
    return WorkloadHealth(
        pending=dict(Counter(owner_of(pod) for pod in pending)),
        short={str(w): w.wanted - w.available for w in workloads if w.available < w.wanted},
        reasons={owner_of(pod): pod.unschedulable or pod.waiting or "starting" for pod in pending},
    )


async def read_health(client: KubeClient) -> WorkloadHealth:
    """What is not well in the cluster now."""
    return health_of(await client.pods(), await client.workloads())


def compare(
    before: WorkloadHealth | None, now: WorkloadHealth, left_on_old: Sequence[Pod]
) -> Outcome:
    """Whether the workloads are as well as before the drain.

    Args:
        before: the state before; None when nobody looked, then only the old nodes count.
        now: the state now.
        left_on_old: evictable pods on the old nodes (`evictable`).

    Returns:
        Done, or NotYet that names everything that is missing; never Failed: how long to wait
        is the waiter's business.
    """
    missing = [f"pod {pod} is still on old node {pod.node}" for pod in left_on_old]
    if before is not None:
        missing += _worse_pending(before, now) + _worse_short(before, now)
    if not missing:
        return Done("nothing is left on the old nodes, and the workloads are as well as before")
    return NotYet(f"{len(missing)} thing(s) are not as before: {_some(missing)}")


def evictable(
    pods: Iterable[Pod], daemonsets: Collection[Workload], nodes: Collection[str]
) -> list[Pod]:
    """The pods on those nodes that a drain would move: neither static nor a DaemonSet's.

    Finished pods are left out: nothing of theirs runs any more.
    """
    filtered = filter_pods([pod for pod in pods if pod.node in nodes], daemonsets, EVERYTHING)
    return [f.pod for f in filtered if f.action != "stay" and not f.pod.finished]


async def look_again(client: KubeClient, node_group: str, before: WorkloadHealth | None) -> Outcome:
    """One look at the cluster after the drain of a group: `compare` on fresh lists."""
    nodes = {node.name for node in await client.nodes(node_group)}
    pods, workloads = await client.pods(), await client.workloads()
    daemonsets = [load for load in workloads if load.kind == "DaemonSet"]
    left = evictable(pods, daemonsets, nodes)
    return compare(before, health_of(pods, workloads), left)


def cluster_outcome(
    facts: ClusterFacts, *, to_version: str, addons: Mapping[str, str], groups: Sequence[Replaced]
) -> Outcome:
    """Whether a whole upgrade can be seen to be done.

    Args:
        facts: the cluster, read anew, kubelets included.
        to_version: Kubernetes minor of the control plane (`1.26`).
        addons: wanted version by name, of those that were to be updated; all must be ACTIVE.
        groups: the node groups that were to be replaced.

    Returns:
        Done, or NotYet naming each thing that is not as it should be.
    """
    missing = [
        *_control_plane(facts, Minor.parse(to_version)),
        *_addons(facts, addons),
        *(line for group in groups for line in _group(facts, group)),
    ]
    if missing:
        return NotYet(f"{len(missing)} thing(s) are not as planned: {_some(missing)}")
    nodes = len(facts.kubelets)
    return Done(f"control plane, add-ons and node groups are as planned; {nodes} nodes")


def owner_of(pod: Pod) -> str:
    """Who started a pod, in a form that stays the same when the pod is replaced."""
    if pod.owner is None:
        return f"{pod.namespace}/Pod {pod.name}"
    name = pod.owner.name
    suffix = f"-{pod.labels.get('pod-template-hash')}"
    if pod.owner.kind == "ReplicaSet" and name.endswith(suffix):  # a rollout changes the hash
        return f"{pod.namespace}/Deployment {name.removesuffix(suffix)}"
    return f"{pod.namespace}/{pod.owner.kind} {name}"


def _worse_pending(before: WorkloadHealth, now: WorkloadHealth) -> list[str]:
    return [
        f"{count} pod(s) of {owner} are Pending ({now.reasons.get(owner, 'no reason given')})"
        for owner, count in sorted(now.pending.items())
        if count > before.pending.get(owner, 0)
    ]


def _worse_short(before: WorkloadHealth, now: WorkloadHealth) -> list[str]:
    return [
        f"{name} lacks {count} available pod(s), {before.short.get(name, 0)} before"
        for name, count in sorted(now.short.items())
        if count > before.short.get(name, 0)
    ]


def _control_plane(facts: ClusterFacts, target: Minor) -> list[str]:
    lines = []
    if facts.present < target:
        lines.append(f"the control plane is at {facts.present}, not at {target}")
    if facts.cluster["status"] != "ACTIVE":
        lines.append(f"the cluster is {facts.cluster['status']}")
    return lines


def _addons(facts: ClusterFacts, wanted: Mapping[str, str]) -> list[str]:
    lines = []
    for name, addon in sorted(facts.addons.items()):
        health = health_text(addon)
        if addon["status"] != "ACTIVE":
            lines.append(f"add-on {name} is {addon['status']}{f'; {health}' if health else ''}")
        elif name in wanted and addon["addonVersion"] != wanted[name]:
            lines.append(f"add-on {name} is at {addon['addonVersion']}, not at {wanted[name]}")
    return lines + [
        f"add-on {name} is gone" for name in sorted(wanted.keys() - facts.addons.keys())
    ]


def _group(facts: ClusterFacts, group: Replaced) -> list[str]:
    old, new, target = group.name, group.replacement, Minor.parse(group.to_version)
    lines = []
    if old != new and old in facts.node_groups:
        status = facts.node_groups[old]["status"]
        lines.append(f"old node group {old} is still there ({status})")
    if new not in facts.node_groups:
        return [*lines, f"new node group {new} is not there"]
    if (status := facts.node_groups[new]["status"]) != "ACTIVE":
        lines.append(f"new node group {new} is {status}")
    kubelets = {n: version for n, (version, label) in facts.kubelets.items() if label == new}
    lines += [
        f"node {name} of {new} runs kubelet {version}, not {target}"
        for name, version in sorted(kubelets.items())
        if read_minor(version) != target
    ]
    if not kubelets and facts.node_groups[new]["scalingConfig"]["desiredSize"] > 0:
        lines.append(f"node group {new} has no node")
    return lines


def _some(lines: Sequence[str]) -> str:
    return first_few(lines, MAX_LISTED_LINES, separator="; ")
