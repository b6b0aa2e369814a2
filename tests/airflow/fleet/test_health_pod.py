"""The pod of the fleet file's `health`, in a rehearsed cluster."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.health_pod import BEGUN_KEY
from eks_upgrade_airflow.run.attempts import record_ending

from include.eks_upgrade.common.errors import Busy, Unreachable
from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.rehearsal.kube.faults import Aim
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab
from tests.airflow.fleet.fleet_lab import Ended, FleetRun
from tests.airflow.fleet.health_lab import FILE, HEALTH, TITLE, run_after, seen, task
from tests.airflow.worker import StateStore
from tests.permissions.files import ORDINARY, SMOKE_TEST, manifests

DELETION = Aim("delete pods", CLUSTER, "default")
PASSES, FAILS, STAYS = ["true"], ["sh", "-c", "exit 3"], ["sleep", "infinity"]


@pytest.fixture(scope="module")
def module_lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


@pytest.fixture
def lab(module_lab: DrainLab) -> Iterator[DrainLab]:
    """No test leaves a pod."""
    module_lab.begun = module_lab.requests()
    yield module_lab
    module_lab.rehearsal.clock.advance(120)
    assert pods(module_lab) == []


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "fleet.yaml"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(made))
    return made


def ask(path: Path, *command: str, **more: Any) -> None:
    """Write a fleet file that asks for a pod."""
    pod = {"image": "busybox:1.36", "command": list(command), **more}
    path.write_text(json.dumps({**FILE, "health": {"pod": pod}}))


def pods(lab: DrainLab) -> list[dict[str, Any]]:
    with lab.rehearsal.clock.lock:
        return lab.rehearsal.world.clusters[CLUSTER].store.list("pods", "default")


def count(lab: DrainLab, operation: str) -> int:
    return sum(lab.done(f"{operation} pods").values())


def resume(run: FleetRun, lab: DrainLab, waiting: Ended) -> Ended:
    """What comes of a deferral: a trigger quick to look, and another process of the task."""
    waiting.value.trigger.poll_seconds = 0.1
    event = run.fired(waiting.value.trigger)
    return run.execute(task(lab), 0, event, waiting.value.method_name)


def execute(run: FleetRun, lab: DrainLab) -> Ended:
    """The task to its end."""
    ended = run.execute(task(lab), 0)
    while ended.state == "deferred":
        ended = resume(run, lab, ended)
    return ended


def unwell(run: FleetRun, lab: DrainLab) -> Ended:
    """The task, whose look finds something at once that counts."""
    waiting = run.execute(task(lab), 0)
    waiting.value.trigger.worse_minutes = 0.0
    return resume(run, lab, waiting)


def test_a_pod_that_ends_well_makes_the_cluster_healthy_and_is_deleted(
    lab: DrainLab, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ask(path, *PASSES)
    run = run_after()
    ended = execute(run, lab)
    assert ended.state == "done"
    assert ended.value["text"] == f"{TITLE} is healthy at {VERSION}"
    assert [kind for kind, *_ in ended.value["waits"]] == ["aws"]
    assert seen(run)["outcome"] == "healthy"
    assert (count(lab, "create"), count(lab, "delete")) == (1, 1)
    assert run.stores[HEALTH, 0].keys() <= {"pod_identifier"}


def test_the_pod_goes_wherever_the_scheduler_likes_and_knows_where_it_is(
    lab: DrainLab, path: Path
) -> None:
    words = ["true", "--at={cluster}/{region}/{account}", "${HOME}", "{}"]
    ask(path, *words, minutes=7)
    run = run_after()
    waiting = run.execute(task(lab), 0)
    (pod,) = pods(lab)
    spec = pod["spec"]
    assert spec["containers"][0]["command"] == [
        "true", f"--at={CLUSTER}/{lab.address.region}/payments", "${HOME}", "{}",
    ]  # fmt: skip
    assert not spec.get("nodeSelector")
    assert not [
        one for one in spec.get("tolerations", ()) if "node.kubernetes.io" not in one["key"]
    ]
    assert spec["automountServiceAccountToken"] is False
    assert spec["activeDeadlineSeconds"] == 420
    assert waiting.value.trigger.deadline - waiting.value.trigger.began == pytest.approx(420, abs=5)
    assert resume(run, lab, waiting).state == "done"


UNHEALTHY = [
    pytest.param(FAILS, {}, "its container ended with exit code 1 (Error)", id="fails"),
    pytest.param(STAYS, {"minutes": 0.2}, "DeadlineExceeded", id="Kubernetes ends it"),
]


@pytest.mark.parametrize(("command", "more", "why"), UNHEALTHY)
def test_a_pod_that_does_not_end_well_makes_the_cluster_unhealthy(
    lab: DrainLab, path: Path, command: list[str], more: dict[str, Any], why: str
) -> None:
    ask(path, *command, **more)
    run = run_after()
    ended = execute(run, lab)
    assert ended.state == "failed"
    assert seen(run)["outcome"] == "unhealthy"
    assert seen(run)["why"].startswith(
        "the test of `health` has not passed (pod default/eks-upgrade-health-"
    )
    assert why in seen(run)["why"]
    assert "its output is in this task's log" in ended.value
    assert "clear this task with its downstream tasks" in ended.value
    assert (count(lab, "create"), count(lab, "delete")) == (1, 1)
    assert len(run.outlet_events) == 0


@pytest.fixture
def full(lab: DrainLab) -> Iterator[None]:
    """No node takes a new pod."""

    def cordon(*, how: bool) -> None:
        with lab.rehearsal.clock.lock:
            store = lab.rehearsal.world.clusters[CLUSTER].store
            for node in store.list("nodes"):
                store.change(
                    "nodes",
                    None,
                    node["metadata"]["name"],
                    lambda one: one["spec"].update(unschedulable=how),
                )

    cordon(how=True)
    yield
    cordon(how=False)


@pytest.mark.usefixtures("full")
def test_a_pod_that_finds_no_node_in_its_time_makes_the_cluster_unhealthy(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES)
    run = run_after()
    assert resume(run, lab, late(run.execute(task(lab), 0))).state == "failed"
    why = seen(run)["why"]
    assert "its pod has not ended after 10 minutes; last seen: its pod is Pending (Unsch" in why
    assert count(lab, "delete") == 1


def test_once_put_right_a_cleared_task_runs_another_pod(lab: DrainLab, path: Path) -> None:
    ask(path, *FAILS)
    run = run_after()
    assert execute(run, lab).state == "failed"
    lab.rehearsal.clock.advance(60)
    ask(path, *PASSES)
    assert execute(run, lab).state == "done"
    assert (count(lab, "create"), seen(run)["outcome"]) == (2, "healthy")


@pytest.mark.usefixtures("full")
def test_the_pod_before_is_not_taken_for_the_next_while_it_is_being_deleted(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES)
    run = run_after()
    assert run.execute(task(lab), 0).state == "deferred"
    store = lab.rehearsal.world.clusters[CLUSTER].store
    (pod,) = pods(lab)
    with lab.rehearsal.clock.lock:
        store.change("pods", "default", pod["metadata"]["name"], _being_deleted)
    with pytest.raises(Busy, match=r"the pod of `health` before, default/.* is being deleted"):
        run.execute(task(lab), 0)
    assert count(lab, "create") == 1
    with lab.rehearsal.clock.lock:
        store.remove("pods", "default", pod["metadata"]["name"])
    waiting = run.execute(task(lab), 0)
    assert count(lab, "create") == 2
    assert resume(run, lab, late(waiting)).state == "failed"


def late(waiting: Ended) -> Ended:
    """The deferral ten minutes later."""
    trigger = waiting.value.trigger
    trigger.began, trigger.deadline = trigger.began - 600, trigger.deadline - 600
    return waiting


def _being_deleted(pod: dict[str, Any]) -> None:
    pod["metadata"] |= {
        "deletionTimestamp": "2026-11-27T08:00:00Z",
        "deletionGracePeriodSeconds": 30,
    }


def test_no_pod_is_run_where_something_else_is_wrong(lab: DrainLab, path: Path) -> None:
    ask(path, *PASSES)
    run = run_after(version="1.34")
    ended = unwell(run, lab)
    assert ended.state == "failed"
    assert "not at 1.34" in seen(run)["why"]
    assert count(lab, "create") == 0


def test_a_pod_follows_a_wait_for_what_passed(lab: DrainLab, path: Path) -> None:
    ask(path, *PASSES)
    run = run_after()
    event = {"state": "done", "detail": "", "data": {"problems": []}, "carry": None}
    event |= {"kind": "aws", "began": 1.0, "ended": 2.0}
    waiting = run.execute(task(lab), 0, event, "resume")
    assert type(waiting.value.trigger).__name__ == "EksPodEndTrigger"
    assert resume(run, lab, waiting).state == "done"


def test_a_task_that_was_killed_beside_its_pod_takes_it_up(lab: DrainLab, path: Path) -> None:
    ask(path, *FAILS)
    run = run_after()
    assert run.execute(task(lab), 0).state == "deferred"
    lab.rehearsal.clock.advance(60)
    ended = execute(run, lab)
    assert "its container ended with exit code 1" in ended.value
    assert (count(lab, "create"), count(lab, "delete")) == (1, 1)


def test_the_pod_of_a_killed_task_is_not_left_where_the_cluster_is_unwell_by_then(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *FAILS)
    run = run_after()
    assert run.execute(task(lab), 0).state == "deferred"
    run.xcoms |= run_after(version="1.34").xcoms
    ended = unwell(run, lab)
    assert "not at 1.34" in ended.value
    assert "exit code" not in ended.value
    assert count(lab, "delete") == 1
    assert not any(key.startswith(BEGUN_KEY) for key in run.stores[HEALTH, 0])


def test_how_the_pod_of_another_cluster_ended_at_its_place_of_the_list_is_not_its_own(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES)
    run, store = run_after(), StateStore()
    run.stores[HEALTH, 0] = store
    context: Any = {"task_state_store": store, "ti": SimpleNamespace(task_id=HEALTH)}
    carry = {"namespace": "default", "name": "gone"}
    event = {"state": "failed", "detail": "exit code 3", "carry": carry}
    record_ending(context, event, "another")
    assert execute(run, lab).state == "done"
    assert count(lab, "create") == 1


def test_a_right_that_is_missing_names_the_file_that_gives_it(lab: DrainLab, path: Path) -> None:
    ask(path, *PASSES)
    run = run_after()
    lab.kube.grant(manifests(ORDINARY))
    try:
        assert run.execute(task(lab), 0).state == "failed"
        why = seen(run)["why"]
        assert "the pod of `health` in namespace 'default': Kubernetes refuses it (403)" in why
        assert 'cannot create resource "pods"' in why
        assert "include/permissions/kubernetes-smoke-test.yaml" in why
        lab.kube.grant(manifests(SMOKE_TEST))
        assert execute(run, lab).state == "done"
    finally:
        lab.kube.allow_all()


def test_a_namespace_that_is_not_there_is_told_in_kubernetes_words(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES, namespace="nowhere")
    run = run_after()
    assert run.execute(task(lab), 0).state == "failed"
    assert "in namespace 'nowhere': Kubernetes refuses it (404)" in seen(run)["why"]


def test_a_pod_that_cannot_be_deleted_is_told_and_deleted_when_the_task_is_cleared(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES)
    run = run_after()
    denied = lab.kube.faults.deny(DELETION, "no such luck", code=403, webhook="pods.example")
    assert execute(run, lab).state == "failed"
    denied.lift()
    assert "no such luck" in seen(run)["why"]
    assert execute(run, lab).state == "done"
    assert (count(lab, "create"), seen(run)["outcome"]) == (1, "healthy")


def test_an_api_that_does_not_answer_is_asked_again_and_one_pod_is_made(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *PASSES)
    run = run_after()
    cut = lab.kube.faults.reset(20, aim=Aim("create pods", CLUSTER, "default"))
    with pytest.raises(Unreachable):
        run.execute(task(lab), 0)
    cut.lift()
    assert execute(run, lab).state == "done"
    assert count(lab, "create") == 1


def test_a_pod_that_is_gone_before_it_was_judged_is_judged_by_how_it_ended(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *FAILS)
    run = run_after()
    cut = lab.kube.faults.reset(50, aim=DELETION, after=True)
    with pytest.raises(Unreachable):
        execute(run, lab)
    cut.lift()
    lab.rehearsal.clock.advance(120)
    assert pods(lab) == []
    assert "exit code 1" in execute(run, lab).value
    assert count(lab, "create") == 1


def test_a_pod_that_is_taken_out_of_the_file_meanwhile_is_judged_and_deleted(
    lab: DrainLab, path: Path
) -> None:
    ask(path, *FAILS)
    run = run_after()
    waiting = run.execute(task(lab), 0)
    path.write_text(json.dumps(FILE))
    assert resume(run, lab, waiting).state == "failed"
    assert count(lab, "delete") == 1
