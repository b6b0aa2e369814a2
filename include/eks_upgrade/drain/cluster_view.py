"""The cluster as a drain sees it: nodes, pods, workloads and budgets, watched, and their sum.

Every pod of the cluster is known, not only those on the nodes to drain: a replacement that
finds no node and an unhealthy pod elsewhere are what explains a pod that has to wait.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.drain.availability.families import Families, sent_away
from include.eks_upgrade.drain.blocked.model import BudgetState, is_unhealthy
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.drain.pod_index import PodIndex
from include.eks_upgrade.drain.scale_index import ScaleIndex
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.objects import Budget, Node, Pod
from include.eks_upgrade.kube.shared_mirror import AnyMirror, mirror_of
from include.eks_upgrade.kube.workloads.scale import KINDS, Scale

PodChanged = Callable[[Pod | None, Pod | None], None]
BudgetChanged = Callable[[Budget | None, Budget | None], None]
FamilyChanged = Callable[[str], None]

SKEW = 5.0
"""Seconds by which our clock and the API server's may differ, with some to spare."""


class ClusterView:
    """What is watched, and indexes over it.

    Args:
        setup: the nodes, the client, and the time it lives in.
        pod_changed: called with each change of any pod, after the indexes have taken it in.
        budget_changed: the same for budgets.
        node_changed: called after each change of a node of the target.
        family_changed: called with a workload's family when what its controller says changed.

    Attributes:
        targets: the nodes to drain, by name.
        elsewhere: names of other nodes that somebody like us has cordoned, to drain them.
        alive: `(namespace, name)` of the DaemonSets there are.
        pods: every pod, by workload, by node and by what is wrong with it.
        families: the pods of each workload, and what its controller says.
        lost: uids of nodes of the target that have no machine any more, and so are left out.
        heard: epoch seconds of the last word of any pod, or of the last new beginning.
    """

    def __init__(
        self,
        setup: DrainSetup,
        *,
        pod_changed: PodChanged,
        budget_changed: BudgetChanged,
        node_changed: Callable[[Node | None], None],
        family_changed: FamilyChanged,
    ) -> None:
        self.client = setup.client
        self.target = setup.target
        self.clock = setup.clock
        self.targets: dict[str, Node] = {}
        self.elsewhere: set[str] = set()
        self.lost: set[str] = set()
        self.alive: set[tuple[str, str]] = set()
        self.heard = self.clock.now()
        self._pod_changed, self._budget_changed = pod_changed, budget_changed
        self._node_changed, self._family_changed = node_changed, family_changed
        self._loaded = self._judges = False
        self._unschedulable_before: set[str] = set()
        mirror = partial(mirror_of, self.client, sleep=self.clock.sleep)
        # All of them, not only the target's: a workload may have pods on nodes that another drain
        # empties at the same time.
        self.node_mirror: AnyMirror[Node] = mirror("nodes", Node.from_raw, changed=self._node)
        self.budget_mirror: AnyMirror[Budget] = mirror(
            "poddisruptionbudgets", Budget.from_raw, changed=self._budget
        )
        self.pod_mirror: AnyMirror[Pod] = mirror("pods", Pod.from_raw, changed=self._pod)
        self.scale_mirrors: list[AnyMirror[Scale]] = [
            mirror(plural, partial(Scale.from_raw, kind), changed=self._scale)
            for plural, kind in KINDS.items()
        ]
        # Shared with the other drains of this cluster, as the mirrors are: each change is taken in
        # once, and not by every one of them.
        self.pods = self.pod_mirror.indexed_by(PodIndex)
        self.budgets = self.budget_mirror.indexed_by(Budgets)
        scales = [mirror.indexed_by(ScaleIndex) for mirror in self.scale_mirrors]
        self.families = Families(sent_away(self.client.endpoint), self.pods, scales)

    async def load(self, since: float) -> None:
        """List everything.

        Args:
            since: epoch seconds at which this drain first began; pods that found no node before
                that are not its doing and keep nothing back.
        """
        # Pods come last: each is judged the moment it is listed, by its node, its budgets and the
        # DaemonSets there are. Listed first, a pod would seem free of budgets that cover it.
        first = (self.budget_mirror.refresh(), self.node_mirror.refresh(), self.read_daemonsets())
        await asyncio.gather(*first, *(mirror.refresh() for mirror in self.scale_mirrors))
        self._judges = True
        await self.pod_mirror.refresh()
        self._loaded = True
        pending = [pod for pods in self.pods.unschedulable.values() for pod in pods.values()]
        self._unschedulable_before = {pod.uid for pod in pending if pod.created < since - SKEW}
        self.heard = self.clock.now()

    def follow(self) -> list[asyncio.Task[None]]:
        """Start to watch; the tasks run until they are cancelled."""
        return [asyncio.create_task(mirror.follow()) for mirror in self._mirrors()]

    def listen_anew(self) -> None:
        """List everything again and watch from there, as after a connection that died unseen."""
        # The silence counts from here: lists take their time, and must not be begun anew before
        # they have had a chance to end.
        self.heard = self.clock.now()
        for mirror in self._mirrors():
            mirror.start_over()

    async def read_daemonsets(self) -> None:
        """Read which DaemonSets there are."""
        # Read when a pod asks for it, not watched: they hardly ever change during a drain, and a
        # watch would cost each of hundreds of drains one more connection.
        self.alive = {(one.namespace, one.name) for one in await self.client.daemonsets()}

    def on_target(self, pod: Pod) -> bool:
        """Whether a pod is on a node that is drained."""
        return pod.node in self.targets

    def unschedulable_of(self, pod: Pod) -> tuple[Pod, ...]:
        """Pods of the same workload for which the scheduler finds no node since the drain began."""
        found = self.pods.unschedulable.get(pod.family) or {}
        return tuple(one for uid, one in found.items() if uid not in self._unschedulable_before)

    def has_unready_of(self, pod: Pod) -> bool:
        """Whether another pod of the same workload is not Ready."""
        unready = self.pods.unready
        return any(one.family == pod.family for uid, one in unready.items() if uid != pod.uid)

    async def budget_states(self, slices: Slices) -> dict[str, BudgetState]:
        """Each budget over pods of the target, with the pods that use it up in vain."""
        # Once for all pods of a round: asked pod by pod, the same few unhealthy pods would be
        # looked up thousands of times, and the loop is shared with hundreds of other drains.
        now = self.clock.now()
        sick = [pod for pod in self.pods.unready.values() if is_unhealthy(pod, now)]
        pending = [pod for pods in self.pods.unschedulable.values() for pod in pods.values()]
        families = await self._by_budget(self._one_of_each_workload(), slices)
        unhealthy = await self._by_budget(sick, slices)
        unschedulable = await self._by_budget(pending, slices)
        states = {}
        for name, counted in families.items():
            await slices.pause()
            if name in self.budgets.by_name:
                states[name] = BudgetState(
                    self.budgets.by_name[name],
                    tuple(unhealthy.get(name, ())),
                    tuple(unschedulable.get(name, ())),
                    tuple(sorted({pod.family for pod in counted if pod.family})),
                )
        return states

    def _mirrors(
        self,
    ) -> tuple[AnyMirror[Node] | AnyMirror[Budget] | AnyMirror[Pod] | AnyMirror[Scale], ...]:
        return self.node_mirror, self.budget_mirror, *self.scale_mirrors, self.pod_mirror

    def _one_of_each_workload(self) -> list[Pod]:
        first: dict[str, Pod] = {}
        for node in self.targets:
            for pod in self.pods.by_node.get(node, {}).values():
                # One without a controller stands for itself alone.
                first.setdefault(pod.owner.uid or pod.owner.name if pod.owner else pod.uid, pod)
        return list(first.values())

    async def _by_budget(self, pods: Iterable[Pod], slices: Slices) -> dict[str, list[Pod]]:
        found: dict[str, list[Pod]] = {}
        for pod in pods:
            await slices.pause()
            for budget in self.budgets.over(pod):
                found.setdefault(str(budget), []).append(pod)
        return found

    def _node(self, old: Node | None, new: Node | None) -> None:
        node = new or old
        assert node is not None  # noqa: S101 - one of the two there always is
        if new is not None and new.uid in self.lost:
            return
        ours = new is not None and self.target.includes(new)
        if new is not None and new.cordoned_by and not ours:
            self.elsewhere.add(node.name)
        else:
            self.elsewhere.discard(node.name)
        was_ours = node.name in self.targets
        if ours and new is not None:
            self.targets[node.name] = new
        else:
            self.targets.pop(node.name, None)
        if self._judges and ours != was_ours:  # its pods have become ours, or are so no more
            for pod in list(self.pods.by_node.get(node.name, {}).values()):
                self._pod_changed(pod, pod)
        if ours or was_ours:
            self._node_changed(new if ours else None)

    def lose(self, node: Node) -> None:
        """Leave out a node of the target, and its pods with it: it has no machine any more."""
        self.lost.add(node.uid)
        if self.targets.pop(node.name, None) is not None:
            for pod in list(self.pods.by_node.get(node.name, {}).values()):
                self._pod_changed(pod, pod)
            self._node_changed(None)

    def first_node_of(self, family: str) -> str:
        """The only node from which a workload's pods may go now; empty when any may be.

        Two drains that see the same room in a workload would both use it: nothing but what they
        see tells them of each other. So a workload that is on nodes of both goes node by node, in
        the order of the nodes' names: a drain sends the next pods only when it sees that none is
        left on an earlier node, and by then it sees what the other one has sent.
        """
        if not self.elsewhere:
            return ""
        nodes = self.families.nodes(family)
        others = nodes & self.elsewhere
        if not others:
            return ""
        # A node whose cordon is a person's comes last: the other drain does not know of it.
        marked = {name for name in nodes & self.targets.keys() if self.targets[name].cordoned_by}
        return min(others | marked)

    def _budget(self, old: Budget | None, new: Budget | None) -> None:
        self._budget_changed(old, new)

    def _scale(self, old: Scale | None, new: Scale | None) -> None:
        scale = new or old
        assert scale is not None  # noqa: S101 - one of the two there always is
        self._family_changed(scale.family)

    def _pod(self, old: Pod | None, new: Pod | None) -> None:
        # Pods alone count as a sign of life: in any cluster they change all the time, while nodes
        # and budgets can be silent for an hour without anything being wrong.
        self.heard = self.clock.now()
        if old is None and new is not None and self._loaded:
            self.families.sent.came(new)
        self._pod_changed(old, new)
