"""The volumes that pods mount, and the nodes these can be reached from.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity
"""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.pod_facts.placement import Terms, terms_of

ON_ONE_NODE = frozenset({"local", "hostPath"})
"""Kinds of volumes whose data lies on a disk of one node, whatever their affinity says."""


Claim = tuple[str, str]
"""Namespace and name of a PersistentVolumeClaim."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A PersistentVolume.

    Attributes:
        kind: where its data is: `csi`, `local`, `hostPath`, `nfs`, …
        terms: the nodes from which it can be reached; None: any.
        claim: the claim that it is bound to; both parts empty without one.
        modes: how it may be mounted: `ReadWriteOnce`, `ReadWriteOncePod`, …
        driver: the CSI driver that attaches it; empty for other kinds.
    """

    name: str
    kind: str = ""
    terms: Terms | None = None
    claim: Claim = ("", "")
    modes: tuple[str, ...] = ()
    driver: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> "Volume":
        """Read a PersistentVolume."""
        spec = raw.get("spec") or {}
        affinity = (spec.get("nodeAffinity") or {}).get("required")
        kinds = [key for key in spec if key in _KINDS]
        claim = spec.get("claimRef") or {}
        return cls(
            name=raw["metadata"]["name"],
            kind=kinds[0] if kinds else "",
            terms=terms_of(affinity),
            claim=(claim.get("namespace", ""), claim.get("name", "")),
            modes=tuple(spec.get("accessModes") or ()),
            driver=(spec.get("csi") or {}).get("driver", ""),
        )


_KINDS = ON_ONE_NODE | {"csi", "nfs", "awsElasticBlockStore", "iscsi", "fc", "rbd", "cephfs"}


def claims_of(meta: Raw, spec: Raw) -> Iterator[str]:
    """Names of the claims that a pod mounts; an ephemeral volume's has the pod's name in it."""
    for volume in spec.get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield claim["claimName"]
        elif "ephemeral" in volume:
            yield f"{meta['name']}-{volume['name']}"


_NO_FILES = frozenset({"Socket", "CharDevice", "BlockDevice"})
"""Types of a hostPath that hold no data."""


def written_host_paths(spec: Raw) -> tuple[str, ...]:
    """Paths of the node's disk that a pod mounts and may write to."""
    paths = {
        volume["name"]: str(volume["hostPath"].get("path", ""))
        for volume in spec.get("volumes") or ()
        if "hostPath" in volume and volume["hostPath"].get("type") not in _NO_FILES
    }
    mounts = (
        mount
        for part in ("containers", "initContainers")
        for container in spec.get(part) or ()
        for mount in container.get("volumeMounts") or ()
    )
    written = {paths[m["name"]] for m in mounts if m["name"] in paths and not m.get("readOnly")}
    return tuple(sorted(written))
