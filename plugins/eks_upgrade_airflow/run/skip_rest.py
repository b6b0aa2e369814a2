"""Ending a task well without letting those behind it begin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk.exceptions import DownstreamTasksSkipped

if TYPE_CHECKING:
    from airflow.sdk import Context


def skip_rest(
    context: "Context", task_ids: Iterable[str] | None = None, *, mapped: int = 0
) -> NoReturn:
    """End this task well, and let the others not begin.

    Args:
        context: the task's.
        task_ids: which; by default all behind this one. Teardowns always run.
        mapped: how many instances of a mapped task Airflow may have made already.

    Raises:
        DownstreamTasksSkipped: always.
    """
    task: Any = context["task"]
    behind = [each for each in task.get_flat_relatives(upstream=False) if not each.is_teardown]
    ids = {each.task_id for each in behind}
    named = sorted(ids if task_ids is None else ids & set(task_ids))
    # A name alone means the task before it was mapped (`ti_skip_downstream` of Airflow 3.3.2).
    instances = [(name, index) for name in named for index in range(mapped)]
    raise DownstreamTasksSkipped(tasks=[*named, *instances])
