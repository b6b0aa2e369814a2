"""The state of EKS: clusters, their updates, add-ons and node groups, as raw API objects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import EKSBackend
from moto.moto_api._internal import mock_random

from include.rehearsal.aws import errors
from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.faults import GroupEnd
from include.rehearsal.places import Place

ENDED = ("Successful", "Failed", "Cancelled")
"""Statuses of an update that has ended. `Cancelling`, which has not, stands in the user guide alone
(rollback-automode.html), not in the service model."""


@dataclass
class GroupState:
    """A managed node group.

    Attributes:
        raw: as DescribeNodegroup answers.
        asg: name of its Auto Scaling group.
        template_id: EKS's own copy of the launch template.
        join_problem: why its instances cannot join the cluster, or None.
        deletion: counts DeleteNodegroup calls, so that an older one's checks stop.
        end: what is to become of it when its creation is not to go well.
    """

    raw: dict[str, Any]
    asg: str = ""
    template_id: str = ""
    join_problem: str | None = None
    deletion: int = 0
    joined: set[str] = field(default_factory=set)
    end: GroupEnd | None = None

    @property
    def id(self) -> str:
        """The id that EKS gives it: one in its ARN, its Auto Scaling group's and template's name.

        Source: tests/recordings/aws/describe-asg-eks-managed.json.
        """
        return str(self.raw["nodegroupArn"]).rsplit("/", 1)[1]


@dataclass
class Flips:
    """A version that was changed and is shown by turns with the new one, beginning with the old."""

    old: str
    until: float
    reads: int = 0


@dataclass
class ClusterState:
    """A cluster and what belongs to it.

    Attributes:
        raw: as DescribeCluster answers.
        updates: id -> update, in the order they began.
        owners: update id -> (node group, add-on), both None for the cluster's own.
        endings: update id -> ends an update that is in progress: badly with these errors,
            well with None.
        hidden_work_until: until then AWS is at work on the control plane and lists no update.
        role_shut_out: the policy of the cluster's KMS key lets its role do nothing.
        zonal_shifts: those in progress, as GetManagedResource lists them, autoshifts among them.
        flips: what is read of the version for a while after it changed; None: what is so.
        tokens: clientRequestToken -> what it made (an update id or a name).
    """

    raw: dict[str, Any]
    updates: dict[str, dict[str, Any]] = field(default_factory=dict)
    owners: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    endings: dict[str, Callable[[list[dict[str, Any]] | None], None]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    groups: dict[str, GroupState] = field(default_factory=dict)
    addons: dict[str, dict[str, Any]] = field(default_factory=dict)
    insights: list[dict[str, Any]] = field(default_factory=list)
    refresh: dict[str, Any] | None = None
    access_entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden_work_until: float = 0.0
    role_shut_out: bool = False
    zonal_shifts: list[dict[str, Any]] = field(default_factory=list)
    flips: Flips | None = None

    @property
    def name(self) -> str:
        """The cluster's name."""
        return str(self.raw["name"])

    @property
    def key(self) -> str:
        """What the cluster is called among those of all accounts and regions."""
        _, _, _, region, account, _ = str(self.raw["arn"]).split(":")
        return world().key(Place(account, region), self.name)

    @property
    def version(self) -> str:
        """The control plane's minor, "1.25"."""
        return str(self.raw["version"])

    def read_version(self) -> str:
        """The version as one reader sees it; for a while after a change it is the old one at times.

        https://github.com/eksctl-io/eksctl/issues/2434: about half of the reads.
        """
        if self.flips is None or world().clock.now() >= self.flips.until:
            return self.version
        self.flips.reads += 1
        return self.flips.old if self.flips.reads % 2 else self.version

    def group(self, name: str) -> GroupState:
        """The node group of that name.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self.groups.get(name)
        if found is None:
            raise errors.not_found(
                f"No node group found for name: {name}.",
                clusterName=self.name,
                nodegroupName=name,
            )
        return found

    def addon(self, name: str) -> dict[str, Any]:
        """The add-on of that name.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self.addons.get(name)
        if found is None:
            raise errors.not_found(
                f"No addon: {name} found in cluster: {self.name}",
                clusterName=self.name,
                addonName=name,
            )
        return found

    def running(self, group: str | None = None, addon: str | None = None) -> str | None:
        """The id of an update in progress with this owner, or None."""
        for update_id, update in self.updates.items():
            if update["status"] not in ENDED and self.owners[update_id] == (group, addon):
                return update_id
        return None


@dataclass(frozen=True)
class OldView:
    """What Describe calls still show of a resource until a time; None: it does not exist yet."""

    until: float
    raw: dict[str, Any] | None


class EksRegion(EKSBackend):  # type: ignore[misc]  # moto is untyped
    """EKS of one region; `clusters` holds ClusterState instead of moto's objects.

    Attributes:
        old_views: what is not yet to be seen as it is; see `lag`.
    """

    clusters: dict[str, ClusterState]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.old_views: dict[tuple[str, ...], OldView] = {}

    def cluster(self, name: str) -> ClusterState:
        """The cluster of that name.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self.clusters.get(name)
        if found is None:
            raise errors.not_found(f"No cluster found for name: {name}.", clusterName=name)
        return found

    @property
    def ec2(self) -> Any:
        """EC2 of the same account and region."""
        return ec2_backends[self.account_id][self.region_name]

    @property
    def autoscaling(self) -> Any:
        """Auto Scaling of the same account and region."""
        return autoscaling_backends[self.account_id][self.region_name]

    def key(self, name: str) -> str:
        """What a cluster of this region is called among those of all accounts and regions."""
        return world().key(Place(self.account_id, self.region_name), name)

    def asg(self, group: GroupState) -> RehearsalGroup | None:
        """The Auto Scaling group of a node group; None when it no longer exists."""
        found: RehearsalGroup | None = self.autoscaling.autoscaling_groups.get(group.asg)
        return found

    def arn(self, kind: str, *path: str) -> str:
        """The ARN of something of EKS in this region."""
        return f"arn:aws:eks:{self.region_name}:{self.account_id}:{kind}/{'/'.join(path)}"


def new_id() -> str:
    """A random id, from moto's generator so that a seed makes it repeatable."""
    return str(mock_random.uuid4())


def now() -> Any:
    """The simulated time as EKS stamps it."""
    return world().clock.datetime()


def page(items: list[Any], request: dict[str, Any], key: str) -> dict[str, Any]:
    """One page of a list answer: `maxResults` and `nextToken` (an offset) as EKS has them."""
    start = int(request.get("nextToken") or 0)
    size = int(request.get("maxResults") or 100)
    answer: dict[str, Any] = {key: items[start : start + size]}
    if start + size < len(items):
        answer["nextToken"] = str(start + size)
    return answer
