"""All that is wrong with a fleet file at once: pydantic's word, and contradictions in the rest.

Where an entry cannot be read, the others are still held against one another, so that nobody
corrects a file line by line, run by run.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.fleet.file.contradictions import contradictions
from include.eks_upgrade.fleet.file.document import Document
from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.misfits import misfits, place_of
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.rules.names import empty_findings, name_findings

_STAND_INS = {"target": {"newest_minus": 0}, "rings": [{"name": "none"}]}
"""For what has to be there and cannot be read; nothing is said of them."""


def judged(document: Document) -> tuple[FleetFile | None, list[Finding]]:
    """The file, when its shapes are right, and everything that is wrong with it."""
    file, errors = _validated(document.plain)
    first = [*document.findings, *empty_findings(document.plain)]
    more = [*name_findings(document.plain), *misfits(errors, document)]
    if file is None:
        more += _in_what_can_be_read(document.plain, list(map(place_of, errors)))
    else:
        more += contradictions(file)
    # What YAML alone shows comes first; what else is wrong there only follows from it.
    told = {finding.place for finding in first}
    return file, [*first, *(finding for finding in more if finding.place not in told)]


def _validated(plain: Any) -> tuple[FleetFile | None, Sequence[Raw]]:
    try:
        # As JSON, because only so pydantic takes lists for tuples and still no text for a number.
        return FleetFile.model_validate_json(json.dumps(plain), strict=True), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _in_what_can_be_read(plain: dict[str, Any], errors: Collection[Place]) -> Iterator[Finding]:
    """Contradictions among the entries that are right."""
    rest = {key: _Rest(key, value, errors) for key, value in plain.items()}
    usable = {key: each.value for key, each in rest.items() if each.usable}
    part, still = _validated({**_STAND_INS, **usable})
    broken = {str(place[0]) for place in errors if place}
    for finding in contradictions(part, broken) if part and not still else ():
        key, *below = finding.place
        if key in usable:
            yield Finding(rest[str(key)].place(below), finding.what, finding.remedy)
        elif key not in plain:
            yield finding


class _Rest:
    """What is left of one key of the top without the entries that cannot be read."""

    def __init__(self, key: str, value: Any, errors: Collection[Place]) -> None:
        self.key, wrong = key, [place[1:] for place in errors if place[:1] == (key,)]
        self.kept: list[int] | None = None
        self.usable, self.value = not wrong, value
        if wrong and isinstance(value, list) and all(wrong):
            spoiled = {place[0] for place in wrong}
            self.kept = [number for number in range(len(value)) if number not in spoiled]
            self.value = [value[number] for number in self.kept]
            self.usable = bool(self.kept)

    def place(self, below: Sequence[str | int]) -> Place:
        """A place in what is left, as a place in the whole."""
        if self.kept is not None and below and isinstance(below[0], int):
            return (self.key, self.kept[below[0]], *below[1:])
        return (self.key, *below)
