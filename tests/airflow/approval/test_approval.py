"""A step that asks a person first: what is asked, what each answer comes to, what is kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.nodes.nodegroup import EksDeleteNodegroupOperator
from eks_upgrade_airflow.operators.recovery import EksDeleteAutoScalingGroupOperator
from eks_upgrade_airflow.run.record import record_of

from include.eks_upgrade.common.errors import Busy
from include.eks_upgrade.planning.approval.points import Point
from include.eks_upgrade.planning.approval.question import GO_ON, OPTIONS, STOP
from include.eks_upgrade.report.render import render_report
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.upgrade import LOAD_BALANCER_SECONDS, QUICK, Upgrade
from tests.airflow.worker import Dag, DagRun, Run, TaskInstance, environment, parameters

ALL = [str(point) for point in Point]
PAIR = {"nodegroup_name": "workers", "replacement_name": "workers-k134", "to_version": "1.34"}
ASKING = {"approvals": ALL, "approvers": ["7 Ada", "8 Bob"], "approval_minutes": 60.0}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal(speed=600.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        scene = plain(rehearsal.world, "plain", "1.33", 1, PlainOptions(addons={}))
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture(scope="module")
def upgrade(world: World, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """The run whose steps the tests of this file take, one after another."""
    asked = {"region": world.scene.region, "target_version": "1.34", **ASKING}
    run = Run(parameters(cluster_name=world.scene.cluster, **asked))
    made = Upgrade(run, tmp_path_factory.mktemp("reports"))
    made.plan()
    made.lock()
    return made


def start(upgrade: Upgrade, *answers: str | None, **given: Any) -> Any:
    upgrade.run.answers[:] = answers
    return upgrade.run.do(
        "start_update",
        EksUpdateClusterVersionOperator,
        kubernetes_version="1.34",
        **{**ASKING, **given},
    )


def fence(upgrade: Upgrade, *answers: str | None, **given: Any) -> Any:
    upgrade.run.answers[:] = answers
    both = {**PAIR, "readiness_minutes": 1.0, **QUICK, **ASKING, **given}
    return upgrade.run.do("fence_old", EksFenceNodegroupOperator, **both)


def delete(upgrade: Upgrade, *answers: str | None, **given: Any) -> Any:
    upgrade.run.answers[:] = answers
    both = {**PAIR, "readiness_minutes": 1.0, **ASKING, **given}
    wait = LOAD_BALANCER_SECONDS
    return upgrade.run.do(
        "delete_old", EksDeleteNodegroupOperator, load_balancer_drain_seconds=wait, **both
    )


def refused(step: Any, *arguments: Any, **given: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        step(*arguments, **given)
    return str(raised.value)


NO = {
    "rejected": ((STOP,), {}, "Ada answered 'Stop here'"),
    "timed out": ((None,), {}, "nobody has answered within 60 minutes"),
    "answered by somebody else": ((GO_ON,), {"approvers": ["8 Bob"]}, "only these users may"),
}

# These tests are one story and stand in its order: each begins where the one before ended.


@pytest.mark.parametrize(("answers", "given", "words"), NO.values(), ids=list(NO))
def test_1_without_a_yes_nothing_is_begun_and_the_run_says_so(
    upgrade: Upgrade, world: World, answers: Any, given: Any, words: str
) -> None:
    before = world.fingerprint()
    told = refused(start, upgrade, *answers, **given)
    assert words in told
    assert "control plane from 1.33 to 1.34 of cluster 'plain' was not begun" in told
    assert "repeat the update of the control plane" in told
    assert world.fingerprint() == before
    assert upgrade.run.failure == told
    (kind, asked, answered) = upgrade.run.pushed["waits"][0]
    assert kind == "person"
    assert answered >= asked


def test_2_the_question_shows_the_plan_to_those_who_may_answer(upgrade: Upgrade) -> None:
    question = upgrade.run.asked[-1]
    assert question.subject.startswith("Cluster plain: may the update of the control plane")
    assert question.options == list(OPTIONS)
    # Airflow takes a default when the time is over.
    assert question.defaults is None
    assert question.params == {}
    assert "control plane: 1.33 -&gt; 1.34" in question.body
    start(upgrade, GO_ON, approvers=["7 Ada"])
    assert [(each.id, each.name) for each in upgrade.run.asked[-1].assigned_users] == [("7", "Ada")]


def test_3_what_was_approved_is_begun_and_says_who_and_when(upgrade: Upgrade, world: World) -> None:
    done = upgrade.run.done["start_update"]
    assert done["changed"]
    given = done["data"]["approval"]
    assert (given["who"], given["at"]) == ("Ada", "2026-11-24T03:12:45+00:00")
    assert given["what"] == "the update of the control plane from 1.33 to 1.34"
    assert [wait[0] for wait in done["waits"]] == ["person"]
    assert world.updates()


def test_4_a_step_that_is_begun_or_done_asks_nobody(upgrade: Upgrade) -> None:
    upgrade.run.store.clear()
    asked = len(upgrade.run.asked)
    assert not start(upgrade)["changed"]
    upgrade.control_plane()
    assert not start(upgrade)["changed"]
    assert len(upgrade.run.asked) == asked


def test_5_a_plan_that_has_changed_while_it_was_asked_about_is_asked_about_again(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.new_group()
    plan = upgrade.run.done["plan"]
    (step,) = plan["node_groups"]
    other = {**plan, "node_groups": [{**step, "from_version": "1.32"}]}

    class Meanwhile(list[str | None]):
        """Somebody makes the plan anew before the answer."""

        def pop(self, *_: Any) -> str | None:
            upgrade.run.done["plan"] = other
            return GO_ON

    before, answers = world.fingerprint(), upgrade.run.answers
    upgrade.run.answers = Meanwhile()
    with pytest.raises(Busy, match="the plan has changed since Ada was asked"):
        fence(upgrade)
    assert world.fingerprint() == before
    upgrade.run.answers = answers
    assert "Ada answered" in refused(fence, upgrade, STOP)
    first, second = upgrade.run.asked[-2:]
    assert first.body != second.body
    upgrade.run.done["plan"] = plan


def test_6_a_group_that_the_plan_does_not_replace_any_more_is_not_fenced(
    upgrade: Upgrade,
) -> None:
    plan = upgrade.run.done["plan"]
    upgrade.run.done["plan"] = {**plan, "node_groups": []}
    assert "does not replace it any more" in refused(fence, upgrade)
    upgrade.run.done["plan"] = None
    assert "this run has no plan" in refused(fence, upgrade)
    upgrade.run.done["plan"] = plan


def test_7_an_approval_is_kept_for_the_tries_that_follow_until_the_plan_changes(
    upgrade: Upgrade,
) -> None:
    done = fence(upgrade, GO_ON)
    assert done["data"]["approval"]["what"].startswith("the fence and the drain of node group")
    asked = len(upgrade.run.asked)
    assert fence(upgrade)["data"]["approval"] == done["data"]["approval"]
    assert len(upgrade.run.asked) == asked
    plan = upgrade.run.done["plan"]
    (step,) = plan["node_groups"]
    upgrade.run.done["plan"] = {**plan, "node_groups": [{**step, "from_version": "1.32"}]}
    refused(fence, upgrade, STOP)
    assert len(upgrade.run.asked) == asked + 1
    upgrade.run.done["plan"] = plan


def test_8_nobody_is_asked_about_a_deletion_that_would_be_refused_anyway(
    upgrade: Upgrade, world: World
) -> None:
    asked = len(upgrade.run.asked)
    with pytest.raises(AirflowFailException):
        upgrade.run.do(
            "delete_asg", EksDeleteAutoScalingGroupOperator, nodegroup_name=upgrade.old, **ASKING
        )
    assert len(upgrade.run.asked) == asked
    upgrade.run.answers[:] = [STOP]
    told = refused(
        upgrade.run.do,
        "delete_asg",
        EksDeleteAutoScalingGroupOperator,
        nodegroup_name=upgrade.old,
        may_delete_asg=True,
        **ASKING,
    )
    assert "The deletion of the Auto Scaling group of node group 'workers'" in told
    assert world.groups() == ["workers", "workers-k134"]


def test_9_the_old_group_is_deleted_after_its_own_yes(upgrade: Upgrade, world: World) -> None:
    upgrade.drain(ignore_daemonsets=True)
    assert "nobody has answered" in refused(delete, upgrade, None)
    assert world.groups() == ["workers", "workers-k134"]
    done = delete(upgrade, GO_ON)
    assert done["data"]["state"] == "deleting"
    assert done["data"]["approval"]["point"] == "old_group_deletion"


def test_10_the_report_tells_every_yes(upgrade: Upgrade) -> None:
    run = upgrade.run
    ti: Any = TaskInstance(run.run_id, run.done, {}, others=run.pushes)
    context: Any = {
        "ti": ti,
        "params": run.params,
        "dag_run": DagRun(),
        "dag": Dag(list(run.done)),
    }
    record = record_of(context, None, DagRun().start_date)
    told = render_report(record).markdown
    assert "## Approvals" in told
    assert "Ada (id 7) approved the deletion of node group 'workers' at 2026-11-24 03:12" in told
    assert "Ada (id 7) approved the fence and the drain of node group 'workers'" in told


def test_11_nobody_is_asked_unless_it_is_wanted(upgrade: Upgrade) -> None:
    asked = len(upgrade.run.asked)
    upgrade.run.store.clear()
    for none in ([], None, ["control_plane"]):
        delete(upgrade, approvals=none)
    assert len(upgrade.run.asked) == asked
