"""Finding the fleet's clusters: the places where they are looked for, and each of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.fleet.base import FOUND_KEY, FileMixin, FleetOperator, say
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.discovery.organization import read_organization
from include.eks_upgrade.fleet.discovery.place import Member, Place, members, places
from include.eks_upgrade.fleet.discovery.read_place import discover_place
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.running.places import found_json

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFleetPlacesOperator(FileMixin, FleetOperator):
    """List the accounts and regions in which clusters are looked for, a task each.

    Args:
        fleet_file: see `FileMixin`.
    """

    template_fields: Sequence[str] = ("fleet_file",)

    def __init__(self, *, fleet_file: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fleet_file = fleet_file

    def execute(self, context: "Context") -> Any:
        """The list, an item for each place: arguments of `EksFleetDiscoverOperator`."""
        with report_failure(context):
            file = self.read_file()
            found = places(file, self._members(file))
        say(self, counted(len(found), "place"), *(each.title for each in found))
        return [{"title": each.title, "place": each.as_json()} for each in found]

    def _members(self, file: FleetFile) -> list[Member]:
        organization = file.organization
        if organization is None:
            return []
        # Organizations is one for all regions of a partition; one of these says which partition.
        address = ClusterAddress("", organization.aws_conn_id, organization.regions[0])
        accounts = read_organization(address.hook("organizations").conn)
        return members(accounts, organization.leave_out)


class EksFleetDiscoverOperator(FleetOperator):
    """Look for clusters in one account and region.

    A place that cannot be looked at fails nothing: what is wrong with it goes into the plan, and
    the others go on.

    Args:
        title: what people call the place.
        place: `Place.as_json`.
    """

    template_fields: Sequence[str] = ()

    def __init__(self, *, title: str, place: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.title = title
        self.place = place

    def step(self, context: "Context") -> StepResult:
        """Look, and leave what was found."""
        place = Place.from_json(dict(self.place))
        found = discover_place(place, address_of(place).clients)
        context["ti"].xcom_push(
            key=FOUND_KEY, value={"title": self.title, "found": found_json(found)}
        )
        return StepResult(f"{self.title}: {_told(found)}")


def address_of(place: Place) -> ClusterAddress:
    """How the place is reached."""
    return ClusterAddress("", place.aws_conn_id or None, place.region, role_arn=place.role_arn)


def _told(found: Found) -> str:
    broken = "".join(f"; NOT LOOKED AT: {each.why}" for each in found.broken)
    return counted(len(found.clusters), "cluster") + broken
