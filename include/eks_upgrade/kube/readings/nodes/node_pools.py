"""Node pools of Karpenter and of Auto Mode, and what their nodes' images follow. Pure.

Fields as in https://karpenter.sh/docs/concepts/nodepools/ and
https://karpenter.sh/docs/concepts/nodeclasses/, read in August 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

POOL_LABEL = "karpenter.sh/nodepool"
_NOTHING = frozenset({"0", "0%"})
_LATEST = "@latest"


@dataclass(frozen=True)
class NodePool:
    """A NodePool.

    Attributes:
        node_class: kind and name of what its nodes are made by: `("EC2NodeClass", "default")`.
        holds_drift: whether a budget lets no drifted node go, at any time of the day.
    """

    name: str
    node_class: tuple[str, str]
    holds_drift: bool = False

    @classmethod
    def from_raw(cls, raw: Raw) -> "NodePool":
        """Read a NodePool of karpenter.sh/v1 from the API's JSON."""
        spec = raw.get("spec") or {}
        made_by = ((spec.get("template") or {}).get("spec") or {}).get("nodeClassRef") or {}
        budgets = (spec.get("disruption") or {}).get("budgets") or ()
        return cls(
            raw["metadata"]["name"],
            (str(made_by.get("kind") or ""), str(made_by.get("name") or "")),
            any(map(_holds_drift, budgets)),
        )


def _holds_drift(budget: Raw) -> bool:
    reasons = budget.get("reasons") or ["Drifted"]
    always = not budget.get("schedule")
    return str(budget.get("nodes", "")) in _NOTHING and always and "Drifted" in reasons


@dataclass(frozen=True)
class Images:
    """What an EC2NodeClass says of images.

    Attributes:
        follows: every term takes the newest image for the cluster's version.
        pinned: the terms that do not, in words: `alias al2023@v20250115`, `id ami-1`.
        fixed: whether all of those name images by their ids, which hold one version for ever.
    """

    follows: bool
    pinned: tuple[str, ...] = ()
    fixed: bool = False

    @classmethod
    def from_raw(cls, raw: Raw) -> "Images":
        """Read an EC2NodeClass of karpenter.k8s.aws/v1 from the API's JSON."""
        terms = (raw.get("spec") or {}).get("amiSelectorTerms") or ()
        kept = [one for one in terms if not str(one.get("alias", "")).endswith(_LATEST)]
        words = [f"{key} {_shown(value)}" for one in kept for key, value in one.items()]
        return cls(not kept, tuple(words), bool(kept) and all("id" in one for one in kept))


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{key}={one}" for key, one in value.items())
    return str(value)


@dataclass(frozen=True)
class NodePools:
    """All pools, and by its name what each EC2NodeClass says of images."""

    pools: tuple[NodePool, ...] = ()
    classes: Mapping[str, Images] = field(default_factory=dict)


NODE_POOLS: Reading[NodePools] = Reading(
    "node_pools",
    "the node pools of Karpenter and Auto Mode",
    ("list nodepools", "list ec2nodeclasses"),
)
