"""The representative part of the crash matrix: one upgrade killed at every kind of change it makes.

`make crash-matrix` kills at each of them alone, and on two more kinds of clusters.
"""

from collections.abc import Iterator

import pytest

from include.rehearsal.journal import Entry
from tests.crash.end_state import doubled
from tests.crash.matrix import Matrix, Result, opened
from tests.crash.rows import WHENS, Outcome, When, all_in_one, judge
from tests.crash.scenes import RUNBOOK

pytestmark = pytest.mark.timeout(600)
# What a kind of call is called is found by recording; these are those that must be among them.
EXPECTED = {
    "create leases",
    "update leases",
    "create leases (baseline)",
    "delete leases (baseline)",
    "UpdateAddon",
    "UpdateAddon (next version of the same)",
    "UpdateClusterVersion",
    "UpdateAddon (after the control plane)",
    "CreateLaunchTemplateVersion",
    "CreateNodegroup",
    "create pods (smoke test)",
    "delete pods (smoke test)",
    "patch nodes (cordon)",
    "patch nodes (exclude from load balancers)",
    "CreateOrUpdateTags (our mark)",
    "SuspendProcesses (of the old group)",
    "UpdateNodegroupConfig",
    "DeleteNodegroup",
    "UpdateAutoScalingGroup (NewInstancesProtectedFromScaleIn)",
    "SetInstanceProtection",
    "DeleteNodegroup, again",
    "delete leases",
}


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with opened() as made:
        made.record([RUNBOOK.name])
        yield made


@pytest.fixture(scope="module")
def results(matrix: Matrix) -> dict[str, Result]:
    rows = [all_in_one(RUNBOOK.name, matrix.kinds, when) for when in WHENS]
    found = matrix.results(rows, lambda _: None, width=1)
    return {result.row.name.rpartition("-")[2]: result for result in found}


@pytest.mark.parametrize("when", WHENS)
def test_a_run_that_is_killed_at_every_kind_of_change_ends_as_if_nothing_had_been(
    results: dict[str, Result], when: When
) -> None:
    result = results[when]
    assert result.judgement.wrong == ()
    assert result.judgement.doubled == ()
    killed = {label for label, _, _ in result.outcome.hit}
    assert killed >= EXPECTED
    assert any("eviction" in label for label in killed)


def test_the_kills_befall_workers_and_triggerers(results: dict[str, Result]) -> None:
    places = {
        place.rpartition(" ")[2] for each in results.values() for *_, place in each.outcome.hit
    }
    assert places == {"worker", "triggerer"}


JUDGED = [
    pytest.param(
        {"changed": {"CreateNodegroup x": 2}}, "", "CreateNodegroup x: 1 more", id="twice"
    ),
    pytest.param({"changed": {}}, "not done: CreateNodegroup x (1)", "", id="not done"),
    pytest.param({"twice": ["create pods/eviction a/b"]}, "", "a/b", id="a pod evicted twice"),
    pytest.param({"end": {"locks": ["eks-upgrade"]}}, "locks", "", id="a lock left"),
    pytest.param({"report": {"moved": [3]}}, "moved: [3] instead of [5]", "", id="untrue report"),
    pytest.param({"hit": []}, "0 of 1 kills", "", id="not killed"),
    pytest.param({"error": "stuck"}, "stuck", "", id="not at its end"),
]


@pytest.mark.parametrize(("different", "wrong", "doubled"), JUDGED)
def test_a_row_that_is_not_as_it_must_be_is_found(
    different: dict, wrong: str, doubled: str
) -> None:
    as_it_must_be = {
        "row": "row",
        "hit": [["CreateNodegroup", "after", "create_new_group in the worker"]],
        "end": {"locks": []},
        "changed": {"CreateNodegroup x": 1},
        "report": {"moved": [5]},
    }
    undisturbed = Outcome(**as_it_must_be)
    assert judge(undisturbed, undisturbed, kills=1).wrong == ()
    found = judge(Outcome(**{**as_it_must_be, **different}), undisturbed, kills=1)
    assert wrong in " ".join(found.wrong)
    assert doubled in " ".join(found.doubled)
    assert found.wrong or found.doubled


ANEW = [
    pytest.param("create create", ["create leases a"], id="made twice"),
    pytest.param("create delete create delete", [], id="made anew"),
    pytest.param("create delete delete", ["delete leases a"], id="deleted twice"),
    pytest.param("create delete create create create", ["create leases a"], id="told once"),
    pytest.param("patch patch", ["patch leases a"], id="changed twice"),
]


@pytest.mark.parametrize(("verbs", "twice"), ANEW)
def test_what_was_deleted_may_be_made_anew(verbs: str, twice: list[str]) -> None:
    entries = [
        Entry(number, "kube", "c", f"{verb} leases", "a", changes=True, status=200, body={}, at=0.0)
        for number, verb in enumerate(verbs.split(), 1)
    ]
    assert doubled(entries) == twice
