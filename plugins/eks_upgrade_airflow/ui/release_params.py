"""The parameters of the DAG `eks_upgrade_release`; docs/parameters.md describes each."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.params import upgrade_params

CLUSTER = "Cluster"
RELEASE = "Release"


def release_params() -> dict[str, Param]:
    """All parameters, in the order of the form; those that say which cluster are the upgrade's."""
    shared = upgrade_params()
    return {name: shared[name] for name in ("cluster_name", "region", "aws_conn_id")} | {
        "node_groups": Param(
            [],
            type=["null", "array"],
            items={"type": "string"},
            title="Node groups",
            description="Old node groups to give back, one a line. Empty: all with our mark.",
            section=CLUSTER,
        ),
        "only_look": Param(
            False,
            type="boolean",
            title="Only look",
            description="List what would be lifted and what would be left alone. Changes nothing.",
            section=RELEASE,
        ),
        "lock_holder": Param(
            "",
            type=["null", "string"],
            maxLength=500,
            title="Holder of the lock",
            description="Only if this DAG asks for it: the holder of the lock, exactly as it was "
            "told, if you know that its run is dead.",
            section=RELEASE,
        ),
        "poll_seconds": shared["poll_seconds"],
    }
