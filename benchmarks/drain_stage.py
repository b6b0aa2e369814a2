"""The cluster between two drains: everything back on the old nodes, everything whole again.

What is to be done and what is still awaited are pure functions over a `Scene`; `Stage` does it.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from benchmarks.drain_bound import Limit, OwnStrategy
from benchmarks.drain_contestants import OPTIONS
from benchmarks.drain_lowest import Allowance
from include.eks_upgrade.common.errors import Problem, Refused, Stuck
from include.eks_upgrade.drain.availability.implied import implied_budget
from include.eks_upgrade.drain.filters import filter_pods
from include.eks_upgrade.kube.client import PATHS, KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.transport import Call, Transport
from include.eks_upgrade.kube.objects import CORDONED_BY, Budget, Node, Pod
from include.eks_upgrade.kube.workloads.scale import KINDS, Scale
from include.eks_upgrade.kube.workloads.workload import Workload

MOVABLE = frozenset({"ReplicaSet", "StatefulSet", "ReplicationController"})
"""Kinds of owners that start a deleted pod again wherever there is room."""

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces whose pods are not moved about: they keep the cluster itself alive."""

REQUESTS_PER_SECOND = 200.0
DELETIONS_AT_ONCE = 20
LOOK_SECONDS = 1.0
RESTORE_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A cluster at one moment.

    Attributes:
        old: names of the nodes that are drained.
        room: by node, how many pods it may hold (`status.allocatable.pods`).
        scales: what each Deployment and StatefulSet says of its pods, by family.
    """

    old: frozenset[str]
    nodes: tuple[Node, ...] = ()
    pods: tuple[Pod, ...] = ()
    budgets: tuple[Budget, ...] = ()
    room: dict[str, int] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)

    @property
    def actors(self) -> list[Pod]:
        """The pods that the benchmark moves: those a controller starts again anywhere."""
        return [pod for pod in self.pods if _is_actor(pod)]

    @property
    def covering(self) -> list[Budget]:
        """The budgets over any of them."""
        actors = self.actors
        return [budget for budget in self.budgets if any(map(budget.covers, actors))]

    @property
    def allowances(self) -> list[Allowance]:
        """How many pods of each workload may be away, by its budget or by its own strategy."""
        found: dict[str, Allowance] = {}
        for pod in self.actors:
            if pod.family not in found:
                members = sum(one.family == pod.family for one in self.actors)
                own = implied_budget(self.scales.get(pod.family), members)
                over = [budget.allowed for budget in self.covering if budget.covers(pod)]
                allowed = min(over, default=own.allowed)
                found[pod.family] = Allowance(pod.family, own.wanted, allowed, bool(over))
        return list(found.values())

    @property
    def limits(self) -> list[Limit]:
        """What bounds the drain: the budgets, and for workloads without one their strategy."""
        own = [OwnStrategy(a.family, a.allowed) for a in self.allowances if not a.budgeted]
        return [*self.covering, *own]


@dataclass(frozen=True)
class Plan:
    """What brings everything back to the old nodes: nodes by name, and pods to delete."""

    cordon: tuple[str, ...] = ()
    uncordon: tuple[str, ...] = ()
    delete: tuple[Pod, ...] = ()


def reasons_not_to_start(scene: Scene) -> list[Problem]:
    """Why a comparison on this cluster would tell nothing, or could not end; empty if it may."""
    problems = []
    if not scene.old:
        problems.append(Problem("the old nodes", "the selector finds none", "correct it"))
    problems += [
        Problem(f"node {node.name}", "it is to be drained and is not Ready", "repair it")
        for node in scene.nodes
        if node.name in scene.old and not node.ready
    ]
    others = [node for node in scene.nodes if node.name not in scene.old]
    able = [n for n in others if n.ready and not n.unschedulable and not _repels(n)]
    moving, names = len(scene.actors), {node.name for node in able}
    taken = sum(pod.node in names and not _is_actor(pod) for pod in scene.pods)
    room = sum(scene.room.get(name, 0) for name in names) - taken
    if room < moving:
        what = (
            f"{len(able)} of {len(others)} are Ready and take pods; they have room for {room}"
            f" pods, and {moving} are to move"
        )
        problems.append(Problem("the other nodes", what, "add nodes, or uncordon or repair these"))
    if not moving:
        remedy = "create Deployments with disruption budgets"
        problems.append(Problem("the pods", "there are none to move", remedy))
    return problems


def plan(scene: Scene) -> Plan:
    """The old nodes are opened and the others closed; pods elsewhere are deleted to come back."""
    return Plan(
        cordon=tuple(
            n.name for n in scene.nodes if n.name not in scene.old and not n.unschedulable
        ),
        uncordon=tuple(n.name for n in scene.nodes if n.name in scene.old and n.unschedulable),
        delete=tuple(
            pod
            for pod in scene.actors
            if pod.node and pod.node not in scene.old and not pod.terminating
        ),
    )


def awaited(scene: Scene, count: int) -> list[str]:
    """What is still missing, in words.

    Args:
        scene: the cluster now.
        count: pods that are to be on the old nodes.
    """
    at_home = [p for p in scene.actors if p.node in scene.old and not p.terminating]
    ready = [pod for pod in at_home if pod.ready]
    away = [pod for pod in scene.actors if pod.node not in scene.old or pod.terminating]
    broken = [str(budget) for budget in scene.covering if not _whole(budget)]
    missing = []
    if len(ready) < count:
        missing.append(f"{len(ready)} of {count} pods are Ready on the old nodes")
    if away:
        missing.append(f"{len(away)} pods are elsewhere or stopping ({_some(map(str, away))})")
    if broken:
        missing.append(f"{len(broken)} budgets are not whole ({_some(broken)})")
    return missing


def left_behind(scene: Scene, daemonsets: Collection[Workload]) -> list[str]:
    """Pods on the old nodes that a drain should have moved."""
    there = [pod for pod in scene.pods if pod.node in scene.old]
    return [str(v.pod) for v in filter_pods(there, daemonsets, OPTIONS) if v.action != "stay"]


def whole_number(quantity: str) -> int:
    """A count as Kubernetes writes quantities: `110`, `1k`."""
    thousands = quantity.endswith("k")
    return int(quantity.removesuffix("k")) * (1000 if thousands else 1)


class Stage:
    """A cluster that can be set back to its beginning.

    Args:
        access: the cluster.
        selector: labels of the old nodes.
        say: takes a line about what is done.
    """

    def __init__(self, access: ClusterAccess, selector: str, say: Callable[[str], None]) -> None:
        self._transport = Transport(access, requests_per_second=REQUESTS_PER_SECOND)
        self.client = KubeClient(access, transport=self._transport)
        self._selector = selector
        self._say = say
        self._open_at_first: frozenset[str] = frozenset()
        self._count = 0

    async def look(self) -> Scene:
        """The cluster as it is now."""
        raw, _ = await self.client.raw_list("nodes")
        scales = [
            Scale.from_raw(kind, one)
            for plural, kind in KINDS.items()
            for one in (await self.client.raw_list(plural))[0]
        ]
        old = await self.client.nodes(selector=self._selector)
        return Scene(
            old=frozenset(node.name for node in old),
            nodes=tuple(map(Node.from_raw, raw)),
            pods=tuple(await self.client.pods()),
            budgets=tuple(await self.client.budgets()),
            room={
                node["metadata"]["name"]: whole_number(
                    node["status"].get("allocatable", {}).get("pods", "0")
                )
                for node in raw
            },
            scales={scale.family: scale for scale in scales},
        )

    async def begin(self) -> None:
        """Look whether the comparison can be made, and remember which nodes take pods.

        Raises:
            Refused: it cannot; why, is said.
        """
        scene = await self.look()
        problems = reasons_not_to_start(scene)
        if problems:
            raise Refused("This cluster cannot be drained for a comparison", problems)
        self._open_at_first = frozenset(n.name for n in scene.nodes if not n.unschedulable)
        self._count = len([pod for pod in scene.actors if not pod.terminating])

    async def restore(self) -> Scene:
        """Everything back on the old nodes and Ready, and the other nodes open again.

        Raises:
            Stuck: it did not come about in time; what is missing is said.
        """
        scene = await self.look()
        todo = plan(scene)
        if todo.delete:
            self._say(f"bringing {len(todo.delete)} pods back to {len(scene.old)} old nodes …")
        for name in todo.uncordon:
            await self._set_unschedulable(name, wanted=False)
        for name in todo.cordon:
            await self._set_unschedulable(name, wanted=True)
        await self._delete(todo.delete)
        await self._wait()
        await self.give_back()
        return await self.look()

    async def give_back(self) -> None:
        """Open every node that was open at first."""
        for node in await self.client.nodes():
            if node.unschedulable and node.name in self._open_at_first:
                await self._set_unschedulable(node.name, wanted=False)

    async def _delete(self, pods: Collection[Pod]) -> None:
        slots = asyncio.Semaphore(DELETIONS_AT_ONCE)

        async def delete(pod: Pod) -> None:
            async with slots:
                await self.client.delete_pod(pod)

        await asyncio.gather(*map(delete, pods))

    async def _wait(self) -> None:
        end = time.monotonic() + RESTORE_SECONDS
        while missing := awaited(await self.look(), self._count):
            if time.monotonic() > end:
                raise Stuck(f"The cluster is not as it was: {'; '.join(missing)}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _set_unschedulable(self, name: str, *, wanted: bool) -> None:
        """Whoever cordoned it: this cluster is the benchmark's."""
        call = Call(
            what="patch nodes",
            method="PATCH",
            path=f"{PATHS['nodes']}/{name}",
            body={
                "metadata": {"annotations": {CORDONED_BY: None}},
                "spec": {"unschedulable": True if wanted else None},
            },
            content_type="application/merge-patch+json",
        )
        await self._transport.json(call)


def _is_actor(pod: Pod) -> bool:
    if pod.owner is None or pod.owner.kind not in MOVABLE or pod.namespace in SYSTEM:
        return False
    return not pod.finished and not pod.critical


def _repels(node: Node) -> bool:
    """Whether a taint, but for the cordon's own, keeps pods away."""
    return any(
        effect in {"NoSchedule", "NoExecute"} and key != "node.kubernetes.io/unschedulable"
        for key, effect in node.taints
    )


def _whole(budget: Budget) -> bool:
    return budget.settled and not budget.disrupted and budget.healthy >= budget.expected


def _some(names: Iterable[str]) -> str:
    first, *rest = sorted(names)
    return f"{first} and {len(rest)} more" if rest else first
