"""What a task that fails leaves in its log: why, first, and then the way out.

Each problem with its remedy in lines of its own; then what is safe right now and the one action
that goes on, and last what is done and what is not. The way out is the report's own advice
(`include/eks_upgrade/report/advice.py`), so that log and report cannot disagree.
"""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.run.record import record_of
from eks_upgrade_airflow.run.retry_policy import tries_so_far
from eks_upgrade_airflow.run.stages import named, where_to_clear
from eks_upgrade_airflow.run.task_log import log_message
from include.eks_upgrade.common.failure import Failure, worth_another_try
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.report.advice import stop_lines
from include.eks_upgrade.report.record import Record

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

PLAN_TASK = "plan"
"""A run with a plan is an upgrade, and the advice is about upgrades."""


def is_last_try(context: "Context", failure: Failure) -> bool:
    """Whether Airflow will not try this task again by itself."""
    ti: Any = context["ti"]
    retries = getattr(context.get("task"), "retries", None)
    tried = tries_so_far(ti.try_number, getattr(ti, "max_tries", 0), context)
    spent = isinstance(retries, int) and tried > retries
    return spent or not worth_another_try(failure, tried)


def log_failure(context: "Context", failure: Failure) -> None:
    """Log why, then the way out where the failure is final; advice that fails hides no failure."""
    final = is_last_try(context, failure)
    log_message(log, _with_cluster(context, failure), logging.ERROR if final else logging.WARNING)
    if not final:
        log.info("%s: Airflow tries this task again by itself", failure.kind.value)
        return
    try:
        lines = _next_steps(context, failure)
    except Exception as error:  # noqa: BLE001 - the failure itself must be what is seen
        log.warning("what is done and what is not is not known: %r", error)
        return
    for line in lines:
        log_message(log, line, logging.ERROR)


def _with_cluster(context: "Context", failure: Failure) -> str:
    """The message, whose heading names the cluster."""
    given = (context.get("params") or {}).get("cluster_name")
    cluster, heading = str(trimmed(given) or ""), failure.message.partition("\n")[0]
    return failure.message if cluster in heading else f"Cluster {cluster}: {failure.message}"


def _next_steps(context: "Context", failure: Failure) -> list[str]:
    lines = where_to_clear(failure.message, context["dag"].task_ids)
    ti = context["ti"]
    if ti.task_id != PLAN_TASK and not ti.xcom_pull(task_ids=PLAN_TASK):
        return lines
    record = record_of(context, None, datetime.now(UTC))
    tasks = [*record["tasks"], _this(context, failure)]
    return [*lines, *stop_lines(Record.from_json({**record, "tasks": tasks}))]


def _this(context: "Context", failure: Failure) -> dict[str, Any]:
    ti: Any = context["ti"]
    return {
        **named(ti.task_id, ti.map_index),
        "state": "failed",
        "failure": failure.message,
    }
