"""ResourceQuotas, as far as they count pods. Pure.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.quantity import quantities


@dataclass(frozen=True, slots=True)
class Quota:
    """A ResourceQuota.

    Attributes:
        hard, used: by name of what is limited (`requests.cpu`, `pods`), in cores, bytes, pieces.
        scoped: it counts some pods only, and which are not judged here.
    """

    namespace: str
    name: str
    hard: Mapping[str, float] = field(default_factory=dict)
    used: Mapping[str, float] = field(default_factory=dict)
    scoped: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "Quota":
        """Read a ResourceQuota; its status has the limits that are in force."""
        meta, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
        return cls(
            meta["namespace"],
            meta["name"],
            quantities(status.get("hard") or spec.get("hard")),
            quantities(status.get("used")),
            bool(spec.get("scopes") or spec.get("scopeSelector")),
        )


QUOTAS: Reading[tuple[Quota, ...]] = Reading(
    "quotas", "the ResourceQuotas of namespaces", ("list resourcequotas",)
)
