"""How the workloads of an old node group were before anything was done to it. Pure.

Only workloads that had pods on the group, of all their pods: how many were Ready, and what was
wrong already.
"""

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.verification.pods import PodState
from include.eks_upgrade.verification.tally import Tally

RECENT_SECONDS: Final = 3600.0
"""A container that crashed again and again, the last time no longer ago, still does so."""

VERSION: Final = 1
"""Of the text. What another release wrote is read as far as it is understood."""

_FLAGS: Final = {"short_lived": "j", "crashing": "c", "stuck": "s"}


@dataclass(frozen=True)
class GroupId:
    """One node group of all times.

    Attributes:
        name: of the node group.
        arn: its ARN ends with an id that a later group of the same name does not have.
    """

    name: str
    arn: str

    @classmethod
    def of(cls, group: Raw) -> "GroupId":
        """That of a raw DescribeNodegroup."""
        name = str(group["nodegroupName"])
        return cls(name, str(group.get("nodegroupArn") or f"{name} of {group.get('createdAt')}"))


@dataclass(frozen=True)
class Before:
    """One workload, before.

    Attributes:
        ready: how many of its pods were Ready, wherever they ran.
        short_lived: its pods are to run to an end, so that their number says nothing.
        crashing: a pod of it crashed in a loop.
        stuck: a pod of it could not start.
    """

    ready: int
    short_lived: bool = False
    crashing: bool = False
    stuck: bool = False


@dataclass(frozen=True)
class Baseline:
    """The state of a node group's workloads before its fence.

    Attributes:
        group: the node group's name.
        arn: its ARN, which a later group of the same name does not have.
        taken: epoch seconds.
        workloads: by workload (`owners.py`).
    """

    group: str
    arn: str
    taken: float
    workloads: Mapping[str, Before] = field(default_factory=dict)

    @property
    def group_id(self) -> GroupId:
        """The node group."""
        return GroupId(self.group, self.arn)

    @property
    def taken_text(self) -> str:
        """When it was taken, for people."""
        return datetime.fromtimestamp(self.taken, UTC).strftime("%Y-%m-%d %H:%M UTC")

    def as_text(self) -> str:
        """JSON, its list of workloads packed: some ten bytes each."""
        plain = json.dumps(_tree(self.workloads), separators=(",", ":"))
        packed = base64.b64encode(zlib.compress(plain.encode(), 9)).decode()
        head = {"v": VERSION, "group": self.group, "arn": self.arn, "taken": self.taken}
        return json.dumps({**head, "workloads": packed})

    @classmethod
    def from_text(cls, text: str) -> "Baseline | None":
        """What `as_text` wrote; None when it cannot be read: people may write there, too."""
        try:
            plain = json.loads(text)
            tree = json.loads(zlib.decompress(base64.b64decode(plain["workloads"])))
            return cls(plain["group"], plain["arn"], float(plain["taken"]), _flat(tree))
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
            return None


def hosted(tally: Tally, nodes: Collection[str]) -> list[PodState]:
    """The pods on these nodes whose workloads count: what nothing owns nobody starts again."""
    return [pod for pod in tally.on(nodes) if pod.workload]


def take(
    group: GroupId, tally: Tally, nodes: Collection[str], tops: Mapping[str, str], now: float
) -> Baseline:
    """The baseline of a node group.

    Args:
        group: which one.
        tally: every pod of the cluster.
        nodes: names of the group's nodes.
        tops: by Job (`Job shop/report-1`), the workload above it; a Job not named is its own.
        now: epoch seconds.
    """
    there = hosted(tally, nodes)
    lasting = {pod.workload for pod in there if not pod.short_lived}
    found = {name: _lasting(name, tally, now) for name in sorted(lasting)}
    brief = {tops.get(pod.workload, pod.workload) for pod in there} - lasting
    stuck = {tops.get(pod.workload, pod.workload) for pod in tally.stuck()}
    for name in sorted(brief):
        found.setdefault(name, Before(0, short_lived=True, stuck=name in stuck))
    return Baseline(group.name, group.arn, now, found)


def _lasting(name: str, tally: Tally, now: float) -> Before:
    crashed = any(pod.crashing or now - pod.crashed_at < RECENT_SECONDS for pod in tally.pods(name))
    return Before(tally.ready[name], crashing=crashed)


def _tree(workloads: Mapping[str, Before]) -> dict[str, Any]:
    """By kind and namespace, for their names come again and again."""
    tree: dict[str, Any] = {}
    for name, before in workloads.items():
        flags = "".join(letter for flag, letter in _FLAGS.items() if getattr(before, flag))
        kind, _, path = name.partition(" ")
        namespace, _, own = path.partition("/")
        value = [before.ready, flags] if flags else before.ready
        tree.setdefault(kind, {}).setdefault(namespace, {})[own] = value
    return tree


def _flat(tree: Raw) -> dict[str, Before]:
    return {
        f"{kind} {namespace}/{name}": _before(value)
        for kind, namespaces in tree.items()
        for namespace, names in namespaces.items()
        for name, value in names.items()
    }


def _before(value: Any) -> Before:
    ready, flags = value if isinstance(value, list) else (value, "")
    return Before(int(ready), **{flag: letter in flags for flag, letter in _FLAGS.items()})
