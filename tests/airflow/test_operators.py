"""One whole upgrade by its operators, sensors and triggers, against the rehearsal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.images import EksLookupAmiOperator
from eks_upgrade_airflow.operators.nodes.launch_template import EksPrepareLaunchTemplateOperator
from eks_upgrade_airflow.operators.plan import outputs

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import runbook
from tests.airflow.real.outside import World
from tests.airflow.upgrade import Upgrade
from tests.airflow.worker import Run, environment, parameters

SPEED = 600.0
RUNBOOK = {"ignore_daemonsets": True, "delete_emptydir_data": True, "force_unmanaged_pods": True}


@pytest.fixture(scope="module")
def module_patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def world(module_patch: pytest.MonkeyPatch) -> Iterator[World]:
    with Rehearsal(speed=SPEED) as rehearsal:
        scene = runbook(rehearsal.world)
        for name, value in environment(rehearsal).items():
            module_patch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


def new_run(world: World, **given: Any) -> Run:
    asked = {"region": world.scene.region, "target_version": "1.26", **given}
    return Run(parameters(cluster_name=world.scene.cluster, **asked))


@pytest.fixture(scope="module")
def upgrade(world: World, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """The run whose steps the tests of this file take, one after another."""
    run = new_run(world, **RUNBOOK, may_unprotect=True, may_delete_asg=True)
    return Upgrade(run, tmp_path_factory.mktemp("reports"))


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        call(*arguments, **named)
    return str(raised.value)


# These tests are one story and stand in its order: each begins where the one before ended.


def test_1_the_plan_tells_everything_and_changes_nothing(upgrade: Upgrade, world: World) -> None:
    before = world.fingerprint()
    plan = upgrade.plan()
    assert (plan["from_version"], plan["to_version"]) == ("1.25", "1.26")
    assert plan["control_plane_needed"] is True
    assert {step["name"] for step in plan["addons_before"]} == set(world.addons())
    pairs = [(step["name"], step["replacement"]) for step in plan["node_groups"]]
    assert pairs == [("workers", "workers-k126")]
    assert world.fingerprint() == before
    nothing = {"addons": {}, "node_groups": {}}
    assert upgrade.run.store == {"target_version": "1.26", "broken_before": nothing}
    assert upgrade.run.pushed.pop("preflight")["blocked"] is False
    assert upgrade.run.pushed == {**outputs(upgrade.planned), "known": {}}


def test_2_the_lock_keeps_another_run_off_until_that_has_ended(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.lock()
    assert upgrade.run.done["lock"]["changed"]
    other = new_run(world)
    other.run_id = "manual__2"
    told = refusal(other.do, "lock", EksLockClusterOperator)
    assert "manual__1" in told
    assert other.failure == told
    other.states["manual__1"] = "failed"
    assert other.do("lock", EksLockClusterOperator)["changed"]
    upgrade.run.states["manual__2"] = "success"
    upgrade.lock()


def test_3_addons_go_to_versions_that_fit_both_minors(upgrade: Upgrade, world: World) -> None:
    results = upgrade.addons("addons_before")
    assert all(result["changed"] and result["waits"] for result in results)
    steps = upgrade.run.done["plan"]["addons_before"]
    assert world.addons() == {step["name"]: step["versions"][-1] for step in steps}


def test_4_the_control_plane_is_moved_and_that_very_update_awaited(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.control_plane()
    assert world.cluster["version"] == "1.26"
    assert world.cluster["status"] == "ACTIVE"
    assert upgrade.run.done["start_update"]["data"]["update_id"] in world.updates()
    assert upgrade.run.done["await_update"]["waits"][0][0] == "aws"


def test_5_addons_that_had_to_wait_follow(upgrade: Upgrade, world: World) -> None:
    results = upgrade.addons("addons_after")
    assert [result["changed"] for result in results] == [True]
    assert world.addons()["kube-proxy"].startswith("v1.26.")


def test_6_the_new_group_stands_beside_the_old_one_ready(upgrade: Upgrade, world: World) -> None:
    upgrade.new_group()
    done = upgrade.run.done
    assert done["look_up_ami"]["data"]["image_id"] == upgrade.step["planned_image_id"]
    assert done["prepare_launch_template"]["data"]["launch_template_version"] == "2"
    assert world.groups() == ["workers", "workers-k126"]
    old, new = world.group("workers"), world.group("workers-k126")
    assert new["status"] == "ACTIVE"
    assert new["labels"] == old["labels"]
    assert new["scalingConfig"]["desiredSize"] == old["scalingConfig"]["desiredSize"]


def test_6_b_what_a_task_hands_on_is_an_xcom_of_its_own_and_never_none(upgrade: Upgrade) -> None:
    run = new_run_after(upgrade)
    run.do(
        "look_up_ami",
        EksLookupAmiOperator,
        nodegroup_name=upgrade.old,
        kubernetes_version="1.26",
        planned_image_id=upgrade.step["planned_image_id"],
        ami_source="name_pattern",
    )
    assert run.pushed == {"image_id": upgrade.step["planned_image_id"], "image_family": "al2"}
    run.do("prepare_launch_template", EksPrepareLaunchTemplateOperator, **upgrade.both)
    assert run.pushed == {"launch_template_id": "", "launch_template_version": ""}
    assert "EKS chooses the image" in run.done["prepare_launch_template"]["text"]


def new_run_after(upgrade: Upgrade) -> Run:
    """Another try of the same run."""
    return Run(upgrade.run.params, upgrade.run.run_id, states=upgrade.run.states)


def test_7_the_drain_refuses_pod_by_pod_what_its_options_do_not_allow(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.fence()
    before = world.fingerprint()
    none = dict.fromkeys(RUNBOOK, False)
    told = refusal(upgrade.drain, **none)
    assert {name for name in RUNBOOK if name in told} == set(RUNBOOK)
    for owner in ("logging/log-agent", "shop/cache", "ops/debug-shell"):
        assert owner in told
    only = refusal(upgrade.drain, force_unmanaged_pods=False)
    assert "ops/debug-shell" in only
    assert "shop/cache" not in only
    assert world.fingerprint() == before


def test_8_the_group_is_not_deleted_while_pods_are_left_on_it(
    upgrade: Upgrade, world: World
) -> None:
    told = refusal(upgrade.delete)
    assert "shop/api-" in told
    assert world.group("workers")["status"] == "ACTIVE"


def test_9_the_drain_moves_every_pod_and_tells_what_stood_in_its_way(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.drain()
    upgrade.verify()
    result = upgrade.run.done["drain_old"]
    assert result["changed"]
    assert result["data"]["moved"] >= 11
    assert len(result["data"]["by_node"]) == 3
    assert {name for name in RUNBOOK if name in str(result["obstacles"])} == set(RUNBOOK)
    labels = {
        node["metadata"]["name"]: node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"]
        for node in world.objects("nodes")
    }
    shop = [pod for pod in world.objects("pods") if pod["metadata"]["namespace"] == "shop"]
    assert len(shop) == 10
    assert {labels[pod["spec"]["nodeName"]] for pod in shop} == {"workers-k126"}


def test_a_the_protected_group_is_stuck_and_the_diagnosis_says_why(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.delete()
    assert upgrade.await_deletion() == "stuck"
    upgrade.diagnose()
    assert world.group("workers")["status"] == "DELETE_FAILED"
    guards = upgrade.run.done["diagnose"]["data"]["guards"]
    assert {guard["allowed_by"] for guard in guards} >= {"may_unprotect"}


RUNGS = [
    pytest.param("unprotect", "may_unprotect", id="lifting the protection"),
    pytest.param("delete_asg", "may_delete_asg", id="deleting the Auto Scaling group"),
]


@pytest.mark.parametrize(("rung", "parameter"), RUNGS)
def test_b_a_rung_that_is_not_allowed_names_the_parameter_and_stops(
    upgrade: Upgrade, world: World, rung: str, parameter: str
) -> None:
    before = world.fingerprint()
    told = refusal(getattr(upgrade, rung), allowed=False)
    assert parameter in told
    assert upgrade.run.failure == told
    assert world.fingerprint() == before
    assert any(one["NewInstancesProtectedFromScaleIn"] for one in world.asgs().values())


def test_c_unprotected_the_group_goes_at_the_second_try(upgrade: Upgrade, world: World) -> None:
    upgrade.unprotect()
    upgrade.retry_delete()
    assert upgrade.await_deletion("await_retry") == "gone"
    upgrade.confirm_gone()
    assert world.groups() == ["workers-k126"]
    assert set(world.asgs()).isdisjoint(world.scene.asgs.values())
    obstacles = upgrade.run.done["retry_delete"]["obstacles"]
    assert obstacles[0]["passed_by"]


RUNGS_LEFT = ["diagnose", "delete_asg"]


@pytest.mark.parametrize("rung", RUNGS_LEFT)
def test_d_a_rung_that_has_done_nothing_is_skipped_once_the_group_is_gone(
    upgrade: Upgrade, rung: str
) -> None:
    with pytest.raises(AirflowSkipException, match="'workers' is gone"):
        getattr(upgrade, rung)()


@pytest.mark.parametrize("rung", ["unprotect", "retry_delete"])
def test_d_a_rung_that_has_done_something_tells_it_again_once_the_group_is_gone(
    upgrade: Upgrade, rung: str
) -> None:
    before = upgrade.run.done[rung]["obstacles"]
    getattr(upgrade, rung)()
    result = upgrade.run.done[rung]
    assert not result["changed"]
    assert [each["what"] for each in result["obstacles"]] == [each["what"] for each in before]
    assert all("in an earlier try" in each["passed_by"] for each in result["obstacles"])


def test_e_the_cluster_is_as_planned_and_the_report_tells_it(
    upgrade: Upgrade, world: World
) -> None:
    upgrade.verify_cluster()
    upgrade.report()
    text = Path(upgrade.run.done["report"]["data"]["markdown"]).read_text("utf-8")
    for word in ("1.25", "1.26", "workers-k126", "coredns"):
        assert word in text
    assert Path(upgrade.run.done["report"]["data"]["html"]).is_file()
    kubelets = {n["status"]["nodeInfo"]["kubeletVersion"][:6] for n in world.objects("nodes")}
    assert kubelets == {"v1.26."}


STEPS = [
    pytest.param(lambda u: u.lock(), ["lock"], id="lock"),
    pytest.param(lambda u: u.addons("addons_before"), ["addons_before."], id="add-ons before"),
    pytest.param(lambda u: u.control_plane(), ["start_update", "await_update"], id="control plane"),
    pytest.param(lambda u: u.addons("addons_after"), ["addons_after."], id="add-ons after"),
    pytest.param(
        lambda u: u.new_group(),
        ["look_up_ami", "prepare_launch_template", "create_new_group", "await_ready"],
        id="new group",
    ),
    pytest.param(lambda u: u.fence(), ["fence_old"], id="fence"),
    pytest.param(lambda u: u.drain(), ["drain_old"], id="drain"),
    pytest.param(lambda u: u.verify(), ["verify_workloads"], id="workloads"),
    pytest.param(lambda u: u.delete(), ["delete_old"], id="delete"),
    pytest.param(lambda u: u.await_deletion(), ["await_deletion"], id="deletion"),
    pytest.param(lambda u: u.confirm_gone(), ["confirm_gone"], id="gone"),
    pytest.param(lambda u: u.verify_cluster(), ["verify_cluster"], id="whole cluster"),
    pytest.param(lambda u: u.report(), ["report"], id="report"),
]


@pytest.mark.parametrize(("step", "tasks"), STEPS)
def test_f_a_step_that_is_cleared_and_run_again_changes_nothing(
    upgrade: Upgrade, world: World, step: Any, tasks: list[str]
) -> None:
    before = world.fingerprint()
    upgrade.run.try_number = 2
    step(upgrade)
    again = {n: d for n, d in upgrade.run.done.items() if n.startswith(tuple(tasks))}
    assert again
    if tasks != ["lock"]:  # it is renewed, which is its purpose
        assert {
            name: result["changed"] for name, result in again.items() if result["changed"]
        } == {}
    assert world.fingerprint() == before


AGAIN = [
    pytest.param("1.26", False, id="another run with the same target"),
    pytest.param("", True, id="the same run, told to go to the next minor"),
]


@pytest.mark.parametrize(("target", "same_run"), AGAIN)
def test_g_a_plan_made_after_the_upgrade_has_nothing_left(
    upgrade: Upgrade, world: World, target: str, same_run: bool
) -> None:
    run = new_run(world, target_version=target)
    if same_run:
        run.store.update(upgrade.run.store)
    plan = Upgrade(run, upgrade.reports).plan()
    assert plan["to_version"] == "1.26"
    assert plan["control_plane_needed"] is False
    assert plan["addons_before"] == plan["addons_after"] == plan["node_groups"] == []


def test_h_the_lock_is_given_back_and_giving_it_back_twice_does_no_harm(upgrade: Upgrade) -> None:
    upgrade.unlock()
    assert upgrade.run.done["unlock"]["changed"]
    upgrade.unlock()
    assert not upgrade.run.done["unlock"]["changed"]


def test_i_no_token_or_key_is_in_what_the_tasks_return(upgrade: Upgrade, world: World) -> None:
    told = json.dumps(upgrade.run.done)
    assert "k8s-aws-v1" not in told
    assert world.rehearsal.environment["AWS_SECRET_ACCESS_KEY"] not in told
