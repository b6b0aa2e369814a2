"""The plan of an opening as lines of a log: what becomes of each cluster, and why.

With room, a cluster is a row with its reasons below; in a narrow window it is a block. No line is
longer than the width, whatever the names are.
"""

import textwrap
from collections.abc import Iterable, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.log_lines import WIDTH
from include.eks_upgrade.fleet.plan import ClusterPlan, FleetPlan
from include.eks_upgrade.fleet.summary import (
    clean,
    details,
    headline,
    sentences,
    versions,
    what,
    zone_of,
)
from include.eks_upgrade.fleet.windows.words import moment_words

NARROW = 60
"""Below so many characters there are no columns."""

_LEAST = 20
"""A line of fewer characters cannot be read; it is made so long all the same."""

Row = tuple[str, str, str]


def table(plan: FleetPlan, width: int = WIDTH) -> list[str]:
    """The lines, none of them longer than `width`."""
    width = max(width, _LEAST)
    lines = _wrapped(f"{moment_words(plan.made_at, zone_of(plan))}. {headline(plan)}.", "", width)
    sizes = _sizes(plan.clusters, width)
    for ring in plan.rings:
        head = f"Ring {ring.name}: {counted(len(ring.clusters), 'cluster')}, {ring.at_once} at once"
        lines += ["", *_wrapped(head, "", width), *_clusters(ring.clusters, sizes, width)]
    if plan.outside:
        lines += ["", "In no ring:", *_clusters(plan.outside, sizes, width)]
    said = [line for each in sentences(plan) for line in _wrapped(f"- {each}", "  ", width)]
    return [*lines, "", *said] if said else lines


def _clusters(clusters: Iterable[ClusterPlan], sizes: Sequence[int], width: int) -> list[str]:
    return [line for each in clusters for line in _cluster(each, sizes, width)]


def _cluster(cluster: ClusterPlan, sizes: Sequence[int], width: int) -> list[str]:
    why = "; ".join(details(cluster))
    return [
        *_head(_row(cluster), sizes, width),
        *_wrapped(f"    {clean(why)}", "    ", width),
    ]


def _head(row: Row, sizes: Sequence[int], width: int) -> list[str]:
    title, *rest = row
    if width < NARROW:
        return [
            *_wrapped(f"  {title}", "    ", width),
            *_wrapped(f"    {': '.join(rest[::-1])}", "      ", width),
        ]
    cells = "  ".join(text.ljust(size) for text, size in zip(rest, sizes[1:], strict=True))
    if len(title) <= sizes[0] and 2 + sizes[0] + 2 + len(cells.rstrip()) <= width:
        return [f"  {title.ljust(sizes[0])}  {cells}".rstrip()]
    return [*_wrapped(f"  {title}", "    ", width), *_wrapped(f"    {cells}", "      ", width)]


def _row(cluster: ClusterPlan) -> Row:
    return clean(cluster.title), clean(versions(cluster)), what(cluster)


def _sizes(clusters: Sequence[ClusterPlan], width: int) -> list[int]:
    """How wide the columns are; the one of the names takes what the others leave."""
    rows = [_row(each) for each in clusters]
    longest = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    longest[0] = min(longest[0], max(0, width - 2 - 2 - 2 - longest[1] - longest[2]))
    return longest


def _wrapped(text: str, later: str, width: int) -> list[str]:
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        clean(text), width, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False
    )
