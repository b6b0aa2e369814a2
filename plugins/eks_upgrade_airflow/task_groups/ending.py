"""How a run ends, whatever happened: its report, the lock given back, and an honest state.

All three are teardowns: where a person ends a run, Airflow 3.3 marks what is at work, skips the
rest, and leaves teardowns alone. It then takes the run's state from its leaves; `verdict` is the
one that counts.
"""

from collections.abc import Collection, Sequence
from typing import Any

from airflow.sdk import TriggerRule

from eks_upgrade_airflow.operators.lock import EksUnlockClusterOperator
from eks_upgrade_airflow.operators.report import (
    EksUpgradeReportOperator,
    EksUpgradeVerdictOperator,
)
from eks_upgrade_airflow.task_groups import Values


def end_run(
    after: Sequence[Any],
    *,
    goals: Collection[str],
    cluster: Values,
    lock: Any = None,
    then: Any = None,
) -> None:
    """Report, unlock and verdict, after all of `after`.

    Each part by itself: when one node group fails, what follows it is known to have failed at
    once, while other groups are still being drained. The end waits for them, too.

    Args:
        after: the parts of the run, at least one.
        goals: see `EksUpgradeVerdictOperator`.
        cluster: which cluster.
        lock: the task that takes the lock, if one does.
        then: a task that comes behind report and lock, and before the verdict.
    """
    report = EksUpgradeReportOperator(
        task_id="report",
        doc_md="Writes the report, whatever happened: what is done, what is not, how to go on.",
        goals=goals,
        **cluster,
    ).as_teardown()
    ends = [report] if lock is None else [report, give_lock_back(lock, cluster=cluster)]
    for part in after:
        part >> ends
    verdict = judge_run(goals)
    ends >> verdict
    if then is not None:
        ends >> then >> verdict


def give_lock_back(lock: Any, *, cluster: Values) -> EksUnlockClusterOperator:
    """The task `unlock`; put it behind all that the lock protects."""
    unlock = EksUnlockClusterOperator(
        task_id="unlock", doc_md="Gives the cluster's lock back.", **cluster
    )
    unlock.as_teardown(setups=lock)
    # Airflow's own rule asks for a lock that succeeded; one that a person ended, or calls a
    # success, may have been taken all the same. The task itself looks whether it was.
    unlock.trigger_rule = TriggerRule.ALL_DONE
    return unlock


def judge_run(goals: Collection[str]) -> EksUpgradeVerdictOperator:
    """The task `verdict`; put it behind all others."""
    verdict = EksUpgradeVerdictOperator(
        task_id="verdict",
        doc_md="Fails unless it was seen that the run has reached what it was for.",
        goals=goals,
        retries=0,
    )
    verdict.as_teardown(on_failure_fail_dagrun=True)
    return verdict
