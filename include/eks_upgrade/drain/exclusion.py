"""Taking emptied nodes out of the load balancers, by a label on each.

Since Kubernetes 1.19 a cordon no longer does that: a cordoned node stays a target of its load
balancers until it is gone, and connections through it break with it. So a node on which no pod is
left that has to go is labelled at once (`kube.objects.EXCLUDED`), and whoever deletes the node
waits until the label is old enough (`nodes.managed.load_balancers`). EKS does the same in its own
updates: https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.common.errors import Refused, UnexpectedResponse, Unreachable
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.options import labels_nodes
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.objects import EXCLUDED, Node

log = logging.getLogger(__name__)

IN_FLIGHT = 4
"""Labels that are on their way at the same time: evictions are more urgent."""

SETTLE = 1.0
"""Seconds that a drain must be old: a pod that was bound before the cordon may appear only now."""

SHOWN_WITHIN = 30.0
"""Seconds in which the watch is to show a label that was written, before it is written again."""

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds between two tries of a label that was refused or not answered."""

REFUSED_SECONDS = 60.0
"""Seconds that a refused label is tried again when nothing else is left to do."""


@dataclass(slots=True)
class _Tries:
    """The labelling of one node so far."""

    busy: bool = False
    failed: int = 0
    not_before: float = 0.0
    done_at: float | None = None
    error: Exception | None = None


def to_exclude(nodes: Collection[Node], occupied: Collection[str]) -> list[Node]:
    """The nodes to label now, by name.

    Args:
        nodes: all that are drained.
        occupied: names of those with a pod that still has to go.
    """
    # An open node is about to be cordoned; until then the scheduler may fill it again.
    ready = (n for n in nodes if n.unschedulable and not n.excluded and n.name not in occupied)
    return sorted(ready, key=lambda node: node.name)


@dataclass
class Exclusion:
    """Labels nodes as they become empty, and keeps what came of it.

    Args:
        setup: which client, by whose mark, and whether at all.
        view: which nodes there are.
        ledger: which pods are left on them.
        started: called with each request that runs on its own.
    """

    setup: DrainSetup
    view: ClusterView
    ledger: Ledger
    started: Callable[["asyncio.Task[None]"], None]
    _tries: dict[str, _Tries] = field(default_factory=dict)
    _nothing_else_since: float | None = None

    def pump(self) -> None:
        """Label the nodes that have become empty; called again and again."""
        if not labels_nodes(self.setup.options):
            return
        now = self.setup.clock.now()
        if now < self.ledger.began + SETTLE:
            return
        occupied = {entry.pod.node for entry in self.ledger.present.values()}
        for node in to_exclude(self.view.targets.values(), occupied):
            tries = self._tries.setdefault(node.name, _Tries())
            if sum(each.busy for each in self._tries.values()) >= IN_FLIGHT:
                return
            if not tries.busy and now >= tries.not_before:
                tries.busy = True
                self._start(self._exclude(node, tries))

    def left(self) -> list[str]:
        """Names of the nodes that are still targets of load balancers."""
        if not labels_nodes(self.setup.options):
            return []
        return sorted(set(self.view.targets) - set(self.since()))

    def since(self) -> dict[str, float | None]:
        """The nodes that are out of the load balancers: since when, if by us.

        The server's answer counts as much as the watch, which may show it seconds later.
        """
        found: dict[str, float | None] = {}
        for name, node in self.view.targets.items():
            tries = self._tries.get(name)
            if node.excluded:
                found[name] = node.excluded_at if node.excluded_by else None
            elif tries and tries.done_at is not None:
                found[name] = tries.done_at
        return found

    def due(self) -> float:
        """Seconds until a label may be tried; 60 at most."""
        now = self.setup.clock.now()
        dues = [self.ledger.began + SETTLE, *(t.not_before for t in self._tries.values())]
        return max(0.02, min((due - now for due in dues if due > now), default=60.0))

    def finish(self) -> bool:
        """Whether no node is left to label; called when no pod is left.

        Raises:
            Refused, UnexpectedResponse: a label is still refused, although it was tried for
                `REFUSED_SECONDS` with nothing else to do.
        """
        left, now = self.left(), self.setup.clock.now()
        if not left:
            self._nothing_else_since = None
            return True
        if self._nothing_else_since is None:
            self._nothing_else_since = now
        if now - self._nothing_else_since >= REFUSED_SECONDS:
            for name in left:
                tries = self._tries.get(name)
                if tries and isinstance(tries.error, Refused | UnexpectedResponse):
                    raise tries.error
        return False

    def timeout_message(self) -> str:
        """Which nodes were not labelled in time, and why."""
        left = self.left()
        errors = [tries.error for name in left if (tries := self._tries.get(name)) and tries.error]
        why = f" The last answer: {errors[-1]}." if errors else ""
        return (
            f"no pod is left on {self.setup.target.title}, but {len(left)} of its nodes could not"
            f" be labelled {EXCLUDED} in time, so load balancers may still send traffic through"
            f" them: {first_few(left)}.{why} Nothing was deleted; repeat this step"
        )

    def _start(self, request: Coroutine[Any, Any, None]) -> None:
        self.started(asyncio.create_task(request))

    async def _exclude(self, node: Node, tries: _Tries) -> None:
        setup = self.setup
        try:
            changed = await setup.client.exclude(
                node.name, setup.mark, setup.clock.now(), seen=node
            )
        except (Unreachable, Refused, UnexpectedResponse) as error:
            self._put_off(node, tries, error)
        else:
            tries.error, tries.done_at = None, setup.clock.now()
            tries.not_before = tries.done_at + SHOWN_WITHIN
            if changed:
                log.info("node %s is empty and taken out of the load balancers", node.name)
        finally:
            tries.busy = False

    def _put_off(self, node: Node, tries: _Tries, error: Exception) -> None:
        """Tell it once, and try again: the pods go on meanwhile."""
        if str(tries.error) != str(error):
            log.warning(
                "node %s is empty, but not taken out of the load balancers yet: %s",
                node.name, error,
            )  # fmt: skip
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**tries.failed)
        tries.failed += 1
        tries.error, tries.not_before = error, self.setup.clock.now() + pause
