"""The cluster as a drain sees it: nodes, pods and budgets, watched, and what they amount to.

Every pod of the cluster is known, not only those on the nodes to drain: a replacement that
finds no node and a sick pod elsewhere are what explains a pod that has to wait.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from include.eks_upgrade.common.clock import Clock
from include.eks_upgrade.drain.blocked.model import BudgetState, is_sick
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Budget, Node, Pod

PodChanged = Callable[[Pod | None, Pod | None], None]
BudgetChanged = Callable[[Budget | None, Budget | None], None]


class Scene:
    """What is watched, and indexes over it.

    Args:
        client: the cluster, opened.
        target: the nodes to drain.
        clock: the time it lives in.
        pod_changed: told of each change of any pod, after the indexes have taken it in.
        budget_changed: the same for budgets.
        node_changed: called after each change of a node of the target.

    Attributes:
        targets: the nodes to drain, by name.
        alive: `(namespace, name)` of the DaemonSets there are.
        unready: by uid, pods that run, or are to run, and are not Ready.
    """

    def __init__(
        self,
        client: KubeClient,
        target: Target,
        clock: Clock,
        *,
        pod_changed: PodChanged,
        budget_changed: BudgetChanged,
        node_changed: Callable[[Node | None], None],
    ) -> None:
        self.client = client
        self.target = target
        self.clock = clock
        self.budgets = Budgets()
        self.targets: dict[str, Node] = {}
        self.alive: set[tuple[str, str]] = set()
        self.unready: dict[str, Pod] = {}
        self.heard = clock.now()
        self._listeners = pod_changed, budget_changed, node_changed
        self._homeless: dict[str, dict[str, Pod]] = {}
        self._homeless_before: set[str] = set()
        mirror = partial(Mirror, client, sleep=clock.sleep)
        query = {"labelSelector": target.selector} if target.selector else None
        self.node_mirror: Mirror[Node] = mirror(
            "nodes", Node.from_raw, changed=self._node, query=query
        )
        self.budget_mirror: Mirror[Budget] = mirror(
            "poddisruptionbudgets", Budget.from_raw, changed=self._budget
        )
        self.pod_mirror: Mirror[Pod] = mirror("pods", Pod.from_raw, changed=self._pod)

    async def load(self, since: float) -> None:
        """List everything.

        Args:
            since: epoch seconds at which this drain first began; pods that found no node before
                that are not its doing and hold nothing back.
        """
        first = (self.budget_mirror.refresh(), self.node_mirror.refresh(), self.read_daemonsets())
        await asyncio.gather(*first)
        await self.pod_mirror.refresh()
        kin = [pod for pods in self._homeless.values() for pod in pods.values()]
        self._homeless_before = {pod.uid for pod in kin if pod.created < since - 5}
        self.heard = self.clock.now()

    def follow(self) -> list[asyncio.Task[None]]:
        """Start to watch; the tasks run until they are cancelled."""
        mirrors = (self.node_mirror, self.budget_mirror, self.pod_mirror)
        return [asyncio.create_task(mirror.follow()) for mirror in mirrors]

    def listen_anew(self) -> None:
        """List everything again and watch from there, as after a connection that died unseen."""
        for mirror in (self.node_mirror, self.budget_mirror, self.pod_mirror):
            mirror.start_over()

    async def read_daemonsets(self) -> None:
        """Read which DaemonSets there are."""
        self.alive = {(one.namespace, one.name) for one in await self.client.daemonsets()}

    def on_target(self, pod: Pod) -> bool:
        """Whether a pod is on a node that is drained."""
        return pod.node in self.targets

    def pods_on(self, node: str) -> list[Pod]:
        """The pods of a node."""
        return [pod for pod in self.pod_mirror.objects.values() if pod.node == node]

    def homeless_kin(self, pod: Pod) -> tuple[Pod, ...]:
        """Pods of the same workload for which the scheduler finds no node since the drain began."""
        kin = self._homeless.get(pod.family) or {}
        return tuple(one for uid, one in kin.items() if uid not in self._homeless_before)

    def has_unready_kin(self, pod: Pod) -> bool:
        """Whether another pod of the same workload is not Ready."""
        return any(p.family == pod.family for u, p in self.unready.items() if u != pod.uid)

    def budget_states(self) -> dict[str, BudgetState]:
        """Each budget with the pods that use it up in vain."""
        now = self.clock.now()
        sick = self._by_budget(pod for pod in self.unready.values() if is_sick(pod, now))
        homeless = self._by_budget(p for kin in self._homeless.values() for p in kin.values())
        families = self._by_budget(self._first_of_families())
        return {
            name: BudgetState(
                budget,
                tuple(sick.get(name, ())),
                tuple(homeless.get(name, ())),
                tuple(sorted({pod.family for pod in families.get(name, ())})),
            )
            for name, budget in self.budgets.by_name.items()
        }

    def _first_of_families(self) -> Iterable[Pod]:
        first: dict[str, Pod] = {}
        for pod in self.pod_mirror.objects.values():
            if pod.node in self.targets and pod.owner is not None:
                first.setdefault(pod.owner.uid or pod.owner.name, pod)
        return first.values()

    def _by_budget(self, pods: Iterable[Pod]) -> dict[str, list[Pod]]:
        found: dict[str, list[Pod]] = {}
        for pod in pods:
            for budget in self.budgets.over(pod):
                found.setdefault(str(budget), []).append(pod)
        return found

    def _node(self, old: Node | None, new: Node | None) -> None:
        node = new or old
        if node is None or (self.target.names and node.name not in self.target.names):
            return
        if new is None:
            self.targets.pop(node.name, None)
        else:
            self.targets[node.name] = new
        if (old is None) != (new is None):  # its pods have become ours, or are so no more
            for pod in self.pods_on(node.name):
                self._listeners[0](pod, pod)
        self._listeners[2](new)

    def _budget(self, old: Budget | None, new: Budget | None) -> None:
        self._listeners[1](old, new)

    def _pod(self, old: Pod | None, new: Pod | None) -> None:
        self.heard = self.clock.now()
        for pod in (old, new):
            if pod is not None:
                self._index(pod, there=pod is new)
        self._listeners[0](old, new)

    def _index(self, pod: Pod, *, there: bool) -> None:
        alive = there and not pod.terminating and not pod.finished
        if alive and not pod.ready:
            self.unready[pod.uid] = pod
        else:
            self.unready.pop(pod.uid, None)
        kin = self._homeless.setdefault(pod.family, {}) if pod.family else {}
        if alive and pod.unschedulable and not pod.node:
            kin[pod.uid] = pod
        else:
            kin.pop(pod.uid, None)
        if not kin:
            self._homeless.pop(pod.family, None)
