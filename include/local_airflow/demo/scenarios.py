"""What the demo can upgrade: a cluster with parameters with which it goes through, or a fleet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE

TARGET = "1.26"
RUNBOOK, MESSY, FLEET = "runbook", "messy", "fleet"
FLEET_FILE = Path(__file__).resolve().parents[2] / "rehearsal" / "fleet" / "fleet.yaml"

_ALWAYS: Mapping[str, Any] = {
    "target_version": TARGET,
    # The runbook's `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`, set by name
    # because no default loses anything.
    "ignore_daemonsets": True,
    "delete_emptydir_data": True,
    "force_unmanaged_pods": True,
    "may_unprotect": True,
    # The rehearsal's minutes are half a second long; so are the demo's waits.
    "poll_seconds": 1,
    "load_balancer_drain_seconds": 2,
    "drain_timeout_minutes": 2,
    "addon_minutes": 2,
    "control_plane_minutes": 2,
    "node_group_minutes": 2,
    "worse_minutes": 0.05,
    "deletion_stall_minutes": 0.5,
    "deletion_minutes": 2,
}


@dataclass(frozen=True)
class Scenario:
    """One of them.

    Attributes:
        name: of the rehearsal's scenario (`python -m include.rehearsal --scenario`).
        cluster: the cluster in it that is upgraded.
        given: its parameters, beside those that all have.
        fleet_file: of a fleet, which the DAG `eks_fleet` upgrades; None where it is one cluster.
    """

    name: str
    cluster: str
    given: Mapping[str, Any]
    fleet_file: Path | None = None

    def parameters(self, region: str) -> dict[str, Any]:
        """The parameters of the demo's run."""
        return {"cluster_name": self.cluster, "region": region, **_ALWAYS, **self.given}

    def environment(self) -> dict[str, str]:
        """What Airflow is given for it, beside the way to the rehearsal."""
        return {ENVIRONMENT_VARIABLE: str(self.fleet_file)} if self.fleet_file else {}


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        RUNBOOK: Scenario(
            RUNBOOK,
            "demo",
            {
                "ami_source": "name_pattern",
                "ami_name_pattern": "amazon-eks-node-{version}-v*",
                "ami_owner": "amazon",
                "may_delete_asg": True,
            },
        ),
        MESSY: Scenario(
            MESSY,
            "messy",
            {
                # One of its groups runs an image of the team's own.
                "replace_custom_image": True,
                # Longer than its short Jobs take; the one that outlasts all patience is evicted.
                "job_patience_minutes": 0.2,
            },
        ),
        FLEET: Scenario(
            FLEET,
            "checkout",
            {"target_version": "1.35", "aws_conn_id": "aws_payments"},
            fleet_file=FLEET_FILE,
        ),
    }
)
