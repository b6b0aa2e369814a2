"""What holds of every prediction, whatever the cluster: no drain is quicker than its arithmetic."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.drain.order.precedence import Precedence
from include.eks_upgrade.planning.prediction.limits import Limit, MovingPod, lower_bound
from include.eks_upgrade.planning.prediction.simulate import play

SECONDS = st.integers(0, 60).map(float)
NODES = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def some_limits(draw: st.DrawFn, *, most: int = 4, ordinary: bool = False) -> list[Limit]:
    return [draw(one_limit(name=f"budget {n}", ordinary=ordinary)) for n in range(draw(_to(most)))]


def _to(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most)


@st.composite
def one_limit(draw: st.DrawFn, *, name: str, ordinary: bool) -> Limit:
    start = draw(SECONDS)
    precedence = st.just(Precedence.ORDINARY) if ordinary else st.sampled_from(Precedence)
    pods = tuple(
        MovingPod(
            name=f"{name}-{number}",
            node=draw(NODES),
            cycle=start,
            least=start,
            stop=draw(SECONDS),
            grace=draw(st.integers(0, 60)),
            precedence=draw(precedence),
        )
        for number in range(draw(_to(8)))
    )
    return Limit(name=name, pods=pods, allowed=draw(st.one_of(st.none(), _to(4))))


@settings(deadline=None, max_examples=40)
@given(some_limits(), st.one_of(st.none(), _to(4)), st.sampled_from([0.0, 2.0, 50.0]))
def test_no_drain_is_quicker_than_the_arithmetic_of_its_budgets(
    limits: list[Limit], window: int | None, rate: float
) -> None:
    assert play(limits, window=window, rate=rate).seconds >= lower_bound(limits, rate) - 1e-6


@settings(deadline=None, max_examples=40)
@given(some_limits(), st.one_of(st.none(), _to(4)))
def test_every_pod_goes(limits: list[Limit], window: int | None) -> None:
    played = play(limits, window=window)
    pods = [pod for limit in limits for pod in limit.pods]
    assert set(played.by_node) == {pod.node for pod in pods}
    assert max(played.by_limit) == played.seconds


@settings(deadline=None, max_examples=40)
@given(some_limits(ordinary=True), SECONDS)
def test_one_pod_more_is_never_quicker(limits: list[Limit], stop: float) -> None:
    first = limits[0]
    more = replace(first.pods[0], name="one more", stop=stop)
    longer = [replace(first, pods=(*first.pods, more)), *limits[1:]]
    least = min(pod.stop for pod in longer[0].pods)
    # The last to go may be another one now, that stops sooner: by no more than that.
    spread = max(pod.stop for pod in longer[0].pods) - least
    assert play(longer).seconds >= play(limits).seconds - spread - 1e-6
    assert lower_bound(longer, 50) >= lower_bound(limits, 50)


@settings(deadline=None, max_examples=40)
@given(some_limits(ordinary=True))
def test_a_budget_that_allows_one_more_is_never_slower_by_rounds(limits: list[Limit]) -> None:
    wider = [replace(one, allowed=one.allowed and one.allowed + 1) for one in limits]
    assert lower_bound(wider, 50) <= lower_bound(limits, 50)


@settings(deadline=None, max_examples=40)
@given(some_limits(ordinary=True))
def test_fewer_nodes_at_once_are_never_quicker_than_the_bound_of_all(limits: list[Limit]) -> None:
    assert play(limits, window=1).seconds >= lower_bound(limits, 0) - 1e-6
