"""The volumes that pods mount through claims, and the nodes these can be reached from.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity
"""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.pod_facts.placement import Terms, terms_of

ON_ONE_NODE = frozenset({"local", "hostPath"})
"""Kinds of volumes whose data lies on a disk of one node, whatever their affinity says."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A PersistentVolume.

    Attributes:
        kind: where its data is: `csi`, `local`, `hostPath`, `nfs`, …
        terms: the nodes from which it can be reached; None: any.
    """

    name: str
    kind: str = ""
    terms: Terms | None = None

    @classmethod
    def from_raw(cls, raw: Raw) -> "Volume":
        """Read a PersistentVolume."""
        spec = raw.get("spec") or {}
        affinity = (spec.get("nodeAffinity") or {}).get("required")
        kinds = [key for key in spec if key in _KINDS]
        return cls(raw["metadata"]["name"], kinds[0] if kinds else "", terms_of(affinity))


_KINDS = ON_ONE_NODE | {"csi", "nfs", "awsElasticBlockStore", "iscsi", "fc", "rbd", "cephfs"}

Claim = tuple[str, str]
"""Namespace and name of a PersistentVolumeClaim."""


def claims_of(meta: Raw, spec: Raw) -> Iterator[str]:
    """Names of the claims that a pod mounts; an ephemeral volume's has the pod's name in it."""
    for volume in spec.get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield claim["claimName"]
        elif "ephemeral" in volume:
            yield f"{meta['name']}-{volume['name']}"


def bound_volume(raw: Raw) -> tuple[Claim, str]:
    """A PersistentVolumeClaim, and the name of the volume it is bound to (empty: to none)."""
    meta = raw["metadata"]
    return (meta["namespace"], meta["name"]), (raw.get("spec") or {}).get("volumeName") or ""
