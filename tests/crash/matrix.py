"""The crash matrix: recorded, run on two labs side by side, judged, told as a table."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import Queue

from tests.crash.kinds import Kind, Raw, kinds_of
from tests.crash.rows import Judgement, Outcome, Row, judge
from tests.crash.scenes import SETTINGS
from tests.crash.serving import LabProcess

LABS = 2
WIDTH = 4
"""Rows side by side on each of them: a row mostly waits."""


@dataclass(frozen=True)
class Result:
    """A row, what came of it, and the judgement."""

    row: Row
    outcome: Outcome
    judgement: Judgement

    @property
    def converged(self) -> bool:
        """Whether all is as it must be."""
        return not self.judgement.wrong and not self.judgement.doubled


class Matrix:
    """The labs and what was recorded on them; see `opened`."""

    def __init__(self, labs: Sequence[LabProcess]) -> None:
        self._labs: Queue[LabProcess] = Queue()
        for lab in labs:
            self._labs.put(lab)
        self.undisturbed: dict[str, Outcome] = {}
        self.kinds: list[Kind] = []

    @property
    def recordings(self) -> dict[str, list[Raw]]:
        """Setting -> the changes of its undisturbed run."""
        return {name: outcome.recorded for name, outcome in self.undisturbed.items()}

    def record(self, names: Sequence[str] = tuple(SETTINGS)) -> None:
        """Run settings undisturbed, and find the kinds of calls.

        Raises:
            AssertionError: an undisturbed run did not come to its end.
        """
        rows = [Row(f"{name}-alone", name) for name in names]
        for outcome in self._each(rows, 1):
            assert not outcome.error, outcome.error
            assert not outcome.twice, outcome.twice
            self.undisturbed[outcome.row.removesuffix("-alone")] = outcome
        known: set[str] = set()
        for name in names:
            it = self.undisturbed[name]
            fresh = kinds_of(name, it.row, it.recorded, it.budgets)
            self.kinds += [kind for kind in fresh if kind.label not in known]
            known |= {kind.label for kind in fresh}

    def results(
        self, rows: Sequence[Row], tell: Callable[[Result], None], *, width: int = WIDTH
    ) -> list[Result]:
        """Run the rows, `width` at a time on each lab; `tell` hears of each with its batch."""
        by_name = {row.name: row for row in rows}
        found = []
        for outcome in self._each(rows, width):
            row = by_name[outcome.row]
            judgement = judge(outcome, self.undisturbed[row.setting], len(row.kills))
            found.append(Result(row, outcome, judgement))
            tell(found[-1])
        return found

    def _each(self, rows: Sequence[Row], width: int) -> Iterator[Outcome]:
        with ThreadPoolExecutor(LABS) as pool:
            for outcomes in pool.map(
                lambda batch: self._on_a_lab(batch, width), batches(rows, width)
            ):
                yield from outcomes

    def _on_a_lab(self, rows: Sequence[Row], width: int) -> list[Outcome]:
        lab = self._labs.get()
        try:
            return lab.run(rows, self.recordings, width)
        finally:
            self._labs.put(lab)


def batches(rows: Sequence[Row], width: int) -> list[Sequence[Row]]:
    """So many at a time."""
    return [rows[start : start + width] for start in range(0, len(rows), width)]


@contextmanager
def opened() -> Iterator[Matrix]:
    """The labs started, and stopped at the end."""
    with ExitStack() as stack:
        labs = []
        for _ in range(LABS):
            labs.append(lab := LabProcess())
            stack.callback(lab.close)
        yield Matrix(labs)


def table(results: Iterable[Result]) -> list[str]:
    """The lines of the table: call, before or after, converged, changes made twice."""
    rows = [("call", "killed", "in", "converged", "changes made twice", "s")]
    for each in results:
        for label, when, where in each.outcome.hit or [[each.row.name, "-", "never"]]:
            doubled = "; ".join(each.judgement.doubled) or "0"
            said = "yes" if each.converged else "NO"
            rows.append((label, when, where, said, doubled, f"{each.outcome.seconds:.0f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def why_not(results: Iterable[Result]) -> list[str]:
    """Of rows that did not converge: why."""
    return list(
        itertools.chain.from_iterable(
            [f"{each.row.name}: {sentence}" for sentence in each.judgement.wrong]
            for each in results
            if not each.converged
        )
    )
