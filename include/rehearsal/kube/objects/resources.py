"""The kinds the rehearsal's API server knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ALL_VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True)
class Resource:
    """One kind: how it is named in paths, bodies and `kubectl get`.

    Attributes:
        counts_generations: whether a change of `spec` raises `metadata.generation`.
        subresources: path elements served below a single object.
    """

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    counts_generations: bool = False

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its objects: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The plural with its group, as errors name it: `leases.coordination.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """The kind with its group: `Lease.coordination.k8s.io`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def collection_deletable(self) -> bool:
        """Whether a whole collection may be deleted in one request; not so namespaces."""
        return self.plural != "namespaces"

    @property
    def singular(self) -> str:
        """The singular name of discovery."""
        return self.kind.lower()


def _workload(plural: str, kind: str, short: str) -> Resource:
    return Resource(
        plural,
        kind,
        "apps",
        short_names=(short,),
        categories=("all",),
        subresources=("status",) if plural == "daemonsets" else ("scale", "status"),
        counts_generations=True,
    )


_ASKED_BY_CHECKS: Final = (
    Resource("endpointslices", "EndpointSlice", "discovery.k8s.io"),
    Resource(
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        "autoscaling",
        "v2",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
    ),
    Resource("resourcequotas", "ResourceQuota", short_names=("quota",), subresources=("status",)),
    Resource(
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        namespaced=False,
        categories=("api-extensions",),
        counts_generations=True,
    ),
    Resource(
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        namespaced=False,
        categories=("api-extensions",),
        counts_generations=True,
    ),
    Resource(
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "apiextensions.k8s.io",
        namespaced=False,
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        subresources=("status",),
        counts_generations=True,
    ),
    Resource(
        "apiservices",
        "APIService",
        "apiregistration.k8s.io",
        namespaced=False,
        categories=("api-extensions",),
        subresources=("status",),
    ),
    Resource(
        "volumeattachments",
        "VolumeAttachment",
        "storage.k8s.io",
        namespaced=False,
        subresources=("status",),
    ),
    Resource("csinodes", "CSINode", "storage.k8s.io", namespaced=False),
    Resource("nodepools", "NodePool", "karpenter.sh", namespaced=False),
    Resource("ec2nodeclasses", "EC2NodeClass", "karpenter.k8s.aws", namespaced=False),
)
"""What nothing of the rehearsal's own makes, but for a scenario that shows its trouble."""

RBAC: Final = "rbac.authorization.k8s.io"

RESOURCES: Final[Mapping[str, Resource]] = {
    resource.plural: resource
    for resource in (
        Resource("configmaps", "ConfigMap", short_names=("cm",)),
        Resource("events", "Event", short_names=("ev",)),
        Resource(
            "namespaces",
            "Namespace",
            namespaced=False,
            short_names=("ns",),
            subresources=("status",),
        ),
        Resource("nodes", "Node", namespaced=False, short_names=("no",), subresources=("status",)),
        Resource(
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            short_names=("pvc",),
            subresources=("status",),
        ),
        Resource(
            "persistentvolumes",
            "PersistentVolume",
            namespaced=False,
            short_names=("pv",),
            subresources=("status",),
        ),
        Resource(
            "pods",
            "Pod",
            short_names=("po",),
            categories=("all",),
            subresources=("eviction", "log", "status"),
            counts_generations=True,
        ),
        Resource("serviceaccounts", "ServiceAccount", short_names=("sa",)),
        Resource(
            "services",
            "Service",
            short_names=("svc",),
            categories=("all",),
            subresources=("status",),
        ),
        _workload("daemonsets", "DaemonSet", "ds"),
        _workload("deployments", "Deployment", "deploy"),
        _workload("replicasets", "ReplicaSet", "rs"),
        _workload("statefulsets", "StatefulSet", "sts"),
        Resource(
            "cronjobs",
            "CronJob",
            "batch",
            short_names=("cj",),
            categories=("all",),
            subresources=("status",),
            counts_generations=True,
        ),
        Resource(
            "jobs",
            "Job",
            "batch",
            categories=("all",),
            subresources=("status",),
            counts_generations=True,
        ),
        Resource(
            "poddisruptionbudgets",
            "PodDisruptionBudget",
            "policy",
            short_names=("pdb",),
            subresources=("status",),
            counts_generations=True,
        ),
        Resource("leases", "Lease", "coordination.k8s.io"),
        *_ASKED_BY_CHECKS,
        Resource("clusterroles", "ClusterRole", RBAC, namespaced=False),
        Resource("clusterrolebindings", "ClusterRoleBinding", RBAC, namespaced=False),
    )
}

BY_KIND: Final[Mapping[str, Resource]] = {each.kind: each for each in RESOURCES.values()}
