"""Turns are promised at the pace of a ring, and no promise goes beyond what the window holds."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.fleet.file.model import Ring
from include.eks_upgrade.fleet.pace import paced
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, Expectation, RingPlan
from tests.eks_upgrade.fleet.builders import OPENS

CLOSES = OPENS + timedelta(hours=4)
BAKE = timedelta(minutes=30)

rings = st.lists(
    st.tuples(
        st.integers(1, 5), st.lists(st.tuples(st.integers(1, 200), st.integers(1, 3)), max_size=9)
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=50, deadline=None)
@given(rings)
def test_promises_keep_the_pace_the_window_and_the_bake(
    drawn: list[tuple[int, list[tuple[int, int]]]],
) -> None:
    planned = [
        RingPlan(
            name=f"r{at}",
            at_once=at_once,
            clusters=tuple(_run(minutes, hops) for minutes, hops in clusters),
        )
        for at, (at_once, clusters) in enumerate(drawn)
    ]
    written = [Ring(name=ring.name, bake_minutes=30) for ring in planned]
    ends: list[datetime] = []
    for ring in paced(planned, written, OPENS):
        spans = [_span(each) for each in ring.runs if each.promised]
        assert all(begin >= OPENS and end <= CLOSES for begin, end in spans)
        for begin, _ in spans:
            assert sum(one <= begin < other for one, other in spans) <= ring.at_once
        if ends and spans:
            assert min(begin for begin, _ in spans) >= max(ends) + BAKE
        ends += [end for _, end in spans]


def _run(minutes: int, hops: int) -> ClusterPlan:
    return ClusterPlan(
        arn="arn",
        title="shop",
        ring="",
        action=Action.RUN,
        why="",
        from_version="1.33",
        hops=("1.34", "1.35", "1.36")[:hops],
        expected=Expectation(minutes=minutes, source=""),
        must_end_by=CLOSES,
    )


def _span(run: ClusterPlan) -> tuple[datetime, datetime]:
    assert run.begins is not None
    assert run.expected is not None
    return run.begins, run.begins + timedelta(minutes=run.expected.minutes * len(run.hops))
