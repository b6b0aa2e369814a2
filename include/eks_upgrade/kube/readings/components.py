"""Parts of the cluster itself that run in it as workloads, known by their images. Pure.

The image's last name tells what it is wherever it was mirrored to; the workload's own name where
even that is another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.addon_names import OFTEN_SELF_MANAGED
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

CLUSTER_AUTOSCALER, KARPENTER = "cluster-autoscaler", "karpenter"

_BY_IMAGE: Mapping[str, str] = {
    **{name: name for name in OFTEN_SELF_MANAGED},
    "amazon-k8s-cni": "vpc-cni",
    "cluster-autoscaler": CLUSTER_AUTOSCALER,
    "karpenter/controller": KARPENTER,
}
_BY_NAME: Mapping[str, str] = {
    **{name: name for name in OFTEN_SELF_MANAGED},
    "aws-node": "vpc-cni",
    "ebs-csi-controller": "aws-ebs-csi-driver",
    "ebs-csi-node": "aws-ebs-csi-driver",
    "efs-csi-controller": "aws-efs-csi-driver",
    "efs-csi-node": "aws-efs-csi-driver",
    "s3-csi-node": "aws-mountpoint-s3-csi-driver",
    "cluster-autoscaler": CLUSTER_AUTOSCALER,
    "karpenter": KARPENTER,
}


@dataclass(frozen=True)
class Component:
    """A workload that is a part of the cluster itself.

    Attributes:
        part: `vpc-cni`, `karpenter`, …
        kind: `Deployment` or `DaemonSet`.
        image: of its container.
        arguments: what its container is started with.
    """

    part: str
    kind: str
    namespace: str
    name: str
    image: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def version(self) -> str:
        """The image's tag; empty where it is named by its digest alone."""
        return tag_of(self.image)


COMPONENTS: Reading[tuple[Component, ...]] = Reading(
    "components",
    "the Deployments and DaemonSets of the cluster's own parts",
    ("list deployments", "list daemonsets"),
)


def tag_of(image: str) -> str:
    """`1.6.0` of `public.ecr.aws/karpenter/controller:1.6.0@sha256:…`; empty without a tag."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2]


def components_of(kind: str, raw: Raw) -> list[Component]:
    """The part that a raw workload is: none for a workload of anybody else."""
    meta, spec = raw["metadata"], ((raw.get("spec") or {}).get("template") or {}).get("spec") or {}
    containers = spec.get("containers") or ()
    told = [(part, one) for one in containers if (part := _by_image(one.get("image") or ""))]
    named = _BY_NAME.get(meta["name"])
    if not told and named and containers:
        told = [(named, containers[0])]
    return [
        Component(
            part=part,
            kind=kind,
            namespace=meta["namespace"],
            name=meta["name"],
            image=container.get("image") or "",
            arguments=(*(container.get("command") or ()), *(container.get("args") or ())),
        )
        for part, container in told[:1]
    ]


def _by_image(image: str) -> str | None:
    path = image.partition("@")[0].split("/")
    path[-1] = path[-1].partition(":")[0]
    return _BY_IMAGE.get(path[-1]) or _BY_IMAGE.get("/".join(path[-2:]))
