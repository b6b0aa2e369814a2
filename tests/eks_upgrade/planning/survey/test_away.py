"""Which workloads will be away while they are moved, and for how long at best."""

import pytest

from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.survey.away import workloads_away
from tests.eks_upgrade.planning.survey.small_cluster import (
    budget,
    other_pod,
    pod,
    raw_pod,
    scale,
    surveyed,
)

SOLO = "Deployment shop/web"


def single(*pods, options=None, wanted=1, family=SOLO, **of_scale):
    made = scale(family.partition(" ")[0], wanted=wanted, **of_scale)
    return workloads_away(surveyed(*pods, options=options, scales={family: made}))


def started(name, seconds, **given):
    """A pod that took so long from its creation until it was Ready."""
    raw = raw_pod(name, **given)
    raw["metadata"]["creationTimestamp"] = "2026-11-01T10:00:00Z"
    ready = {"type": "Ready", "status": "True"}
    raw["status"]["conditions"] = [{**ready, "lastTransitionTime": f"2026-11-01T10:00:{seconds}Z"}]
    return SurveyedPod.from_raw(raw, lambda placement: placement)


def test_a_single_replica_is_named_with_how_long_its_pod_took_to_start():
    (line,) = single(started("web-1", 45)).warnings
    assert line == (
        "Deployment shop/web has a single replica, on node group workers: it is away until its"
        " replacement is Ready (about 45 s at best, as its pod took to start);"
        " single_replicas: restart moves it without a gap"
    )


@pytest.mark.parametrize(
    ("of_scale", "options", "told", "advised"),
    [
        pytest.param({}, {}, True, True, id="it-could-be-restarted"),
        pytest.param({}, {"single_replicas": "restart"}, False, False, id="it-is-restarted"),
        pytest.param({"surge": 0}, {"single_replicas": "restart"}, True, False, id="no-surge"),
        pytest.param({"paused": True}, {"single_replicas": "restart"}, True, False, id="paused"),
    ],
)
def test_a_restart_is_advised_where_it_leaves_no_gap(of_scale, options, told, advised):
    lines = single(pod("web-1"), options=options, **of_scale).warnings
    assert bool(lines) == told
    assert any("single_replicas: restart" in line for line in lines) == advised


@pytest.mark.parametrize(
    ("one", "wanted", "family"),
    [
        pytest.param(pod("web-1"), 2, SOLO, id="two-replicas"),
        pytest.param(pod("web-1", ready=False), 1, SOLO, id="it-is-away-already"),
        pytest.param(pod("job-1", of="Job nightly"), 1, "Job shop/nightly", id="a-job"),
        pytest.param(pod("bare", of=""), 1, "", id="no-controller"),
        pytest.param(pod("web-1"), 0, SOLO, id="scaled-to-nothing"),
    ],
)
def test_what_will_not_be_away_is_not_named(one, wanted, family):
    assert single(one, wanted=wanted, family=family).warnings == ()


def test_a_single_pod_of_a_statefulset_is_named_without_an_advice():
    (line,) = single(pod("db-0", of="StatefulSet db"), family="StatefulSet shop/db").warnings
    assert "single replica" in line
    assert "how long is not known" in line
    assert "restart" not in line


def test_at_once_names_the_workloads_that_it_takes_down():
    both = [pod("web-1"), pod("web-2"), pod("api-1", of="Deployment api")]
    at_once = {"unbudgeted_workloads": "at_once"}
    budgets = (budget("api", "api", maxUnavailable=1),)
    scales = {SOLO: scale(wanted=2)}
    (line,) = workloads_away(
        surveyed(*both, options=at_once, scales=scales, budgets=budgets)
    ).warnings
    assert line.startswith("Deployment shop/web has no disruption budget")


def test_many_are_counted_not_listed():
    pods = [pod(f"solo-{n}", of=f"StatefulSet solo-{n}") for n in range(30)]
    made = [scale("StatefulSet", f"solo-{n}", 1) for n in range(30)]
    scales = {each.family: each for each in made}
    lines = workloads_away(surveyed(*pods, scales=scales)).warnings
    assert len(lines) == 11
    assert lines[-1] == "and 20 more workloads with a single replica of this kind"


def test_each_workload_is_a_finding_of_its_own_that_can_be_waived_alone():
    pods = [pod(f"solo-{n}", of=f"StatefulSet solo-{n}") for n in range(12)]
    made = [scale("StatefulSet", f"solo-{n}", 1) for n in range(12)]
    found = workloads_away(surveyed(*pods, scales={each.family: each for each in made}))
    subjects = [one.subject for one in of_survey(found)]
    assert subjects[:2] == ["StatefulSet shop/solo-0", "StatefulSet shop/solo-1"]
    assert len(set(subjects)) == 11
    assert subjects[-1] == "the pods"  # how many there are more


def recreated(*pods, wanted=3, options=None, budgets=(), family=SOLO):
    kind, _, name = family.partition(" ")
    made = scale(kind, name.partition("/")[2], wanted, strategy="Recreate")
    found = surveyed(*pods, options=options, scales={family: made}, budgets=budgets)
    return workloads_away(found).warnings


def test_a_workload_with_strategy_recreate_is_away_pod_by_pod():
    (line,) = recreated(started("web-1", 40), started("web-2", 50))
    assert line == (
        "Deployment shop/web has strategy Recreate and 3 replicas, 2 on node group workers: one pod"
        " at a time is away until its replacement is Ready (about 45 s each at best, as its pods"
        " took to start, 90 s in all)"
    )


@pytest.mark.parametrize(
    ("pods", "told"),
    [
        pytest.param([pod("web-1"), pod("web-2")], "(how long is not known)", id="nobody-knows"),
        pytest.param([started("web-1", 40)], "took to start)", id="one-pod-here"),
        pytest.param(
            [started("web-1", 40), pod("web-2")], "40 s each at best, as its", id="one-is-known"
        ),
    ],
)
def test_how_long_its_pods_are_away_is_said_as_far_as_it_is_known(pods, told):
    (line,) = recreated(*pods)
    assert told in line


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"budgets": (budget("web", "web", maxUnavailable=1),)}, id="has-a-budget"),
        pytest.param({"wanted": 0}, id="scaled-to-nothing"),
    ],
)
def test_a_workload_with_strategy_recreate_is_not_named_when_it(given):
    assert recreated(pod("web-1"), **given) == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"wanted": 1}, "single replica", id="single"),
        pytest.param(
            {"options": {"unbudgeted_workloads": "at_once"}}, "has no disruption budget", id="all"
        ),
    ],
)
def test_a_workload_with_strategy_recreate_is_named_once(given, told):
    (line,) = recreated(pod("web-1"), **given)
    assert told in line


@pytest.mark.parametrize(
    ("pods", "elsewhere", "told"),
    [
        pytest.param([pod("db-1", of="TaskRun db")], [], True, id="alone"),
        pytest.param(
            [pod("db-1", of="TaskRun db"), pod("db-2", of="TaskRun db")], [], False, id="two"
        ),
        pytest.param(
            [pod("db-1", of="TaskRun db")], [other_pod("db-2", of="TaskRun db")], False,
            id="another elsewhere",
        ),
        pytest.param(
            [pod("db-1", of="TaskRun db")], [other_pod("db-2", of="TaskRun db", phase="Failed")],
            True, id="another that has ended",
        ),
        pytest.param(
            [pod("db-1", of="TaskRun db", spec={"restartPolicy": "Never"})], [], False,
            id="it runs to an end",
        ),
    ],
)  # fmt: skip
def test_the_only_pod_of_any_controller_is_a_single_replica(pods, elsewhere, told):
    lines = workloads_away(surveyed(*pods, elsewhere=tuple(elsewhere))).warnings
    assert bool(lines) is told
    assert all("TaskRun shop/db has a single replica" in line for line in lines)
    assert not any("single_replicas: restart" in line for line in lines)
