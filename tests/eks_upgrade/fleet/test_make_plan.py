"""What becomes of every cluster in one opening, and why."""

import json
from datetime import timedelta
from typing import Any

import pytest

from include.eks_upgrade.fleet.cluster import BrokenPlace
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.next_state import after
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, Expectation, FleetPlan
from tests.eks_upgrade.fleet.builders import OPENS, cluster, fleet_file, found

FREEZE = {
    "first": "2026-11-27",
    "last": "2026-11-30",
    "zone": "Europe/Berlin",
    "reason": "Black Friday",
}
BYPASS = {"clusters": {"names": ["shop"]}, "until": "2026-11-29T00:00:00Z", "reason": "CVE-1"}
NEXT = "Sat 5 Dec 2026 02:00 Europe/Berlin"


def planned(*, minutes_in: float = 0, cluster_given: Any = None, **given: Any) -> ClusterPlan:
    """The plan of the only cluster of a fleet."""
    said = {name: given.pop(name) for name in list(given) if name in PEOPLE}
    one = cluster(**(cluster_given or {}))
    moment = OPENS + timedelta(minutes=minutes_in)
    (plan,) = make_plan(fleet_file(**given), found(one), moment, **said).clusters
    return plan


PEOPLE = {"stopped", "outside_windows", "skipped", "only", "begun", "expect"}

RUNS: list[Any] = [
    pytest.param({}, ("1.35",), "the target is 1.35", id="in its window"),
    pytest.param(
        {"cluster_given": {"version": "1.32"}},
        ("1.33", "1.34", "1.35"),
        "the target is 1.35",
        id="three minors in four hours",
    ),
    pytest.param(
        {"cluster_given": {"version": "1.32"}, "minutes_in": 160},
        ("1.33", "1.34"),
        "the target is 1.35; 1.35 in a later opening, there is no time for more now",
        id="two of them in what is left",
    ),
    pytest.param({"minutes_in": 190}, ("1.35",), "the target is 1.35", id="to the last minute"),
    pytest.param(
        {"minutes_in": 400, "outside_windows": "we are all here."},
        ("1.35",),
        "the target is 1.35; windows do not count: we are all here",
        id="outside its windows, by hand",
    ),
    pytest.param(
        {"minutes_in": 400, "bypasses": [BYPASS]},
        ("1.35",),
        "the target is 1.35; a bypass lets it through: CVE-1",
        id="outside its windows, by a bypass",
    ),
    pytest.param(
        {"freezes": [FREEZE], "bypasses": [BYPASS]},
        ("1.35",),
        "the target is 1.35; a bypass lets it through: CVE-1",
        id="in a freeze, by a bypass",
    ),
    pytest.param({"only": ["sh*"]}, ("1.35",), "the target is 1.35", id="meant by a person"),
    pytest.param(
        {"only": ["payments/eu-west-1/shop"]}, ("1.35",), "the target is 1.35", id="by its title"
    ),
    pytest.param(
        {"begun": [cluster().arn], "cluster_given": {"status": "UPDATING"}},
        ("1.35",),
        "the target is 1.35; EKS is updating it now, for a run of the fleet",
        id="under way by a run that nobody waits for",
    ),
    pytest.param(
        {"cluster_given": {"nodes_version": "1.33"}},
        ("1.35",),
        "node groups are still at 1.33; the target is 1.35",
        id="nodes-that-trail",
    ),
    pytest.param(
        {
            "cluster_given": {"nodes_version": "1.33"},
            "overrides": [{"parameters": {"node_groups": ["a"]}}],
        },
        ("1.35",),
        "the target is 1.35",
        id="node groups that nobody chose stay behind",
    ),
]


@pytest.mark.parametrize(("given", "hops", "why"), RUNS)
def test_a_cluster_runs(given: Any, hops: tuple[str, ...], why: str) -> None:
    plan = planned(**given)
    assert plan.action is Action.RUN
    assert plan.hops == hops
    assert plan.to_version == hops[-1]
    assert plan.why == why


LATE = "it is expected to take 50 minutes (1 earlier upgrade took 40 min, and a quarter more)"
SKIPS: list[Any] = [
    pytest.param(
        {"minutes_in": 191},
        f"{LATE}, and the time until Sat 28 Nov 2026 06:00 Europe/Berlin, when it "
        f"has to have ended, is 49 minutes; the next opening is {NEXT}",
        id="too late by a minute",
    ),
    pytest.param(
        {"cluster_given": {"update_minutes": (300.0,)}},
        "it is expected to take 6 hours 15 minutes (1 earlier upgrade took 300 min, and a quarter "
        "more), and the time until Sat 28 Nov 2026 06:00 Europe/Berlin, when it has to have ended, "
        "is 4 hours; that is longer than the whole opening: lengthen the window, or upgrade it by "
        "hand once, from which is learned how long it really takes",
        id="longer than the window",
    ),
    pytest.param({"stopped": "ring canary broke"}, "ring canary broke", id="stopped"),
    pytest.param(
        {"skipped": {"sh*": "owner is away."}},
        "a person has it skipped: owner is away",
        id="skipped",
    ),
    pytest.param(
        {"skipped": {"shop": ""}}, "a person has it skipped", id="skipped, nobody said why"
    ),
    pytest.param({"only": ["other"]}, "this run is for others only", id="for others"),
    pytest.param(
        {"rings": [{"name": "a", "clusters": {"names": ["x"]}}]},
        "no ring of the fleet file means it",
        id="in no ring",
    ),
    pytest.param(
        {
            "rings": [{"name": "a", "clusters": {"names": ["x"]}}],
            "begun": [cluster().arn],
        },
        "no ring of the fleet file means it",
        id="in no ring, though somebody upgrades it",
    ),
    pytest.param(
        {"clusters": {"exclude": [{"names": ["shop"]}]}},
        "not of the fleet: `clusters` of the fleet file does not mean it",
        id="not of the fleet",
    ),
    pytest.param(
        {"cluster_given": {"unreadable": "node groups: AccessDenied."}},
        "not all of it could be read: node groups: AccessDenied",
        id="not readable",
    ),
    pytest.param(
        {"cluster_given": {"status": "UPDATING"}}, "EKS is updating it now", id="updating"
    ),
]


@pytest.mark.parametrize(("given", "why"), SKIPS)
def test_a_cluster_is_skipped_with_one_sentence(given: Any, why: str) -> None:
    plan = planned(**given)
    assert plan.action is Action.SKIP
    assert not plan.hops
    assert plan.why == why


SHUT: list[Any] = [
    pytest.param({"minutes_in": 240}, NEXT, id="the window is over"),
    pytest.param({"minutes_in": -1}, "Sat 28 Nov 2026 02:00 Europe/Berlin", id="not open yet"),
    pytest.param({"freezes": [FREEZE]}, "Black Friday", id="frozen"),
    pytest.param({"freezes": [FREEZE]}, NEXT, id="frozen, and when it goes on"),
    pytest.param(
        {"freezes": [FREEZE], "outside_windows": "now"}, "Black Friday", id="frozen, by hand too"
    ),
    pytest.param({"windows": []}, "no window", id="no windows at all"),
]


@pytest.mark.parametrize(("given", "said"), SHUT)
def test_a_cluster_that_windows_or_freezes_hold_says_when_it_goes_on(given: Any, said: str) -> None:
    plan = planned(**given)
    assert plan.action is Action.SKIP
    assert said in plan.why
    assert plan.wanted == "1.35"


def test_a_cutoff_is_a_reserve_before_the_end() -> None:
    window = {
        "name": "w", "start": "0 2 * * 6", "duration_minutes": 240, "zone": "Europe/Berlin",
        "cutoff_minutes": 30,
    }  # fmt: skip
    assert planned(windows=[window], minutes_in=160).action is Action.RUN
    assert planned(windows=[window], minutes_in=161).action is Action.SKIP


def test_a_window_of_its_own_is_the_only_one_that_counts() -> None:
    own = {
        "name": "own",
        "start": "0 12 * * 6",
        "duration_minutes": 60,
        "clusters": {"names": ["shop"]},
    }
    windows = [*fleet_file().model_dump()["windows"], own]
    assert planned(windows=windows).action is Action.SKIP
    assert planned(windows=windows, minutes_in=11 * 60).action is Action.RUN


def test_a_cluster_that_is_where_it_should_be_is_done_also_while_all_is_shut() -> None:
    plan = planned(minutes_in=400, cluster_given={"version": "1.35"})
    assert (plan.action, plan.why) == (Action.DONE, "already at 1.35")


def test_waiting_costs_what_extended_support_costs_until_the_next_opening() -> None:
    plan = planned(cluster_given={"version": "1.33"}, skipped={"shop": "later"})
    assert plan.waiting_costs == pytest.approx(7 * 24 * 0.5)
    assert planned(cluster_given={"version": "1.35"}).waiting_costs == 0


def test_parameters_come_from_the_overrides_of_its_ring() -> None:
    overrides = [
        {"parameters": {"extra_nodes": 1, "ready_percent": 90}},
        {"rings": ["all"], "parameters": {"extra_nodes": 2}},
    ]
    assert planned(overrides=overrides).parameters == {"extra_nodes": 2, "ready_percent": 90}


def test_how_long_it_takes_can_be_told_by_another_function() -> None:
    plan = planned(expect=lambda _: Expectation(minutes=241, source="an oracle"))
    assert plan.action is Action.SKIP
    assert "an oracle" in plan.why


# --- the whole fleet ------------------------------------------------------------------------------


def fleet_plan(**said: Any) -> FleetPlan:
    file = fleet_file(
        rings=[
            {"name": "canary", "clusters": {"tags": {"ring": "canary"}}, "bake_minutes": 60},
            {"name": "main", "at_once": "50%"},
        ]
    )
    some = [cluster(f"c{at}") for at in range(4)]
    canaries = [cluster(f"canary{at}", tags={"ring": "canary"}) for at in range(2)]
    done, urgent = cluster("done", version="1.35"), cluster("urgent", version="1.33")
    broken = (BrokenPlace("search", "eu-west-1", "AccessDenied"),)
    here = found(
        *some, done, *canaries, urgent, cluster("c0", account="222222222222"), broken=broken
    )
    return make_plan(file, here, OPENS, **said)


def test_every_cluster_is_there_once_in_its_ring() -> None:
    plan = fleet_plan()
    assert [ring.name for ring in plan.rings] == ["canary", "main"]
    assert len({each.arn for each in plan.clusters}) == len(plan.clusters) == 9
    assert all(each.why for each in plan.clusters)


def test_the_most_urgent_goes_first_and_what_does_not_run_comes_last() -> None:
    names = [each.title.rpartition("/")[2] for each in fleet_plan().rings[1].clusters]
    assert names == ["urgent", "c0", "c0", "c1", "c2", "c3", "done"]


def test_a_percentage_at_once_is_one_of_the_ring_rounded_down() -> None:
    assert [ring.at_once for ring in fleet_plan().rings] == [1, 3]


def test_turns_are_promised_ring_after_ring_with_the_bake_between() -> None:
    plan = fleet_plan()
    begins = [
        (each.title.rpartition("/")[2], (each.begins - OPENS).total_seconds() / 60, each.promised)
        for each in plan.runs
        if each.begins
    ]
    # Two canaries of 50 minutes one after the other, an hour of bake, then three at once.
    assert begins == [
        ("canary0", 0, True),
        ("canary1", 50, True),
        ("urgent", 160, True),
        ("c0", 160, True),
        ("c0", 160, True),
        ("c1", 210, False),
        ("c2", 210, False),
        ("c3", 210, False),
    ]


def test_a_turn_that_comes_too_late_is_no_promise_but_may_still_be() -> None:
    late = fleet_plan().runs[-1]
    assert late.action is Action.RUN
    assert late.why == (
        "the target is 1.35; its turn would come about Sat 05:30 Europe/Berlin, too late to end in "
        "time: only if those before it are quicker, else a later opening"
    )


def test_a_cluster_several_minors_behind_gets_as_many_as_its_turn_leaves_time_for() -> None:
    (urgent,) = [each for each in fleet_plan().runs if each.title.endswith("urgent")]
    assert (urgent.hops, urgent.wanted) == (("1.34", "1.35"), "1.35")


def test_a_fleet_that_is_stopped_begins_nothing_and_still_says_what_would_be_to_do() -> None:
    plan = fleet_plan(stopped="ring canary broke")
    assert not plan.runs
    assert plan.stopped == "ring canary broke"
    assert {each.wanted for each in plan.clusters} == {"1.35"}


def test_what_could_not_be_looked_at_and_what_is_odd_is_told() -> None:
    plan = fleet_plan(only=["nobody"], skipped={"nowhere": "x"})
    assert plan.broken[0].why == "AccessDenied"
    assert plan.notes == (
        "2 clusters are called c0: payments/eu-west-1/c0, payments/eu-west-1/c0",
        "'nobody' means no cluster of the fleet",
        "'nowhere' means no cluster of the fleet",
    )


def test_a_cluster_that_is_found_twice_counts_once() -> None:
    one = cluster()
    plan = make_plan(fleet_file(), found(one, cluster(aws_conn_id="other")), OPENS)
    assert [each.arn for each in plan.clusters] == [one.arn]
    assert plan.notes == (
        "payments/eu-west-1/shop was found 2 times and counts once: two entries of the fleet file "
        "lead to its account",
    )


def test_the_opening_and_the_one_after_it_are_told() -> None:
    plan = fleet_plan()
    assert plan.closes == OPENS + timedelta(hours=4)
    assert plan.next_opening == OPENS + timedelta(days=7)


def test_an_empty_fleet_has_an_empty_plan() -> None:
    plan = make_plan(fleet_file(), found(), OPENS)
    assert not plan.clusters
    assert plan.closes is None


def test_a_plan_survives_the_way_through_xcom() -> None:
    plan = fleet_plan()
    assert FleetPlan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_openings_that_follow_go_on_from_what_the_one_before_has_reached() -> None:
    file = fleet_file(target={"days_before_extended_support": 60})
    here = found(cluster("shop", version="1.32", update_minutes=(180.0,)))
    reached = []
    for week in range(4):
        plan = make_plan(file, here, OPENS + timedelta(days=7 * week))
        here = after(here, plan)
        reached.append(here.clusters[0].version)
    assert reached == ["1.34", "1.35", "1.35", "1.35"]
