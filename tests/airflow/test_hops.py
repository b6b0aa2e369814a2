"""Several minors by the steps of several runs, against the rehearsal; what comes between them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
)
from airflow.sdk.execution_time import comms
from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.operators.next_hop import EksNextHopOperator
from eks_upgrade_airflow.triggers.hop_bake import EksHopBakeTrigger

from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.planning.approval.question import GO_ON, STOP
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.upgrade import Upgrade
from tests.airflow.worker import Run, TaskInstance, as_worker, environment, parameters, supervised

SPEED = 600.0
DRAIN = {"ignore_daemonsets": True, "delete_emptydir_data": True, "force_unmanaged_pods": True}


@pytest.fixture(scope="module", name="rehearsal")
def _rehearsal() -> Iterator[Rehearsal]:
    with pytest.MonkeyPatch.context() as patch, Rehearsal(speed=SPEED) as made:
        for name, value in environment(made).items():
            patch.setenv(name, value)
        yield made
        assert made.clock.failures == []


Begin = Callable[..., Upgrade]


@pytest.fixture(name="begin")
def _begin(tmp_path: Path) -> Begin:
    """Begin a run with these parameters, as a person or the run before it gives them."""

    def begin(world: World, run_id: str = "manual__1", **given: Any) -> Upgrade:
        asked = {"cluster_name": world.scene.cluster, "region": world.scene.region, **given}
        return Upgrade(Run(parameters(**{**DRAIN, **asked}), run_id=run_id, conf=asked), tmp_path)

    return begin


def cluster(rehearsal: Rehearsal, name: str, version: str = "1.30") -> World:
    options = PlainOptions(addons={"kube-proxy": None})
    return World(rehearsal, plain(rehearsal.world, name, version, 1, options))


@pytest.fixture(scope="module", name="calm")
def _calm(rehearsal: Rehearsal) -> World:
    """A cluster of which nothing is changed."""
    return cluster(rehearsal, "calm")


def started(run: Upgrade) -> comms.TriggerDagRun:
    """The run that this one has asked Airflow for last."""
    found = [one for one in run.run.asked if isinstance(one, comms.TriggerDagRun)]
    return found[-1]


def move(run: Upgrade) -> None:
    """What every hop does."""
    run.plan()
    run.lock()
    run.addons("addons_before")
    run.control_plane()
    run.addons("addons_after")


def replace_nodes(run: Upgrade) -> None:
    run.new_group()
    run.fence()
    run.drain()
    run.verify()
    run.delete()
    assert run.await_deletion() == "gone"
    run.confirm_gone()


def kubelets(world: World) -> set[str]:
    nodes = world.objects("nodes")
    return {".".join(n["status"]["nodeInfo"]["kubeletVersion"].split(".")[:2]) for n in nodes}


def test_three_minors_are_three_runs_of_which_the_last_replaces_the_nodes(
    rehearsal: Rehearsal, begin: Begin
) -> None:
    world = cluster(rehearsal, "three")
    run = begin(world, target_version="1.33")
    for to, after in (("1.31", "1.32"), ("1.32", "1.33")):
        move(run)
        assert (run.planned.to_version, run.planned.node_groups) == (to, ())
        run.verify_cluster()
        run.unlock()
        run.next_hop()
        assert world.cluster["version"] == to
        assert (world.groups(), kubelets(world)) == (["workers"], {"v1.30"})
        following = started(run)
        assert f"__three__{to}-to-{after}__20261126T031200Z" in following.run_id
        assert run.run.run_id in (following.note or "")
        assert following.conf["target_version"] == "1.33"
        run = begin(world, run_id=following.run_id, **following.conf)
    move(run)
    replace_nodes(run)
    run.verify_cluster()
    with pytest.raises(AirflowSkipException, match="ends here"):
        run.next_hop()
    assert world.cluster["version"] == "1.33"
    assert (world.groups(), kubelets(world)) == (["workers-k133"], {"v1.33"})


def test_where_eks_refuses_a_hop_because_groups_trail_the_next_run_brings_them_up(
    rehearsal: Rehearsal, begin: Begin
) -> None:
    world = cluster(rehearsal, "refusing")
    first = begin(world, target_version="1.32")
    move(first)
    first.verify_cluster()
    first.unlock()
    first.next_hop()
    rehearsal.world.faults.nodegroup_skew = 1
    try:
        second = begin(world, run_id=started(first).run_id, **started(first).conf)
        second.plan()
        assert second.run.pushed["behind"] == ["workers"]
        told, skipped = start_refused(second)
        assert told["data"]["nothing_to_do"] is True
        assert "the next run brings up workers" in told["text"]
        assert world.cluster["version"] == "1.31"
        assert skipped == ["await_update", ("await_update", 0), ("await_update", 1)]

        second.unlock()
        second.next_hop()
        third = begin(world, run_id=started(second).run_id, **started(second).conf)
        assert started(second).run_id.split("__")[-2] == "1.31-to-1.31"
        third.plan()
        assert third.planned.to_version == "1.31"
        assert [step.replacement for step in third.planned.node_groups] == ["workers-k131"]
    finally:
        rehearsal.world.faults.nodegroup_skew = 3


def start_refused(run: Upgrade) -> tuple[dict[str, Any], list[Any]]:
    """Start the update in a DAG of its own: what the task leaves, and what it skips."""
    with DAG("hops"):
        start = EksUpdateClusterVersionOperator(
            task_id="control_plane.start_update",
            kubernetes_version=run.planned.to_version,
            behind=run.run.pushed["behind"],
            **run.run.cluster,
        )
        following = EksNextHopOperator(task_id="next_hop", plan={}, **run.run.cluster)
        start >> EmptyOperator(task_id="await_update") >> following
    ti = TaskInstance(run.run.run_id, {"list_addons_after": [{}, {}]}, {})
    context: Any = {"ti": ti, "task": start, "dag": start.dag, "task_state_store": run.run.store}
    with as_worker(start), supervised([]), pytest.raises(DownstreamTasksSkipped) as skips:
        start.execute(context)
    run.run.done["control_plane.start_update"] = told = ti.pushed["return_value"]
    run.run.pushes["control_plane.start_update"] = ti.pushed
    return told, list(skips.value.tasks)


def test_a_refusal_for_groups_that_do_not_trail_stays_one(
    rehearsal: Rehearsal, calm: World, begin: Begin
) -> None:
    run = begin(calm, target_version="1.31")
    run.plan()
    rehearsal.world.faults.nodegroup_skew = 0
    try:
        with pytest.raises(AirflowFailException, match="must be updated to match"):
            run.control_plane()
    finally:
        rehearsal.world.faults.nodegroup_skew = 3
        run.unlock()


def test_a_run_that_is_to_stop_after_its_hop_leaves_the_next_one_to_others(
    calm: World, begin: Begin
) -> None:
    run = begin(calm, target_version="1.32", stop_after_hop=True, node_groups=[" workers "])
    run.plan()
    run.run.done["verify_cluster"] = {"text": "seen"}
    run.next_hop(stop_after_hop=True)
    assert run.run.asked == []
    left = run.run.pushed["next_run"]
    assert (left["from_version"], left["to_version"]) == ("1.31", "1.32")
    assert left["conf"]["node_groups"] == ["workers"]


def test_a_next_hop_is_not_started_where_nobody_has_seen_the_cluster(
    calm: World, begin: Begin
) -> None:
    run = begin(calm, target_version="1.32")
    run.plan()
    with pytest.raises(AirflowFailException, match="nobody has seen"):
        run.next_hop()
    assert run.run.asked == []


def test_a_person_is_asked_before_the_next_hop_where_that_is_wanted(
    calm: World, begin: Begin
) -> None:
    run = begin(calm, target_version="1.32")
    run.plan()
    run.run.done["verify_cluster"] = {"text": "seen"}
    run.run.answers[:] = [STOP]
    with pytest.raises(AirflowFailException, match="Ada answered 'Stop here'"):
        run.next_hop(approvals=["hops"])
    (question,) = run.run.asked
    assert question.subject.endswith("may the run of the next hop (1.31 to 1.32) begin?")
    run.run.answers[:] = [GO_ON]
    run.next_hop(approvals=["hops"])
    assert started(run) is not None
    assert run.run.done["next_hop"]["data"]["approval"]["who"] == "Ada"


def test_a_cluster_bakes_between_hops(rehearsal: Rehearsal, begin: Begin) -> None:
    world = cluster(rehearsal, "bakes")
    run = begin(world, target_version="1.32", hop_bake_minutes=0.01)
    move(run)
    run.verify_cluster()
    began = time.time()
    run.bake_hop(0.01)
    assert time.time() - began >= 0.6
    assert run.run.deferred[-1] == "EksHopBakeTrigger"
    assert "has baked and is well" in run.run.done["bake_hop"]["text"]


def test_without_a_bake_or_a_next_hop_it_is_skipped(calm: World, begin: Begin) -> None:
    for given in ({"target_version": "1.32"}, {"hop_bake_minutes": 5}):
        run = begin(calm, **given)
        run.plan()
        with pytest.raises(AirflowSkipException):
            run.bake_hop(5)


def bake(until: float, worse_minutes: float) -> Any:
    known = Known(version="1.31", began=0.0).as_json()
    return EksHopBakeTrigger(
        cluster_name="shop",
        aws_conn_id=None,
        region_name=None,
        poll_seconds=1.0,
        deadline=until + 60,
        known=known,
        until=until,
        worse_minutes=worse_minutes,
    )


BAKES = {
    "well, and time is over": ({}, -1, Done),
    "well, and time is not over": ({}, 60, NotYet),
    "not well": ({"a": "a crashes"}, 60, Failed),
    "not well when time is over": ({"a": "a crashes"}, -1, Failed),
}


@pytest.mark.parametrize(("problems", "left", "wanted"), BAKES.values(), ids=BAKES)
def test_what_a_look_during_the_bake_amounts_to(
    problems: dict[str, str], left: float, wanted: type[Any]
) -> None:
    assert isinstance(bake(time.time() + left, 0.0)._outcome(problems), wanted)


def test_what_is_short_for_a_moment_is_no_failure() -> None:
    trigger = bake(time.time() - 1, 5.0)
    assert isinstance(trigger._outcome({"a": "a has 1 of 2"}), NotYet)
    assert isinstance(trigger._outcome({}), Done)
