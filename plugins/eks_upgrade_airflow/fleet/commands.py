"""What the fleet's small command line does: each command reads the state, and writes what follows.

It uses Airflow's Variables and its own way of triggering a DAG, as `airflow variables` and
`airflow dags trigger` do, and so needs what they need: the machine and configuration of one of
Airflow's servers.
"""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from eks_upgrade_airflow.fleet.state import DESCRIPTIONS, variable_name
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.fleet.file.rules.cluster_names import name_pattern_problem
from include.eks_upgrade.fleet.running.resume import resumed
from include.eks_upgrade.fleet.running.state import (
    KEYS,
    PAUSED,
    SKIPPED,
    STOPPED,
    FleetState,
    Pause,
    Skip,
    moment_of,
    read_state,
    text_of,
)

FLEET_DAG = "eks_fleet"
HELP = "See docs/fleet.md, 'Pause, resume, skip, retry'"


class Store(Protocol):
    """What is needed of Airflow."""

    def read(self, name: str) -> str | None:
        """A Variable's text; None when there is none."""

    def write(self, name: str, text: str, about: str) -> None:
        """Write a Variable."""

    def trigger(self, dag_id: str, conf: Mapping[str, Any], who: str) -> str:
        """Start a run; its id."""

    def dag_is_paused(self, dag_id: str) -> bool | None:
        """Whether a DAG is paused; None when there is none of that name."""


@dataclass(frozen=True)
class Fleet:
    """The fleet as a person speaks to it.

    Attributes:
        store: Airflow.
        dag_id: of the fleet's DAG.
        who: whose name stands with what is said.
        now: the moment.
    """

    store: Store
    dag_id: str = FLEET_DAG
    who: str = field(default_factory=getpass.getuser)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def state(self) -> FleetState:
        """As it is now."""
        return read_state({key: self.store.read(variable_name(self.dag_id, key)) for key in KEYS})

    def status(self) -> list[str]:
        """What holds the fleet, and whom it leaves alone."""
        state = self.state
        lines = [line for line in (state.stopped, state.paused) if line]
        lines = lines or ["the fleet goes on in its windows"]
        if state.stop and not state.stop.holds:
            stop = state.stop
            who = f"{stop.resumed_by}: {stop.resumed_because}"
            lines.append(f"its last stop ({stop.why}) was lifted by {who}")
        for one in state.skips:
            over = "" if one.holds(self.now) else " (over)"
            lines.append(f"{one.cluster}: {one}{over}")
        failed = state.failures
        if failed.clusters:
            clusters = ", ".join(failed.clusters)
            lines.append(f"not upgraded and healthy in {failed.run_id}: {clusters}")
        return lines

    def pause(self, why: str) -> list[str]:
        """Let nothing new begin; what runs is finished."""
        _see_text("REASON", why)
        at = self.now.isoformat(timespec="seconds")
        self._write(PAUSED, text_of(Pause(why=why, by=self.who, at=at)))
        return [f"paused: nothing new begins, what runs is finished ({why})"]

    def resume(self, why: str) -> list[str]:
        """Lift a stop and a pause."""
        _see_text("REASON", why)
        before = self.state
        if not before.stopped and not before.paused:
            return ["it was neither stopped nor paused"]
        after = resumed(before, self.who, why, self.now)
        if before.stopped and after.stop is not None:
            self._write(STOPPED, text_of(after.stop))
        if before.pause is not None:
            self._write(PAUSED, "")
        was = before.stopped or before.paused
        return [f"resumed ({was}); the next window goes on, or a run that you start"]

    def skip(self, cluster: str, why: str, until: str = "") -> list[str]:
        """Leave a cluster alone.

        Raises:
            Refused: nothing is named that a cluster could be, no reason is given, or `until` is no
                date that comes.
        """
        _see_text("CLUSTER", cluster)
        _see_pattern(cluster)
        _see_text("REASON", why)
        if until:
            self._see_date(until)
        kept = [one for one in self.state.skips if one.cluster != cluster]
        at = self.now.isoformat(timespec="seconds")
        one = Skip(cluster=cluster, why=why, by=self.who, at=at, until=until)
        self._write(SKIPPED, text_of([*kept, one]))
        return [f"{cluster} is {one}"]

    def unskip(self, cluster: str) -> list[str]:
        """Take a skip back."""
        skips = self.state.skips
        kept = [one for one in skips if one.cluster != cluster]
        if len(kept) == len(skips):
            known = ", ".join(one.cluster for one in skips) or "nothing"
            raise refusal(
                "Nothing was changed",
                cluster,
                f"it is not skipped; skipped is {known}",
                "name it so",
            )
        self._write(SKIPPED, text_of(kept))
        return [f"{cluster} is not skipped any more"]

    def retry_failed(self, why: str) -> list[str]:
        """Start a run for what failed in the last one, whatever the windows say."""
        failed = self.state.failures.clusters
        if not failed:
            return ["nothing failed in the last run that began anything"]
        conf: dict[str, Any] = {"retry_failed": True}
        if why:
            conf["outside_windows"] = why
        paused = self.store.dag_is_paused(self.dag_id)
        if paused is None:
            what = "this Airflow has no DAG of that name, or has not read it yet"
            remedy = f"look at `airflow dags list`; is its file there and free of errors? {HELP}"
            raise refusal("No run was started", f"DAG '{self.dag_id}'", what, remedy)
        run_id = self.store.trigger(self.dag_id, conf, self.who)
        lines = [f"run {run_id} of {self.dag_id} is for {', '.join(failed)}"]
        if paused:
            lines.append(
                f"it waits: the DAG is paused. `airflow dags unpause {self.dag_id}` lets it begin,"
                " and its windows with it"
            )
        return lines

    def _write(self, key: str, text: str) -> None:
        self.store.write(variable_name(self.dag_id, key), text, DESCRIPTIONS[key])

    def _see_date(self, until: str) -> None:
        remedy = "write it as 2026-12-24 or 2026-12-24T06:00+01:00"
        try:
            over = moment_of(until) <= self.now
        except ValueError as error:
            what = f"'{until}' is no date"
            raise refusal("Nothing was changed", "--until", what, remedy) from error
        if over:
            what = f"'{until}' is over, so nothing would be skipped"
            raise refusal("Nothing was changed", "--until", what, "name a day that comes")


def _see_text(name: str, given: str) -> None:
    """See that something was given: nobody would know later why, or whom.

    Raises:
        Refused: it is empty.
    """
    if not given.strip():
        what = "it is empty, and who reads it later would know nothing"
        raise refusal("Nothing was changed", name, what, "write a few words, in quotes")


def _see_pattern(cluster: str) -> None:
    """See that a name is one that a cluster can have; of ARNs and titles others are in the way.

    Raises:
        Refused: no cluster can, so none would be skipped.
    """
    problem = None if {"/", ":"} & set(cluster) else name_pattern_problem(cluster.strip())
    if problem:
        raise refusal("Nothing was changed", "CLUSTER", *problem)
