"""Updating a part of the plan's add-ons, one mapped task for each."""

from typing import Any

from airflow.sdk import TriggerRule

from eks_upgrade_airflow.operators.addons import EksUpdateAddonOperator
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator, EksPlanUpgradeOperator, Part
from eks_upgrade_airflow.task_groups import Values, chosen


def list_steps(plan: EksPlanUpgradeOperator, part: Part) -> EksPlanStepsOperator:
    """One part of the plan as arguments. A task, for Airflow cannot map over one key of an XCom."""
    return EksPlanStepsOperator(
        task_id=f"list_{part}",
        doc_md=f"The plan's list of {part.replace('_', ' ')}, one task for each follows.",
        plan=plan.output,
        part=part,
    )


def update_addons(
    steps: EksPlanStepsOperator,
    *,
    doc: str,
    cluster: Values,
    values: Values,
    replaced: Any = (),
    before: Any = None,
) -> Any:
    """One mapped task for each add-on of `steps`; what comes after it waits for all of them.

    `replaced`, `before`, and `back` of the values: see `EksUpdateAddonOperator`.

    Airflow 3.3.2 renders what `expand_kwargs` gives to a task as templates. These are names and
    versions of AWS and a word of a list; what a person types freely must not get in there.
    """
    return EksUpdateAddonOperator.partial(
        task_id=steps.task_id.replace("list_", "update_"),
        doc_md=doc,
        map_index_template="{{ task.cluster_name }}/{{ task.addon_name }}",
        # A part without add-ons is skipped, and is no reason to skip what follows.
        trigger_rule=TriggerRule.NONE_FAILED,
        replaced=replaced,
        before=before,
        **chosen(values, "back", waiter_delay="poll_seconds", limit_minutes="addon_minutes"),
        **cluster,
    ).expand_kwargs(steps.output)
