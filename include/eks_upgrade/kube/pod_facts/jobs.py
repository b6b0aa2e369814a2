"""Jobs, and what the loss of a pod means to them.

https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures
"""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.workloads.owner import controller

INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count"
"""Annotation of a pod of a Job with `backoffLimitPerIndex`: how often its index has failed."""

DISRUPTION = "DisruptionTarget"
"""Condition of a pod that was evicted."""

BACKOFF_LIMIT = 6
"""What the API server sets for a Job that says nothing."""

NO_LIMIT = 2**31 - 1
"""What it sets where each index has a limit of its own."""


@dataclass(frozen=True, slots=True)
class FailureRule:
    """A rule of a pod failure policy.

    Attributes:
        action: FailJob, FailIndex, Ignore or Count.
        on_disruption: it asks for the condition of an evicted pod.
        exit_operator: In or NotIn, where it asks for exit codes; else empty.
        exit_codes: those that it asks for.
    """

    action: str
    on_disruption: bool = False
    exit_operator: str = ""
    exit_codes: frozenset[int] = frozenset()

    def meets_exit(self, code: int) -> bool:
        """Whether it is about a container that ended with this code."""
        if not self.exit_operator:
            return False
        return (code in self.exit_codes) == (self.exit_operator == "In")

    @classmethod
    def from_raw(cls, raw: Raw) -> "FailureRule":
        """Read a rule; it asks either for conditions or for exit codes."""
        codes = raw.get("onExitCodes") or {}
        return cls(
            action=raw.get("action", ""),
            on_disruption=any(
                each.get("type") == DISRUPTION and each.get("status", "True") == "True"
                for each in raw.get("onPodConditions") or ()
            ),
            exit_operator=codes.get("operator", ""),
            exit_codes=frozenset(codes.get("values") or ()),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A Job that is not finished.

    Attributes:
        top: its CronJob, or another owner, as `CronJob shop/nightly`; itself without one.
        backoff_limit: failures of pods after which one more fails the Job.
        per_index: the same for each index; None where the Job does not count so.
        failed: failures that it has counted.
        rules: its pod failure policy; empty without one.
    """

    namespace: str
    name: str
    uid: str = ""
    top: str = ""
    backoff_limit: int = BACKOFF_LIMIT
    per_index: int | None = None
    failed: int = 0
    rules: tuple[FailureRule, ...] = ()

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "Job":
        """Read a Job from the API's JSON."""
        meta, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
        owner, per_index = controller(meta), spec.get("backoffLimitPerIndex")
        own = f"Job {meta['namespace']}/{meta['name']}"
        usual = BACKOFF_LIMIT if per_index is None else NO_LIMIT
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            uid=meta.get("uid", ""),
            top=f"{owner.kind} {meta['namespace']}/{owner.name}" if owner else own,
            backoff_limit=spec.get("backoffLimit", usual),
            per_index=per_index,
            failed=status.get("failed") or 0,
            rules=tuple(
                map(FailureRule.from_raw, (spec.get("podFailurePolicy") or {}).get("rules") or ())
            ),
        )
