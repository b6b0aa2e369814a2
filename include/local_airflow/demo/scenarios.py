"""The clusters that the demo can upgrade, and the parameters with which each goes through."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

TARGET = "1.26"
RUNBOOK, MESSY, FLEET = "runbook", "messy", "fleet"

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
        many: it is a fleet: for `up`, and not for the demo, which shows one cluster.
    """

    name: str
    cluster: str
    given: Mapping[str, Any]
    many: bool = False

    def parameters(self, region: str) -> dict[str, Any]:
        """The parameters of the demo's run."""
        return {"cluster_name": self.cluster, "region": region, **_ALWAYS, **self.given}


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
            many=True,
        ),
    }
)
