"""Volumes that can only be used in some zones, and the pods that mount them. Pure.

A PersistentVolume says where it can be mounted (`spec.nodeAffinity`); an EBS volume only in its own
zone: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity
"""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw

ZONE = "topology.kubernetes.io/zone"
ZONE_KEYS = frozenset(
    {ZONE, "topology.ebs.csi.aws.com/zone", "failure-domain.beta.kubernetes.io/zone"}
)
"""Kubernetes' own key, the one of the EBS CSI driver, and the one of volumes made before 1.17."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A PersistentVolume that a claim is bound to.

    Attributes:
        claim: `namespace/name` of the claim, empty without one.
        zones: where it can be mounted; empty: anywhere.
    """

    claim: str
    zones: frozenset[str]

    @classmethod
    def from_raw(cls, raw: Raw) -> "Volume":
        """Read a volume from the API's JSON."""
        spec = raw.get("spec") or {}
        claim = spec.get("claimRef") or {}
        named = f"{claim.get('namespace')}/{claim.get('name')}" if claim else ""
        required = (spec.get("nodeAffinity") or {}).get("required") or {}
        zones = {
            zone for term in required.get("nodeSelectorTerms") or () for zone in _zones_of(term)
        }
        labels = raw["metadata"].get("labels") or {}
        # Volumes of the time before CSI carry labels; several zones are written a__b.
        old = {zone for key in ZONE_KEYS if key in labels for zone in labels[key].split("__")}
        return cls(named, frozenset(zones or old))


def _zones_of(term: Raw) -> Iterator[str]:
    for each in term.get("matchExpressions") or ():
        if each.get("key") in ZONE_KEYS and each.get("operator") == "In":
            yield from each.get("values") or ()


@dataclass(frozen=True, slots=True)
class Mounts:
    """A pod and the claims that it mounts, each as `namespace/name`."""

    pod: str
    claims: frozenset[str]

    @classmethod
    def from_raw(cls, raw: Raw) -> "Mounts":
        """Read a pod from the API's JSON."""
        meta = raw["metadata"]
        namespace, name = meta["namespace"], meta["name"]
        found = set()
        for volume in (raw.get("spec") or {}).get("volumes") or ():
            if claim := volume.get("persistentVolumeClaim"):
                found.add(f"{namespace}/{claim['claimName']}")
            elif "ephemeral" in volume:  # its claim is named after the pod and the volume
                found.add(f"{namespace}/{name}-{volume['name']}")
        return cls(f"{namespace}/{name}", frozenset(found))
