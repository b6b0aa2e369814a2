"""How many pods a workload wants by now: fewer than before is no damage if it wants no more. Pure.

People, autoscalers and schedules scale workloads down while a node group is replaced, roll them
out anew, and delete them.
"""

import math
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.workloads.owner import controller


@dataclass(frozen=True)
class Wanted:
    """What a workload asks for at this moment.

    Attributes:
        replicas: pods it is to have; None when nothing tells it.
        away: how many of them may be missing meanwhile, by its own rule, because its rollout goes
            on.
        why: in words; empty when there is nothing to say.
    """

    replicas: int | None = None
    away: int = 0
    why: str = ""

    @property
    def rolling(self) -> bool:
        """Whether its rollout goes on: what its new pods do is the rollout's matter."""
        return self.why == ROLLING


UNKNOWN = Wanted()
ROLLING = "its rollout is going on"
GONE = Wanted(0, why="it has been deleted meanwhile")


def of_deployment(raw: Raw) -> Wanted:
    """A Deployment; while it rolls out, its own maxUnavailable may be away."""
    spec, status = raw.get("spec", {}), raw.get("status", {})
    replicas = _replicas(spec)
    if _settled(raw) and status.get("updatedReplicas", 0) >= replicas:
        return Wanted(replicas)
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Wanted(replicas, replicas, ROLLING)
    rule = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", "25%")
    return Wanted(replicas, _share(rule, replicas), ROLLING)


def of_statefulset(raw: Raw) -> Wanted:
    """A StatefulSet; while it rolls out, one pod may be away, or as many as it says."""
    spec, status = raw.get("spec", {}), raw.get("status", {})
    replicas, strategy = _replicas(spec), spec.get("updateStrategy") or {}
    same = status.get("updateRevision") == status.get("currentRevision")
    # With OnDelete, or a partition, revisions differ for as long as people let them.
    rule = strategy.get("rollingUpdate") or {}
    if (same or strategy.get("type") == "OnDelete" or rule.get("partition")) and _settled(raw):
        return Wanted(replicas)
    return Wanted(replicas, max(1, _share(rule.get("maxUnavailable", 1), replicas)), ROLLING)


def of_replica_sets(raws: list[Raw]) -> Wanted:
    """What the ReplicaSets of one owner want together, or one of them alone."""
    return Wanted(sum(_replicas(raw.get("spec", {})) for raw in raws)) if raws else GONE


def owned_by(raws: list[Raw], kind: str, name: str) -> list[Raw]:
    """Those of these raw objects whose controller is of that kind and name."""
    found = [(raw, controller(raw["metadata"])) for raw in raws]
    return [raw for raw, owner in found if owner and (owner.kind, owner.name) == (kind, name)]


def _replicas(spec: Raw) -> int:
    wanted = spec.get("replicas")
    return 1 if wanted is None else int(wanted)


def _settled(raw: Raw) -> bool:
    """Whether its status speaks of its present spec."""
    seen: int = raw.get("status", {}).get("observedGeneration", 0)
    return seen >= int(raw["metadata"].get("generation", 0))


def _share(rule: object, replicas: int) -> int:
    """`1` or `25%` of the replicas, rounded down as Kubernetes rounds maxUnavailable."""
    text = str(rule)
    if text.endswith("%"):
        return math.floor(replicas * int(text[:-1]) / 100)
    return int(text)
