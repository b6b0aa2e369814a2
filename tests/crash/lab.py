"""A rehearsal with many clusters, on which rows run side by side.

Each row has a cluster and processes that are killed. These are forked from a server that has
imported Airflow, as Airflow's own workers are.
"""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from include.rehearsal.environment import Rehearsal
from include.rehearsal.faults.holds import Hold
from include.rehearsal.world import AwsTimings
from tests.crash.child import go
from tests.crash.diary import Diary
from tests.crash.end_state import Looker, changes, doubled
from tests.crash.kinds import BARE, BASELINE, CLUSTER, Raw
from tests.crash.report_facts import report_facts
from tests.crash.rows import Kill, Outcome, Row
from tests.crash.scenes import SETTINGS

SPEED = 360.0
TIMINGS = AwsTimings(addon=360, delete_limit=1800)
"""An update and a deletion must still be at work when the process after the killed one looks,
which takes a second or two."""
ROW_SECONDS = 300.0
LOOK_SECONDS = 0.02
LAST_WORDS = 2000
# What tests/airflow/worker.py calls FROM_CONNECTION; to import it here would import Airflow.
CONNECTION = {"AIRFLOW_CONN_AWS_DEFAULT": '{"conn_type": "aws"}'}


class RowFailed(Exception):
    """A row cannot go on; the message says why."""


class Lab:
    """The rehearsal and the server of processes, as a context manager.

    Args:
        folder: for diaries, logs and reports.
        speed: simulated seconds per real one.

    Attributes:
        recordings: setting -> the changes of its undisturbed run; needed for rows of many kills.
    """

    def __init__(self, folder: Path, speed: float = SPEED) -> None:
        self.folder = folder
        self.rehearsal = Rehearsal(speed, timings=TIMINGS)
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["tests.crash.process"])
        self.recordings: dict[str, list[Raw]] = {}

    def __enter__(self) -> Self:
        self.rehearsal.start()
        self.environment = {**self.rehearsal.environment, **CONNECTION}
        self.looker = Looker(self.rehearsal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rehearsal.stop()

    def run(self, rows: Sequence[Row], width: int) -> list[Outcome]:
        """Build a cluster for each row, then run `width` of them at a time."""
        scenes = [SETTINGS[row.setting].seed(self.rehearsal, row.name) for row in rows]
        assert len(scenes) == len(rows)
        with ThreadPoolExecutor(width) as pool:
            return list(pool.map(self.run_row, rows))

    def run_row(self, row: Row) -> Outcome:
        """One upgrade with its kills, to its end or to what stopped it."""
        began, since = time.monotonic(), self.rehearsal.world.journal.last
        outcome = Outcome(row.name)
        path = self._new_diary(row)
        upgrade = Disturbed(self, row, path)
        try:
            upgrade.run(outcome.hit)
        except RowFailed as problem:
            outcome.error = str(problem)
        self._look(outcome, path, since)
        outcome.seconds = round(time.monotonic() - began, 1)
        return outcome

    def _new_diary(self, row: Row) -> Path:
        folder = self.folder / row.name
        folder.mkdir()
        asked = {
            "cluster_name": row.name,
            "region": self.rehearsal.world.region,
            "target_version": "1.26",
            **SETTINGS[row.setting].params,
        }
        path = folder / "diary.json"
        walk = SETTINGS[row.setting].walk
        Diary(asked, str(folder), datetime.now(UTC).isoformat(), walk=walk).save(path)
        return path

    def _look(self, outcome: Outcome, path: Path, since: int) -> None:
        cluster, diary = outcome.row, Diary.load(path)
        entries = [
            each
            for each in self.rehearsal.world.journal.changes(since=since)
            if each.cluster == cluster or (not each.cluster and cluster in each.target)
        ]
        outcome.end = self.looker.end_state(cluster)
        outcome.changed = dict(changes(entries, cluster))
        outcome.twice = doubled(entries)
        outcome.recorded = [asdict(each) for each in entries]
        outcome.budgets = self.looker.budgets(cluster)
        outcome.troubles = diary.troubles
        if diary.done.get("report"):
            outcome.report = report_facts(diary.done["report"]["data"]["markdown"], cluster)


class Disturbed:
    """One run, killed as its row says."""

    def __init__(self, lab: Lab, row: Row, path: Path) -> None:
        self.lab, self.row, self.path = lab, row, path
        self.log = path.with_name("log")

    def run(self, hit: list[list[str]]) -> None:
        """Kill and start again until the row has no kill left; `hit` gets each that happened.

        Raises:
            RowFailed: a process ended badly, or never came to the call at which to die.
        """
        last: Kill | None = None
        for kill in self.row.kills:
            hit.append(self._killed_at(kill, last))
            last = kill
        child = self._start()
        self._await(child, lambda: False)
        if not Diary.load(self.path).ended:
            raise RowFailed(f"it ended badly: {self._last_words()}")

    def _killed_at(self, kill: Kill, last: Kill | None) -> list[str]:
        hold = self._hold(kill, last)
        child = self._start()
        self._await(child, hold.arrived.is_set)
        if not hold.arrived.is_set():
            hold.release()
            raise RowFailed(f"it never came to {kill.kind.label}: {self._last_words()}")
        child.kill()
        child.join()
        hold.drop()
        return [kill.kind.label, kill.when, Diary.load(self.path).where]

    def _hold(self, kill: Kill, last: Kill | None) -> Hold:
        kind, cluster, target = kill.kind, self.row.name, None
        alone = len(self.row.kills) == 1
        if kind.workload and alone:
            target = kind.workload if kind.workload.startswith(BARE) else f"{kind.workload}-*"
        if kind.of_baseline:
            target = f"{BASELINE}*"
        if kind.target:
            target = kind.target.replace(CLUSTER, cluster)
        narrow = kind.workload or kind.of_baseline
        return self.lab.rehearsal.world.holds.hold(
            kind.side,
            kind.operation,
            kill.when,
            nth=self._nth(kill, last) if not narrow else kind.turn if alone else 1,
            cluster=None if kind.target else cluster,
            target=target,
        )

    def _nth(self, kill: Kill, last: Kill | None) -> int:
        """Which request of the operation it is, counted from the last kill on."""
        if last is None:
            return kill.kind.nth
        recorded = self.lab.recordings[self.row.setting]
        between = recorded[last.kind.number + 1 : kill.kind.number + 1]
        again = last.when == "before" and last.kind.operation == kill.kind.operation
        return sum(each["operation"] == kill.kind.operation for each in between) + again

    def _start(self) -> BaseProcess:
        """A process that goes on from where the diary ends."""
        child: BaseProcess = self.lab.processes.Process(
            target=go, args=(str(self.path), dict(self.lab.environment), str(self.log))
        )
        child.start()
        return child

    def _await(self, child: BaseProcess, happened: Callable[[], bool]) -> None:
        """Wait until it happened or the process has ended.

        Raises:
            RowFailed: neither in time.
        """
        until = time.monotonic() + ROW_SECONDS
        while child.is_alive() and not happened():
            if time.monotonic() > until:
                child.kill()
                where = Diary.load(self.path).where
                child.join()
                raise RowFailed(f"not at its end after {ROW_SECONDS:.0f} s: {where}")
            time.sleep(LOOK_SECONDS)

    def _last_words(self) -> str:
        diary = Diary.load(self.path)
        log = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return f"{diary.where}; {'; '.join(diary.troubles[-1:])}; log: {log[-LAST_WORDS:]}"
