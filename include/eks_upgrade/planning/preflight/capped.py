"""Many findings of one kind: the first are explained, of the others the subjects are named."""

from collections.abc import Iterable, Iterator

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.planning.preflight.check import Finding
from include.eks_upgrade.planning.survey.findings import MAX_PROBLEMS, MAX_SUBJECTS


def capped_findings(found: Iterable[Finding], what: str) -> Iterator[Finding]:
    """The first findings of each severity, and one that names the subjects of the others.

    Args:
        found: of one check.
        what: the objects, in the plural: `webhooks`.
    """
    by_severity: dict[str, list[Finding]] = {}
    for one in found:
        by_severity.setdefault(one.severity, []).append(one)
    for findings in by_severity.values():
        yield from findings[:MAX_PROBLEMS]
        rest = findings[MAX_PROBLEMS:]
        if rest:
            names = first_few([one.subject for one in rest], MAX_SUBJECTS)
            subject = f"{len(rest)} more {what}"
            yield Finding(
                rest[0].severity, subject, f"of the same kind: {names}", "as above for each"
            )
