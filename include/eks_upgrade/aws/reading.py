"""Reading everything that AWS says about a cluster, for the plan. Nothing here changes anything.

Who looks again at one thing before it acts takes the readers of the files beside this one.
"""

import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import botocore.session
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.addons import read_addon_versions, read_addons
from include.eks_upgrade.aws.calls import all_pages, found_or_none
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.aws.facts import ClusterFacts, Kubelets
from include.eks_upgrade.aws.insights import are_fresh, read_insights, refresh_insights
from include.eks_upgrade.aws.node_groups import read_asgs_of, read_node_groups
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.common.errors import Problem, Unreachable, refusal
from include.eks_upgrade.common.raw import RawDict

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_CLUSTER_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")


def read_cluster_facts(
    clients: AwsClients, cluster: str, kubelets: Kubelets | None = None
) -> ClusterFacts:
    """Read everything the plan is made from; about a dozen calls and one per add-on and group.

    Args:
        clients: clients of the cluster's account and region.
        cluster: the cluster's name.
        kubelets: what Kubernetes says about the nodes (see ClusterFacts.kubelets); may be
            added later by `ClusterFacts.with_kubelets`.

    Raises:
        Refused: no such cluster or region, no credentials, no permission.
        Unreachable: AWS did not answer; a retry is useful.
    """
    raw = _read_known_cluster(clients, cluster)
    with aws_errors_about(f"cluster {cluster!r}"):
        offered, unknown = read_offered_versions(clients.eks)
        addons = read_addons(clients.eks, cluster)
        groups = read_node_groups(clients.eks, cluster)
        return ClusterFacts(
            cluster=raw,
            updates=tuple(read_updates(clients.eks, cluster)),
            offered_versions=offered,
            addons=addons,
            addon_versions={name: read_addon_versions(clients.eks, name) for name in addons},
            node_groups=groups,
            asgs=read_asgs_of(clients.autoscaling, groups),
            kubelets=kubelets or {},
            insights=read_insights(clients.eks, cluster, raw["version"]),
            subnets=_read_subnets(clients, raw),
            unknown=unknown,
        )


def read_cluster_state(clients: AwsClients, cluster: str) -> ClusterFacts:
    """Read how the cluster is, for who judges or shows what was done: itself, add-ons, node groups.

    What only a plan needs is not asked for, and is empty.

    Raises:
        Refused, Unreachable: as `read_cluster_facts`.
    """
    raw = _read_known_cluster(clients, cluster)
    with aws_errors_about(f"cluster {cluster!r}"):
        return ClusterFacts(
            cluster=raw,
            addons=read_addons(clients.eks, cluster),
            node_groups=read_node_groups(clients.eks, cluster),
        )


def with_fresh_insights(clients: AwsClients, facts: ClusterFacts, moment: datetime) -> ClusterFacts:
    """The same facts, with insights that EKS has looked at a short while ago, where it can be had.

    Where EKS would not, or takes too long, that becomes a warning of the plan.

    Raises:
        Refused, Unreachable, UnexpectedResponse: insights could not be read again.
    """
    if are_fresh(facts.insights, moment):
        return facts
    name = str(facts.cluster["name"])
    with aws_errors_about(f"cluster {name!r}"):
        why = refresh_insights(clients.eks, name)
        insights = read_insights(clients.eks, name, facts.cluster["version"])
    return facts.with_insights(insights, (why,) if why else ())


def read_cluster(eks: "EKSClient", name: str) -> RawDict | None:
    """DescribeCluster's cluster, None when there is none of that name."""
    return found_or_none(lambda: eks.describe_cluster(name=name)["cluster"])


def known_region(region: str) -> bool:
    """Whether this botocore lists the region for EKS; one newer than it is not listed."""
    session = botocore.session.get_session()
    return any(
        region in session.get_available_regions("eks", partition)
        for partition in session.get_available_partitions()
    )


def region_problems(region: str) -> list[Problem]:
    """What may be wrong with a region that could not be asked; empty is the connection's own."""
    if not region or known_region(region):
        return []
    return [Problem("region", f"no EKS region {region!r} is known", _REGION_REMEDY)]


def _read_known_cluster(clients: AwsClients, name: str) -> RawDict:
    subject = f"cluster {name!r} in region {clients.region!r}"
    if not _CLUSTER_NAME.fullmatch(name):
        what = "EKS cluster names are 1 to 100 letters, digits, - and _"
        raise _refused(subject, what, "set cluster_name to the name EKS shows")
    try:
        with aws_errors_about(subject):
            cluster = read_cluster(clients.eks, name)
            others = [] if cluster else all_pages(clients.eks, "list_clusters", "clusters")
    except Unreachable as error:
        if known_region(clients.region):
            raise
        message = str(error).rstrip(".")
        what = f"no EKS region of this name is known, and nothing answers there: {message}"
        raise _refused(subject, what, _REGION_REMEDY) from error
    if cluster is not None:
        return cluster
    what = "no such cluster; "
    what += f"this account has there: {', '.join(sorted(others))}" if others else "none there"
    region_hint = "" if known_region(clients.region) else f", and {_REGION_REMEDY}"
    remedy = "set cluster_name to one of those, or choose another region or aws_conn_id"
    raise _refused(subject, what, remedy + region_hint)


_refused = partial(refusal, "The upgrade cannot be planned")
_REGION_REMEDY = "set region to a region that EKS has, for example eu-central-1"


def read_offered_versions(
    eks: "EKSClient",
) -> tuple[tuple[RawDict, ...] | None, tuple[str, ...]]:
    """DescribeClusterVersions, or None and a warning where it is not allowed.

    It is the one call a cluster's administrators often forget to allow, and EKS itself
    refuses a version it does not offer, before anything is changed.
    """
    try:
        return tuple(all_pages(eks, "describe_cluster_versions", "clusterVersions")), ()
    except ClientError as error:
        if error_code(error) not in DENIED:
            raise
    warning = (
        "eks:DescribeClusterVersions is not allowed to this connection, so it is not known "
        "which versions EKS offers; EKS itself will refuse one that it does not"
    )
    return None, (warning,)


def _read_subnets(clients: AwsClients, cluster: RawDict) -> tuple[RawDict, ...]:
    """The cluster's subnets; asked by filter, so that a deleted one is missing, not an error."""
    ids = cluster.get("resourcesVpcConfig", {}).get("subnetIds") or []
    if not ids:
        return ()
    by_id = [{"Name": "subnet-id", "Values": ids}]
    return tuple(all_pages(clients.ec2, "describe_subnets", "Subnets", Filters=by_id))
