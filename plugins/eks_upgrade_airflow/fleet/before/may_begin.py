"""Whether the upgrade of one cluster of a ring may begin at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eks_upgrade_airflow.fleet.base import results_of
from eks_upgrade_airflow.fleet.state import fleet_state
from eks_upgrade_airflow.fleet.triggers.turn import ring_now
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome, may_go_on
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.running.asked import Asked, skipped_by, why_left
from include.eks_upgrade.fleet.running.begin import (
    Answer,
    Before,
    May,
    may_begin,
    threshold_of,
    when_now,
)
from include.eks_upgrade.fleet.running.retagged import out_of_fleet, planned_otherwise
from include.eks_upgrade.fleet.windows.when import When

if TYPE_CHECKING:
    from airflow.sdk import Context


@dataclass(frozen=True, kw_only=True)
class Said:
    """The answer, what the windows say, and what it counts as where the answer is no."""

    answer: Answer
    moment: When = field(default_factory=When)
    outcome: Outcome = Outcome.LEFT

    @property
    def refused(self) -> bool:
        """Whether it may not begin in this opening."""
        return self.answer.may is May.NOT

    @property
    def ending(self) -> tuple[Outcome, str]:
        """Outcome and reason of a cluster that does not begin, for its ring."""
        return self.outcome, self.answer.why


@dataclass(frozen=True, kw_only=True)
class StartQuestion:
    """Asked before each start, by what may have changed since the plan.

    Attributes:
        ring: its name. size: how many clusters of it this run is about.
        planned: the cluster as discovery has found it.
        skip: patterns of clusters that this run was asked to leave alone.
        any_time: a person lets it run whatever windows say.
    """

    ring: str
    size: int
    planned: FleetCluster
    skip: Sequence[str] = ()
    any_time: bool = False

    def ask(
        self,
        context: "Context",
        file: FleetFile,
        expected: Expectation | None,
        cluster: FleetCluster | None = None,
    ) -> Said:
        """What people, windows and the ring say.

        Args:
            context: the task's.
            file: the fleet file as it is now.
            expected: how long its run is expected to take.
            cluster: as it is now; by default as it was found.
        """
        now, state = datetime.now(UTC), fleet_state(context["ti"].dag_id)
        moment = when_now(file, cluster or self.planned, now, any_time=self.any_time)
        mine, wish = self.planned, skipped_by(Asked(skip=tuple(self.skip)), state, now)
        skipped = why_left(mine.arn, mine.title, wish, ())
        before = Before(
            now=now,
            not_now=moment.why_not,
            must_end_by=moment.must_end_by,
            expected=expected,
            zone=moment.opening.zone if moment.opening else "UTC",
            stopped=state.stopped,
            paused=state.paused,
            skipped=skipped,
            broken=self._broken(context, file),
        )
        outcome = Outcome.NOT_TRIED if skipped else Outcome.LEFT
        return Said(answer=may_begin(before), moment=moment, outcome=outcome)

    def ask_again(
        self,
        context: "Context",
        file: FleetFile,
        expected: Expectation | None,
        cluster: FleetCluster,
    ) -> Said:
        """The same of the cluster as it is now: its tags may choose other windows for it, or none.

        A cluster of which a person has changed the tags may be none of the fleet any more, or of
        another ring.
        """
        if why := out_of_fleet(file, cluster):
            answer = Answer(May.NOT, f"untouched: {why}")
            return Said(answer=answer, outcome=Outcome.NOT_TRIED)
        if why := planned_otherwise(file, self.ring, self.planned, cluster):
            return Said(answer=Answer(May.NOT, why))
        if cluster.tags == self.planned.tags:
            return Said(answer=Answer(May.BEGIN))
        return self.ask(context, file, expected, cluster)

    def _broken(self, context: "Context", file: FleetFile) -> str:
        """Why the ring is past its threshold already."""
        ti = context["ti"]
        seen = ring_now(ti.dag_id, ti.run_id, ti.task_id)
        if not seen.failed:
            return ""
        results = results_of(context, ti.task_id)
        bad = sum(1 for each in results if each.outcome is Outcome.FAILED)
        unknown = ClusterResult(arn="", title="another", outcome=Outcome.FAILED)
        results += [unknown] * (seen.failed - bad)  # ended by a person, and so without a result
        why = may_go_on(threshold_of(file, self.ring), results, self.size)
        return f"ring '{self.ring}' is past its threshold: {why}" if why else ""
