"""The result of a drain: per node and per pod what happened, when, how long, and why it took so.

It travels as JSON from the process that drains to the one that waits, and on to the report.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.availability.lowest_ready import LowestReady
from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.ledger import Fate, Ledger, PodEntry
from include.eks_upgrade.drain.order.precedence import Precedence

MAX_LISTED_WORKLOADS = 100
"""Workloads whose lowest number of Ready pods a result tells."""

MAX_LISTED_WAITS = 3
"""Reasons for which pods of a node waited; of more, those of fewer pods are told together."""

OTHER_WAITS = "for other reasons"

MAX_LISTED_PODS = 2000
"""Pods that a result lists one by one; of more, those that waited for something come first."""


@dataclass(frozen=True, kw_only=True)
class DrainResult:
    """A drain that came to its end: no evictable pod is left on any of its nodes.

    Attributes:
        moved: pods that left. by_node: the same by node name.
        skipped_daemonset: DaemonSet pods that were left on their nodes.
        seconds: real seconds it took.
        evictions: asked for. refusals: those of them that the API server refused for a while.
        requests: sent to the API server, all in all.
        obstacles: what a drain without options would have refused and which parameter lifted
            it, then the budgets that held pods back for a while.
        nodes: `{"name", "moved", "seconds", "fates", "waits"}` of each node: seconds until its last
            pod had gone; pods by how they left, unless by eviction; pods by what they waited for.
        pods: `{"pod", "node", "fate", "asked", "gone", "seconds", "waited_for"}` of each pod: times
            in ISO 8601 (UTC) or None; seconds from being asked to having gone.
        pods_left_out: how many more there were than `MAX_LISTED_PODS`.
        excluded_nodes: how many nodes are out of the load balancers. excluded_at: since when the
            last of them is, as far as it was this upgrade that took it out; ISO 8601 (UTC) or None.
        workloads: `LowestReady.as_json` of each workload, those nearest to their limit first.
        workloads_left_out: how many more there were than `MAX_LISTED_WORKLOADS`.
        workloads_below: how many fell below what was allowed.
    """

    moved: int
    by_node: Mapping[str, int] = field(default_factory=dict)
    skipped_daemonset: int = 0
    seconds: float = 0.0
    evictions: int = 0
    refusals: int = 0
    requests: int = 0
    obstacles: tuple[Obstacle, ...] = ()
    nodes: tuple[Mapping[str, Any], ...] = ()
    pods: tuple[Mapping[str, Any], ...] = ()
    pods_left_out: int = 0
    excluded_nodes: int = 0
    excluded_at: str | None = None
    workloads: tuple[Mapping[str, Any], ...] = ()
    workloads_left_out: int = 0
    workloads_below: int = 0

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names; obstacles as `{"what", "passed_by"}`."""
        return {
            "moved": self.moved,
            "by_node": dict(self.by_node),
            "skipped_daemonset": self.skipped_daemonset,
            "seconds": round(self.seconds, 1),
            "evictions": self.evictions,
            "refusals": self.refusals,
            "requests": self.requests,
            "obstacles": [{"what": o.what, "passed_by": o.passed_by} for o in self.obstacles],
            "nodes": [dict(node) for node in self.nodes],
            "pods": [dict(pod) for pod in self.pods],
            "pods_left_out": self.pods_left_out,
            "excluded_nodes": self.excluded_nodes,
            "excluded_at": self.excluded_at,
            "workloads": [dict(workload) for workload in self.workloads],
            "workloads_left_out": self.workloads_left_out,
            "workloads_below": self.workloads_below,
        }


@dataclass(frozen=True, kw_only=True)
class Question:
    """A drain in which nothing moves any more and a person is to be asked about what is left.

    Attributes:
        blocks: the blocked pods.
        result: what has been done so far.
    """

    blocks: tuple[Block, ...]
    result: DrainResult

    def as_json(self) -> dict[str, Any]:
        """`DrainResult.as_json`, and `blocks`: a list of `block_json`."""
        return {**self.result.as_json(), "blocks": [block_json(block) for block in self.blocks]}


def block_json(block: Block) -> dict[str, Any]:
    """What blocks a pod: pod, node, class, text, remedy, since (ISO 8601, UTC)."""
    return {
        "pod": str(block.pod),
        "node": block.pod.node,
        "class": str(block.cause),
        "text": block.text,
        "remedy": block.remedy,
        "since": iso(block.since),
    }


def result_of(
    ledger: Ledger,
    *,
    now: float,
    requests: int,
    obstacles: tuple[Obstacle, ...],
    excluded: Mapping[str, float | None] | None = None,
    workloads: Sequence[LowestReady] = (),
) -> DrainResult:
    """The result as of `now`, in epoch seconds.

    Args:
        ledger: what is known of each pod.
        now: epoch seconds.
        requests: sent to the API server.
        obstacles: what the options lifted.
        excluded: nodes that are out of the load balancers: since when, if by us.
        workloads: how far each workload fell, those nearest to their limit first.
    """
    moved = ledger.moved()
    since = [at for at in (excluded or {}).values() if at is not None]
    entries = sorted(ledger.entries.values(), key=_interest)
    return DrainResult(
        moved=sum(moved.values()),
        by_node=dict(sorted(moved.items())),
        skipped_daemonset=len(ledger.staying),
        seconds=now - ledger.began,
        evictions=ledger.evictions,
        refusals=ledger.refusals,
        requests=requests,
        obstacles=(
            *obstacles,
            *_budgets_in_the_way(ledger),
            *_slow_to_recover(ledger),
            *_jobs_and_protected(ledger),
        ),
        nodes=_nodes(ledger),
        pods=tuple(map(_pod, entries[:MAX_LISTED_PODS])),
        pods_left_out=max(0, len(entries) - MAX_LISTED_PODS),
        excluded_nodes=len(excluded or {}),
        excluded_at=iso(max(since, default=None)),
        workloads=tuple(row.as_json() for row in workloads[:MAX_LISTED_WORKLOADS]),
        workloads_left_out=max(0, len(workloads) - MAX_LISTED_WORKLOADS),
        workloads_below=sum(row.below for row in workloads),
    )


def iso(epoch: float | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat("T", "seconds")


def _interest(entry: PodEntry) -> tuple[bool, str, str]:
    return entry.waited_for is None, entry.pod.node, str(entry.pod)


def _nodes(ledger: Ledger) -> tuple[dict[str, Any], ...]:
    began, moved, last = ledger.began, ledger.moved(), dict[str, float]()
    fates, waits = defaultdict[str, Counter[str]](Counter), defaultdict[str, Counter[str]](Counter)
    for entry in ledger.entries.values():
        if entry.fate is not Fate.EVICTED:
            fates[entry.pod.node][str(entry.fate)] += 1
        if entry.waited_for is not None:
            waits[entry.pod.node][_waited_for(entry)] += 1
    for entry in ledger.gone():
        node = entry.pod.node
        last[node] = max(last.get(node, began), entry.gone_at or began)
    return tuple(
        {
            "name": name,
            "moved": moved.get(name, 0),
            "seconds": round(last.get(name, began) - began, 1),
            "fates": dict(fates[name]),
            "waits": _commonest(waits[name]),
        }
        for name in sorted(ledger.to_move())
    )


def _commonest(waits: Counter[str]) -> dict[str, int]:
    """The reasons that most pods had; the others together."""
    kept = dict(waits.most_common(MAX_LISTED_WAITS))
    others = waits.total() - sum(kept.values())
    return {**kept, OTHER_WAITS: others} if others else kept


def _pod(entry: PodEntry) -> dict[str, Any]:
    start = entry.asked_at or entry.seen_at
    return {
        "pod": str(entry.pod),
        "node": entry.pod.node,
        "fate": str(entry.fate),
        "asked": iso(entry.asked_at),
        "gone": iso(entry.gone_at),
        "seconds": None if entry.gone_at is None else round(entry.gone_at - start, 1),
        "waited_for": _waited_for(entry),
    }


def _waited_for(entry: PodEntry) -> str:
    block = entry.waited_for
    if block is None:
        return ""
    if block.cause is BlockClass.BUDGET_FULL and entry.fate is not Fate.THERE:
        return f"{block.cause}: {', '.join(block.budgets)}"
    return f"{block.cause}: {block.text}"


def _budgets_in_the_way(ledger: Ledger) -> tuple[Obstacle, ...]:
    """The budgets that held pods back, and how that was passed: by waiting, or otherwise."""
    fates = {name: set(found) for name, found in ledger.passed.items()}
    for entry in ledger.entries.values():
        block = entry.waited_for
        if block is not None and block.cause is not BlockClass.SLOW_TO_STOP:
            for name in block.budgets:
                fates.setdefault(name, set()).add(entry.fate)
    return tuple(
        Obstacle(f"disruption budget {name} held pods back", _passed_by(found))
        for name, found in sorted(fates.items())
    )


def _slow_to_recover(ledger: Ledger) -> tuple[Obstacle, ...]:
    """The workloads without a budget that went on one pod at a time, although not recovered."""
    return tuple(
        Obstacle(
            f"{family} did not recover in time and went on one pod at a time",
            "unready_patience_minutes",
        )
        for family, workload in sorted(ledger.workloads.items())
        if workload.impatient
    )


def _jobs_and_protected(ledger: Ledger) -> tuple[Obstacle, ...]:
    """Pods of Jobs that were at work, and those whose owners want them left alone: what became."""
    gone = list(ledger.gone())
    ended = [e for e in gone if e.awaited and not e.at_work]
    evicted = [e for e in gone if e.at_work]
    late, at_once = (
        [e for e in evicted if e.awaited],
        [e for e in evicted if not e.awaited],
    )
    last = [e for e in gone if e.precedence is Precedence.PROTECTED]
    found = (
        ("running Jobs", ended, "waiting until the Jobs had ended"),
        ("running Jobs", late, "eviction after job_patience_minutes, which may fail the Jobs"),
        ("running Jobs", at_once, "eviction at once, which may fail the Jobs (running_jobs)"),
        ("owners who want them left alone", last, "going after the ordinary pods"),
    )
    return tuple(
        Obstacle(f"{counted(len(entries), 'pod')} of {whose}: {_named(entries)}", passed)
        for whose, entries, passed in found
        if entries
    )


def _named(entries: Sequence[PodEntry]) -> str:
    names = sorted(
        f"{entry.pod} ({entry.pod.protected_by})" if entry.pod.protected_by else str(entry.pod)
        for entry in entries
    )
    return first_few(names)


def _passed_by(fates: Collection[Fate]) -> str:
    """How pods passed their budget; empty while any is still there."""
    if Fate.THERE in fates:
        return ""
    ways = {
        Fate.RESTARTED: "a restart of the rollout",
        Fate.DELETED: "deleting past it",
        Fate.EVICTED: "waiting until it allowed them",
        Fate.BY_ITSELF: "pods that left by themselves",
    }
    return " and ".join(way for fate, way in ways.items() if fate in fates)
