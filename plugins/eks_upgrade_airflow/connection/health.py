"""Reading how node groups and add-ons are, for waits: in a thread, and once for all that wait.

Thirty groups of one cluster that are drained side by side ask for the same add-ons; who asks a
moment after another gets the other's answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.lanes import Lane, in_aws_thread
from eks_upgrade_airflow.connection.shared_looks import shared_look
from eks_upgrade_airflow.connection.shared_session import shared_aws
from include.eks_upgrade.aws.addons import read_addon, read_addon_names
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.verification.health import Conditions, conditions

NAMES_KEPT: Final = 6
"""So many times as long as how they are it is known which add-ons there are: nothing installs one
in the middle of a run."""


async def read_conditions(
    address: ClusterAddress,
    node_groups: Collection[str],
    *,
    fresh_seconds: float,
    addons_fresh_seconds: float = 0.0,
    left_out: Collection[str] = (),
) -> Conditions:
    """How these node groups and the cluster's add-ons are; what does not exist is left out.

    Args:
        address: the cluster.
        node_groups: their names.
        fresh_seconds: an answer that another wait has got may be so old.
        addons_fresh_seconds: one about an add-on may be so old, if that is more.
        left_out: names of node groups and add-ons that nobody asks about.

    Raises:
        UpgradeError: as EKS answered.
    """
    wanted = [name for name in node_groups if name not in left_out]
    return await in_aws_thread(
        address.account,
        lambda: _read(address, wanted, left_out, Ages(fresh_seconds, addons_fresh_seconds)),
        Lane.HEALTH,
    )


@dataclass(frozen=True)
class Ages:
    """How old answers may be, in seconds."""

    groups: float
    least_of_addons: float

    @property
    def addons(self) -> float:
        """Of what EKS says about an add-on."""
        return max(self.groups, self.least_of_addons)


def _read(
    address: ClusterAddress, groups: Collection[str], left_out: Collection[str], ages: Ages
) -> Conditions:
    cluster = address.cluster

    def group(name: str) -> RawDict | None:
        eks = shared_aws(address).eks()
        return shared_look(
            ("node group", address, name), ages.groups, lambda: read_node_group(eks, cluster, name)
        )

    def addon(name: str) -> RawDict | None:
        eks = shared_aws(address).eks()
        return shared_look(
            ("add-on", address, name), ages.addons, lambda: read_addon(eks, cluster, name)
        )

    def addons() -> list[str]:
        eks = shared_aws(address).eks()
        return shared_look(
            ("add-ons", address), ages.addons * NAMES_KEPT, lambda: read_addon_names(eks, cluster)
        )

    found = {name: raw for name in groups if (raw := group(name)) is not None}
    with aws_errors_about(f"add-ons of cluster '{cluster}'"):
        named = [name for name in addons() if name not in left_out]
        return conditions(found, {each: raw for each in named if (raw := addon(each)) is not None})
