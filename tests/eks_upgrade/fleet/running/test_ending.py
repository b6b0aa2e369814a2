"""From the end of one upgrade to the sentence about the whole run."""

import pytest

from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome, Standing
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, RingPlan
from include.eks_upgrade.fleet.running.child import child_end
from include.eks_upgrade.fleet.running.gate import (
    RingSoFar,
    RingState,
    why_ring_waits,
    without_runs,
)
from include.eks_upgrade.fleet.running.results import (
    latest,
    read_result,
    result_json,
    ring_results,
    still_unjudged,
)
from include.eks_upgrade.fleet.running.verdict import FleetRun, fleet_verdict
from include.eks_upgrade.report.proof import Proof

# --- one upgrade ----------------------------------------------------------------------------------

ENDS = [
    pytest.param(Proof(good=True, message="all as planned"), Outcome.HEALTHY, id="good"),
    pytest.param(None, Outcome.FAILED, id="no proof"),
    pytest.param(
        Proof(good=False, message="m", stage="lock", touched=False, reason="locked by Ada"),
        Outcome.NOT_TRIED,
        id="its lock was held",
    ),
    pytest.param(
        Proof(good=False, message="m", stage="plan", touched=False), Outcome.NOT_TRIED, id="refused"
    ),
    pytest.param(
        Proof(good=False, message="m", stage="lock", touched=True),
        Outcome.FAILED,
        id="its lock was lost half-way",
    ),
    pytest.param(
        Proof(good=False, message="m", stage="drain", touched=True), Outcome.FAILED, id="drain"
    ),
    pytest.param(
        Proof(good=False, message="m", stage="", touched=False), Outcome.FAILED, id="nobody knows"
    ),
]


@pytest.mark.parametrize(("proof", "outcome"), ENDS)
def test_a_run_is_judged_by_its_proof(proof: Proof | None, outcome: Outcome) -> None:
    assert child_end(proof, "upgrade__shop").outcome is outcome


def test_an_untouched_cluster_says_what_stood_in_the_way() -> None:
    proof = Proof(good=False, message="long", stage="lock", touched=False, reason="locked by Ada")
    assert child_end(proof, "r").why == "untouched: locked by Ada"


# --- one ring -------------------------------------------------------------------------------------


def cluster(name: str, action: Action = Action.RUN) -> ClusterPlan:
    return ClusterPlan(
        arn=f"arn:{name}",
        title=f"a/r/{name}",
        ring="main",
        action=action,
        why="because",
        from_version="1.33",
    )


def seen(name: str, outcome: Outcome) -> ClusterResult:
    return ClusterResult(arn=f"arn:{name}", title=f"a/r/{name}", outcome=outcome, why="as seen")


def ring(*clusters: ClusterPlan) -> RingPlan:
    return RingPlan(name="main", at_once=1, clusters=clusters)


RESULTS = [
    pytest.param(Outcome.HEALTHY, Outcome.HEALTHY, Outcome.HEALTHY, id="well, and seen well"),
    pytest.param(Outcome.HEALTHY, Outcome.UNHEALTHY, Outcome.UNHEALTHY, id="unwell after all"),
    pytest.param(Outcome.HEALTHY, None, Outcome.UNHEALTHY, id="nobody looked"),
    pytest.param(Outcome.FAILED, None, Outcome.FAILED, id="failed"),
    pytest.param(Outcome.LEFT, None, Outcome.LEFT, id="left"),
    pytest.param(None, None, Outcome.FAILED, id="ended without a result"),
]


@pytest.mark.parametrize(("upgrade", "health", "counts"), RESULTS)
def test_a_cluster_counts_as_what_was_seen_last(
    upgrade: Outcome | None, health: Outcome | None, counts: Outcome
) -> None:
    upgrades = [seen("a", upgrade)] if upgrade else []
    healths = [seen("a", health)] if health else []
    (result,) = ring_results(ring(cluster("a")), upgrades, healths)
    assert result.outcome is counts


def test_a_task_that_never_ran_has_broken_nothing() -> None:
    (result,) = ring_results(ring(cluster("a")), [], [], {"arn:a"})
    assert result.outcome is Outcome.LEFT


def test_what_is_skipped_does_not_count_and_what_is_done_had_nothing_to_do() -> None:
    planned = ring(cluster("a", Action.SKIP), cluster("b", Action.DONE))
    assert [one.outcome for one in ring_results(planned, [], [])] == [Outcome.NOTHING_TO_DO]


def test_a_cluster_of_an_earlier_run_is_looked_at_again() -> None:
    planned = ring(cluster("b", Action.DONE))
    (result,) = ring_results(planned, [seen("b", Outcome.HEALTHY)], [seen("b", Outcome.UNHEALTHY)])
    assert result.outcome is Outcome.UNHEALTHY
    assert still_unjudged([result], held=False) == ["arn:b"]
    assert still_unjudged([result], held=True) == []


def test_of_each_cluster_counts_what_was_left_last_wherever_it_stood_in_the_list() -> None:
    left = [
        {**result_json(seen("b", Outcome.HEALTHY)), "ended": 20.0},
        {**result_json(seen("a", Outcome.FAILED)), "ended": 5.0},
        {**result_json(seen("b", Outcome.FAILED)), "ended": 10.0},  # at a place that is no more
    ]
    found = {one.arn: one.outcome for one in map(read_result, latest(left))}
    assert found == {"arn:a": Outcome.FAILED, "arn:b": Outcome.HEALTHY}


def test_a_result_survives_the_way_through_xcom() -> None:
    result = seen("a", Outcome.FAILED)
    assert read_result({**result_json(result), "ended": 1.5}) == result


WITHOUT_RUNS = [
    pytest.param((), (), RingState.EMPTY, id="no clusters"),
    pytest.param((cluster("a", Action.DONE),), (), RingState.EMPTY, id="all done"),
    pytest.param((cluster("a", Action.SKIP),), (), RingState.LEFT, id="frozen as a whole"),
    pytest.param(
        (cluster("a", Action.SKIP), cluster("b", Action.DONE)), (), RingState.EMPTY, id="one done"
    ),
    pytest.param((cluster("a", Action.SKIP),), ("arn:a",), RingState.EMPTY, id="a person's wish"),
]


@pytest.mark.parametrize(("clusters", "persons", "state"), WITHOUT_RUNS)
def test_a_ring_without_runs_lets_the_next_one_begin_only_when_it_has_shown_something(
    clusters: tuple[ClusterPlan, ...], persons: tuple[str, ...], state: RingState
) -> None:
    assert without_runs(ring(*clusters), Threshold(), persons)[0] is state


def so_far(name: str, state: RingState | None, standing: Standing | None = None) -> RingSoFar:
    return RingSoFar(name=name, state=state, standing=standing, why="so it is")


GATES = [
    pytest.param([], True, id="the first ring"),
    pytest.param([so_far("a", RingState.EMPTY)], True, id="nothing to do before"),
    pytest.param([so_far("a", RingState.BEGUN, Standing.HELD)], True, id="held"),
    pytest.param([so_far("a", RingState.BEGUN, Standing.BROKEN)], False, id="broken"),
    pytest.param([so_far("a", RingState.BEGUN, Standing.UNFINISHED)], False, id="unfinished"),
    pytest.param([so_far("a", RingState.BEGUN)], False, id="not judged"),
    pytest.param([so_far("a", RingState.LEFT)], False, id="left"),
    pytest.param([so_far("a", None)], False, id="never came to it"),
    pytest.param([so_far("a", None, Standing.HELD)], False, id="judged without having begun"),
    pytest.param(
        [so_far("a", RingState.BEGUN, Standing.BROKEN), so_far("b", RingState.EMPTY)],
        False,
        id="broken, with an empty one between",
    ),
]


@pytest.mark.parametrize(("before", "may"), GATES)
def test_a_ring_begins_only_behind_rings_that_held(before: list[RingSoFar], may: bool) -> None:
    assert (why_ring_waits(before) == "") is may


def test_a_ring_that_waits_names_the_ring_before_it_and_how_that_stands() -> None:
    why = why_ring_waits([so_far("a", RingState.BEGUN, Standing.BROKEN)])
    assert why == "the ring before it, 'a', is broken"


# --- the whole run --------------------------------------------------------------------------------

HELD = so_far("canary", RingState.BEGUN, Standing.HELD)
WELL, BAD = seen("a", Outcome.HEALTHY), seen("b", Outcome.FAILED)

RUNS = [
    pytest.param(FleetRun(closed="All windows are shut."), True, "nothing was to be", id="shut"),
    pytest.param(FleetRun(broke="stopped at open_window"), False, "open_window", id="refused"),
    pytest.param(FleetRun(rings=(HELD,), results=(WELL,)), True, "1 cluster upgraded", id="done"),
    pytest.param(
        FleetRun(rings=(HELD,), results=(WELL, BAD)), True, "1 not well (a/r/b)", id="tolerated"
    ),
    pytest.param(
        FleetRun(
            rings=(so_far("canary", RingState.BEGUN, Standing.BROKEN), so_far("main", None)),
            results=(BAD,),
        ),
        False,
        "stopped at ring 'canary'",
        id="broken",
    ),
    pytest.param(
        FleetRun(rings=(so_far("canary", RingState.BEGUN),), results=(WELL,)),
        False,
        "before ring 'canary' was judged",
        id="a person ended it",
    ),
    pytest.param(FleetRun(rings=(HELD, so_far("main", None))), False, "'main'", id="ended between"),
    pytest.param(
        FleetRun(rings=(HELD, so_far("main", RingState.LEFT)), results=(WELL,)),
        True,
        "ring 'main' was not begun",
        id="window shut between rings",
    ),
    pytest.param(
        FleetRun(rings=(so_far("a", RingState.EMPTY),)), True, "nothing to do", id="empty"
    ),
]


@pytest.mark.parametrize(("run", "good", "says"), RUNS)
def test_a_run_is_good_when_every_ring_was_judged_or_left_for_a_known_reason(
    run: FleetRun, good: bool, says: str
) -> None:
    verdict = fleet_verdict(run)
    assert verdict.good is good
    assert says in verdict.message
