"""Upgrading one cluster of a ring: its hops one after another, each a run of `eks_upgrade`.

Nothing is remembered between two executions of this task. Which runs there are follows from the
fleet's run, and how far they are from Airflow: killed, cleared or resumed twice, it meets the same
runs again and goes on from what they are.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.cluster_health import unwell_before
from eks_upgrade_airflow.fleet.base import RESULT_KEY, FileMixin
from eks_upgrade_airflow.fleet.before.locked import Joinable, Locked, who_is_at_work
from eks_upgrade_airflow.fleet.before.may_begin import StartQuestion
from eks_upgrade_airflow.fleet.before.pod_rights import why_no_pod
from eks_upgrade_airflow.fleet.before.tags_now import with_tags_of_now
from eks_upgrade_airflow.fleet.hop_runs import first_run, following_run, last_minor
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.links import ClusterReportLink, UpgradeRunLink
from eks_upgrade_airflow.fleet.looking import BEGAN_KEY, RUNS_KEY, UNWELL_KEY
from eks_upgrade_airflow.fleet.measures import emit
from eks_upgrade_airflow.fleet.triggers.child import EksFleetChildTrigger
from eks_upgrade_airflow.fleet.triggers.turn import EksFleetTurnTrigger
from eks_upgrade_airflow.notices.fleet import tell_cluster_failed
from eks_upgrade_airflow.run import child_runs
from eks_upgrade_airflow.run.addresses import report_page, run_page, whole
from eks_upgrade_airflow.run.child_runs import CHILD_DAG, ChildRun
from eks_upgrade_airflow.run.events import DONE, error_of
from eks_upgrade_airflow.run.task_log import log_message
from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.file.model import FleetFile, Threshold
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.metrics import minutes_sample
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.running.begin import (
    May,
    breaking_failures,
    latest_start,
    next_expected,
    threshold_of,
)
from include.eks_upgrade.fleet.running.child import child_end
from include.eks_upgrade.fleet.running.results import result_json
from include.eks_upgrade.fleet.running.turn import AGAIN
from include.eks_upgrade.report.proof import Proof

if TYPE_CHECKING:
    from airflow.sdk import Context

WITHOUT_END_MINUTES = 365 * 24 * 60.0
"""The runs have limits of their own, and where a person is asked nobody knows how long."""

TURN, CHILD, OTHER = "turn", "child", "other"
"""What was waited for."""


class EksFleetUpgradeOperator(FileMixin, EksStepOperator):
    """Upgrade one cluster as its ring's plan says.

    What is left is a `ClusterResult`: healthy when the last run has proven that the cluster is as
    planned, failed, not tried, or left for the next window. A cluster on which nothing was begun is
    skipped, with the reason; one that failed is red.

    Args:
        title: what people call the cluster.
        item: `RingItem` as JSON.
        ring: the ring's name.
        fleet_file: see `FileMixin`.
        skip_clusters: see `Asked`.
        outside_windows: the reason for which a person lets it run whatever the windows say.
        poll_seconds: seconds between two looks at what is waited for.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "fleet_file", "skip_clusters", "outside_windows", "poll_seconds",
    )  # fmt: skip
    operator_extra_links = (UpgradeRunLink(), ClusterReportLink())

    def __init__(  # noqa: PLR0913 - which cluster, and what whoever started the run may say of it
        self,
        *,
        title: str,
        item: Mapping[str, Any],
        ring: str,
        fleet_file: str = "",
        skip_clusters: Sequence[str] = (),
        outside_windows: str = "",
        poll_seconds: float = 30.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.title = title
        self.item = item
        self.ring = ring
        self.fleet_file = fleet_file
        self.skip_clusters = skip_clusters
        self.outside_windows = outside_windows
        self.poll_seconds = poll_seconds
        self.child_run_id = ""

    @cached_property
    def mine(self) -> RingItem:
        """The cluster, its plan, and its place in the ring."""
        return RingItem.from_json(self.item)

    def step(self, context: "Context") -> StepResult:
        """Go on from what the runs of this cluster are."""
        return self._go_on(context, turn=False, seen={})

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Go on with what was waited for."""
        waited = event["carry"]
        if waited == CHILD and event["state"] != DONE:
            self._end(context, Outcome.FAILED, str(event["detail"]), ())
        if event["state"] != DONE:
            raise error_of(event)
        if waited == TURN:
            return self._go_on(context, turn=not event["data"].get(AGAIN), seen={})
        data = event["data"]
        seen = {data["run_id"]: Proof.from_json(data["proof"])} if waited == CHILD else {}
        return self._go_on(context, turn=True, seen=seen)

    def _go_on(
        self, context: "Context", *, turn: bool, seen: Mapping[str, Proof | None]
    ) -> StepResult:
        """Join what runs, judge what has ended, start what is next.

        Args:
            context: the task's.
            turn: whether its turn in the ring has come already.
            seen: what runs that were waited for have left, by their ids.
        """
        done: list[str] = []
        version, why = self.mine.plan.from_version, ""
        child = self._first(context) if self.mine.plan.hops else None
        while child is not None:
            state = child_runs.state_of(child.run_id)
            if state is None:
                expected = self.mine.plan.expected_from(version)
                answer = self._begin(context, child, done, expected, turn=turn)
                if not done:
                    self._end(context, *answer, ())
                why = f"{answer[1]}; it is at {version}, and goes on in the next window"
                break
            self.child_run_id = child.run_id
            if state not in child_runs.ENDED:
                log_message(self.log, f"run '{child.run_id}' of {CHILD_DAG} exists: it is joined")
                self._await(child.run_id)
            proof = seen.get(child.run_id) or child_runs.proof_left(child.run_id)
            if proof is None and child.run_id not in seen:
                self._await(child.run_id)  # its verdict may be on its way
            end = child_end(proof, child.run_id)
            if end.outcome is Outcome.NOT_TRIED and done:
                why = f"it is at {version}, and run {child.run_id} has left it so: {end.why}"
                break
            if end.outcome is not Outcome.HEALTHY:
                self._end(context, end.outcome, end.why, done, version)
            done.append(child.run_id)
            following = child_runs.next_run_left(child.run_id)
            version, why = (
                following.from_version if following else last_minor(self.mine.plan),
                end.why,
            )
            child = following_run(self.mine.plan, following, version, self._note(context))
        return self._well(context, version, why, done)

    def _begin(
        self,
        context: "Context",
        child: ChildRun,
        done: Sequence[str],
        expected: Expectation | None,
        *,
        turn: bool,
    ) -> tuple[Outcome, str]:
        """Start the run and wait for it; what comes back is why it is not started."""
        file = self.read_file()
        expected = next_expected(expected, self._minutes_taken(context, done))
        said = self._question.ask(context, file, expected)
        if said.refused:
            return said.ending
        first = not done and not turn
        if said.answer.may is May.WAIT or (first and self.mine.place >= self.mine.at_once):
            latest = latest_start(said.moment.must_end_by, expected)
            self._await_turn(context, latest, threshold_of(file, self.ring), first)
        return self._start(context, child, file, expected)

    @property
    def _question(self) -> StartQuestion:
        return StartQuestion(
            ring=self.ring,
            size=self.mine.size,
            planned=self.mine.cluster,
            skip=tuple(self.skip_clusters or ()),
            any_time=bool(self.outside_windows),
        )

    def _start(
        self, context: "Context", child: ChildRun, file: FleetFile, expected: Expectation | None
    ) -> tuple[Outcome, str]:
        """Start it, if the cluster is as it was found, free, and its end could be proven."""
        cluster = with_tags_of_now(self.address, self.mine.cluster, self.log)
        said = self._question.ask_again(context, file, expected, cluster)
        if said.refused:
            return said.ending
        at_work = who_is_at_work(self.address, context, self.log)
        if isinstance(at_work, Locked):
            return Outcome.NOT_TRIED, f"untouched: {at_work.why}"
        if isinstance(at_work, Joinable):
            return self._await(at_work.run_id, at_work.dag_id)
        no_pod = why_no_pod(self.address, file.health.pod, cluster, self.log)
        if no_pod:
            return Outcome.NOT_TRIED, f"untouched: {no_pod}"
        return self._start_now(context, child)

    def _start_now(self, context: "Context", child: ChildRun) -> NoReturn:
        self._remember_before(context)
        started = child_runs.start(child)
        self.child_run_id = child.run_id
        what = "started" if started else "joined, for it exists"
        log_message(self.log, f"run '{child.run_id}' of {CHILD_DAG} is {what}")
        context["task_state_store"].set(child.run_id, time.time())
        self._await(child.run_id)

    def _remember_before(self, context: "Context") -> None:
        """Keep how the cluster is before its first run, for the look at its health."""
        store = context["task_state_store"]
        if store.get(self._of_mine(BEGAN_KEY)) is None:
            store.set(self._of_mine(UNWELL_KEY), {**unwell_before(self.address)})
            store.set(self._of_mine(BEGAN_KEY), time.time())

    def _of_mine(self, key: str) -> str:
        """The key of what is kept of this cluster: a list that is cleared may come back another."""
        return f"{key} {self.mine.plan.arn}"

    def _minutes_taken(self, context: "Context", done: Sequence[str]) -> float | None:
        """How long this task has seen its last run take."""
        began: Any = context["task_state_store"].get(done[-1]) if done else None
        return (time.time() - float(began)) / 60 if began else None

    # --- waiting ----------------------------------------------------------------------------------

    def _await(self, run_id: str, dag_id: str = CHILD_DAG) -> NoReturn:
        """Wait for the end of a run; raises the deferral."""
        self._waits(
            EksFleetChildTrigger.within(
                WITHOUT_END_MINUTES,
                self.address,
                poll_seconds=self.poll_seconds,
                run_id=run_id,
                dag_id=dag_id,
                proves=run_id == self.child_run_id,
                carry=CHILD if run_id == self.child_run_id else OTHER,
            )
        )

    def _await_turn(
        self, context: "Context", latest: datetime | None, threshold: Threshold, first: bool
    ) -> NoReturn:
        ti = context["ti"]
        self._waits(
            EksFleetTurnTrigger.within(
                WITHOUT_END_MINUTES,
                self.address,
                poll_seconds=self.poll_seconds,
                title=self.title,
                place=self.mine.place if first else -1,
                at_once=self.mine.at_once,
                latest=latest.timestamp() if latest else None,
                failures=breaking_failures(threshold, self.mine.size) if first else None,
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                upgrade_task_id=ti.task_id,
                carry=TURN,
            )
        )

    def _waits(self, trigger: Any) -> NoReturn:
        log_message(self.log, f"waiting for {trigger.awaited}")
        self.defer(trigger=trigger, method_name="resume")
        raise AssertionError("defer does not return")

    # --- the run, and how it ended ----------------------------------------------------------------

    def _first(self, context: "Context") -> ChildRun:
        return first_run(self.mine, context["dag_run"].run_after, self._note(context))

    def _note(self, context: "Context") -> str:
        ti = context["ti"]
        fleet_page = whole(run_page(ti.dag_id, ti.run_id))
        return f"Of the fleet's run [{ti.run_id}]({fleet_page}), ring {self.ring}."

    def _well(self, context: "Context", version: str, why: str, done: Sequence[str]) -> StepResult:
        result = self._result(Outcome.HEALTHY, why, version)
        self._push(context, result, done)
        self._measure(context)
        text = f"{self.title} is at {version}: {why}"
        return StepResult(text, changed=True, data={"version": version, "runs": list(done)})

    def _end(
        self,
        context: "Context",
        outcome: Outcome,
        why: str,
        done: Sequence[str],
        version: str = "",
    ) -> NoReturn:
        """End without the cluster being upgraded.

        Raises:
            AirflowSkipException: nothing was moved.
            Stuck: it failed.
        """
        result = self._result(outcome, why, version or self.mine.plan.from_version)
        self._push(context, result, done)
        if outcome in {Outcome.LEFT, Outcome.NOT_TRIED} and not done:
            # Airflow's log says of a skip only that it is one.
            log_message(self.log, f"{self.title} is left alone: {why}")
            raise AirflowSkipException(f"{self.title}: {why}")
        tell_cluster_failed(
            context, self.title, why, run_url=result.url, report_url=result.report_url
        )
        how = f"run {self.child_run_id} of {CHILD_DAG}" if self.child_run_id else "its run"
        raise Stuck(
            f"{self.title} was not upgraded: {why}. Put it right in {how} and clear there what "
            "failed, then clear this task, which joins that run; or start a new one later with "
            "`retry_failed`"
        )

    def _result(self, outcome: Outcome, why: str, version: str) -> ClusterResult:
        run_id = self.child_run_id
        return ClusterResult(
            arn=self.mine.plan.arn,
            title=self.title,
            outcome=outcome,
            why=why,
            version=version,
            url=whole(run_page(CHILD_DAG, run_id)) if run_id else "",
            report_url=whole(report_page(CHILD_DAG, run_id)) if run_id else "",
        )

    def _measure(self, context: "Context") -> None:
        began: Any = context["task_state_store"].get(self._of_mine(BEGAN_KEY))
        if began:
            emit([minutes_sample(self.ring, self.title, (time.time() - float(began)) / 60)])

    def _push(self, context: "Context", result: ClusterResult, done: Sequence[str]) -> None:
        """The result, and beside it what the look at the health has to know."""
        store = context["task_state_store"]
        before = {key: store.get(self._of_mine(key)) for key in (BEGAN_KEY, UNWELL_KEY)}
        known = {RUNS_KEY: list(done), **before}
        kept = {**result_json(result), **known, "ended": time.time()}
        context["ti"].xcom_push(key=RESULT_KEY, value=kept)
