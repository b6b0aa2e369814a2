"""Reading what the policies of a cluster have to name. Changes nothing."""

from collections.abc import Iterable
from typing import Any

from include.eks_upgrade.aws.addons import read_addons
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_groups
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.read_version import read_version
from include.eks_upgrade.permissions.place import Place, name_with_path

_TAKES_ENTRIES = frozenset({"API", "API_AND_CONFIG_MAP"})


def read_place(eks: Any, ec2: Any, cluster: str, role: str) -> Place:
    """The cluster as its policies name it.

    Args:
        eks: client of EKS in the cluster's account and region.
        ec2: the same of EC2.
        cluster: its name.
        role: the role that is to get the rights, by name (with its path) or ARN.

    Raises:
        Refused: there is no such cluster, or it may not be looked at.
        Unreachable: AWS did not answer.
    """
    with aws_errors_about(f"cluster {cluster!r}"):
        raw = read_cluster(eks, cluster)
        if raw is None:
            what = "there is no such cluster in this account and region"
            raise refusal(
                "No policies are written", f"cluster {cluster!r}", what, "correct --cluster"
            )
        groups = list(read_node_groups(eks, cluster).values())
        addons = list(read_addons(eks, cluster).values())
        roles = [*_addon_roles(addons), *_pod_identity_roles(eks, cluster, addons)]
    _, partition, _, region, account, _ = str(raw["arn"]).split(":", maxsplit=5)
    access = raw.get("accessConfig") or {}
    return Place(
        partition=partition,
        region=region,
        account=account,
        cluster=cluster,
        role=name_with_path(role),
        node_roles=_once(group.get("nodeRole") for group in groups),
        addon_roles=_once(roles),
        cluster_roles=_once([raw.get("roleArn")]),
        keys=_once(_keys(raw)),
        launch_templates=_once(_template_id(ec2, group) for group in groups),
        without_template=any(not group.get("launchTemplate") for group in groups),
        access_entries=access.get("authenticationMode") in _TAKES_ENTRIES,
    )


def _keys(cluster: Raw) -> list[str]:
    configured = cluster.get("encryptionConfig") or ()
    return [str((one.get("provider") or {}).get("keyArn") or "") for one in configured]


def _template_id(ec2: Any, group: Raw) -> str:
    used = group.get("launchTemplate") or {}
    if used.get("id") or not used:
        return str(used.get("id") or "")
    found = read_version(ec2, used)  # named by its name, which no ARN has
    return str((found or {}).get("LaunchTemplateId") or "")


def _addon_roles(addons: Iterable[Raw]) -> list[str]:
    return [str(addon.get("serviceAccountRoleArn") or "") for addon in addons]


def _pod_identity_roles(eks: Any, cluster: str, addons: Iterable[Raw]) -> list[str]:
    """The roles that add-ons have by pod identities: an add-on names the associations only."""
    associations = [
        str(arn) for addon in addons for arn in addon.get("podIdentityAssociations") or ()
    ]
    return [
        str(
            eks.describe_pod_identity_association(
                clusterName=cluster, associationId=arn.rpartition("/")[2]
            )["association"]["roleArn"]
        )
        for arn in associations
    ]


def _once(names: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({str(name) for name in names if name}))
