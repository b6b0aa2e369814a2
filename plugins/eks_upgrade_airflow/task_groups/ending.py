"""How a run ends, whatever happened: its report, the lock given back, and an honest state."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import TriggerRule

from eks_upgrade_airflow.operators.lock import EksUnlockClusterOperator
from eks_upgrade_airflow.operators.report import (
    EksUpgradeReportOperator,
    EksUpgradeVerdictOperator,
)
from eks_upgrade_airflow.task_groups import Values


def end_run(lock: Any, after: Sequence[Any], *, cluster: Values) -> None:
    """Report, unlock and verdict, after all of `after`.

    Each part by itself: when one node group fails, what follows it is known to have failed at
    once, while other groups are still being drained. The end waits for them, too.
    """
    report = EksUpgradeReportOperator(
        task_id="report",
        doc_md="Writes the report, whatever happened: what is done, what is not, how to go on.",
        trigger_rule=TriggerRule.ALL_DONE,
        **cluster,
    )
    unlock = EksUnlockClusterOperator(
        task_id="unlock", doc_md="Gives the cluster's lock back.", **cluster
    ).as_teardown(setups=lock)
    verdict = EksUpgradeVerdictOperator(
        task_id="verdict",
        doc_md="Fails when anything failed, so that the run's state tells the truth.",
        trigger_rule=TriggerRule.ALL_DONE,
        retries=0,
    )
    for part in after:
        part >> report
        part >> unlock
    # Not report >> unlock: between a setup and its teardown nothing runs when the setup has not,
    # and a refused plan is to have its report.
    [report, unlock] >> verdict
