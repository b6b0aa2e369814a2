"""The parameters of the DAG `eks_upgrade_release`; docs/parameters.md describes each."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.documentation import link
from eks_upgrade_airflow.ui.fields import FIRST, RELEASE, WAY_BACK, lines, text, yes_no
from eks_upgrade_airflow.ui.params import upgrade_params
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import parameter_of

OF_THE_DRAIN = (
    "delete_emptydir_data",
    "force_unmanaged_pods",
    "ignore_daemonsets",
    "drain_timeout_minutes",
    "unbudgeted_workloads",
    "single_replicas",
    "nodes_at_once",
    "running_jobs",
    *(parameter_of(kind) for kind in BlockClass),
    "may_delete_blocked_pods",
    "delete_blocked_after_minutes",
)
"""The parameters of a way back that mean what they mean for an upgrade; the others of a drain have
their defaults."""


def release_params() -> dict[str, Param]:
    """All parameters, in the order of the form; those that say which cluster are the upgrade's."""
    more = link("More", "parameters", "the-dag-eks_upgrade_release")
    shared = upgrade_params()
    return {
        "cluster_name": shared["cluster_name"],
        "region": shared["region"],
        "node_groups": lines(
            "Node groups",
            f"Old node groups to give back, one a line. Empty: all with our mark. {more}.",
            FIRST,
        ),
        "only_look": yes_no(
            "Only look",
            f"List what would be lifted and what would be left alone. Changes nothing. {more}.",
            FIRST,
        ),
        "lock_holder": text(
            "Holder of the lock",
            "Only if this DAG asks for it: the holder of the lock, exactly as its refusal names "
            f"it, if you know that its run is dead. {more}.",
            RELEASE,
        ),
        "return_to_old_nodes": yes_no(
            "Return to the old nodes",
            "Gives the old groups back, then fences and drains the new nodes, within the "
            f"disruption budgets. The new groups stay, empty. {more}.",
            WAY_BACK,
        ),
        "delete_new_groups": yes_no(
            "Delete the new groups",
            f"Delete them once their pods have gone back, instead of leaving them empty. {more}.",
            WAY_BACK,
        ),
        **{name: shared[name] for name in OF_THE_DRAIN},
        "aws_conn_id": shared["aws_conn_id"],
        "role_arn": shared["role_arn"],
        "poll_seconds": shared["poll_seconds"],
    }
