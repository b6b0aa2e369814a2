"""The release by its operators, against the rehearsal: ours is lifted, what is not ours stays."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from eks_upgrade_airflow.operators.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)
from eks_upgrade_airflow.operators.release_report import EksReleaseReportOperator
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.run.report_notes import notes_of
from eks_upgrade_airflow.run.report_store import Form, ReportStore

from include.eks_upgrade.kube.objects import EXCLUDED
from include.eks_upgrade.nodes.managed.marks import KEY, REBALANCE_TAG
from include.rehearsal.aws import interference
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.run.test_report_store import SETTING
from tests.airflow.upgrade import QUICK
from tests.airflow.worker import Run, environment, parameters

OLD, NEW = "workers", "workers-new"
DEAD = "manual__dead"
REGION = "eu-west-1"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A cluster with an old and a new node group, of which one old node is cordoned by a person."""
    with Rehearsal(speed=600.0) as rehearsal:
        scene = plain(
            rehearsal.world, "shop", "1.33", 3, PlainOptions(groups=(OLD, NEW), addons={})
        )
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        world = World(rehearsal, scene)
        cordon(world, members(world, OLD)[0])
        yield world
        assert rehearsal.clock.failures == []


def cordon(world: World, node: str) -> None:
    """As `kubectl cordon` does: no mark."""

    def change(raw: dict[str, Any]) -> None:
        raw["spec"]["unschedulable"] = True

    with world.rehearsal.clock.lock:
        store = world.rehearsal.world.clusters[world.scene.cluster].store
        store.change("nodes", None, node, change)


def members(world: World, group: str) -> list[str]:
    label = "eks.amazonaws.com/nodegroup"
    found = [n["metadata"] for n in world.objects("nodes")]
    return sorted(meta["name"] for meta in found if meta["labels"].get(label) == group)


def cordoned(world: World) -> set[str]:
    nodes = world.objects("nodes")
    return {n["metadata"]["name"] for n in nodes if n["spec"].get("unschedulable")}


def marks(world: World) -> dict[str, str]:
    """Node name -> our annotation."""
    found = {
        n["metadata"]["name"]: (n["metadata"].get("annotations") or {}).get(
            "eks-upgrade/cordoned-by"
        )
        for n in world.objects("nodes")
    }
    return {name: mark for name, mark in found.items() if mark}


def lease(world: World) -> dict[str, Any] | None:
    """The cluster's lock."""
    return next((each for each in world.objects("leases") if name_of(each) == "eks-upgrade"), None)


def baselines(world: World) -> list[str]:
    """What is kept of how workloads were: annotations of Leases."""
    return [
        key
        for each in world.objects("leases")
        for key in each["metadata"].get("annotations") or ()
        if key.startswith("eks-upgrade/baseline-")
    ]


def name_of(raw: dict[str, Any]) -> str:
    return str(raw["metadata"]["name"])


def open_up(world: World, group: str, size: int) -> None:
    """Give a group room to grow, so that the fence has something to cap."""
    world.eks.update_nodegroup_config(
        clusterName="shop", nodegroupName=group, scalingConfig={"maxSize": size}
    )
    world.rehearsal.clock.advance(600)


def new_run(run_id: str, **given: Any) -> Run:
    run = Run(parameters(cluster_name="shop", region=REGION, **given))
    run.run_id = run_id
    return run


def die_fenced(world: World) -> Run:
    """A run that took the lock, fenced the old group, and is then killed."""
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    pair = {"nodegroup_name": OLD, "replacement_name": NEW, "to_version": "1.33"}
    run.do("fence_old", EksFenceNodegroupOperator, **pair, **QUICK)
    return run


def release_run(state: str = "failed") -> Run:
    run = new_run("manual__release")
    run.states[DEAD] = state
    return run


def release(run: Run, **given: Any) -> dict[str, Any]:
    """The tasks of the DAG, one after another."""
    run.do("look", EksReleaseLookOperator, **given)
    run.do("lock", EksReleaseLockOperator, **given)
    told: dict[str, Any] = run.do("lift", EksReleaseLiftOperator, **given, **QUICK)
    run.do("unlock", EksUnlockClusterOperator)
    return told


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        call(*arguments, **named)
    return str(raised.value)


def test_everything_of_a_dead_run_is_lifted_and_nothing_else_is_touched(world: World) -> None:
    open_up(world, OLD, 7)
    before = world.fingerprint()
    theirs, *ours = members(world, OLD)
    die_fenced(world)
    assert cordoned(world) == {theirs, *ours}
    assert set(marks(world)) == set(ours)
    assert all(mark.endswith(f"eks_upgrade {DEAD}") for mark in marks(world).values())
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 3
    told = release(release_run())
    after = world.fingerprint()
    assert {name: after[name] for name in after if name != "updates"} == {
        name: before[name] for name in before if name != "updates"
    }
    assert cordoned(world) == {theirs}
    assert marks(world) == {}
    assert lease(world) is None
    assert told["changed"]
    assert len(told["data"]["lifted"]) == 6
    assert baselines(world) == []
    assert any("how its workloads were at" in each for each in told["data"]["lifted"])
    assert f"node group '{OLD}': maxSize 3 back to 7" in told["data"]["lifted"]
    assert told["data"]["left"] == [f"node {theirs}: cordoned, but not by us"]


def excluded(world: World) -> set[str]:
    nodes = world.objects("nodes")
    return {n["metadata"]["name"] for n in nodes if EXCLUDED in n["metadata"]["labels"]}


def test_labels_that_took_nodes_out_of_load_balancers_are_lifted_with_the_cordons_if_ours(
    world: World,
) -> None:
    theirs = members(world, OLD)[1]

    def label(raw: dict[str, Any]) -> None:
        raw["metadata"]["labels"][EXCLUDED] = ""

    with world.rehearsal.clock.lock:
        world.rehearsal.world.clusters["shop"].store.change("nodes", None, theirs, label)
    before = cordoned(world)
    dead = die_fenced(world)
    options = {"ignore_daemonsets": True, "timeout_minutes": 1}
    dead.do("drain_old", EksDrainNodesOperator, nodegroup_name=OLD, **options)
    assert excluded(world) == set(members(world, OLD))
    told = release(release_run())
    assert excluded(world) == {theirs}
    assert cordoned(world) == before
    assert sum(EXCLUDED in line for line in told["data"]["lifted"]) == 2
    assert f"node {theirs}: labelled {EXCLUDED}, but not by us" in told["data"]["left"]
    assert release(release_run())["data"]["lifted"] == []


def report_of_release(run: Run, **given: Any) -> str:
    told = run.do("report", EksReleaseReportOperator, **given)
    return Path(told["data"]["html"]).read_text()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReportStore:
    monkeypatch.setenv(SETTING, str(tmp_path))
    return ReportStore(str(tmp_path))


def test_a_release_has_a_report_of_its_own_and_is_noted_in_that_of_the_dead_run(
    world: World, kept: ReportStore
) -> None:
    open_up(world, OLD, 7)
    theirs = members(world, OLD)[0]
    die_fenced(world).do("report", EksUpgradeReportOperator)
    run = release_run()
    release(run)
    page = report_of_release(run)
    assert "<h1>shop: release, 6 things lifted</h1>" in page
    assert "maxSize 3 back to 7" in page.partition("<h2>Lifted</h2>")[2].partition("<h2>")[0]
    assert f"node {theirs}: cordoned, but not by us".partition(":")[2] in page
    assert f"/eks-upgrade/reports/eks_upgrade/{DEAD}" in page
    for form in (Form.HTML, Form.MARKDOWN):
        noted = (kept.read("eks_upgrade", DEAD, form) or b"").decode()
        assert "What this run had left was lifted (6 things)" in noted
        assert f"/eks-upgrade/reports/eks_upgrade/{run.run_id}" in noted


def test_a_run_that_died_without_a_report_is_told_all_the_same(
    world: World, kept: ReportStore
) -> None:
    die_fenced(world)
    run = release_run()
    release(run)
    report_of_release(run)
    (note,) = notes_of(kept, "eks_upgrade", DEAD)
    assert note["text"].startswith("What this run had left was lifted")
    assert note["url"].endswith(f"/reports/eks_upgrade/{run.run_id}")


def test_who_only_looked_has_a_report_and_leaves_no_note(world: World, kept: ReportStore) -> None:
    die_fenced(world)
    run = release_run()
    run.do("look", EksReleaseLookOperator, only_look=True)
    page = report_of_release(run, only_look=True)
    assert "release, only looked: " in page
    assert notes_of(kept, "eks_upgrade", DEAD) == []


def test_a_release_that_is_refused_has_a_report(world: World, kept: ReportStore) -> None:
    die_fenced(world)
    run = release_run(state="running")
    refusal(run.do, "look", EksReleaseLookOperator)
    assert "release refused, nothing was lifted" in report_of_release(run)


def test_what_was_lifted_before_a_failure_is_told(world: World, kept: ReportStore) -> None:
    open_up(world, OLD, 10)
    die_fenced(world)
    world.rehearsal.world.faults.degraded_refuses = True
    interference.set_node_group_health(world.rehearsal.world, "shop", OLD, "DEGRADED", [])
    run = release_run()
    run.do("look", EksReleaseLookOperator)
    run.do("lock", EksReleaseLockOperator)
    refusal(run.do, "lift", EksReleaseLiftOperator, **QUICK)
    page = report_of_release(run)
    assert "release stopped, 4 things lifted before" in page
    assert "the cordon of" in page.partition("<h2>Lifted</h2>")[2].partition("<h2>")[0]
    (note,) = notes_of(kept, "eks_upgrade", DEAD)
    assert "4 things" in note["text"]


def test_a_note_that_cannot_be_kept_fails_nothing(
    world: World,
    kept: ReportStore,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    die_fenced(world)
    (Path(kept.place) / "eks_upgrade" / f"{DEAD}.notes.json").mkdir(parents=True)
    run = release_run()
    release(run)
    assert "things lifted" in report_of_release(run)
    assert (
        f"the report of run {DEAD} could not be given a note"
        in caplog.text + capsys.readouterr().out
    )


def test_a_second_undo_finds_nothing_and_changes_nothing(world: World) -> None:
    die_fenced(world)
    release(release_run())
    before, updates = world.fingerprint(), world.updates()
    again = release(release_run())
    assert not again["changed"]
    assert again["data"] == {"lifted": [], "left": []}
    assert (world.fingerprint(), world.updates()) == (before, updates)


def test_only_looking_lists_what_would_be_lifted_and_changes_nothing(world: World) -> None:
    open_up(world, OLD, 7)
    die_fenced(world)
    before, held = world.fingerprint(), lease(world)
    run = release_run()
    told = run.do("look", EksReleaseLookOperator, only_look=True)
    with pytest.raises(AirflowSkipException):
        run.do("lock", EksReleaseLockOperator, only_look=True)
    assert len(told["data"]["lifts"]) == 6
    assert len(baselines(world)) == 1
    assert "maxSize 3 back to 7" in told["text"]
    assert "not by us" in told["text"]
    assert (world.fingerprint(), lease(world)) == (before, held)


def test_a_living_run_keeps_its_lock_and_its_marks_even_if_it_is_named_as_dead(
    world: World,
) -> None:
    die_fenced(world)
    before, held = world.fingerprint(), lease(world)
    run = release_run(state="running")
    assert held is not None
    named = held["spec"]["holderIdentity"]
    for kind in (EksReleaseLookOperator, EksReleaseLockOperator):
        told = refusal(run.do, "x", kind, lock_holder=named)
        assert "End it first" in told
        assert DEAD in told
    assert DEAD in refusal(run.do, "lift", EksReleaseLiftOperator, **QUICK)
    assert (world.fingerprint(), lease(world)) == (before, held)


def hold_from_elsewhere(world: World, minutes: float) -> str:
    """The dead run's lock as another Airflow would have written it; returns its holder."""
    holder = "https://other.example eks_upgrade manual__1"

    def change(raw: dict[str, Any]) -> None:
        raw["spec"]["holderIdentity"] = holder
        raw["spec"]["leaseDurationSeconds"] = int(minutes * 60)

    with world.rehearsal.clock.lock:
        store = world.rehearsal.world.clusters["shop"].store
        store.change("leases", "kube-system", "eks-upgrade", change)
    return holder


def test_the_lock_of_another_airflow_is_taken_only_when_its_holder_is_typed_exactly(
    world: World,
) -> None:
    die_fenced(world)
    holder = hold_from_elsewhere(world, minutes=60)
    run = release_run()
    told = refusal(run.do, "look", EksReleaseLookOperator)
    assert f"lock_holder set to exactly: {holder}" in told
    assert "is not its name" in refusal(run.do, "look", EksReleaseLookOperator, lock_holder="x")
    assert cordoned(world) == set(members(world, OLD))
    assert release(run, lock_holder=holder)["changed"]
    assert lease(world) is None


def test_a_lock_that_was_not_renewed_in_time_is_nobodys(world: World) -> None:
    die_fenced(world)
    hold_from_elsewhere(world, minutes=-5)
    assert release(release_run())["changed"]


def test_a_group_that_is_being_deleted_keeps_its_cordons(world: World) -> None:
    die_fenced(world)
    world.rehearsal.clock.speed = 0.0  # time stands still: it stays in deletion
    world.eks.delete_nodegroup(clusterName="shop", nodegroupName=OLD)
    told = release(release_run())
    assert told["data"]["lifted"] == []
    assert any("DELETING" in sentence for sentence in told["data"]["left"])
    assert set(marks(world)) <= cordoned(world)
    assert len(baselines(world)) == 1  # its deletion may fail, and then it is compared again
    assert lease(world) is None


def test_a_maximum_that_somebody_set_after_us_stays(world: World) -> None:
    open_up(world, OLD, 7)
    die_fenced(world)
    open_up(world, OLD, 5)
    told = release(release_run())
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 5
    assert KEY not in json.dumps(world.group(OLD).get("taints"))
    assert "maxSize stays 5, somebody set it after us" in told["text"]


def test_only_the_groups_that_were_asked_for_are_given_back(world: World) -> None:
    die_fenced(world)
    before = cordoned(world)
    told = release(release_run(), node_groups=[NEW])
    assert cordoned(world) == before
    assert any(OLD in sentence and "not asked" in sentence for sentence in told["data"]["left"])
    assert "correct node_groups" in refusal(
        release_run().do, "look", EksReleaseLookOperator, node_groups=["nobody"]
    )


def test_a_fence_that_is_still_being_taken_in_is_waited_for_and_then_lifted(world: World) -> None:
    open_up(world, OLD, 7)
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    world.rehearsal.clock.speed = 0.0  # time stands still: the fence's update goes on and on
    fenced = world.eks.update_nodegroup_config(
        clusterName="shop",
        nodegroupName=OLD,
        taints={
            "addOrUpdateTaints": [
                {"key": KEY, "value": "max-7-capped-3", "effect": "NO_SCHEDULE"},
            ]
        },
        scalingConfig={"maxSize": 3},
    )["update"]["id"]
    releasing = release_run()
    looked = releasing.do("look", EksReleaseLookOperator)
    assert fenced in looked["text"]
    releasing.do("lock", EksReleaseLockOperator)
    world.rehearsal.clock.speed = 600.0
    told = releasing.do("lift", EksReleaseLiftOperator, **QUICK)
    assert f"node group '{OLD}': maxSize 3 back to 7" in told["data"]["lifted"]
    assert "taints" not in world.group(OLD)
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 7


def old_asg(world: World) -> dict[str, Any]:
    """The old group's Auto Scaling group: what rests of it, and our tag."""
    name = world.scene.asgs[OLD]
    answer = world.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    (found,) = answer["AutoScalingGroups"]
    return {
        "resting": [each["ProcessName"] for each in found["SuspendedProcesses"]],
        "marked": [each["Key"] for each in found["Tags"] if each["Key"] == REBALANCE_TAG],
    }


def suspend(world: World) -> None:
    world.autoscaling.suspend_processes(
        AutoScalingGroupName=world.scene.asgs[OLD], ScalingProcesses=["AZRebalance"]
    )


def test_the_rebalance_that_rested_for_the_drain_is_given_back(world: World) -> None:
    die_fenced(world)
    assert old_asg(world) == {"resting": ["AZRebalance"], "marked": [REBALANCE_TAG]}
    told = release(release_run())
    assert old_asg(world) == {"resting": [], "marked": []}
    assert f"Auto Scaling group {world.scene.asgs[OLD]}: AZRebalance is resumed" in told["text"]


DIED = [
    pytest.param(False, id="after the tag and before the suspension"),
    pytest.param(True, id="after both and before anything else"),
]


@pytest.mark.parametrize("suspended", DIED)
def test_a_run_that_died_while_it_put_the_rebalance_to_rest_is_released(
    world: World, *, suspended: bool
) -> None:
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    name = world.scene.asgs[OLD]
    key = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": REBALANCE_TAG}
    world.autoscaling.create_or_update_tags(Tags=[{**key, "Value": "", "PropagateAtLaunch": False}])
    if suspended:
        suspend(world)
    release(release_run())
    assert old_asg(world) == {"resting": [], "marked": []}


def test_a_rebalance_that_somebody_else_suspended_rests_on(world: World) -> None:
    suspend(world)
    die_fenced(world)
    release(release_run())
    assert old_asg(world) == {"resting": ["AZRebalance"], "marked": []}


def test_of_a_degraded_group_that_takes_no_update_all_else_is_lifted_and_the_rest_told(
    world: World,
) -> None:
    open_up(world, OLD, 10)
    die_fenced(world)
    issue = {"code": "AsgInstanceLaunchFailures", "message": "no room", "resourceIds": ["asg-1"]}
    interference.set_node_group_health(world.rehearsal.world, "shop", OLD, "DEGRADED", [issue])
    world.rehearsal.world.faults.degraded_refuses = True
    run = release_run()
    run.do("look", EksReleaseLookOperator)
    run.do("lock", EksReleaseLockOperator)
    with pytest.raises(AirflowFailException) as raised:
        run.do("lift", EksReleaseLiftOperator, **QUICK)
    told = str(raised.value)
    assert "AsgInstanceLaunchFailures: no room (asg-1)" in told
    assert f"the taint {KEY}" in told
    assert "All else of ours is lifted" in told
    assert marks(world) == {}
    assert old_asg(world)["resting"] == []
    world.rehearsal.world.faults.degraded_refuses = False
    run.do("lift", EksReleaseLiftOperator, **QUICK)
    assert KEY not in str(world.group(OLD).get("taints"))
