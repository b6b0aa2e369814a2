"""A Deployment as its rollouts are seen, and the change that restarts it.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/; a restart on a real API
server is in tests/recordings/rollout-restart.json.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.common.raw import Raw

REVISION = "deployment.kubernetes.io/revision"
"""Annotation of a Deployment and of each of its ReplicaSets: the newest has the Deployment's."""

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""Annotation that `kubectl rollout restart` changes; so does ours."""


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """A Deployment as its rollouts are seen.

    Attributes:
        surges: a restart brings a new pod up before an old one goes (`RollingUpdate` with
            maxSurge above zero).
        paused: it rolls nothing out.
        settled: its last rollout has been seen by its controller, and no pod of an older one is
            left.
        revision: `deployment.kubernetes.io/revision`, the number of its newest ReplicaSet.
    """

    namespace: str
    name: str
    uid: str
    surges: bool
    paused: bool
    settled: bool
    revision: str

    def __str__(self) -> str:
        return f"deployment {self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "Rollout":
        """Read a Deployment from the API's JSON; absent maxSurge is 25 %, as the API has it."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        strategy = spec.get("strategy") or {}
        surge = str((strategy.get("rollingUpdate") or {}).get("maxSurge", "25%"))
        wanted = spec.get("replicas", 1)
        counts = ("replicas", "updatedReplicas")
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            uid=meta.get("uid", ""),
            surges=strategy.get("type", "RollingUpdate") == "RollingUpdate"
            and surge not in {"0", "0%"},
            paused=bool(spec.get("paused")),
            settled=status.get("observedGeneration", 0) >= meta.get("generation", 0)
            and all(status.get(count, 0) == wanted for count in counts),
            revision=(meta.get("annotations") or {}).get(REVISION, ""),
        )


def revision_of(raw: Raw) -> str:
    """The revision that a raw Deployment or ReplicaSet carries, or empty."""
    return str((raw["metadata"].get("annotations") or {}).get(REVISION, ""))


def restart_patch(now: float) -> dict[str, Any]:
    """The merge patch that restarts a rollout; `now` in epoch seconds."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: stamp}}}}}


def why_no_restart(deployment: object, *, paused: bool, surges: bool) -> str:
    """Why a restart of a Deployment's rollout moves no pod without a gap; empty when it does."""
    if paused:
        return f"{deployment} is paused"
    # Without surge the old pod stops first, and that gap is what a budget is there to prevent.
    if not surges:
        return (
            f"{deployment} would stop the old pod before the new one is up (strategy without surge)"
        )
    return ""
