"""The long names of a report, with the short forms that its pages show instead."""

from collections.abc import Iterator

from include.eks_upgrade.common.shorten import abbreviations
from include.eks_upgrade.report.model import Report


def long_names(report: Report) -> tuple[tuple[str, str], ...]:
    """`(whole, short)` of each name that is shown short, in the order of the short ones."""
    found = abbreviations(_told(report))
    return tuple(sorted(found.items(), key=lambda pair: pair[1]))


def _told(report: Report) -> Iterator[str]:
    """What is shown with short names; a failure's own message, for one, is not."""
    yield from (*report.plan, *report.changes, *report.warnings)
    for obstacle in report.obstacles:
        yield obstacle.what
    for row in report.availability.rows if report.availability else ():
        yield from (row.workload, row.rule)
    for drain in report.drains:
        yield from (drain.node, drain.note)
    for phase in report.phases:
        for step in phase.steps:
            yield step.text
    for listing in report.listings:
        yield from listing.items
    if stop := report.continuation:
        yield from (*stop.safe, *stop.left, *stop.done, *stop.not_done)
