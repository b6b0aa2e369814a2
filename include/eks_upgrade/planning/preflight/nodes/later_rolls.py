"""Quotas, addresses, templates and images of the nodes that later hops replace."""

from collections.abc import Iterator

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.hops import hops_of
from include.eks_upgrade.planning.preflight.rules.later import (
    LaterRoll,
    problems_later,
    warnings_later,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.images import image_problems
from include.eks_upgrade.planning.preflight.rules.new_groups.problems import (
    new_group_problems,
    new_group_warnings,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    told = {*_told_of_this_run(seen)}
    yield from capped_findings(_found(seen, told), "things of later hops")
    missing = [f"hop to {one.version}: {one.unknown}" for one in seen.later_rolls if one.unknown]
    if missing:
        raise NotKnown("; ".join(missing))


def _found(seen: Seen, told: set[str]) -> Iterator[Finding]:
    for roll in seen.later_rolls:
        for problem in problems_later(seen.request, seen.facts, roll):
            if problem.what not in told:
                told.add(problem.what)
                yield _finding(roll, problem)
        for sentence in warnings_later(seen.request, seen.facts, roll):
            if sentence not in told:
                told.add(sentence)
                what = f"for the hop to {roll.version}, which replaces nodes: {sentence}"
                yield Finding(Severity.WARNS, f"hop to {roll.version}", what, "", whole=True)


def _finding(roll: LaterRoll, problem: Problem) -> Finding:
    subject = f"hop to {roll.version}: {problem.subject}"
    what = f"{problem.what}; if it is still so when that hop's turn comes, its run is refused"
    return Finding(Severity.WARNS, subject, what, problem.remedy)


def _told_of_this_run(seen: Seen) -> Iterator[str]:
    """What is said of this run's own replacement, or of the hops: once is enough."""
    given = {
        "extra_nodes": seen.request.extra_nodes,
        "at_once": seen.request.max_groups_at_once,
    }
    problems = [
        *image_problems(seen.request, seen.images, seen.rolled),
        *new_group_problems(seen.new_names, seen.images, seen.facts, **given),
    ]
    if not seen.target_refused:
        problems += hops_of(seen.request, seen.target, seen.facts).problems
    yield from (one.what for one in problems)
    yield from new_group_warnings(seen.new_names, seen.images, seen.facts, **given)


CHECK = Check(
    "later_rolls",
    "Would the nodes that later hops replace find quotas, addresses, templates and images of their"
    " version?",
    "https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html, judged as for this run's"
    " own replacement",
    _judge,
)
