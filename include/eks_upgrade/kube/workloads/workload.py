"""Deployments, StatefulSets and DaemonSets: how many pods they are to have, and have."""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet and how much of it is there.

    Attributes:
        wanted: pods it is to have. available: pods that are up and have been for long enough.
    """

    kind: str
    namespace: str
    name: str
    wanted: int
    available: int

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, kind: str, raw: Raw) -> "Workload":
        """Read a workload; `kind` is given, because the items of a list do not carry theirs."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        if kind == "DaemonSet":
            wanted = status.get("desiredNumberScheduled", 0)
            available = status.get("numberAvailable", 0)
        else:
            wanted = spec.get("replicas", 1)
            available = status.get("availableReplicas", 0)
        return cls(
            kind=kind,
            namespace=meta["namespace"],
            name=meta["name"],
            wanted=wanted,
            available=available,
        )
