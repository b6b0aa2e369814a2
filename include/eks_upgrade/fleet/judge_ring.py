"""Whether a ring is good enough for the next one: pure, over what was seen of its clusters.

Both numbers count. A ring that is judged by its failures alone holds with nothing done at all, and
one whose clusters nobody could try would let the next begin. So successes are counted too, and a
success is a cluster that was seen upgraded and healthy, not a run that is green.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few, first_sentence
from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.file.share import rounded_up


class Outcome(StrEnum):
    """What became of one cluster of a ring.

    `NOT_TRIED`: nothing was moved, because of what the cluster is: a person holds its lock, the
    plan refused. `LEFT`: nothing was moved, because there was no time left or the fleet stopped;
    the next opening takes it up. `NOTHING_TO_DO`: it was where it should be.
    """

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    NOT_TRIED = "not tried"
    LEFT = "left"
    NOTHING_TO_DO = "nothing to do"


STARTED = frozenset({Outcome.HEALTHY, Outcome.UNHEALTHY, Outcome.FAILED})
BAD = frozenset({Outcome.UNHEALTHY, Outcome.FAILED})


@dataclass(frozen=True, kw_only=True)
class ClusterResult:
    """What was seen of one cluster.

    Attributes:
        arn: names it.
        title: what a person reads.
        outcome: what became of it.
        why: one sentence: what was seen, or what stopped it.
        version: the minor that it has now.
        url: of its run; empty when there was none.
        report_url: of that run's report.
    """

    arn: str
    title: str
    outcome: Outcome
    why: str = ""
    version: str = ""
    url: str = ""
    report_url: str = ""


class Standing(StrEnum):
    """`HELD`: the next ring may begin. `BROKEN`: the fleet stops until a person resumes it.

    `UNFINISHED`: neither; the next opening goes on with this ring, and no other begins before.
    """

    HELD = "held"
    BROKEN = "broken"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, kw_only=True)
class RingVerdict:
    """How a ring stands.

    Attributes:
        standing: held, broken or unfinished.
        healthy, unhealthy, failed, not_tried, left: how many clusters are what.
        allowed: so many may be unhealthy or failed.
        needed: so many have to be healthy.
        why: one sentence with both numbers, and the clusters that broke it.
    """

    standing: Standing
    healthy: int
    unhealthy: int
    failed: int
    not_tried: int
    left: int
    allowed: int
    needed: int
    why: str

    @property
    def held(self) -> bool:
        """Whether the next ring may begin."""
        return self.standing is Standing.HELD

    @property
    def broken(self) -> bool:
        """Whether the fleet has to stop."""
        return self.standing is Standing.BROKEN


def judge_ring(threshold: Threshold, results: Sequence[ClusterResult]) -> RingVerdict:
    """Judge a ring after its bake.

    Args:
        threshold: of the ring.
        results: of all its clusters, also of those in which there was nothing to do. Results of
            earlier openings may be among them, as long as each cluster is there once.
    """
    count = Counter(each.outcome for each in results)
    allowed = rounded_up(threshold.unhealthy, sum(count[each] for each in STARTED))
    needed = min(threshold.successes, _to_do(count))
    standing, because = _standing(count, allowed, needed)
    return RingVerdict(
        standing=standing,
        healthy=count[Outcome.HEALTHY],
        unhealthy=count[Outcome.UNHEALTHY],
        failed=count[Outcome.FAILED],
        not_tried=count[Outcome.NOT_TRIED],
        left=count[Outcome.LEFT],
        allowed=allowed,
        needed=needed,
        why=_sentence(because, count, allowed, needed) + _culprits(results),
    )


def may_go_on(threshold: Threshold, results: Sequence[ClusterResult], size: int) -> str:
    """Why no further cluster of the ring may begin; empty when one may.

    Args:
        threshold: of the ring.
        results: of the clusters that have ended so far.
        size: how many clusters of the ring are to be upgraded in all. A percentage is one of
            these: the first failure of a large ring must not look like all of it.
    """
    count = Counter(each.outcome for each in results)
    bad = sum(count[each] for each in BAD)
    allowed = rounded_up(threshold.unhealthy, size)
    if bad > allowed:
        return f"{_bad(count)}, and {allowed} may be" + _culprits(results)
    needed = min(threshold.successes, size)
    possible = size - bad - count[Outcome.NOT_TRIED] - count[Outcome.LEFT]
    if bad and possible < needed:
        return f"at most {possible} can still succeed, and {needed} have to" + _culprits(results)
    return ""


def _standing(count: Counter[Outcome], allowed: int, needed: int) -> tuple[Standing, str]:
    bad, healthy = sum(count[each] for each in BAD), count[Outcome.HEALTHY]
    if bad > allowed:
        return Standing.BROKEN, "too many are unhealthy"
    if count[Outcome.LEFT]:
        return Standing.UNFINISHED, f"{counted(count[Outcome.LEFT], 'cluster')} still to go"
    if healthy >= needed:
        return Standing.HELD, "" if _to_do(count) else "there was nothing to do"
    if healthy + count[Outcome.NOT_TRIED] >= needed:
        untried = counted(count[Outcome.NOT_TRIED], "cluster")
        return Standing.UNFINISHED, f"too few were tried, {untried} could not be"
    return Standing.BROKEN, "too few succeeded"


def _to_do(count: Counter[Outcome]) -> int:
    return sum(count.values()) - count[Outcome.NOTHING_TO_DO]


def _sentence(because: str, count: Counter[Outcome], allowed: int, needed: int) -> str:
    numbers = (
        f"{_bad(count)} ({allowed} allowed), "
        f"{count[Outcome.HEALTHY]} upgraded and healthy ({needed} needed)"
    )
    return f"{because}: {numbers}" if because else numbers


def _bad(count: Counter[Outcome]) -> str:
    bad = sum(count[each] for each in BAD)
    failed = count[Outcome.FAILED]
    return f"{bad} unhealthy" + (f", {failed} of them failed" if failed and bad != failed else "")


def _culprits(results: Sequence[ClusterResult]) -> str:
    """Each with what happened; the whole of it, with its remedy, stands beside the cluster."""
    bad = [each for each in results if each.outcome in BAD]
    named = [f"{each.title} ({first_sentence(each.why) or each.outcome})" for each in bad]
    return f": {first_few(named, separator='; ')}" if named else ""
