"""The hops from the present minor to the one asked for, before anything runs. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.skew import newest_api_server, trails_too_far
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.hops.addons import addons_at, kube_proxy_problem
from include.eks_upgrade.planning.hops.model import Hop, Hops, Kept, RollNodes, Standing
from include.eks_upgrade.planning.hops.rolls import (
    Rolls,
    minors_on_the_way,
    plan_rolls,
    why_here,
)


def plan_hops(
    facts: ClusterFacts,
    standing: Standing,
    final: Minor,
    policy: RollNodes = RollNodes.WHEN_NEEDED,
    *,
    conflicts: str = "PRESERVE",
) -> Hops:
    """All hops to the final minor.

    Where nodes have to be brought up before the control plane may move, the first hop does only
    that, from the present minor to the present minor.

    Args:
        facts: add-ons, what EKS offers of them, and the present minor.
        standing: what stands on the nodes.
        final: the minor asked for; the present one where a run is to be finished.
        policy: when nodes are replaced.
        conflicts: resolveConflicts of every add-on update.
    """
    rolls = plan_rolls(standing, final, policy)
    way = _way(standing, final, rolls)
    hops: list[Hop] = []
    problems: list[Problem] = []
    for target, (ways, before) in zip(way, addons_at(conflicts, facts, way), strict=True):
        rolled = tuple(sorted(name for name, minors in rolls.items() if target in minors))
        hops.append(
            Hop(
                from_version=str(before.present),
                to_version=str(target),
                addons_before=ways.before,
                addons_after=ways.after,
                rolled=rolled,
                why=_why(standing, target, final, policy, rolled),
            )
        )
        if hops[-1].moves:
            found = [kube_proxy_problem(before, ways, target, standing.kube_proxy)]
            found += ways.problems if len(hops) > 1 else ()
            problems += [_at(hops[-1], one) for one in found if one]
    problems += _kept_problems(standing, way)
    return Hops(all=tuple(hops), problems=tuple(problems))


def _way(standing: Standing, final: Minor, rolls: Rolls) -> tuple[Minor, ...]:
    """The control plane's minor after each hop."""
    present, *later = minors_on_the_way(standing.present, final)
    stays = any(present in minors for minors in rolls.values())
    return (present, *later) if stays or not later else tuple(later)


def _why(
    standing: Standing, target: Minor, final: Minor, policy: RollNodes, rolled: tuple[str, ...]
) -> str:
    if rolled:
        return why_here(standing, target, final, policy, rolled)
    return "" if target == final else f"{target.next()} allows for the kubelets that there are"


def _at(hop: Hop, problem: Problem) -> Problem:
    subject = f"hop {hop.from_version} to {hop.to_version}: {problem.subject}"
    return Problem(subject, problem.what, problem.remedy, problem.passes)


def _kept_problems(standing: Standing, way: tuple[Minor, ...]) -> Iterator[Problem]:
    """What nobody replaces on the way, and a later control plane will not take any more.

    What even the next control plane does not take, the plan of that hop refuses with all its nodes.
    """
    by_limit: dict[tuple[Minor, str], list[Kept]] = {}
    for kept in standing.kept:
        limit = newest_api_server(kept.minor)
        if trails_too_far(kept.minor, way[-1]) and limit > standing.present:
            by_limit.setdefault((limit, kept.cure), []).append(kept)
    for (limit, cure), these in sorted(by_limit.items()):
        names = first_few([f"{one.what} ({one.minor})" for one in these])
        yield Problem(
            f"hop {limit} to {limit.next()}: kubelets",
            f"{names} would trail {limit.next()} too far (three minors may lie between, two for "
            "kubelets before 1.25), and this run does not replace what it names",
            f"go to {limit} first (target_version={limit}); then {cure}; then go on",
        )
