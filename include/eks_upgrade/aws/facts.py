"""What is, read once before a plan is made: AWS's and Kubernetes' answers, unchanged.

The facts are plain data so that the rules which judge them are pure functions. They are
never stored: tasks that act read the world again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.rights.right import AskedRights, DeniedRight
from include.eks_upgrade.aws.updates.state import newest_in_progress
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.common.versions import Minor, read_minor

Kubelets = Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """One cluster as AWS and Kubernetes describe it.

    Attributes:
        cluster: `describe_cluster()["cluster"]`.
        updates: newest `describe_update()["update"]` of the cluster itself, newest first.
        offered_versions: `describe_cluster_versions()["clusterVersions"]`; None when EKS did
            not say.
        addons: `describe_addon()["addon"]` by name.
        addon_versions: `describe_addon_versions()["addons"][0]["addonVersions"]` by add-on name.
        node_groups: `describe_nodegroup()["nodegroup"]` by name.
        asgs: the Auto Scaling group of each node group that has one, by node group name.
        kubelets: by node name, the kubelet's version and the node's label
            `eks.amazonaws.com/nodegroup` (None without one).
        loose_labels: the labels of each node that no managed node group stands behind, by node
            name; a node that is missing here was not asked for its labels.
        loose_providers: the providerID of the same nodes, where they have one.
        insights: upgrade readiness of the target version: `list_insights()["insights"]`, those that
            do not pass replaced by `describe_insight()["insight"]`.
        subnets: `describe_subnets()["Subnets"]` of the cluster's own subnets.
        addon_schemas: `describe_addon_configuration()["configurationSchema"]` by add-on and
            version, of what add-ons with a configuration of their own are to go to.
        surge: what new node groups will take; None when nobody asked.
        denied: rights in AWS that the tasks to come need and the caller lacks.
        unknown: sentences about what could not be read; they become warnings of the plan.
    """

    cluster: Raw
    updates: tuple[Raw, ...] = ()
    offered_versions: tuple[Raw, ...] | None = None
    addons: Mapping[str, Raw] = field(default_factory=dict)
    addon_versions: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)
    node_groups: Mapping[str, Raw] = field(default_factory=dict)
    asgs: Mapping[str, Raw] = field(default_factory=dict)
    kubelets: Kubelets = field(default_factory=dict)
    loose_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    loose_providers: Mapping[str, str] = field(default_factory=dict)
    insights: tuple[Raw, ...] = ()
    subnets: tuple[Raw, ...] = ()
    addon_schemas: Mapping[tuple[str, str], str] = field(default_factory=dict)
    surge: SurgeFacts | None = None
    denied: tuple[DeniedRight, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def present(self) -> Minor:
        """The control plane's version now."""
        return Minor.parse(self.cluster["version"])

    @property
    def auto_mode(self) -> bool:
        """Whether EKS itself manages nodes and base add-ons (EKS Auto Mode)."""
        return bool(self.cluster.get("computeConfig", {}).get("enabled"))

    def with_kubelets(
        self,
        kubelets: Kubelets,
        loose_labels: Mapping[str, Mapping[str, str]] | None = None,
        loose_providers: Mapping[str, str] | None = None,
    ) -> "ClusterFacts":
        """The same facts, with what Kubernetes says about the nodes."""
        return replace(
            self,
            kubelets=kubelets,
            loose_labels=loose_labels or {},
            loose_providers=loose_providers or {},
        )

    def with_addon_schemas(
        self, schemas: Mapping[tuple[str, str], str], unknown: tuple[str, ...]
    ) -> "ClusterFacts":
        """The same facts, with schemas of add-ons, and what could not be read of them."""
        return replace(self, addon_schemas=schemas, unknown=(*self.unknown, *unknown))

    def with_insights(self, insights: tuple[Raw, ...], unknown: tuple[str, ...]) -> "ClusterFacts":
        """The same facts, with insights that were read again, and why they may be old ones."""
        return replace(self, insights=insights, unknown=(*self.unknown, *unknown))

    def with_surge(self, surge: SurgeFacts) -> "ClusterFacts":
        """The same facts, with what new node groups will take."""
        return replace(self, surge=surge)

    def with_rights(self, asked: AskedRights) -> "ClusterFacts":
        """The same facts, with what came of asking for the caller's rights."""
        return replace(self, denied=asked.denied, unknown=(*self.unknown, *asked.unknown))

    def running_update(self) -> Raw | None:
        """The cluster's update that is in progress, if there is one."""
        return newest_in_progress(self.updates)

    def group_kubelets(self, group: str) -> dict[str, Minor]:
        """Minor of each node of a managed group, by node name; unreadable versions left out."""
        minors = {
            node: read_minor(version)
            for node, (version, label) in self.kubelets.items()
            if label == group
        }
        return {node: minor for node, minor in minors.items() if minor is not None}

    def group_version(self, group: str) -> Minor | None:
        """The oldest minor a managed group runs; None when nothing shows it.

        The kubelets are asked first: DescribeNodegroup tells what EKS was told when the group was
        made or updated, and an image of the group's own may hold another version.
        """
        kubelets = self.group_kubelets(group).values()
        if kubelets:
            return min(kubelets)
        return read_minor(self.node_groups.get(group, {}).get("version"))


def health_text(subject: Raw) -> str:
    """The health issues of a cluster, add-on or node group in AWS's words; empty when healthy."""
    issues = (subject.get("health") or {}).get("issues") or ()
    return "; ".join(
        issue_text(one.get("code"), one.get("message"), one.get("resourceIds")) for one in issues
    )


def status_text(subject: Raw) -> str:
    """The status of a cluster, add-on or node group, with its health issues if it has any."""
    health = health_text(subject)
    return f"{subject.get('status')} ({health})" if health else str(subject.get("status"))


def issue_text(code: str | None, message: str | None, resource_ids: Iterable[str] | None) -> str:
    """One issue or error in AWS's words, with the ids of what it is about."""
    text = f"{code or 'no code'}: {unstopped(message or 'no message')}"
    ids = ", ".join(real_ids(resource_ids))
    return f"{text} ({ids})" if ids else text


def real_ids(resource_ids: Iterable[str] | None) -> tuple[str, ...]:
    """The ids of an issue without EKS's stand-ins `DUMMY_<uuid>`, which name nothing.

    Seen in https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2149.
    """
    return tuple(one for one in resource_ids or () if one and not one.startswith("DUMMY_"))
