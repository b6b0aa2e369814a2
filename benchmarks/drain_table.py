"""What the benchmark prints, and which of its targets were missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.drain_bound import Bound
from benchmarks.drain_contestants import Run
from benchmarks.drain_lowest import Lowest, lowest_lines

MOST_MEGABYTES = 150
MOST_MILLISECONDS = 100
"""What the engine may take of the process that it lives in."""

HEADS = (
    "contestant",
    "seconds",
    "bound",
    "ratio",
    "evictions",
    "refused",
    "requests",
    "per pod",
    "bound by",
)


@dataclass(frozen=True)
class Measured:
    """One contestant's drain.

    Attributes:
        moving: pods that had to leave. left: those that are still there, by name.
        lowest: how far each workload fell.
    """

    run: Run
    bound: Bound
    moving: int
    left: tuple[str, ...] = ()
    lowest: tuple[Lowest, ...] = ()

    @property
    def ratio(self) -> float:
        """Its seconds as a multiple of the bound."""
        return self.run.seconds / self.bound.seconds if self.bound.seconds else float("inf")


def table(measured: Sequence[Measured]) -> list[str]:
    """A line for each contestant, and how much longer the others took than the first, ours."""
    rows = [HEADS, *map(_row, measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(_cell(*cell) for cell in zip(row, widths, strict=True)) for row in rows]
    ours, *others = measured
    return [
        *(line.rstrip() for line in lines),
        *(f"{m.run.name} / ours = {m.run.seconds / ours.run.seconds:.2f}" for m in others),
        *(f"{m.run.name}: {line}" for m in measured for line in lowest_lines(m.lowest)),
    ]


def memory_lines(measured: Sequence[Measured]) -> list[str]:
    """What the engine took of its process, where that was looked at."""
    lines = []
    for run in (m.run for m in measured):
        if run.rss_growth is not None:
            grown = run.rss_growth / 1e6
            lines.append(f"{run.name}: grew by {grown:.0f} MB (target: below {MOST_MEGABYTES})")
        if run.longest_block is not None and run.longest_work is not None:
            lines.append(
                f"{run.name}: held the event loop up for {run.longest_block * 1000:.0f} ms at most"
                f" (target: below {MOST_MILLISECONDS}), and computed for"
                f" {run.longest_work * 1000:.0f} ms at most in one go"
            )
    return lines


def missed(measured: Sequence[Measured], at_most_ratio: float | None) -> list[str]:
    """What did not go as it should: drains that failed, pods left, a ratio that is too high."""
    lines = []
    for one in measured:
        if one.run.failure:
            lines.append(f"MISSED: {one.run.name} failed: {one.run.failure}")
        if one.left:
            lines.append(f"MISSED: {one.run.name} left {len(one.left)} pods: {one.left[0]}, …")
    ours = measured[0]
    fell = [one.allowance.family for one in ours.lowest if one.below]
    if fell:
        lines.append(f"MISSED: ours took {len(fell)} workloads below what is allowed: {fell[0]}, …")
    if at_most_ratio is not None and ours.ratio > at_most_ratio:
        lines.append(f"MISSED: ours took {ours.ratio:.2f} bounds, more than {at_most_ratio:.2f}")
    return lines


def _row(one: Measured) -> tuple[str, ...]:
    run = one.run
    requests = run.requests
    return (
        run.name,
        f"{run.seconds:.1f}",
        f"{one.bound.seconds:.1f}",
        f"{one.ratio:.2f}",
        f"{run.evictions:,}",
        f"{run.refusals:,}",
        "-" if requests is None else f"{requests:,}",
        "-" if requests is None or not one.moving else f"{requests / one.moving:.2f}",
        one.bound.by,
    )


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[0].isdigit() or text == "-" else text.ljust(width)
