"""The upgrade insights of EKS in its own words.

Source: tests/recordings/aws/list-insights-*.json and describe-insight-*.json. The words of an
add-on that does not fit, and of nodes with Amazon Linux 2, are assumed: no such insight was found.
"""

from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws.eks.state import ClusterState

GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
KUBERNETES = "https://kubernetes.io"
FIRST_MINOR_WITHOUT_AL2 = 33
MORE = {"EKS update cluster documentation": f"{GUIDE}/update-cluster.html"}

REMOVED_APIS = {
    25: (
        ("/apis/batch/v1beta1/cronjobs", "/apis/batch/v1/cronjobs", "1.21"),
        (
            "/apis/policy/v1beta1/poddisruptionbudgets",
            "/apis/policy/v1/poddisruptionbudgets",
            "1.21",
        ),
        ("/apis/policy/v1beta1/podsecuritypolicies", "", ""),
    ),
    26: (
        (
            "/apis/autoscaling/v2beta2/horizontalpodautoscalers",
            "/apis/autoscaling/v2/horizontalpodautoscalers",
            "1.23",
        ),
    ),
    27: (
        (
            "/apis/storage.k8s.io/v1beta1/csistoragecapacities",
            "/apis/storage.k8s.io/v1/csistoragecapacities",
            "1.24",
        ),
    ),
    29: (
        (
            "/apis/flowcontrol.apiserver.k8s.io/v1beta2/flowschemas",
            "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas",
            "1.26",
        ),
        (
            "/apis/flowcontrol.apiserver.k8s.io/v1beta2/prioritylevelconfigurations",
            "/apis/flowcontrol.apiserver.k8s.io/v1beta3/prioritylevelconfigurations",
            "1.26",
        ),
    ),
    32: (
        (
            "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas",
            "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
            "1.29",
        ),
    ),
}
"""By minor: the APIs that it serves no more, (usage, replaced with, served since). Only minors that
remove any have such an insight. https://kubernetes.io/docs/reference/using-api/deprecation-guide/"""


def upgrade_rows(state: ClusterState, target: str) -> list[dict[str, Any]]:
    """The insights about the next minor that do not depend on the APIs it removes."""
    return [
        _kubelets(),
        _kube_proxy(),
        _health(),
        _addons(state, target),
        *([_amazon_linux_2(state)] if catalogue.minor(target) >= FIRST_MINOR_WITHOUT_AL2 else []),
    ]


def deprecation_rows(present: int) -> list[dict[str, Any]]:
    """One insight for each later minor that removes APIs: none of them is called."""
    return [_deprecations(minor) for minor in REMOVED_APIS if minor > present]


def _kubelets() -> dict[str, Any]:
    return {
        "name": "Kubelet version skew",
        "status": "PASSING",
        "reason": "Node kubelet versions match the cluster control plane version.",
        "description": "Checks for kubelet versions of worker nodes in the cluster to see if "
        "upgrade would cause noncompliance with supported Kubernetes kubelet version skew policy.",
        "recommendation": "Upgrade your worker nodes to match the Kubernetes version of your "
        "cluster control plane.",
        "additionalInfo": {
            "Kubelet version skew policy": f"{KUBERNETES}/releases/version-skew-policy/#kubelet",
            "Updating a managed node group": f"{GUIDE}/update-managed-node-group.html",
        },
    }


def _kube_proxy() -> dict[str, Any]:
    return {
        "name": "kube-proxy version skew",
        "status": "PASSING",
        "reason": "kube-proxy versions match the cluster control plane version.",
        "description": "Checks version of kube-proxy in cluster to see if upgrade would cause "
        "noncompliance with supported Kubernetes kube-proxy version skew policy.",
        "additionalInfo": MORE,
    }


def _health() -> dict[str, Any]:
    return {
        "name": "Cluster health issues",
        "status": "PASSING",
        "reason": "No cluster health issues detected.",
        "description": "Checks for any cluster health issues that prevent successful upgrade to "
        "the next Kubernetes version on EKS.",
        "additionalInfo": MORE,
    }


def _addons(state: ClusterState, target: str) -> dict[str, Any]:
    behind = [
        name
        for name, addon in state.addons.items()
        for version in catalogue.addon_versions(name)
        if version.version == addon["addonVersion"] and target not in version.clusters
    ]
    reason = "All installed EKS add-on versions are compatible with next Kubernetes version."
    if behind:
        reason = f"Add-ons not compatible with {target}: {', '.join(behind)}"
    return {
        "name": "EKS add-on version compatibility",
        "status": "WARNING" if behind else "PASSING",
        "reason": reason,
        "description": "Checks version of installed EKS add-ons to ensure they are compatible "
        "with the next version of Kubernetes. ",
        "additionalInfo": MORE,
    }


def _amazon_linux_2(state: ClusterState) -> dict[str, Any]:
    found = [name for name, it in state.groups.items() if it.raw["amiType"].startswith("AL2_")]
    return {
        "name": "Amazon Linux 2 compatibility",
        "status": "WARNING" if found else "PASSING",
        "reason": "Amazon Linux 2 nodes detected."
        if found
        else "No Amazon Linux 2 nodes detected.",
        "description": "Checks if any nodes in the cluster are running Amazon Linux 2. Support for "
        "Amazon Linux 2 on Amazon EKS will end on November 26, 2025. Additionally, Amazon EKS will "
        "not release Amazon Linux 2 AMIs for Kubernetes version 1.33 and higher",
        "additionalInfo": MORE,
    }


def _deprecations(minor: int) -> dict[str, Any]:
    version = f"1.{minor}"
    return {
        "name": f"Deprecated APIs removed in Kubernetes v{version}",
        "kubernetesVersion": version,
        "status": "PASSING",
        "reason": "No deprecated API usage detected within the last 30 days.",
        "description": "Checks for usage of deprecated APIs that are scheduled for removal in "
        f"Kubernetes v{version}. Upgrading your cluster before migrating to the updated APIs "
        f"supported by v{version} could cause application impact.",
        "recommendation": "Update manifests and API clients to use newer Kubernetes APIs if "
        f"applicable before upgrading to Kubernetes v{version}.",
        "additionalInfo": {
            "EKS update cluster documentation": f"{GUIDE}/update-cluster.html",
            f"Kubernetes v{version} deprecation guide": f"{KUBERNETES}/docs/reference/using-api/"
            f"deprecation-guide/#v1-{minor}",
        },
        "categorySpecificSummary": {
            "deprecationDetails": [_detail(version, *row) for row in REMOVED_APIS[minor]]
        },
    }


def _detail(version: str, usage: str, replaced_with: str, since: str) -> dict[str, Any]:
    """What EKS checks; it stands here though nobody calls it."""
    later = {"replacedWith": replaced_with, "startServingReplacementVersion": since}
    return {
        "usage": usage,
        "stopServingVersion": version,
        "clientStats": [],
        **(later if replaced_with else {}),
    }
