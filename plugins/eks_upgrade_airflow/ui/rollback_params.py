"""The parameters of the DAG `eks_rollback`; docs/parameters.md describes each."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.documentation import link
from eks_upgrade_airflow.ui.fields import FIRST, minutes, text, yes_no
from eks_upgrade_airflow.ui.params import upgrade_params

SHARED = (
    "aws_conn_id",
    "role_arn",
    "addon_conflicts",
    "override_insights",
    "addon_minutes",
    "control_plane_minutes",
    "node_group_minutes",
    "poll_seconds",
)
"""Those that mean what they mean for an upgrade."""


def rollback_params() -> dict[str, Param]:
    """All parameters, in the order of the form."""
    more = link("More", "parameters", "the-dag-eks_rollback")
    shared = upgrade_params()
    return {
        "cluster_name": shared["cluster_name"],
        "region": shared["region"],
        "target_version": text(
            "Target version",
            "Kubernetes minor to go back to, exactly one below the present one, for example "
            f"`1.35`. Empty: the one before. {more}.",
            FIRST,
        ),
        "cancel": yes_no(
            "Cancel",
            "Have EKS cancel a rollback that runs, which it does only while it replaces nodes of "
            f"Auto Mode. Nothing else is done. {more}.",
            FIRST,
        ),
        **{name: shared[name] for name in SHARED},
        "auto_mode_minutes": minutes(
            720,
            "Time for the nodes of Auto Mode",
            "For how long EKS replaces nodes of Auto Mode by older ones before it gives the "
            f"rollback up, 120 to 10080. Other clusters: unused. {more}.",
        ),
    }
