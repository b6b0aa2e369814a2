"""What one rule of the survey has to say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few, first_lines

MAX_LINES = 10
"""Warnings of one rule that the plan shows; the rest are counted. A plan is small."""

MAX_PROBLEMS = 25
"""Problems of one kind that a refusal explains one by one; of the rest it names the subjects."""

MAX_SUBJECTS = 50
"""Subjects that are named without an explanation."""


class Told(str):
    """A sentence that names what it is about, with that object apart, as a waiver names it."""

    about: str

    def __new__(cls, about: str, sentence: str) -> Self:
        """A sentence about an object."""
        made = super().__new__(cls, sentence)
        made.about = about
        return made


@dataclass(frozen=True)
class Findings:
    """What a rule found.

    Attributes:
        problems: what refuses the plan.
        warnings: what a person should know; `Told` where it is about one object.
        notes: lines of the plan's summary.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def joined(found: Iterable[Findings]) -> Findings:
    """All of them as one, in their order."""
    found = tuple(found)
    return Findings(
        tuple(problem for one in found for problem in one.problems),
        tuple(warning for one in found for warning in one.warnings),
        tuple(note for one in found for note in one.notes),
    )


def capped_warnings(lines: Sequence[str], what: str) -> tuple[str, ...]:
    """The first lines, and how many more there are of `what` (plural)."""
    return tuple(first_lines(lines, MAX_LINES, f"and {{}} more {what} of this kind"))


def capped_problems(problems: Sequence[Problem], what: str) -> tuple[Problem, ...]:
    """The first problems, and one that names the subjects of the others (`what`, plural)."""
    rest = problems[MAX_PROBLEMS:]
    if not rest:
        return tuple(problems)
    names = first_few([one.subject for one in rest], MAX_SUBJECTS)
    more = Problem(f"{len(rest)} more {what}", f"of the same kind: {names}", "as above for each")
    return (*problems[:MAX_PROBLEMS], more)
