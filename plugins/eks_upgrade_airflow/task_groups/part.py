"""A box in the graph that leaves the ids of its tasks as they are."""

from typing import Any

from airflow.sdk import TaskGroup


class Part(TaskGroup):
    """Tasks that are one step to whoever looks at the graph, and have the ids of their parent's.

    Airflow's own groups put their name into the ids of their tasks, or take the parent's out;
    these ids stand in runs, reports, alerts and documents.
    """

    def __init__(self, name: str, title: str, tooltip: str) -> None:
        super().__init__(
            group_id=name, group_display_name=title, tooltip=tooltip, prefix_group_id=False
        )

    def child_id(self, label: str) -> str:
        """The id that the task would have without this group."""
        parent = self.parent_group
        return str(parent.child_id(label)) if parent is not None else label


def named(task_id: str) -> dict[str, Any]:
    """A task of a part; without its title the graph would show the whole id."""
    return {"task_id": task_id, "task_display_name": task_id}
