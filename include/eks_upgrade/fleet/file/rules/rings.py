"""The target, and rings that take clusters from one another."""

from collections.abc import Collection, Iterator, Sequence

from include.eks_upgrade.fleet.file.finding import Finding
from include.eks_upgrade.fleet.file.model import Ring, Selector, Target

TARGETS = ("version", "newest_minus", "days_before_extended_support")


def target_findings(target: Target) -> Iterator[Finding]:
    """Exactly one way of saying where to go."""
    given = [name for name in TARGETS if getattr(target, name) not in {None, ""}]
    if len(given) != 1:
        what = f"{' and '.join(given)} are given" if given else "it does not say where to go"
        yield Finding(("target",), what, f"give one of {', '.join(TARGETS)}")


def ring_findings(rings: Sequence[Ring]) -> Iterator[Finding]:
    """Rings for which no cluster can be left."""
    for number, ring in enumerate(rings):
        taker = next((each for each in rings[:number] if _takes_all_of(each, ring)), None)
        if taker:
            what = f"ring {taker.name!r} before it takes every cluster that this one means"
            remedy = "put it before that ring, or give that ring `clusters` or `percent`"
            yield Finding(("rings", number), what, remedy)


def _takes_all_of(earlier: Ring, later: Ring) -> bool:
    """Whether nothing can be left; surely, not just for the clusters that there are now."""
    if earlier.percent is not None and earlier.percent < 100:
        return False
    return _means_all(earlier.clusters) or earlier.clusters == later.clusters


def _means_all(selector: Selector | None) -> bool:
    if selector is None:
        return True
    lists = (selector.names, selector.accounts, selector.regions)
    return not selector.tags and all(not each or _any_word(each) for each in lists)


def _any_word(patterns: Collection[str]) -> bool:
    return any(pattern and not pattern.strip("*") for pattern in patterns)
