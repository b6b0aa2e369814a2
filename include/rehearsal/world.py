"""The simulated world: AWS accounts, their clusters, and what links the two sides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from include.rehearsal.callers import Callers
from include.rehearsal.clock import SimClock
from include.rehearsal.credentials import Keys
from include.rehearsal.faults import FaultRegistry
from include.rehearsal.faults.holds import Holds
from include.rehearsal.journal import Journal
from include.rehearsal.places import HOME_ACCOUNT, KnownAccount, Place, key_in, place_of


@dataclass(frozen=True)
class AwsTimings:
    """How long AWS takes, in simulated seconds.

    Attributes:
        control_plane: an UpdateClusterVersion, and creating a cluster.
        addon: creating, updating or deleting an add-on.
        node_group_create: from CreateNodegroup to ACTIVE at the earliest.
        join_first, join_last: an instance joins the cluster between these, after its launch.
        node_ready: from joining to Ready.
        join_limit: nodes that have not joined by then make the creation fail; 15 minutes in
            https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html
        config_update: an UpdateNodegroupConfig.
        drain_step: how long a deletion waits for the pods of one instance: five minutes, then they
            are forced (managed-node-update-behavior.html and delete-managed-node-group.html).
        drain_limit: the same for a scale-in that is no deletion: it is not forced, and EKS's hook
            holds the instance for its whole half hour (five independent public notes).
        delete_limit: from DeleteNodegroup to DELETE_FAILED; assumed, AWS does not say.
        instance_start, instance_stop: an instance's own way into and out of service.
        asg_delete: how long an Auto Scaling group without instances says "Delete in progress".
        insights_refresh: a StartInsightsRefresh.
        auto_mode_nodes: how long the nodes of Auto Mode take to go back by a minor; minutes to
            seven days (rollback-automode.html).
        poll: how often EKS looks whether it is done.
    """

    control_plane: float = 600
    addon: float = 90
    node_group_create: float = 180
    join_first: float = 60
    join_last: float = 100
    node_ready: float = 10
    join_limit: float = 900
    config_update: float = 15
    drain_step: float = 300
    drain_limit: float = 1800
    delete_limit: float = 900
    auto_mode_nodes: float = 7200
    instance_start: float = 30
    instance_stop: float = 30
    asg_delete: float = 60
    insights_refresh: float = 45
    poll: float = 15


class KubeSide(Protocol):
    """What the AWS side asks of a simulated Kubernetes cluster (see `kube.cluster`)."""

    store: Any

    def add_node(  # noqa: PLR0913 - the shape of the kube side's own method
        self,
        name: str,
        *,
        labels: dict[str, str],
        taints: list[dict[str, Any]],
        kubelet_version: str,
        instance_type: str,
        zone: str,
        instance_id: str,
        image_id: str,
        ready_after: float,
    ) -> None:
        """A machine joins."""

    def remove_node(self, name: str) -> None:
        """The machine is gone."""

    def set_version(self, version: str) -> None:
        """The control plane now runs this version."""

    def set_image(self, kind: str, namespace: str, name: str, image: str) -> None:
        """An add-on's workload gets a new image."""

    def evict_all(self, node: str) -> int:
        """Evict what budgets allow now; return the evictable pods that are left."""

    def apply(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an object."""


@dataclass(frozen=True)
class NodeRef:
    """The node that an instance is."""

    cluster: str
    node: str


# (HTTP method, body) to an answer as JSON data; ValueError says what was not understood.
Control = Callable[[str, dict[str, Any]], dict[str, Any]]


class World:
    """Everything that exists in the rehearsal. Whoever touches it holds `clock.lock`.

    Args:
        clock: the clock of both sides.
        make_cluster: makes the Kubernetes side of a new cluster from its name and version.
            Given from outside, so that the world knows neither side.
        timings: how long AWS takes.

    Attributes:
        faults: what is to go wrong.
        journal: every request that was dealt with, of both sides.
        holds: requests that are to be held; needs no lock.
        keys: the access keys that are good now.
        callers: what each of their owners may do.
        service_linked_roles: services (`eks-nodegroup.amazonaws.com`) that have their role in the
            account already.
        account: of the rehearsal's own credentials; together with `region` it is home.
        accounts: further ones, by number (`aws.accounts.open_account`).
        controls: further controls of `/_rehearsal/<name>`, by name.
        clusters: the Kubernetes side of the clusters, by key: at home that is the name
            (`places.py`). So is what is called a cluster below, and in faults and the journal.
        nodes: the node that an instance is, by instance id.
        asg_clusters: cluster names by the Auto Scaling group, also of groups that are gone.
        quotas: values of quotas that all accounts were given instead of AWS's defaults, by code.
        addon_schemas: JSON schemas of configurations instead of the usual ones, by add-on and
            version.
        reservations: capacity reservations as DescribeCapacityReservations shows them, by id.
        launch_problems: why an Auto Scaling group can launch nothing, by its name.
        not_offered: instance types that a zone has not at all, by (zone, type).
        full_zones: availability zones in which EC2 has no capacity.
        unanswered_hooks: Auto Scaling groups whose termination hook EKS does not answer, by name.
        deletion_problems: health issues with which deletions of node groups fail although nothing
            of their Auto Scaling group is left, by (cluster, node group).
        self_managed: the role of each self-managed node.
        launched, leaving: called with (group, instance) of Auto Scaling.
    """

    def __init__(
        self,
        clock: SimClock,
        make_cluster: Callable[[str, str, SimClock], Any],
        *,
        timings: AwsTimings | None = None,
    ) -> None:
        self.clock = clock
        self.timings = timings or AwsTimings()
        self.faults = FaultRegistry(clock.now)
        self.journal = Journal(clock.now)
        self.holds = Holds()
        self.keys = Keys()
        self.callers = Callers()
        self.service_linked_roles: set[str] = set()
        self.account = HOME_ACCOUNT
        self.accounts: dict[str, KnownAccount] = {}
        self.controls: dict[str, Control] = {}
        self.clusters: dict[str, Any] = {}
        self.nodes: dict[str, NodeRef] = {}
        self.asg_clusters: dict[str, str] = {}
        self.quotas: dict[str, float] = {}
        self.addon_schemas: dict[tuple[str, str], dict[str, Any]] = {}
        self.reservations: dict[str, dict[str, Any]] = {}
        self.launch_problems: dict[str, str] = {}
        self.not_offered: set[tuple[str, str]] = set()
        self.full_zones: set[str] = set()
        self.unanswered_hooks: set[str] = set()
        self.deletion_problems: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.self_managed: dict[NodeRef, str] = {}
        self.launched: list[Callable[[Any, Any], None]] = []
        self.leaving: list[Callable[[Any, Any], None]] = []
        self.aws_url = ""
        self.region = "eu-west-1"
        self.kube_url: Callable[[str], str] = lambda name: f"https://127.0.0.1:1/k8s/{name}"
        self.kube_ca = "-----BEGIN CERTIFICATE-----\nrehearsal\n-----END CERTIFICATE-----\n"
        self._make_cluster = make_cluster

    @property
    def home(self) -> Place:
        """Where the rehearsal's own credentials lead when no region is named."""
        return Place(self.account, self.region)

    def key(self, place: Place, name: str) -> str:
        """The key under which a cluster stands in `clusters`; empty for no name."""
        return key_in(self.home, place, name)

    def place_of(self, key: str) -> Place:
        """Where the cluster with this key is."""
        return place_of(self.home, key)

    def pair_of(self, account: str) -> tuple[str, str]:
        """Access key id and secret of an administrator in an account."""
        return self.keys.current if account == self.account else self.accounts[account].pair

    def is_closed(self, place: Place) -> bool:
        """Whether the account has not enabled this region."""
        known = self.accounts.get(place.account)
        return known is not None and place.region in known.closed_regions

    def add_cluster(self, key: str, version: str) -> None:
        """Make the Kubernetes side of a cluster."""
        self.clusters[key] = self._make_cluster(key, version, self.clock)

    def kube(self, key: str) -> KubeSide | None:
        """The Kubernetes side of a cluster, or None when it is gone."""
        cluster: KubeSide | None = self.clusters.get(key)
        return cluster

    def instance_gone(self, instance_id: str) -> None:
        """An instance was terminated: its node leaves the cluster."""
        ref = self.nodes.pop(instance_id, None)
        kube = self.kube(ref.cluster) if ref else None
        if ref and kube:
            kube.remove_node(ref.node)
