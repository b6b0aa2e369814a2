"""What was seen of each cluster of a ring, put together for its verdict. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from include.eks_upgrade.fleet.judge_ring import BAD, ClusterResult, Outcome
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, RingPlan

UNSEEN = "nobody has seen how it ended: its task left no result"
UNBEGUN = "its task never ran"
NO_HEALTH = "its upgrade is done, and nobody has looked at its health"


def result_json(result: ClusterResult) -> dict[str, Any]:
    """For XCom."""
    return {**vars(result), "outcome": result.outcome.value}


def read_result(raw: Mapping[str, Any]) -> ClusterResult:
    """Read `result_json` back; what stands beside is left out."""
    known = {name: raw[name] for name in ClusterResult.__dataclass_fields__ if name in raw}
    return ClusterResult(**{**known, "outcome": Outcome(raw["outcome"])})


def latest(left: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each cluster what was left last: one result for each.

    When a person clears the plan or a ring's list, that list may become shorter or another. What
    tasks at places that it has no more had left stays in Airflow.

    Args:
        left: as `result_json`, with the epoch seconds `ended` beside.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for each in sorted(left, key=lambda one: float(one.get("ended") or 0)):
        found[each["arn"]] = each
    return list(found.values())


def ring_results(
    ring: RingPlan,
    upgrades: Iterable[ClusterResult],
    healths: Iterable[ClusterResult],
    unbegun: Collection[str] = (),
) -> list[ClusterResult]:
    """One result for each cluster of the ring that this run was to do something with.

    Args:
        ring: as planned.
        upgrades: what the upgrade tasks left; healthy there means that the run's proof is good.
        healths: what was seen after the bake.
        unbegun: ARNs whose upgrade task never ran: what is before it was ended.
    """
    done = {each.arn: each for each in upgrades}
    seen = {each.arn: each for each in healths}
    return [
        _result(cluster, done, seen, unbegun=cluster.arn in unbegun)
        for cluster in ring.clusters
        if _counts(cluster)
    ]


def still_unjudged(results: Iterable[ClusterResult], *, held: bool) -> list[str]:
    """ARNs that have to be looked at before the next ring begins, when a ring was judged.

    A ring that holds with a cluster that is not well has tolerated it.
    """
    return [] if held else [each.arn for each in results if each.outcome in BAD]


def _counts(cluster: ClusterPlan) -> bool:
    """A cluster that is frozen, or skipped by a person, does not keep its ring from holding."""
    return cluster.action is not Action.SKIP


def _result(
    cluster: ClusterPlan,
    done: Mapping[str, ClusterResult],
    seen: Mapping[str, ClusterResult],
    *,
    unbegun: bool,
) -> ClusterResult:
    def is_(outcome: Outcome, why: str) -> ClusterResult:
        return ClusterResult(
            arn=cluster.arn,
            title=cluster.title,
            outcome=outcome,
            why=why,
            version=cluster.from_version,
        )

    upgraded = done.get(cluster.arn)
    if cluster.action is Action.DONE and upgraded is None:
        return is_(Outcome.NOTHING_TO_DO, cluster.why)
    if upgraded is None:
        return is_(Outcome.LEFT, UNBEGUN) if unbegun else is_(Outcome.FAILED, UNSEEN)
    if upgraded.outcome is not Outcome.HEALTHY:
        return upgraded
    return seen.get(cluster.arn) or is_(Outcome.UNHEALTHY, NO_HEALTH)
