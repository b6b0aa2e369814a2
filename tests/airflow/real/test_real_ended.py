"""A run that a person ends, or calls a success, is red, has its report, and gives its lock back.

In each phase, and while a task is running, waiting, between two tries, between two tasks, queued.
All runs go side by side, on a cluster each, under one Airflow.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from include.local_airflow.demo.run import DAG
from include.rehearsal.faults.holds import Hold
from include.rehearsal.kube.faults import Aim
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World
from tests.airflow.real.ended_lab import (
    CHECK,
    LOCK,
    PLAN,
    WAIT,
    EndedRun,
    pause,
    stick,
    until,
)
from tests.airflow.real.real_lab import RealLab, real_lab

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800)]

RELEASE = "eks_upgrade_release"
DRAIN = "eks_drain_node_group"
GROUP = "node_group."
QUICK = {"poll_seconds": 1, "load_balancer_drain_seconds": 1, "worse_minutes": 0.02}
SOLO = tuple(deployment(App("shop", "solo", 1, {"maxUnavailable": 0})))
NO_GROUPS = PlainOptions(groups=(), addons={})
OLD_GROUP = "workers"
NEW_GROUP = "workers-k126"
ASKED_AGAIN = 10
"""Requests held in a row: a client asks again after a minute, and a busy Airflow marks slowly."""

HELD: dict[str, list[Hold]] = {}

Act = Callable[[RealLab, EndedRun], None]


@dataclass(frozen=True)
class Row:
    """One run: the cluster, how it comes to its moment, what a person does, what is then told.

    Attributes:
        name: the cluster's, too.
        act: waits for the moment and does what the person does.
        told: part of what the report and the verdict say of where it was.
        before: what is to go wrong, set before the run begins.
    """

    name: str
    act: Act
    told: str
    options: PlainOptions = NO_GROUPS
    before: Callable[[RealLab, str], None] = lambda *_: None
    dag_id: str = DAG
    more: dict[str, object] = field(default_factory=dict)


def stuck_control_plane(lab: RealLab, cluster: str) -> None:
    stick(lab, cluster, "VersionUpdate")


def hold_first_read(lab: RealLab, cluster: str) -> None:
    """The first task of the run is at work until it is released, also where it asks again."""
    hold = lab.rehearsal.world.holds.hold
    HELD[cluster] = [hold("aws", "DescribeCluster", cluster=cluster) for _ in range(ASKED_AGAIN)]


def let_go(cluster: str) -> None:
    for hold in HELD[cluster]:
        hold.release()


def no_leases(lab: RealLab, cluster: str) -> None:
    lab.rehearsal.kube_server.faults.fail(503, None, aim=Aim("* leases", cluster=cluster))


def silent(lab: RealLab, cluster: str, operation: str, target: str | None = None) -> None:
    """From now on that call is never answered well: a wait for it waits on."""
    lab.rehearsal.world.faults.add("http503", operation, cluster=cluster, target=target)


def ends(task: str, *states: str, as_: str = "failed") -> Act:
    """Mark the run when the task is in one of the states."""

    def act(_lab: RealLab, run: EndedRun) -> None:
        run.await_state(task, *states)
        run.mark(as_)

    return act


def after(done: str, operation: str, task: str, target: str | None = None) -> Act:
    """Let a call fail once a task is done, and end the run while the next one waits for it."""

    def act(lab: RealLab, run: EndedRun) -> None:
        run.await_state(done, "success")
        silent(lab, run.cluster, operation, target)
        run.await_state(task, "deferred")
        run.mark("failed")

    return act


def between_tries(lab: RealLab, run: EndedRun) -> None:
    run.await_state(LOCK, "up_for_retry")
    run.mark("failed")
    # Else the end of the run tries as long as the lock did.
    lab.rehearsal.kube_server.faults.lift_all()


def while_planning(_lab: RealLab, run: EndedRun) -> None:
    run.await_state(PLAN, "running")
    run.mark("failed")
    let_go(run.cluster)


def task_marked(_lab: RealLab, run: EndedRun) -> None:
    run.await_state(WAIT, "deferred")
    run.mark_task(WAIT, "failed")


def both_called_success(_lab: RealLab, run: EndedRun) -> None:
    run.await_state(WAIT, "deferred")
    run.mark_task(WAIT, "success")
    run.await_state(CHECK, "deferred")
    run.mark_task(CHECK, "success")


ADDON = PlainOptions(groups=(), addons=None)
ONE = PlainOptions(groups=(OLD_GROUP,), addons={})
BLOCKED = PlainOptions(groups=(OLD_GROUP,), addons={}, manifests=SOLO)
TWO = PlainOptions(groups=("left", "right"), addons={}, manifests=SOLO)
DEFERRED = "deferred"

ROWS = [
    Row("plan-running", while_planning, PLAN, before=hold_first_read),
    Row("lock-retrying", between_tries, LOCK, before=no_leases),
    Row(
        "addon-waiting",
        ends("update_addons_after", DEFERRED),
        "update_addons_after",
        options=ADDON,
        before=lambda lab, cluster: stick(lab, cluster, "AddonUpdate"),
    ),
    Row("control-plane-waiting", ends(WAIT, DEFERRED), WAIT, before=stuck_control_plane),
    Row(
        "control-plane-called-success",
        ends(WAIT, DEFERRED, as_="success"),
        WAIT,
        before=stuck_control_plane,
    ),
    Row("task-marked-failed", task_marked, WAIT, before=stuck_control_plane),
    Row("tasks-called-success", both_called_success, CHECK, before=stuck_control_plane),
    Row(
        "new-group-waiting",
        after(f"{GROUP}create_new_group", "DescribeNodegroup", f"{GROUP}await_ready", NEW_GROUP),
        f"{GROUP}await_ready",
        options=ONE,
    ),
    Row(
        "drain-waiting",
        ends(f"{GROUP}drain_old", "awaiting_input"),
        f"{GROUP}drain_old",
        options=BLOCKED,
        more={"when_never_allowed": "ask"},
    ),
    Row(
        "deletion-waiting",
        after(f"{GROUP}delete_old", "DescribeNodegroup", f"{GROUP}await_deletion", OLD_GROUP),
        f"{GROUP}await_deletion",
        options=ONE,
    ),
    Row("check-waiting", after(WAIT, "ListNodegroups", CHECK), CHECK),
    Row(
        "drain-alone",
        ends("drain", DEFERRED, as_="success"),
        "drain",
        options=TWO,
        dag_id=DRAIN,
        more={"nodegroup_name": "left"},
    ),
]
PAUSED = ["queued", "between-tasks", "release-between-tasks"]
"""Rows of their own: their DAG is paused meanwhile."""


def build(world: World) -> None:
    for row in ROWS:
        plain(world, row.name, "1.25", 1, row.options)
    for cluster in PAUSED:
        plain(world, cluster, "1.25", 1, NO_GROUPS)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLab]:
    # So many runs side by side: fewer of their tasks at once keep SQLite free.
    few = {"AIRFLOW__CORE__PARALLELISM": "4"}
    with real_lab(tmp_path_factory.mktemp("airflow"), build, environment=few) as made:
        for dag_id in (RELEASE, DRAIN):
            made.airflow.await_dag(dag_id)
            pause(made, dag_id, paused=False)
        yield made


@pytest.fixture(scope="module")
def runs(lab: RealLab) -> dict[str, EndedRun]:
    """All runs, ended."""
    runs = while_paused(lab)

    def end(row: Row) -> None:
        row.before(lab, row.name)
        run = runs[row.name] = EndedRun(
            lab, row.dag_id, row.name, **QUICK_OF[row.dag_id], **row.more
        )
        row.act(lab, run)

    with ThreadPoolExecutor(len(ROWS)) as people:
        list(people.map(end, ROWS))
    return runs


QUICK_OF = {DAG: QUICK, DRAIN: {}, RELEASE: {}}


def while_paused(lab: RealLab) -> dict[str, EndedRun]:
    """Ended while no task is at work: the run is queued, or one task is done and none begun."""
    for cluster in PAUSED[1:]:
        hold_first_read(lab, cluster)
    between = EndedRun(lab, DAG, "between-tasks")
    release = EndedRun(lab, RELEASE, "release-between-tasks")
    between.await_state(PLAN, "running")
    release.await_state("look", "running")
    for dag_id in (DAG, RELEASE):
        pause(lab, dag_id, paused=True)
    queued = EndedRun(lab, DAG, "queued")
    for cluster in PAUSED[1:]:
        let_go(cluster)
    between.await_state(PLAN, "success")
    release.await_state("look", "success")
    for run in (between, release, queued):
        assert not {"running", "queued", "deferred"} & set(run.states().values())
        run.mark("failed")
    for dag_id in (DAG, RELEASE):
        pause(lab, dag_id, paused=False)
    return {run.cluster: run for run in (between, release, queued)}


def test_each_of_them_is_red(runs: dict[str, EndedRun]) -> None:
    states = {name: run.state() for name, run in runs.items()}
    assert states == dict.fromkeys(states, "failed")


def test_each_gives_its_lock_back(lab: RealLab, runs: dict[str, EndedRun]) -> None:
    for run in runs.values():
        run.state()
    assert {name: lab.locks(name) for name in runs if lab.locks(name)} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_verdict_says_where_and_that_it_was_a_person(
    runs: dict[str, EndedRun], row: Row
) -> None:
    run = runs[row.name]
    run.state()
    told = run.log("verdict")
    assert "a person " in told
    assert f"{row.told} [{row.name}" in told


@pytest.mark.parametrize("name", [*PAUSED[:2], *(row.name for row in ROWS if row.dag_id == DAG)])
def test_the_report_says_that_a_person_ended_it(runs: dict[str, EndedRun], name: str) -> None:
    run = runs[name]
    run.state()
    text = run.report()
    if name != "tasks-called-success":
        assert "ended by a person" in text
    assert ": upgraded" not in text
    assert "It left no message" not in text


def test_what_a_person_did_was_noted_each_time(lab: RealLab, runs: dict[str, EndedRun]) -> None:
    told = (lab.airflow.places.logs / "api-server.log").read_text("utf-8")
    assert "error calling listener" not in told


def test_a_run_that_was_ended_can_be_gone_on_with_by_a_new_one(
    lab: RealLab, runs: dict[str, EndedRun]
) -> None:
    runs["check-waiting"].state()
    lab.rehearsal.world.faults.calls.lift("ListNodegroups")
    again = EndedRun(lab, DAG, "check-waiting", **QUICK)
    assert again.state() == "success"
    until(lambda: lab.locks("check-waiting") == [], 10)
