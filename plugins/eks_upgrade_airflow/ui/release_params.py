"""The parameters of the DAG `eks_upgrade_release`; docs/parameters.md describes each."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.documentation import link
from eks_upgrade_airflow.ui.fields import FIRST, RELEASE, lines, text, yes_no
from eks_upgrade_airflow.ui.params import upgrade_params


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
        "aws_conn_id": shared["aws_conn_id"],
        "role_arn": shared["role_arn"],
        "poll_seconds": shared["poll_seconds"],
    }
