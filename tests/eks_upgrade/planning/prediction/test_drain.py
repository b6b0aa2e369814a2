"""From the pods on old nodes to what their drain takes: what decides it, and what never ends."""

from typing import Any

import pytest

from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.prediction.defaults import (
    REACTION_SECONDS,
    SETTLING_SECONDS,
    START_SECONDS,
    STOP_SHARE,
)
from include.eks_upgrade.planning.prediction.drain import predict_drain
from include.eks_upgrade.planning.prediction.model import DrainPrediction
from include.eks_upgrade.planning.prediction.moving import FREE, Rules
from tests.eks_upgrade.planning.survey import small_cluster as small

STOP = 30 * STOP_SHARE


def ready_after(seconds: float, name: str, **given: Any) -> SurveyedPod:
    """A pod that was Ready so many seconds after it had a node."""
    raw = small.raw_pod(name, **given)
    raw["metadata"]["creationTimestamp"] = "2026-11-26T10:00:00Z"
    minutes, rest = divmod(10 + int(seconds), 60)
    conditions = raw["status"]["conditions"]
    conditions[0]["lastTransitionTime"] = f"2026-11-26T10:{minutes:02}:{rest:02}Z"
    conditions.append(
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-26T10:00:10Z"}
    )
    return SurveyedPod.from_raw(raw, lambda placement: placement)


def web(count: int, seconds: float = 20.0, **given: Any) -> list[SurveyedPod]:
    return [ready_after(seconds, f"web-{n}", **given) for n in range(count)]


def drain_of(*pods: SurveyedPod, **given: Any) -> DrainPrediction:
    facts = {"scales": {}, **given}
    scales = {scale.family: scale for scale in given.get("scale_list", ())}
    facts.pop("scale_list", None)
    surveyed = small.surveyed(*pods, **{**facts, "scales": scales})
    return predict_drain(Rules(surveyed), "workers")


def budget(app: str = "web", *, expected: int = 4, desired: int = 3, **spec: Any) -> Any:
    given = spec or {"maxUnavailable": 1}
    return small.budget(app, app, status=small.numbers(expected, desired, expected), **given)


def rolled(rounds: int, start: float = 20.0, stop: float = STOP) -> float:
    """Seconds of so many rounds, one pod after another."""
    return (rounds - 1) * (start + REACTION_SECONDS) + stop + SETTLING_SECONDS


def test_a_written_budget_decides_by_what_it_allows() -> None:
    found = drain_of(*web(4), budgets=(budget(),), scale_list=(small.scale(wanted=4),))
    assert (found.pods, found.best) == (4, 60.0)
    assert found.probable == pytest.approx(rolled(4), abs=0.1)
    assert found.decides is not None
    assert (found.decides.name, found.decides.rule) == ("budget shop/web", "maxUnavailable 1")


def test_without_one_the_workloads_own_strategy_does() -> None:
    found = drain_of(*web(4), scale_list=(small.scale(wanted=8),))
    assert found.best == 20.0  # a quarter of eight: two at a time
    assert found.decides is not None
    assert found.decides.name == "Deployment shop/web"
    assert found.decides.allowed == 2


def test_at_once_nothing_waits_for_another() -> None:
    found = drain_of(*web(4), options={"unbudgeted_workloads": "at_once"})
    assert (found.best, found.decides) == (SETTLING_SECONDS, None)
    assert found.limits[0].name == FREE


def test_what_a_pod_waited_for_a_node_is_no_start_up_time() -> None:
    assert web(1)[0].start_seconds == 20.0


def test_the_middle_of_whole_seconds_lies_between_them() -> None:
    pods = [ready_after(3 + (n % 2), f"web-{n}") for n in range(4)]
    found = drain_of(*pods, budgets=(budget(),), scale_list=(small.scale(wanted=4),))
    assert found.best == pytest.approx(3 * 3.5)


def test_a_pod_of_a_statefulset_waits_until_its_predecessor_is_gone() -> None:
    pods = [ready_after(20, f"db-{n}", of="StatefulSet db") for n in range(3)]
    scales = (small.scale("StatefulSet", "db", 3),)
    found = drain_of(*pods, scale_list=scales)
    assert found.best == 40.0
    assert found.probable == pytest.approx(rolled(3, start=20 + STOP), abs=0.1)


STARTS: list[Any] = [
    pytest.param([], START_SECONDS, "a default", id="no pod shows it"),
    pytest.param(
        [ready_after(12, "api-1", of="Deployment api")],
        12.0,
        "the middle of the other pods",
        id="others show it",
    ),
]


@pytest.mark.parametrize(("others", "start", "whose"), STARTS)
def test_a_start_up_that_nobody_saw_is_assumed_and_that_is_said(
    others: list[SurveyedPod], start: float, whose: str
) -> None:
    pods = [small.pod(f"web-{n}") for n in range(2)]
    found = drain_of(*pods, *others, budgets=(budget(),), scale_list=(small.scale(wanted=4),))
    assert found.best == start
    (note,) = found.notes
    assert note.startswith("how long pods of budget shop/web")
    assert f"{start:.0f} s are assumed ({whose})" in note


NEVER: list[Any] = [
    pytest.param({"budgets": (budget(desired=4, minAvailable=4),)}, "budget shop/web", id="all"),
    pytest.param(
        {"budgets": (budget(), small.budget("too", "web", maxUnavailable=1))},
        "budgets shop/too and shop/web",
        id="two budgets",
    ),
]


@pytest.mark.parametrize(("given", "name"), NEVER)
def test_what_can_never_go_is_told_and_not_in_minutes(given: dict[str, Any], name: str) -> None:
    found = drain_of(*web(4), scale_list=(small.scale(wanted=4),), **given)
    assert (found.best, found.probable) == (None, None)
    assert found.never == (f"{name}: 4 pods",)
    assert found.pods == 4


def test_a_budget_that_cannot_be_computed_never_lets_go() -> None:
    status = {
        "conditions": [{"type": "DisruptionAllowed", "reason": "SyncFailed", "message": "no"}]
    }
    stuck = small.budget("web", "web", status=status, maxUnavailable=1)
    assert drain_of(*web(2), budgets=(stuck,)).never == ("budget shop/web: 2 pods",)


def test_a_person_who_is_asked_takes_no_minutes() -> None:
    found = drain_of(
        *web(2),
        budgets=(budget(expected=2, desired=2, minAvailable=2),),
        scale_list=(small.scale(wanted=2),),
        options={"when_blocked": {"never_allowed": "ask"}},
    )
    assert (found.pods, found.never, found.best) == (2, (), SETTLING_SECONDS)
    assert "a person is asked about budget shop/web: 2 pods" in found.notes[0]


def test_what_is_deleted_past_its_budget_waits_first_and_then_goes_one_by_one() -> None:
    found = drain_of(
        *web(3),
        budgets=(budget(expected=3, desired=3, minAvailable=3),),
        scale_list=(small.scale(wanted=3),),
        options={
            "when_blocked": {"never_allowed": "delete"},
            "may_delete_blocked_pods": True,
            "delete_blocked_after_minutes": 10,
            "delete_pause_seconds": 60,
        },
    )
    assert found.probable == pytest.approx(600 + 120 + STOP + SETTLING_SECONDS, abs=1)


def test_a_restart_starts_the_new_pod_first() -> None:
    found = drain_of(
        *web(1),
        budgets=(budget(expected=1, desired=1, minAvailable=1),),
        scale_list=(small.scale(wanted=1),),
        options={"single_replicas": "restart"},
    )
    assert found.probable == pytest.approx(20 + STOP + SETTLING_SECONDS)


JOBS: list[Any] = [
    pytest.param({}, 600.0, id="as long again as it has run"),
    pytest.param({"job_patience_minutes": 5}, 300.0, id="within the patience"),
    pytest.param({"running_jobs": "evict"}, 0.0, id="not waited for"),
]


@pytest.mark.parametrize(("options", "waited"), JOBS)
def test_running_jobs_are_waited_for(options: dict[str, Any], waited: float) -> None:
    raw = small.raw_pod("nightly-1", of="Job nightly")
    raw["metadata"]["creationTimestamp"] = "2027-01-15T07:50:00Z"  # ten minutes before `NOW`
    pod = SurveyedPod.from_raw(raw, lambda placement: placement)
    found = drain_of(pod, options=options)
    assert found.best == SETTLING_SECONDS
    assert found.probable == pytest.approx(waited + STOP + SETTLING_SECONDS)
    assert bool(found.notes) is bool(waited)


HOOKS: list[Any] = [
    pytest.param({}, STOP, id="no hook"),
    pytest.param({"sleep": {"seconds": 15}}, 15 + STOP, id="sleeps"),
    pytest.param({"exec": {"command": ["sleep", "10"]}}, 10 + STOP, id="runs sleep"),
    pytest.param(
        {"exec": {"command": ["/bin/sh", "-c", "sleep 5; nginx -s quit"]}},
        5 + STOP,
        id="a shell that sleeps",
    ),
    pytest.param({"exec": {"command": ["sleep", "100"]}}, 30.0, id="beyond its grace period"),
    pytest.param({"httpGet": {"path": "/bye"}}, STOP, id="nothing tells how long"),
    pytest.param({"exec": {"command": ["my-sleep", "x"]}}, STOP, id="no sleep at all"),
]


@pytest.mark.parametrize(("hook", "seconds"), HOOKS)
def test_a_pod_stops_behind_the_sleep_of_its_hook(hook: dict[str, Any], seconds: float) -> None:
    container = {"name": "c", "image": "app:1", "lifecycle": {"preStop": hook}}
    pod = small.pod("web-1", spec={"containers": [container]})
    found = drain_of(pod, options={"unbudgeted_workloads": "at_once"})
    assert found.probable == pytest.approx(seconds + SETTLING_SECONDS, abs=0.1)


def test_a_grace_period_of_the_run_goes_before_the_pods_own() -> None:
    options = {"grace_period_seconds": 6, "unbudgeted_workloads": "at_once"}
    assert drain_of(*web(1), options=options).probable == pytest.approx(1 + SETTLING_SECONDS)


def test_few_nodes_at_once_take_longer() -> None:
    pods = [ready_after(20, f"web-{n}", on=f"w-{n + 1}") for n in range(2)]
    options = {"unbudgeted_workloads": "at_once"}
    one = drain_of(*pods, options={**options, "nodes_at_once": 1})
    both = drain_of(*pods, options=options)
    assert (one.probable, both.probable) == (2 * STOP + SETTLING_SECONDS, STOP + SETTLING_SECONDS)


def test_only_the_slowest_are_listed() -> None:
    pods = [ready_after(20, f"{app}-1", of=f"Deployment {app}") for app in "abcdefg"]
    found = drain_of(*pods)
    assert (len(found.limits), found.limits_left_out) == (5, 2)


def test_an_empty_group_takes_a_moment() -> None:
    found = drain_of()
    assert (found.pods, found.probable, found.limits) == (0, SETTLING_SECONDS, ())
