"""What nodes say of the systems that they run on, as it was read for the preflight. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL

CONTAINERD = "containerd://"

_WITH_CGROUP_V1 = re.compile(
    r"Amazon Linux 2|Ubuntu (?:16|18|20)\.04.*|CentOS Linux [78].*|Debian GNU/Linux (?:9|10)\b.*"
    r"|(?:Red Hat Enterprise Linux|Rocky Linux|AlmaLinux|Oracle Linux Server) [78]\b.*"
    r"|SUSE Linux Enterprise Server (?:12|15).*",
    re.IGNORECASE,
)
"""Systems that start with cgroup v1 unless somebody changed that. A node does not tell which it
has: https://kubernetes.io/docs/concepts/architecture/cgroups/#linux-distribution-cgroup-v2-support
"""

_AMAZON_LINUX_2 = re.compile(r"Amazon Linux 2", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NodeSystem:
    """One node.

    Attributes:
        provider_id: `aws:///eu-west-1a/i-…`, `eks-hybrid:///…`; empty where nothing set it.
        os_image: `Amazon Linux 2023.6.20250115`, as the node says it.
        runtime: `containerd://1.7.27`.
        kubelet: `v1.34.1-eks-…`.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    provider_id: str = ""
    os_image: str = ""
    runtime: str = ""
    kubelet: str = ""

    @property
    def group(self) -> str | None:
        """Its managed node group; None for any other node."""
        return self.labels.get(NODE_GROUP_LABEL)

    @property
    def with_cgroup_v1(self) -> bool:
        """Whether its system is one that starts with cgroup v1."""
        return bool(_WITH_CGROUP_V1.fullmatch(self.os_image.strip()))

    @property
    def amazon_linux_2(self) -> bool:
        """Whether its system is Amazon Linux 2. Fargate's nodes say so, too."""
        return bool(_AMAZON_LINUX_2.fullmatch(self.os_image.strip()))

    @property
    def containerd_1(self) -> bool:
        """Whether its container runtime is containerd 1.x."""
        return self.runtime.startswith(f"{CONTAINERD}1.")

    @classmethod
    def from_raw(cls, raw: Raw) -> "NodeSystem":
        """Read a node from the API's JSON."""
        meta, info = raw["metadata"], (raw.get("status") or {}).get("nodeInfo") or {}
        return cls(
            name=meta["name"],
            labels=meta.get("labels") or {},
            provider_id=(raw.get("spec") or {}).get("providerID") or "",
            os_image=info.get("osImage") or "",
            runtime=info.get("containerRuntimeVersion") or "",
            kubelet=info.get("kubeletVersion") or "",
        )


NODE_SYSTEMS: Reading[tuple[NodeSystem, ...]] = Reading(
    "node_systems", "the nodes' own systems", ("list nodes",)
)
