"""Reading what AWS says about a cluster. Nothing here changes anything.

`read_cluster_facts` gathers all that the plan needs; the small readers are for tasks that
look again at one thing before they act.
"""

import re
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.aws.facts import ClusterFacts, Kubelets
from include.eks_upgrade.common.errors import Problem, Refused, Unreachable
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_eks import EKSClient

NOT_FOUND = "ResourceNotFoundException"
UPDATES_READ = 20
"""Updates described at either end of ListUpdates' answer, whose order AWS does not promise."""
_GROUPS_PER_CALL = 100  # DescribeAutoScalingGroups answers at most 100 groups a page
_CLUSTER_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")

# Raw answers are handed on as plain dicts: boto3's stubs describe them with TypedDicts, which
# are not assignable to one another across calls, so the readers say `Any` at this edge.
RawDict = dict[str, Any]


def read_cluster_facts(
    clients: AwsClients, request: UpgradeRequest, kubelets: Kubelets | None = None
) -> ClusterFacts:
    """Read everything the plan is made from; about a dozen calls and one per add-on and group.

    Args:
        clients: clients of the cluster's account and region.
        request: names the cluster.
        kubelets: what Kubernetes says about the nodes (see ClusterFacts.kubelets); may be
            added later by `ClusterFacts.with_kubelets`.

    Raises:
        Refused: no such cluster or region, no credentials, no permission.
        Unreachable: AWS did not answer; a retry is useful.
    """
    cluster = _read_known_cluster(clients, request.cluster)
    with aws_errors_about(f"cluster {request.cluster!r}"):
        offered, unknown = _read_offered_versions(clients.eks)
        addons = read_addons(clients.eks, request.cluster)
        groups = read_node_groups(clients.eks, request.cluster)
        return ClusterFacts(
            cluster=cluster,
            updates=tuple(read_updates(clients.eks, request.cluster)),
            offered_versions=offered,
            addons=addons,
            addon_versions={name: read_addon_versions(clients.eks, name) for name in addons},
            node_groups=groups,
            asgs=_read_asgs(clients.autoscaling, groups),
            kubelets=kubelets or {},
            insights=_read_insights(clients.eks, request.cluster, cluster["version"]),
            subnets=_read_subnets(clients, cluster),
            unknown=unknown,
        )


def describe_cluster(eks: "EKSClient", name: str) -> RawDict | None:
    """DescribeCluster's cluster, None when there is none of that name."""
    return _found(lambda: eks.describe_cluster(name=name)["cluster"])


def describe_node_group(eks: "EKSClient", cluster: str, name: str) -> RawDict | None:
    """DescribeNodegroup's node group, None when it does not exist (any more)."""
    return _found(
        lambda: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
    )


def describe_addon(eks: "EKSClient", cluster: str, name: str) -> RawDict | None:
    """DescribeAddon's add-on, None when it is not installed as an EKS add-on."""
    return _found(lambda: eks.describe_addon(clusterName=cluster, addonName=name)["addon"])


def describe_asg(autoscaling: "AutoScalingClient", name: str) -> RawDict | None:
    """DescribeAutoScalingGroups' group of that name, None when it does not exist (any more)."""
    answer: Any = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return next(iter(answer["AutoScalingGroups"]), None)


def asg_name(group: dict[str, Any]) -> str | None:
    """The name of a managed node group's Auto Scaling group, None while it has none."""
    listed = (group.get("resources") or {}).get("autoScalingGroups") or ()
    return next((str(one["name"]) for one in listed if one.get("name")), None)


def read_updates(eks: "EKSClient", cluster: str, addon: str | None = None) -> list[RawDict]:
    """Recent updates of the cluster, or of one of its add-ons, newest first.

    ListUpdates answers ids alone, in an order that AWS does not promise, for the whole life of
    the cluster; so that an old cluster does not cost hundreds of calls, the ids at both ends
    are described. An update in progress is the newest, so it is among them either way.
    """
    of: dict[str, str] = {"name": cluster}
    if addon:
        of["addonName"] = addon
    ids: list[str] = _pages(eks, "list_updates", "updateIds", **of)
    wanted = dict.fromkeys([*ids[:UPDATES_READ], *ids[-UPDATES_READ:]])
    described: Any = eks.describe_update
    updates = [described(updateId=update_id, **of)["update"] for update_id in wanted]
    return sorted(updates, key=lambda one: str(one.get("createdAt", "")), reverse=True)


def read_addons(eks: "EKSClient", cluster: str) -> dict[str, RawDict]:
    """The cluster's EKS add-ons by name."""
    names = _pages(eks, "list_addons", "addons", clusterName=cluster)
    found = {name: describe_addon(eks, cluster, name) for name in names}
    return {name: addon for name, addon in found.items() if addon is not None}


def read_addon_versions(eks: "EKSClient", addon: str) -> tuple[RawDict, ...]:
    """All versions of an add-on, for all Kubernetes versions; empty when EKS knows none."""
    try:
        infos = _pages(eks, "describe_addon_versions", "addons", addonName=addon)
    except ClientError as error:
        if error_code(error) in {NOT_FOUND, "InvalidParameterException"}:
            return ()
        raise
    return tuple(version for info in infos for version in info.get("addonVersions", ()))


def read_node_groups(eks: "EKSClient", cluster: str) -> dict[str, RawDict]:
    """The cluster's managed node groups by name."""
    names = _pages(eks, "list_nodegroups", "nodegroups", clusterName=cluster)
    found = {name: describe_node_group(eks, cluster, name) for name in names}
    return {name: group for name, group in found.items() if group is not None}


def known_region(region: str) -> bool:
    """Whether this botocore lists the region for EKS; one newer than it is not listed."""
    session = botocore.session.get_session()
    return any(
        region in session.get_available_regions("eks", partition)
        for partition in session.get_available_partitions()
    )


def _read_known_cluster(clients: AwsClients, name: str) -> RawDict:
    subject = f"cluster {name!r} in region {clients.region!r}"
    if not _CLUSTER_NAME.fullmatch(name):
        what = "EKS cluster names are 1 to 100 letters, digits, - and _"
        raise _refused_cluster(subject, what, "set cluster_name to the name EKS shows")
    try:
        with aws_errors_about(subject):
            cluster = describe_cluster(clients.eks, name)
            others = [] if cluster else _pages(clients.eks, "list_clusters", "clusters")
    except Unreachable as error:
        if known_region(clients.region):
            raise
        message = str(error).rstrip(".")
        what = f"no EKS region of this name is known, and nothing answers there: {message}"
        raise _refused_cluster(subject, what, _REGION_REMEDY) from error
    if cluster is not None:
        return cluster
    what = "no such cluster; "
    what += f"this account has there: {', '.join(sorted(others))}" if others else "none there"
    region_hint = "" if known_region(clients.region) else f", and {_REGION_REMEDY}"
    remedy = "set cluster_name to one of those, or choose another region or aws_conn_id"
    raise _refused_cluster(subject, what, remedy + region_hint)


_REGION_REMEDY = "set region to a region that EKS has, for example eu-central-1"


def _refused_cluster(subject: str, what: str, remedy: str) -> Refused:
    return Refused("The upgrade cannot be planned", [Problem(subject, what, remedy)])


def _read_offered_versions(
    eks: "EKSClient",
) -> tuple[tuple[RawDict, ...] | None, tuple[str, ...]]:
    """DescribeClusterVersions, or None and a warning where it is not allowed.

    It is the one call a cluster's administrators often forget to allow, and EKS itself
    refuses a version it does not offer, before anything is changed.
    """
    try:
        return tuple(_pages(eks, "describe_cluster_versions", "clusterVersions")), ()
    except ClientError as error:
        if error_code(error) not in DENIED:
            raise
    warning = (
        "eks:DescribeClusterVersions is not allowed to this connection, so it is not known "
        "which versions EKS offers; EKS itself will refuse one that it does not"
    )
    return None, (warning,)


def _read_insights(eks: "EKSClient", cluster: str, present: str) -> tuple[RawDict, ...]:
    """Upgrade readiness for the minor after the present one; those in ERROR in full."""
    minor = read_minor(present)
    if minor is None:
        return ()
    wanted = {"categories": ["UPGRADE_READINESS"], "kubernetesVersions": [str(minor.next())]}
    listed = _pages(eks, "list_insights", "insights", clusterName=cluster, filter=wanted)
    return tuple(_in_full(eks, cluster, insight) for insight in listed)


def _in_full(eks: "EKSClient", cluster: str, insight: RawDict) -> RawDict:
    if insight.get("insightStatus", {}).get("status") != "ERROR":
        return insight
    full = _found(lambda: eks.describe_insight(clusterName=cluster, id=insight["id"])["insight"])
    return full or insight


def _read_subnets(clients: AwsClients, cluster: RawDict) -> tuple[RawDict, ...]:
    """The cluster's subnets; asked by filter, so that a deleted one is missing, not an error."""
    ids = cluster.get("resourcesVpcConfig", {}).get("subnetIds") or []
    if not ids:
        return ()
    by_id = [{"Name": "subnet-id", "Values": ids}]
    return tuple(_pages(clients.ec2, "describe_subnets", "Subnets", Filters=by_id))


def _read_asgs(autoscaling: "AutoScalingClient", groups: dict[str, RawDict]) -> dict[str, RawDict]:
    """The groups' Auto Scaling groups, a hundred a call: their API has one small shared quota."""
    names = {group: name for group, raw in groups.items() if (name := asg_name(raw))}
    wanted = list(names.values())
    found: dict[str, RawDict] = {}
    for start in range(0, len(wanted), _GROUPS_PER_CALL):
        batch = wanted[start : start + _GROUPS_PER_CALL]
        answers = _pages(
            autoscaling,
            "describe_auto_scaling_groups",
            "AutoScalingGroups",
            AutoScalingGroupNames=batch,
        )
        found |= {asg["AutoScalingGroupName"]: asg for asg in answers}
    return {group: found[name] for group, name in names.items() if name in found}


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """All items under `key` over all pages of an operation."""
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get(key, ())]


def _found(call: Any) -> RawDict | None:
    """The call's answer, None when AWS says that the thing does not exist."""
    try:
        answer: RawDict = call()
    except ClientError as error:
        if error_code(error) == NOT_FOUND:
            return None
        raise
    return answer
