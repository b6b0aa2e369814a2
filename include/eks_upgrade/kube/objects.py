"""What the upgrade reads of Kubernetes objects, as frozen values made from raw JSON.

Only the fields that a decision needs are kept. Absent fields become empty or zero, as the
API server leaves out what is empty; a list's items come without `kind` and `apiVersion`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from sys import intern

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.label_selector import selects
from include.eks_upgrade.kube.protection import protection_of
from include.eks_upgrade.kube.workloads.daemon_pods import (
    is_pinned,
    starts_there_again,
    tolerates_cordon,
)
from include.eks_upgrade.kube.workloads.owner import Owner, controller

NODE_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
"""Label that EKS puts on each node of a managed node group."""

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
"""Annotation of the API's picture of a static pod; the kubelet, not the API, owns such a pod."""

CORDONED_BY = "eks-upgrade/cordoned-by"
"""Annotation on a node that we cordoned: the mark of who did. Others' cordons carry none."""

BUDGETS_PASSED = "eks-upgrade/budgets-passed"
"""Annotation on a node that is drained: the budgets that were passed otherwise than by eviction."""

EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
"""Label that keeps a node out of the targets of load balancers, whatever its value:
https://kubernetes.io/docs/reference/labels-annotations-taints/"""

EXCLUDED_BY = "eks-upgrade/excluded-by"
"""Annotation on a node that we labelled so: the mark of who did. Others' labels have none."""

EXCLUDED_AT = "eks-upgrade/excluded-at"
"""Annotation on a node that we labelled so: since when, in ISO 8601."""

CRITICAL_PRIORITY = 2_000_000_000
"""Priority of `system-cluster-critical`; what is at or above it keeps the cluster itself alive:
https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node.

    Attributes:
        unschedulable: it is cordoned (`spec.unschedulable`).
        taints: `(key, effect)` of each taint.
        ready: its Ready condition is True.
        kubelet_version: `v1.26.15-eks-…`, empty before the kubelet has reported.
        deleting: its object has a deletion timestamp.
        cordoned_by: the mark that our cordon left (`CORDONED_BY`), empty without one.
        budgets_passed: the text of `BUDGETS_PASSED` (see `drain.trace`), empty without one.
        excluded_by: the mark of our label that keeps it out of load balancers (`EXCLUDED_BY`).
        excluded_at: epoch seconds since when it has that label; None when that cannot be read.
        version: `metadata.resourceVersion`.
    """

    name: str
    uid: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    cordoned_by: str = ""
    excluded_by: str = ""
    excluded_at: float | None = None
    budgets_passed: str = ""
    version: str = field(default="", compare=False)
    unschedulable: bool = False
    taints: tuple[tuple[str, str], ...] = ()
    ready: bool = False
    kubelet_version: str = ""
    provider_id: str = ""
    deleting: bool = False

    @property
    def node_group(self) -> str | None:
        """The managed node group it belongs to, None for any other node."""
        return self.labels.get(NODE_GROUP_LABEL)

    @property
    def excluded(self) -> bool:
        """Whether load balancers leave it out, by whose label ever."""
        return EXCLUDED in self.labels

    @property
    def instance_id(self) -> str:
        """EC2 instance id, the last part of `aws:///us-east-1a/i-…`; empty if unknown."""
        return self.provider_id.rsplit("/", 1)[-1]

    @classmethod
    def from_raw(cls, raw: Raw) -> "Node":
        """Read a node from the API's JSON."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        annotations = meta.get("annotations") or {}
        return cls(
            name=meta["name"],
            uid=meta.get("uid", ""),
            labels=meta.get("labels") or {},
            unschedulable=bool(spec.get("unschedulable")),
            taints=tuple((t["key"], t.get("effect", "")) for t in spec.get("taints") or ()),
            ready=condition(status, "Ready").get("status") == "True",
            kubelet_version=status.get("nodeInfo", {}).get("kubeletVersion", ""),
            provider_id=spec.get("providerID", ""),
            deleting="deletionTimestamp" in meta,
            version=meta.get("resourceVersion", ""),
            cordoned_by=annotations.get(CORDONED_BY, ""),
            budgets_passed=annotations.get(BUDGETS_PASSED, ""),
            excluded_by=annotations.get(EXCLUDED_BY, ""),
            excluded_at=_epoch_or_none(annotations.get(EXCLUDED_AT)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """A pod.

    Attributes:
        node: name of the node it is bound to, empty while Pending and unscheduled.
        phase: `status.phase` in Kubernetes' own word.
        ready: its Ready condition is True.
        terminating: it has a deletion timestamp.
        owner: its controller, None when nothing would start it again.
        mirror: it is the picture of a static pod.
        empty_dir: it has a volume of type emptyDir.
        restarts: the highest restart count of its containers.
        waiting: why a container waits (`CrashLoopBackOff`, `ImagePullBackOff`, …), or empty.
        unschedulable: the scheduler's words when it finds no node, or empty.
        priority: `spec.priority`.
        grace_seconds: how long it may take to stop, by its own spec.
        created: epoch seconds. not_ready_since: the same, since when it is not Ready; None while
            it is, or when nothing shows it.
        stops_by: epoch seconds by which a terminating pod is to be gone (its deletion timestamp,
            which already has the grace period in it); None while it is not terminating.
        finalizers: what has to happen before its object may go.
        tolerates_cordon: the scheduler may put it on a cordoned node.
        pinned: its required affinity names one node, as that of a DaemonSet's pod does.
        family: what it has in common with its replacement, also after a rollout; empty without
            an owner.
        protected_by: the annotation by which its owner asks the autoscalers to leave it alone, with
            its value (`kube.protection`); empty without one. protected_until: epoch seconds at
            which that ends, None when it does not; see `is_protected`.
    """

    namespace: str
    name: str
    uid: str = ""
    node: str = ""
    phase: str = "Running"
    ready: bool = True
    terminating: bool = False
    owner: Owner | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    mirror: bool = False
    empty_dir: bool = False
    restarts: int = 0
    waiting: str = ""
    unschedulable: str = ""
    priority: int = 0
    grace_seconds: int = 30
    created: float = 0.0
    not_ready_since: float | None = None
    stops_by: float | None = None
    finalizers: tuple[str, ...] = ()
    tolerates_cordon: bool = False
    pinned: bool = False
    protected_by: str = ""
    protected_until: float | None = None
    family: str = field(init=False, compare=False, repr=False, default="")

    def __post_init__(self) -> None:
        # Once and for all: of thousands of pods it is asked for at each of their changes.
        object.__setattr__(self, "family", intern(self._family()))

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def finished(self) -> bool:
        """Whether it ran to its end: nothing is lost by removing it."""
        return self.phase in {"Succeeded", "Failed"}

    @property
    def critical(self) -> bool:
        """Whether the cluster itself needs it (CoreDNS, the CNI's controllers, …)."""
        return self.priority >= CRITICAL_PRIORITY or self.labels.get("k8s-app") == "kube-dns"

    def is_protected(self, now: float) -> bool:
        """Whether `protected_by` holds; `now` in epoch seconds."""
        return bool(self.protected_by) and (
            self.protected_until is None or now < self.protected_until
        )

    @property
    def of_daemonset(self) -> bool:
        """Whether its controller would start it on the same node again, cordoned or not."""
        return starts_there_again(self.owner, pinned=self.pinned, tolerates=self.tolerates_cordon)

    @property
    def of_job(self) -> bool:
        """Whether a Job is its controller: it runs to an end of its own."""
        return self.owner is not None and self.owner.job

    @property
    def deployment(self) -> str:
        """Name of its Deployment, empty without one; a ReplicaSet is named after it and a hash."""
        return self._owner_above("pod-template-hash")

    def _owner_above(self, label: str) -> str:
        """What stands above its ReplicaSet, which is named after it and the hash in a label."""
        if self.owner is None or self.owner.kind != "ReplicaSet":
            return ""
        suffix = f"-{self.labels.get(label)}"
        return self.owner.name.removesuffix(suffix) if self.owner.name.endswith(suffix) else ""

    def _family(self) -> str:
        if self.owner is None:
            return ""
        if deployment := self.deployment:
            return f"Deployment {self.namespace}/{deployment}"
        if rollout := self._owner_above("rollouts-pod-template-hash"):
            return f"Rollout {self.namespace}/{rollout}"  # of Argo's; it has several ReplicaSets
        return f"{self.owner.kind} {self.namespace}/{self.owner.name}"

    @property
    def crash_looping(self) -> bool:
        """Whether it is up in name only: a container fails again and again."""
        return not self.ready and (self.waiting == "CrashLoopBackOff" or self.restarts >= 3)

    @classmethod
    def from_raw(cls, raw: Raw) -> "Pod":
        """Read a pod from the API's JSON."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        containers = [
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ]
        waits = [c["state"]["waiting"] for c in containers if "waiting" in (c.get("state") or {})]
        scheduled = condition(status, "PodScheduled")
        ready = condition(status, "Ready")
        protected_by, until = protection_of(
            meta.get("annotations") or {}, epoch(status.get("startTime"))
        )
        return cls(
            namespace=intern(meta["namespace"]),
            name=meta["name"],
            uid=meta.get("uid", ""),
            node=intern(spec.get("nodeName", "")),
            phase=status.get("phase", "Pending"),
            ready=ready.get("status") == "True",
            terminating="deletionTimestamp" in meta,
            owner=controller(meta),
            labels=_labels(meta),
            mirror=MIRROR_ANNOTATION in (meta.get("annotations") or {}),
            empty_dir=any("emptyDir" in volume for volume in spec.get("volumes") or ()),
            restarts=max((c.get("restartCount", 0) for c in containers), default=0),
            waiting=next((w["reason"] for w in waits if w.get("reason")), ""),
            unschedulable=scheduled.get("message", "")
            if scheduled.get("reason") == "Unschedulable"
            else "",
            priority=spec.get("priority") or 0,
            grace_seconds=spec.get("terminationGracePeriodSeconds", 30),
            created=epoch(meta.get("creationTimestamp")) or 0.0,
            not_ready_since=None
            if ready.get("status") == "True"
            else epoch(ready.get("lastTransitionTime")),
            stops_by=epoch(meta.get("deletionTimestamp")),
            finalizers=tuple(meta.get("finalizers") or ()),
            tolerates_cordon=tolerates_cordon(spec),
            pinned=is_pinned(spec),
            protected_by=protected_by,
            protected_until=until,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A PodDisruptionBudget (policy/v1).

    Attributes:
        selector: raw label selector; None selects no pod, an empty one every pod of the namespace.
        allowed: `status.disruptionsAllowed`.
        healthy: `status.currentHealthy`: Ready pods that it counts.
        desired: `status.desiredHealthy`: as many must stay Ready.
        expected: `status.expectedPods`: pods that it counts on.
        unhealthy_policy: `spec.unhealthyPodEvictionPolicy`; `IfHealthyBudget` when not set.
        limit: `maxUnavailable 1` or `minAvailable 50%`, as its author wrote it.
        settled: its status speaks of its present spec.
        disrupted: names of pods that were evicted under it and are not terminating yet.
        version: `metadata.resourceVersion`.
        trouble: why its controller cannot compute it (`SyncFailed`), in its words; or empty.
    """

    namespace: str
    name: str
    trouble: str = ""
    selector: Raw | None = None
    allowed: int = 0
    healthy: int = 0
    desired: int = 0
    expected: int = 0
    unhealthy_policy: str = "IfHealthyBudget"
    limit: str = ""
    settled: bool = True
    disrupted: frozenset[str] = frozenset()
    version: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def covers(self, pod: Pod) -> bool:
        """Whether it counts this pod."""
        if self.selector is None or pod.namespace != self.namespace:
            return False
        return selects(self.selector, pod.labels)

    @classmethod
    def from_raw(cls, raw: Raw) -> "Budget":
        """Read a budget from the API's JSON."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        limits = [f"{k} {spec[k]}" for k in ("minAvailable", "maxUnavailable") if k in spec]
        computed = condition(status, "DisruptionAllowed")
        failed = computed.get("reason") == "SyncFailed"
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            selector=spec.get("selector"),
            allowed=status.get("disruptionsAllowed", 0),
            healthy=status.get("currentHealthy", 0),
            desired=status.get("desiredHealthy", 0),
            expected=status.get("expectedPods", 0),
            unhealthy_policy=spec.get("unhealthyPodEvictionPolicy", "IfHealthyBudget"),
            limit=", ".join(limits),
            settled=status.get("observedGeneration", 0) >= meta.get("generation", 0),
            disrupted=frozenset(status.get("disruptedPods") or ()),
            version=meta.get("resourceVersion", ""),
            trouble=str(computed.get("message", "")) if failed else "",
        )


def epoch(stamp: str | None) -> float | None:
    """Epoch seconds of a time as Kubernetes writes it; None without one."""
    return datetime.fromisoformat(stamp).timestamp() if stamp else None


def _epoch_or_none(text: str | None) -> float | None:
    """Epoch seconds of a time in an annotation, which people may have written, too."""
    try:
        return epoch(text)
    except ValueError:
        return None


def condition(status: Raw, kind: str) -> Raw:
    """The condition of that type in a status, empty when there is none."""
    return next((c for c in status.get("conditions") or () if c.get("type") == kind), {})


def _labels(meta: Raw) -> Mapping[str, str]:
    return _shared_labels(tuple((meta.get("labels") or {}).items()))


@lru_cache(maxsize=10_000)
def _shared_labels(items: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One mapping for all pods that are labelled alike."""
    return dict(items)
