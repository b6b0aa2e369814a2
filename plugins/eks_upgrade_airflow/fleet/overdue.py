"""When a run of the fleet is due, for Airflow's deadline alerts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eks_upgrade_airflow.fleet.shape import path_at_parse
from eks_upgrade_airflow.notices.overdue import UpgradeExpectedEnd
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.overdue import fleet_due


class FleetExpectedEnd(UpgradeExpectedEnd):
    """When a run of the fleet should have ended, by its window."""

    def due(self, conf: Mapping[str, Any] | None, began: datetime) -> datetime | None:  # noqa: ARG002 - as above
        """By the fleet file as it is when the run is made."""
        return fleet_due(read_fleet_file(path_at_parse()), began)
