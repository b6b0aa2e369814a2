"""Tasks of tests/airflow/upgrade.py by the ids that the DAG gives them, as a report wants them."""

from collections.abc import Iterator, Mapping
from typing import Any

from eks_upgrade_airflow.run.stages import STAGES

from tests.airflow.worker import TaskInstance

TASK_IDS = {task_id.rpartition(".")[2]: task_id for task_id in STAGES}
"""By the name a task has in tests/airflow/upgrade.py."""
MAPPED = {"addons_before": "update_addons_before", "addons_after": "update_addons_after"}


class NamedInstance(TaskInstance):
    """A task instance that tells of the others by the DAG's ids and map indexes."""

    def get_task_breadcrumbs(self, **_: str) -> Iterator[dict[str, Any]]:
        for task_id, map_index in places(self.xcoms).values():
            yield {"task_id": task_id, "map_index": map_index, "state": "success", "duration": 1.0}

    def xcom_pull(
        self, task_ids: str, key: str = "return_value", map_indexes: int | None = None, **_: Any
    ) -> Any:
        if key != "return_value":
            return None
        wanted = task_ids, -1 if map_indexes is None else map_indexes
        names = {place: name for name, place in places(self.xcoms).items()}
        return self.xcoms.get(names.get(wanted, ""))


def places(done: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Name -> (task id, map index) of every task that has ended."""
    found: dict[str, tuple[str, int]] = {}
    for name in done:
        first, _, rest = name.partition(".")
        if rest:
            count = sum(task_id == MAPPED[first] for task_id, _ in found.values())
            found[name] = MAPPED[first], count
            continue
        task_id = TASK_IDS.get(name, name)
        found[name] = task_id, 0 if task_id.startswith("node_group.") else -1
    return found
