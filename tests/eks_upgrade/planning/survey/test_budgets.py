"""Budgets that can never allow an eviction refuse the plan; those that are full only warn."""

from dataclasses import replace

import pytest

from include.eks_upgrade.planning.survey.budget_numbers import desired_healthy
from include.eks_upgrade.planning.survey.budgets import budgets_in_the_way
from tests.eks_upgrade.planning.survey.small_cluster import (
    budget,
    numbers,
    other_pod,
    pod,
    scale,
    surveyed,
)

WEB = "Deployment shop/web"
SCALES = {each.family: each for each in (scale(), scale("StatefulSet", "db"))}
THREE = tuple(pod(f"web-{n}") for n in range(3))
DB = tuple(pod(f"db-{n}", of="StatefulSet db") for n in range(3))
STUCK = budget("web", "web", maxUnavailable=0, status=numbers(3, 3, 3))


def found(*pods, budgets=(STUCK,), scales=SCALES, **given):
    return budgets_in_the_way(surveyed(*(pods or THREE), budgets=budgets, scales=scales, **given))


NUMBERS = [
    pytest.param("minAvailable", "3", 3, 3, id="a number is that number"),
    pytest.param("minAvailable", "5", 3, 5, id="even more than there are"),
    pytest.param("minAvailable", "50%", 3, 2, id="a percentage is rounded up"),
    pytest.param("minAvailable", "90%", 9, 9, id="up to all of them"),
    pytest.param("minAvailable", "100%", 4, 4, id="all"),
    pytest.param("minAvailable", "0%", 4, 0, id="none"),
    pytest.param("maxUnavailable", "0", 3, 3, id="none may go"),
    pytest.param("maxUnavailable", "1%", 3, 2, id="one percent is one pod"),
    pytest.param("maxUnavailable", "34%", 3, 1, id="and a little more than a third two"),
    pytest.param("maxUnavailable", "7", 3, 0, id="more than there are"),
]


@pytest.mark.parametrize(("kind", "value", "expected", "desired"), NUMBERS)
def test_the_numbers_of_a_budget_are_those_of_the_disruption_controller(
    kind, value, expected, desired
):
    assert desired_healthy(kind, value, expected) == desired


NEVER = [
    pytest.param({"maxUnavailable": 0}, numbers(3, 3, 3), id="maxUnavailable 0"),
    pytest.param({"maxUnavailable": "0%"}, numbers(3, 3, 3), id="maxUnavailable 0%"),
    pytest.param({"minAvailable": 3}, numbers(3, 3, 3), id="minAvailable of all"),
    pytest.param({"minAvailable": 5}, numbers(3, 5, 3), id="minAvailable of more"),
    pytest.param({"minAvailable": "100%"}, numbers(3, 3, 3), id="minAvailable 100%"),
    pytest.param({"minAvailable": "67%"}, numbers(3, 3, 3), id="rounded up to all"),
    pytest.param({"minAvailable": 3}, numbers(4, 3, 4), id="room that a rollout makes is none"),
    pytest.param({"minAvailable": 3}, numbers(2, 3, 3), id="while one of them is not Ready"),
]
UNWRITTEN = [
    pytest.param({"maxUnavailable": 0}, id="maxUnavailable 0"),
    pytest.param({"minAvailable": "90%"}, id="a percentage that is rounded up to all"),
    pytest.param({"minAvailable": 3}, id="minAvailable of all"),
]


@pytest.mark.parametrize(("spec", "status"), NEVER)
def test_a_budget_that_can_never_allow_an_eviction_is_refused(spec, status):
    (problem,) = found(budgets=(budget("web", "web", status=status, **spec),)).problems
    assert problem.subject == "budget shop/web"
    assert f"keep 3 pods of {WEB} from leaving until the drain's time limit" in problem.what
    (limit,) = (f"{key} {value}" for key, value in spec.items())
    assert limit in problem.what
    loosen = ("loosen budget shop/web", "raise the number of replicas")
    for word in (*loosen, "set when_never_allowed to ask", "restart", "may_delete_blocked_pods"):
        assert word in problem.remedy


@pytest.mark.parametrize("spec", UNWRITTEN)
def test_also_while_its_status_is_not_written_yet(spec):
    assert len(found(budgets=(budget("web", "web", settled=False, **spec),)).problems) == 1


FULL = [
    pytest.param({"maxUnavailable": 1}, numbers(2, 2, 3), id="one is away"),
    pytest.param({"minAvailable": 2}, numbers(2, 2, 3), id="one is not Ready"),
    pytest.param({"minAvailable": 2}, numbers(2, 2, 2), id="one is missing for the moment"),
    pytest.param({"minAvailable": "50%"}, numbers(2, 2, 3), id="by a percentage"),
]


@pytest.mark.parametrize(("spec", "status"), FULL)
def test_a_budget_that_is_only_full_at_this_moment_is_a_warning(spec, status):
    # The third is on its way: it is not among the pods that a survey finds Ready.
    one = found(*THREE[:2], budgets=(budget("web", "web", status=status, **spec),))
    assert one.problems == ()
    (warning,) = one.warnings
    assert "budget shop/web allows no eviction at this moment" in warning
    assert "will pass when the budget has room again" in warning


def test_a_budget_with_room_says_nothing():
    with_room = budget("web", "web", maxUnavailable=1, status=numbers(3, 2, 3))
    assert (found(budgets=(with_room,)).problems, found(budgets=(with_room,)).warnings) == ((), ())


def test_a_budget_whose_workload_is_not_known_and_whose_status_is_not_written_is_a_warning():
    unknown = budget("web", "web", settled=False, minAvailable=1)
    one = found(budgets=(unknown,), scales={})
    assert (len(one.problems), len(one.warnings)) == (0, 1)


def test_a_budget_that_cannot_be_computed_never_allows_anything():
    why = "jobs.batch does not implement the scale subresource"
    failed = {"type": "DisruptionAllowed", "reason": "SyncFailed", "message": why}
    broken = budget("web", "web", maxUnavailable=1, status={"conditions": [failed]})
    (problem,) = found(budgets=(broken,)).problems
    assert why in problem.what
    assert "correct the selector of budget shop/web" in problem.remedy


def test_a_budget_over_pods_without_a_controller_counts_none_of_them():
    bare = pod("one", of="", labels={"app": "solo"})
    counting_none = budget("solo", "solo", maxUnavailable=1, status=numbers(1, 0, 0))
    (problem,) = found(bare, budgets=(counting_none,)).problems
    assert "give budget shop/solo a minAvailable that is a number" in problem.remedy


BARE = pod("one", of="", labels={"app": "solo"})


def test_also_while_its_status_is_not_written_yet_and_whatever_the_limit():
    for spec in ({"maxUnavailable": 1}, {"minAvailable": "50%"}, {"maxUnavailable": "100%"}):
        (problem,) = found(BARE, budgets=(budget("solo", "solo", settled=False, **spec),)).problems
        assert "as no controller says how many there are" in problem.what


def test_a_number_counts_pods_without_a_controller_and_those_of_unknown_owners():
    one = budget("solo", "solo", minAvailable=1, status=numbers(1, 1, 1))
    assert len(found(BARE, budgets=(one,)).problems) == 1
    two = pod("two", of="", labels={"app": "solo"})
    roomy = replace(one, allowed=1, healthy=2, expected=2)
    assert found(BARE, two, budgets=(roomy,)).problems == ()


def test_pods_that_have_finished_make_no_room_where_a_number_is_wanted():
    # The Job that made a database has its labels: the controller expects two, one can be healthy.
    made = pod("db-init", of="Job init", labels={"app": "db"}, phase="Succeeded", ready=False)
    primary = pod("db-1", of="StatefulSet db")
    one = budget("db", "db", minAvailable=1, status=numbers(1, 1, 2))
    scales = {"StatefulSet shop/db": scale("StatefulSet", "db", 1)}
    (problem,) = found(primary, made, budgets=(one,), scales=scales).problems
    assert "needs 1 healthy and has 1 of 1 expected" in problem.what


UNSCALED = [
    pytest.param(pod("web-job", of="Job nightly", labels={"app": "web"}), id="a Job's pod"),
    pytest.param(
        pod("web-done", of="Job nightly", labels={"app": "web"}, phase="Succeeded", ready=False),
        id="a finished one",
    ),
    pytest.param(pod("web-log", of="DaemonSet log", labels={"app": "web"}), id="a DaemonSet's"),
]


@pytest.mark.parametrize("other", UNSCALED)
def test_one_pod_whose_owner_has_no_scale_fails_the_budget_of_all_before_its_status_says_so(other):
    for spec in ({"maxUnavailable": 1}, {"minAvailable": "50%"}):
        fresh = budget("web", "web", settled=False, **spec)
        (problem,) = found(*THREE, other, budgets=(fresh,)).problems
        assert "does not implement the scale subresource" in problem.what
        assert "correct the selector of budget shop/web" in problem.remedy
    immune = budget("web", "web", settled=False, minAvailable=2)
    assert found(*THREE, other, budgets=(immune,)).problems == ()


def test_one_percent_of_unavailability_is_one_pod_and_never_none():
    fresh = budget("web", "web", settled=False, maxUnavailable="1%")
    assert found(budgets=(fresh,)).problems == ()


def test_the_scale_of_a_workload_counts_once_and_whole_whoever_its_pods_are():
    # Two of three pods are on the old nodes; 34 % of three is two that may go.
    fresh = budget("web", "web", settled=False, maxUnavailable="34%")
    assert found(*THREE[:2], budgets=(fresh,), elsewhere=(other_pod("web-9"),)).problems == ()
    strict = budget("web", "web", settled=False, minAvailable="67%")
    (problem,) = found(*THREE[:2], budgets=(strict,)).problems
    assert "needs 3 healthy and has 2 of 3 expected" in problem.what


def test_an_empty_selector_means_all_pods_of_the_namespace():
    everything = replace(budget("all", "web", maxUnavailable=0), selector={}, settled=False)
    (problem,) = found(*THREE, *DB, budgets=(everything,)).problems
    assert "6 pods" in problem.what or "StatefulSet shop/db" in problem.what


def test_no_selector_means_none():
    nothing = replace(budget("none", "web", maxUnavailable=0), selector=None, settled=False)
    assert found(budgets=(nothing,)).problems == ()


def test_two_budgets_over_one_pod_allow_nothing():
    loose = {"maxUnavailable": 1, "status": numbers(3, 2, 3)}
    (problem,) = found(budgets=(budget("a", "web", **loose), budget("b", "web", **loose))).problems
    assert problem.subject == "budgets shop/a and shop/b"
    assert "evicts no pod that has more than one" in problem.what


def test_a_budget_that_only_covers_pods_elsewhere_is_nothing_to_this_run():
    one = found(pod("api-1", of="Deployment api"), elsewhere=(other_pod("web-9"),))
    assert (one.problems, one.warnings) == ((), ())


GO_ALL_THE_SAME = [
    pytest.param({"phase": "Pending", "ready": False}, id="pending"),
    pytest.param({"phase": "Failed", "ready": False}, id="finished"),
]


@pytest.mark.parametrize("given", GO_ALL_THE_SAME)
def test_a_pod_that_no_budget_protects_is_not_held(given):
    assert found(pod("web-1", **given)).problems == ()


def test_unhealthy_pods_that_a_budget_always_lets_go_are_not_held():
    lenient = budget(
        "web", "web", maxUnavailable=0, unhealthyPodEvictionPolicy="AlwaysAllow",
        status=numbers(0, 1, 1),
    )  # fmt: skip
    assert (
        found(pod("web-1", ready=False), budgets=(lenient,), scales={WEB: scale(wanted=1)}).problems
        == ()
    )


def test_a_pod_that_crash_loops_uses_its_budget_up_and_that_is_a_warning():
    crashing = other_pod("web-9", ready=False)
    looping = replace(crashing, restarts=9)
    one = found(
        *THREE[:2],
        budgets=(budget("web", "web", maxUnavailable=1, status=numbers(2, 2, 3)),),
        elsewhere=(looping,),
    )
    assert one.problems == ()
    assert "an unhealthy pod uses the budget up" in one.warnings[0]


# --- when_blocked ---------------------------------------------------------------------------------

HELD = [
    pytest.param({}, "Waiting does not help", id="wait, the default"),
    pytest.param({"never_allowed": "wait"}, "Waiting does not help", id="wait"),
    pytest.param({"never_allowed": "fail"}, "the drain would fail because of it", id="fail"),
    pytest.param({"budget_full": "ask"}, "Waiting does not help", id="another class"),
]
LET = [
    pytest.param({"never_allowed": "ask"}, "asks a person", id="ask"),
    pytest.param({"never_allowed": "delete"}, "deletes them past the budget", id="delete"),
    pytest.param({"never_allowed": "restart"}, "restarts their rollouts", id="restart"),
]


@pytest.mark.parametrize(("wanted", "words"), HELD)
def test_what_would_hold_the_drain_is_refused(wanted, words):
    (problem,) = found(options={"when_blocked": wanted}).problems
    assert words in problem.what


@pytest.mark.parametrize(("wanted", "words"), LET)
def test_what_when_blocked_takes_care_of_is_a_warning(wanted, words):
    one = found(options={"when_blocked": wanted})
    assert one.problems == ()
    assert words in one.warnings[0]


NO_RESTART = [
    pytest.param(scale(surge=0), "strategy without surge", id="no surge"),
    pytest.param(scale(paused=True), "is paused", id="paused"),
    pytest.param(None, f"there is no {WEB}", id="its Deployment is gone"),
]


@pytest.mark.parametrize(("made", "words"), NO_RESTART)
def test_a_rollout_that_cannot_be_restarted_without_a_gap_is_still_refused(made, words):
    (problem,) = found(
        options={"when_blocked": {"never_allowed": "restart"}},
        scales={WEB: made} if made else {},
    ).problems
    assert words in problem.what


def test_a_restart_moves_the_deployments_pods_only():
    stuck = budget("db", "db", minAvailable=3, status=numbers(3, 3, 3))
    one = found(
        *THREE, *DB, budgets=(STUCK, stuck),
        options={"when_blocked": {"never_allowed": "restart"}},
    )  # fmt: skip
    (problem,) = one.problems
    assert problem.subject == "budget shop/db"
    assert "StatefulSet shop/db is no Deployment" in problem.what
    assert "restart (" not in problem.remedy
    assert "budget shop/web can never allow" in one.warnings[0]


SINGLE = budget("web", "web", minAvailable=1, status=numbers(1, 1, 1))


def test_a_single_replica_is_moved_by_a_restart_where_that_is_asked_for():
    one = {"budgets": (SINGLE,), "scales": {WEB: scale(wanted=1)}}
    (problem,) = found(THREE[0], **one).problems
    assert "set single_replicas to restart" in problem.remedy
    moved = found(THREE[0], **one, options={"single_replicas": "restart"})
    assert moved.problems == ()
    assert "single_replicas restarts the rollout" in moved.warnings[0]


SINGLE_AND_HELD = [
    pytest.param(scale(wanted=1, surge=0), id="no surge"),
    pytest.param(scale(wanted=1, paused=True), id="paused"),
    pytest.param(scale(wanted=2), id="not the only one"),
]


@pytest.mark.parametrize("made", SINGLE_AND_HELD)
def test_a_pod_that_such_a_restart_does_not_move_is_still_refused(made):
    stuck = budget("web", "web", maxUnavailable=0, status=numbers(1, 1, 1))
    one = found(
        THREE[0], budgets=(stuck,), scales={WEB: made}, options={"single_replicas": "restart"}
    )
    assert len(one.problems) == 1


def test_no_budget_is_asked_where_pods_are_deleted_instead_of_evicted():
    assert found(options={"disable_eviction": True}).problems == ()


def test_many_such_budgets_are_explained_up_to_a_number_and_the_rest_named():
    apps = [f"app-{n:02}" for n in range(40)]
    pods = [pod(f"{app}-1", of=f"Deployment {app}") for app in apps]
    budgets = [budget(app, app, maxUnavailable=0, status=numbers(1, 1, 1)) for app in apps]
    problems = found(*pods, budgets=tuple(budgets), scales={}).problems
    assert len(problems) == 26
    assert problems[-1].subject == "15 more budgets"
    assert "budget shop/app-39" in problems[-1].what


def test_a_workload_that_was_scaled_to_nothing_takes_its_pods_away_by_itself():
    full = budget("web", "web", minAvailable=1, status=numbers(1, 1, 1))
    leaving = found(pod("web-1"), budgets=(full,), scales={WEB: scale(wanted=0)})
    assert leaving.problems == ()
    assert "allows no eviction at this moment" in leaving.warnings[0]
