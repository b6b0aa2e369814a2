"""Tasks of tests/airflow/worker.py by the ids that the DAG gives them, as the report wants them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.airflow.worker import TaskInstance

GROUPED = {
    "control_plane": ("start", "wait"),
    "node_group": (
        "look_up_ami",
        "launch_template",
        "create_green",
        "wait_for_green",
        "fence_blue",
        "drain_blue",
        "verify_workloads",
        "delete_blue",
        "wait_for_deletion",
        "diagnose",
        "unprotect",
        "delete_again",
        "wait_again",
        "delete_asg",
        "delete_last",
        "wait_gone",
    ),
}
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
        group = next((g for g, names in GROUPED.items() if name in names), "")
        found[name] = (
            (f"{group}.{name}", 0)
            if group == "node_group"
            else (
                f"{group}.{name}" if group else name,
                -1,
            )
        )
    return found
