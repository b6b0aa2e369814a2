"""What two places of the fleet file have to agree on.

Pure. Rules look at what pydantic has let through; where an entry could not be read, rules that
argue from what is missing are not asked (`broken`).
"""

from collections.abc import Collection
from datetime import datetime

from include.eks_upgrade.fleet.file.finding import Finding
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.rules.accounts import account_findings, nothing_to_look_at
from include.eks_upgrade.fleet.file.rules.parameters import override_findings
from include.eks_upgrade.fleet.file.rules.rings import ring_findings, target_findings
from include.eks_upgrade.fleet.file.rules.selectors import selector_findings
from include.eks_upgrade.fleet.file.rules.times import (
    bypass_findings,
    freeze_findings,
    what_is_over,
    window_findings,
)

WHERE_CLUSTERS_ARE = {"accounts", "organization", "clusters"}


def contradictions(file: FleetFile, broken: Collection[str] = ()) -> list[Finding]:
    """All that is wrong with a file whose single values are right.

    Args:
        file: what could be read.
        broken: keys of the top of which something could not be read.
    """
    found = [
        *account_findings(file),
        *ring_findings(file.rings),
        *window_findings(file.windows),
        *freeze_findings(file.freezes),
        *bypass_findings(file.bypasses),
        *override_findings(file.overrides),
    ]
    if "target" not in broken:
        found += target_findings(file.target)
    if not WHERE_CLUSTERS_ARE & set(broken):
        found += [*nothing_to_look_at(file), *selector_findings(file)]
    return found


def warnings(file: FleetFile, moment: datetime) -> list[Finding]:
    """What is worth a word and no reason to refuse the file."""
    return list(what_is_over(file, moment))
