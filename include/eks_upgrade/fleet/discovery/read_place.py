"""Looking at one place: its clusters, each with its node groups. Nothing here changes anything.

Calls of a place: GetCallerIdentity, DescribeClusterVersions, and ListClusters for each hundred
clusters; of a cluster: DescribeCluster, ListNodegroups, and DescribeNodegroup for each group. How
long earlier updates took is not asked for: EKS tells when an update began, not when it ended.
"""

from collections.abc import Callable

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_groups
from include.eks_upgrade.aws.reading import read_cluster, read_offered_versions, region_problems
from include.eks_upgrade.common.errors import Refused, UpgradeError, refusal
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.fleet.cluster import BrokenPlace, FleetCluster, Found
from include.eks_upgrade.fleet.discovery.described import described, undescribed
from include.eks_upgrade.fleet.discovery.offer import Offer, offer_of
from include.eks_upgrade.fleet.discovery.place import Place


def discover_place(place: Place, connect: Callable[[], AwsClients]) -> Found:
    """The clusters of one account and region; what cannot be looked at is told, not raised.

    Args:
        place: where to look.
        connect: makes the clients of that place; a role that may not be assumed shows there.
    """
    try:
        return _read(place, connect())
    except UpgradeError as error:
        why = [_one_line(error), *map(str, region_problems(place.region))]
        return Found((), (BrokenPlace(place.account_name, place.region, " ".join(why)),))


def _read(place: Place, clients: AwsClients) -> Found:
    account = _account(place, clients)
    with aws_errors_about("EKS"):
        rows, _ = read_offered_versions(clients.eks)
        # `include` stays away: with "all" clusters come along that are only connected to EKS.
        names = all_pages(clients.eks, "list_clusters", "clusters")
    offer = offer_of(rows or ())
    clusters = [_cluster(place, clients, account, name, offer) for name in names]
    return Found(
        clusters=tuple(each for each in clusters if each is not None),
        newest={place.region: offer.newest} if offer.newest else {},
        offered={place.region: offer.minors} if offer.minors else {},
        standard_ends=offer.standard_ends,
        extended_ends=offer.extended_ends,
    )


def _account(place: Place, clients: AwsClients) -> str:
    """The account that is behind the connection.

    Raises:
        Refused: the file names another one.
    """
    with aws_errors_about("who we are"):
        account = str(clients.sts.get_caller_identity()["Account"])
    if place.account and account != place.account:
        by = f"connection '{place.aws_conn_id}'"
        raise refusal(
            f"{place.title} cannot be looked at",
            by if not place.role_arn else f"{by} with role {place.role_arn}",
            f"it leads to account {account}, and the fleet file says {place.account}",
            "correct the account's id, its aws_conn_id or its role_arn in the fleet file",
        )
    return account


def _cluster(
    place: Place, clients: AwsClients, account: str, name: str, offer: Offer
) -> FleetCluster | None:
    """One cluster, as far as it can be read; None when it was deleted meanwhile."""
    try:
        with aws_errors_about(f"cluster '{name}'"):
            raw = read_cluster(clients.eks, name)
    except UpgradeError as error:
        return undescribed(place, account, name, _one_line(error))
    if raw is None:
        return None
    groups: list[RawDict] = []
    unreadable = ""
    try:
        with aws_errors_about(f"node groups of cluster '{name}'"):
            groups = list(read_node_groups(clients.eks, name).values())
    except UpgradeError as error:
        unreadable = _one_line(error)
    return described(place, raw, groups, offer, unreadable)


def _one_line(error: UpgradeError) -> str:
    """An error for a row of a table; of a refusal its reasons, for the row says what about."""
    problems = error.problems if isinstance(error, Refused) else ()
    return " ".join(" ".join(map(str, problems or (error,))).split())
