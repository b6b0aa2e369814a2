"""What comes between two hops: the bake, and the start of the run that goes on."""

from typing import Any

from airflow.sdk import TriggerRule

from eks_upgrade_airflow.operators.next_hop import EksNextHopOperator
from eks_upgrade_airflow.sensors.hop_bake import EksHopBakeSensor
from eks_upgrade_airflow.task_groups import APPROVAL, Values, chosen


def go_on(plan: Any, verified: Any, *, cluster: Values, values: Values) -> tuple[Any, Any]:
    """The tasks `bake_hop`, behind the check of the cluster, and `next_hop`, behind all others.

    The bake is under this run's lock; the next run takes its own, so `next_hop` comes behind the
    task that gives the lock back. It asks a person first, where `approvals` names `hops`.

    Args:
        plan: the task that makes the plan.
        verified: the task that checks the cluster.
        cluster: which cluster.
        values: what was chosen.
    """
    baked = EksHopBakeSensor(
        task_id="bake_hop",
        doc_md="Looks at the cluster for a while before the next minor, if that is asked for.",
        known=plan.output["known"],
        **chosen(
            values,
            "worse_minutes",
            bake_minutes="hop_bake_minutes",
            waiter_delay="poll_seconds",
        ),
        **cluster,
    )
    next_hop = EksNextHopOperator(
        task_id="next_hop",
        doc_md="Starts the run of the next minor on the way to the target, if there is one.",
        plan=plan.output,
        trigger_rule=TriggerRule.NONE_FAILED,
        **chosen(values, *APPROVAL, "stop_after_hop"),
        **cluster,
    )
    verified >> baked >> next_hop
    return baked, next_hop
