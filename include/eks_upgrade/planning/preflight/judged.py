"""Every check's outcome with the waivers laid over it: what a preflight comes to. Pure."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.preflight.check import (
    Check,
    Finding,
    Outcome,
    Outcomes,
    Severity,
    judge_all,
)
from include.eks_upgrade.planning.preflight.checks import CHECKS
from include.eks_upgrade.planning.preflight.from_rules import blocking, informing, warning
from include.eks_upgrade.planning.preflight.request import waivers as of_waivers
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.preflight.waiver import Waiver, read_waivers


def judged(seen: Seen, checks: Sequence[Check] = CHECKS) -> Outcomes:
    """What all checks found, each finding with the waiver that holds for it."""
    today = seen.moment.date()
    waivers, _ = read_waivers(seen.request.waivers, [check.name for check in checks])
    valid = [one for one in waivers if one.holds(today)]
    outcomes = _once([_waived(one, valid) for one in judge_all(checks, seen).all])
    told = tuple(_told(waivers, outcomes, today))
    told = (*blocking(waiver_problems(seen.request.waivers, checks)), *told)
    return Outcomes(
        tuple(
            replace(one, findings=told) if one.check is of_waivers.CHECK else one
            for one in outcomes
        )
    )


def waiver_problems(given: Sequence[Any], checks: Sequence[Check] = CHECKS) -> list[Problem]:
    """What is wrong with the parameter `waivers`, before anything is known of the cluster."""
    waivers, problems = read_waivers(given, [check.name for check in checks])
    fixed = {check.name for check in checks if not check.may_be_waived}
    return [
        *problems,
        *(
            Problem(
                f"waivers, {one.check}",
                "its findings cannot be waived: EKS, or a later task, would refuse the same",
                "take this waiver out, and do what the finding says",
            )
            for one in waivers
            if one.check in fixed
        ),
    ]


def _waived(outcome: Outcome, waivers: Sequence[Waiver]) -> Outcome:
    if not outcome.check.may_be_waived:
        return outcome
    findings = (_covered(outcome.check.name, one, waivers) for one in outcome.findings)
    return replace(outcome, findings=tuple(findings))


def _once(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Without what a check that cannot be waived says in the words of one that can.

    The latter asks the narrower question. Where its finding is waived the other one stands, for a
    later task refuses the same.
    """
    told = {
        (one.severity, one.subject, one.what)
        for outcome in outcomes
        for one in outcome.findings
        if outcome.check.may_be_waived and one.waiver is None
    }
    return [one if one.check.may_be_waived else _without(one, told) for one in outcomes]


def _without(outcome: Outcome, told: Container[tuple[Severity, str, str]]) -> Outcome:
    left = [one for one in outcome.findings if (one.severity, one.subject, one.what) not in told]
    return replace(outcome, findings=tuple(left))


def _covered(check: str, finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    found = next((one for one in waivers if one.covers(check, finding.subject)), None)
    return replace(finding, waiver=found) if found else finding


def _told(waivers: Iterable[Waiver], outcomes: Sequence[Outcome], today: date) -> Iterator[Finding]:
    """What is to be said of waivers themselves: expired ones, and those that waive nothing."""
    by_name = {one.check.name: one for one in outcomes}
    for waiver in waivers:
        outcome = by_name[waiver.check]
        if not outcome.check.may_be_waived:
            continue
        if not waiver.holds(today):
            ended = f"{waiver} has expired with {waiver.until}, and waives nothing any more"
            yield from warning(waiver.object, [ended])
        elif not outcome.unknown and not any(one.waiver == waiver for one in outcome.findings):
            idle = f"{waiver} waives nothing now: there is no such finding"
            yield from informing(waiver.object, [idle])


def waived(outcomes: Outcomes) -> tuple[Finding, ...]:
    """The findings that are waived."""
    return tuple(each for one in outcomes.all for each in one.findings if each.waiver is not None)


def blocks(outcomes: Outcomes) -> bool:
    """Whether something that was found refuses the plan."""
    return bool(outcomes.findings(Severity.BLOCKS))
