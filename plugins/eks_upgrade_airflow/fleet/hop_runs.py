"""The runs of `eks_upgrade` that a fleet starts for one cluster: one for each hop of its way."""

from datetime import datetime

from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.run.child_runs import ChildRun
from include.eks_upgrade.common.run_ids import upgrade_run_id
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.fleet.plan import ClusterPlan
from include.eks_upgrade.notices.overdue import EXPECTED
from include.eks_upgrade.planning.hops.next_run import NextRun


def last_minor(plan: ClusterPlan) -> str:
    """The minor that is reached when no other run follows."""
    return plan.final_version or plan.hops[-1]


def first_run(item: RingItem, run_after: datetime | None, note: str) -> ChildRun:
    """The run of the first hop; its id says which, so that it can only be made once.

    It knows the end of the way, and replaces nodes only where that way needs it; it goes one hop,
    because whether the next one begins is decided here.

    Args:
        item: the cluster and its plan.
        run_after: of the fleet's run.
        note: what stands on the run's page.
    """
    found, plan = item.cluster, item.plan
    place = f"{found.account}/{found.region}"
    return ChildRun(
        run_id=upgrade_run_id(found.name, plan.from_version, plan.hops[0], run_after, place=place),
        conf={
            **(plan.parameters or {}),
            "cluster_name": found.name,
            "region": found.region,
            "aws_conn_id": found.aws_conn_id,
            **({"role_arn": found.role_arn} if found.role_arn else {}),
            "target_version": last_minor(plan),
            "stop_after_hop": True,
            # After how long it is overdue; nothing where the plan did not say.
            **({EXPECTED: plan.expected.minutes} if plan.expected else {}),
        },
        note=note,
    )


def following_run(
    plan: ClusterPlan, following: NextRun | None, version: str, note: str
) -> ChildRun | None:
    """The run after one that has ended well; None when this opening holds no more.

    Args:
        plan: the cluster's.
        following: what the run that has ended left to be started.
        version: the minor that was reached.
        note: what stands on the run's page.
    """
    reached, last = read_minor(version), read_minor(plan.hops[-1])
    if following is None or (reached and last and reached >= last):
        return None
    expected = plan.expected_from(version)
    conf = {**following.conf, **({EXPECTED: expected.minutes} if expected else {})}
    return ChildRun(run_id=following.run_id, conf=conf, note=note)
