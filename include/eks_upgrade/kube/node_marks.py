"""What is written on a node, as merge patches: the cordon, the label for load balancers, our marks.

Pure. Each patch is made from the node as it is, and is None when there is nothing to write, so
that every write is harmless when it is made again.
"""

from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.kube.objects import (
    BUDGETS_PASSED,
    CORDONED_BY,
    EXCLUDED,
    EXCLUDED_AT,
    EXCLUDED_BY,
    Node,
)

Patch = dict[str, Any]

CLOCKS_APART = 300.0
"""Seconds by which the clocks of two of our processes may differ. A label that seems to be from
later than that has a time that somebody else wrote."""


def cordon(node: Node, mark: str) -> Patch | None:
    """Make a node unschedulable, with a mark that it was us.

    A node that is cordoned already stays as it is: its cordon is somebody else's, or ours.
    """
    if node.unschedulable:
        return None
    # A new cordon begins a new drain, which has passed nothing.
    return _patch({CORDONED_BY: mark, BUDGETS_PASSED: None}, spec={"unschedulable": True})


def exclude(node: Node, mark: str, now: float) -> Patch | None:
    """Keep a node out of load balancers, with a mark that it was us and since when.

    A node that has the label already stays as it is, except that ours must say since when: the
    deletion of the node waits from then on.

    Args:
        node: as it is.
        mark: who labels it.
        now: epoch seconds.
    """
    if node.excluded and (not node.excluded_by or _known_since(node, now)):
        return None
    since = datetime.fromtimestamp(now, UTC).isoformat("T", "seconds")
    labels = {} if node.excluded else {EXCLUDED: "true"}
    return _patch({EXCLUDED_BY: node.excluded_by or mark, EXCLUDED_AT: since}, labels=labels)


def lift(node: Node) -> Patch | None:
    """Take our cordon and our label off, found by their marks, in one write."""
    annotations: dict[str, str | None] = {}
    if node.cordoned_by:
        annotations |= {CORDONED_BY: None, BUDGETS_PASSED: None}
    if node.excluded_by:
        annotations |= {EXCLUDED_BY: None, EXCLUDED_AT: None}
    if not annotations:
        return None
    spec = {"unschedulable": None} if node.cordoned_by else None
    return _patch(annotations, spec=spec, labels={EXCLUDED: None} if node.excluded_by else {})


def _known_since(node: Node, now: float) -> bool:
    return node.excluded_at is not None and node.excluded_at <= now + CLOCKS_APART


def _patch(
    annotations: dict[str, str | None],
    *,
    spec: Patch | None = None,
    labels: Patch | None = None,
) -> Patch:
    patch: Patch = {"metadata": {"annotations": annotations}}
    if labels:
        patch["metadata"]["labels"] = labels
    return patch if spec is None else {**patch, "spec": spec}
