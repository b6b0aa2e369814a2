"""What was known of a cluster before its upgrade: what was broken then is no fault of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from include.eks_upgrade.verification.cluster import BrokenBefore

MAX_KEPT = 500
"""Workloads that were not well before, of which the names are kept."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the health of a cluster is held against.

    Attributes:
        version: the minor that it should have.
        began: epoch seconds at which its upgrade began; crashes before that do not count.
        before: node groups and add-ons that were broken before, of the first run's plan; nothing
            where no plan is at hand.
        groups: the minor that a managed node group should have by now, by name, of those that were
            to be upgraded. Another group is held against what EKS says of it.
        unwell: workloads that were not well before the first run, with their Ready pods then; one
            of them that has fewer now is worse.
    """

    version: str
    began: float
    before: BrokenBefore = field(default_factory=BrokenBefore)
    groups: Mapping[str, str] = field(default_factory=dict)
    unwell: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the arguments of a trigger."""
        return {
            "version": self.version,
            "began": self.began,
            "before": self.before.as_json(),
            "groups": dict(self.groups),
            "unwell": dict(sorted(self.unwell.items())[:MAX_KEPT]),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read `as_json` back."""
        return cls(
            version=str(raw["version"]),
            began=float(raw["began"]),
            before=BrokenBefore.from_json(raw.get("before")),
            groups=dict(raw.get("groups") or {}),
            unwell={str(name): int(ready) for name, ready in (raw.get("unwell") or {}).items()},
        )


def groups_of(replaced: Any) -> dict[str, str]:
    """The node groups of a plan by the name they have after it, with their minor.

    Args:
        replaced: `{"name", "replacement", "to_version"}` of each, as the plan of `eks_upgrade`
            leaves it; anything else counts as nothing known.
    """
    rows = [each for each in replaced if isinstance(each, Mapping)] if replaced else []
    return {
        str(each["replacement"]): str(each["to_version"])
        for each in rows
        if each.get("replacement") and each.get("to_version")
    }
