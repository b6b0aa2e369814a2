"""What a person did to a task's state, kept where the report and the verdict find it.

Airflow keeps no reason for a state: a task that a person marks as failed looks like one whose
worker died, and one that is marked as success keeps the result of an earlier try. Its api-server
tells listeners about each; this one leaves an XCom on the task, in the same transaction. The next
try of the task clears it.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

BY_HAND_KEY = "by_hand"
"""XCom key of the state that a person gave the task."""

ROWS = "airflow.models.taskinstance"
"""Where the class of Airflow's own rows stands; not imported, for a worker has no need of it."""

MARKED = "manually set"
"""What Airflow's words for a failure by hand hold; other failures come here as well."""


Keep = Callable[[Any, str], None]
"""Writes the note of a row's new state."""


class ByHandListener:
    """Notes on our tasks that a person marked them.

    Args:
        names: the classes of our operators.
        keep: writes a note; by default as an XCom.
    """

    def __init__(self, names: Collection[str], keep: Keep | None = None) -> None:
        self.names = names
        self.keep = keep or keep_note

    @hookimpl
    def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
        """Marked as success."""
        if previous_state is None:
            self._note(task_instance, "success")

    @hookimpl
    def on_task_instance_failed(
        self, previous_state: Any, task_instance: Any, error: object
    ) -> None:
        """Marked as failed, by itself or with its run."""
        if previous_state is None and MARKED in str(error):
            self._note(task_instance, "failed")

    @hookimpl
    def on_task_instance_skipped(self, previous_state: Any, task_instance: Any) -> None:
        """Marked as skipped."""
        if previous_state is None:
            self._note(task_instance, "skipped")

    def _note(self, ti: Any, state: str) -> None:
        # A worker tells its own ends to listeners, too; it has no rows of Airflow's database.
        if type(ti).__module__ == ROWS and ti.operator in self.names:
            self.keep(ti, state)


def keep_note(ti: "TaskInstance", state: str) -> None:
    """Write the note in the transaction that changes the state: both are kept, or neither is."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415 - a worker never needs it
    from sqlalchemy.orm import object_session  # noqa: PLC0415 - as above

    session = object_session(ti)
    if session is not None:
        XComModel.set(
            key=BY_HAND_KEY,
            value=state,
            dag_id=ti.dag_id,
            task_id=ti.task_id,
            run_id=ti.run_id,
            map_index=ti.map_index,
            serialize=False,  # plain text is what it is read as
            session=session,
        )
