"""What nodes have to give to pods. Pure.

https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/#node-allocatable
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.kube.quantity import quantities

INSTANCE_TYPE = "node.kubernetes.io/instance-type"


@dataclass(frozen=True, slots=True)
class NodeRoom:
    """A node's room.

    Attributes:
        group: its managed node group; empty for others.
        allocatable: by resource (cores, bytes, pieces); `pods` is how many it takes.
        instance_type: empty where its label does not tell it.
    """

    node: str
    group: str = ""
    allocatable: Mapping[str, float] = field(default_factory=dict)
    instance_type: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> "NodeRoom":
        """Read a node."""
        labels = raw["metadata"].get("labels") or {}
        return cls(
            raw["metadata"]["name"],
            labels.get(NODE_GROUP_LABEL, ""),
            quantities((raw.get("status") or {}).get("allocatable")),
            labels.get(INSTANCE_TYPE, ""),
        )


NODE_ROOMS: Reading[tuple[NodeRoom, ...]] = Reading(
    "node_rooms", "how much room nodes have", ("list nodes",)
)
