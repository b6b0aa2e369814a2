"""What Airflow's database remembers of a run: plain JSON in a file, and nothing else survives.

A process that is killed leaves it as the database would be left: finished tasks with their
XComs, a task that was at work in a worker, or one whose trigger a triggerer was running.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Diary:
    """One DAG run.

    Attributes:
        params: the run's parameters.
        reports: the folder for reports.
        started: when the run began, ISO 8601.
        done: task -> what it returned.
        tries: task -> number of its newest try.
        store: task -> its state store.
        task: the task that is at work, or None.
        letter: the trigger it waits for, as a triggerer gets it (`path`, `kwargs`) and the
            `method` to go on with; None while a worker is at it.
        troubles: failed tries, `task: words`.
        ended: the last task is done.
        walk: which tasks there are, as in `scenes.Setting`.
    """

    params: dict[str, Any]
    reports: str
    started: str
    run_id: str = "manual__1"
    done: dict[str, Any] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    store: dict[str, Any] = field(default_factory=dict)
    task: str | None = None
    letter: dict[str, Any] | None = None
    troubles: list[str] = field(default_factory=list)
    ended: bool = False
    walk: str = "upgrade"

    def save(self, path: Path) -> None:
        """Write it so that whoever is killed meanwhile leaves the old or the new one whole."""
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)), "utf-8")
        os.replace(new, path)

    @classmethod
    def load(cls, path: Path) -> "Diary":
        """Read it."""
        return cls(**json.loads(path.read_text("utf-8")))

    @property
    def where(self) -> str:
        """Which task is at work and which of Airflow's processes has it."""
        if self.task is None:
            return "between two tasks"
        return f"{self.task} in the {'triggerer' if self.letter else 'worker'}"
