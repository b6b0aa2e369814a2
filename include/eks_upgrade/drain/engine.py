"""One drain over all nodes of a node group.

Pods and budgets are watched; each pod is asked to leave the moment its budget allows it, and a
pod that is refused holds up no other. Nothing is ever deleted: when the time is over, the
drain ends with the name of every pod that is left and what holds it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from include.eks_upgrade.deed import Obstacle
from include.eks_upgrade.drain.budgets import Budgets, Cause, Hold, explain, ready_to_go
from include.eks_upgrade.drain.clock import Clock, RealClock, wait_for_either
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.progress import DrainProgress, DrainResult, NodeProgress
from include.eks_upgrade.drain.verdicts import Verdict, bare_refusals, judge, refuse_if_any
from include.eks_upgrade.errors import Stuck, Surprise, Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Budget, Pod, Workload
from include.eks_upgrade.request import DrainOptions

log = logging.getLogger(__name__)

TELL = 1.0
"""Seconds between two accounts of the progress, at least."""

HEARTBEAT = 10.0
"""Seconds after which progress is told even when nothing has changed."""

RELIST = 30.0
"""Seconds after which everything is listed anew, in case a watch has missed something."""

SETTLE = 1.0
"""Seconds between the two looks that must both find nothing left: a pod that the scheduler
had bound before the cordon may only appear now."""

IN_FLIGHT = 16
"""Evictions asked for at the same time: the drain's share of the API server."""


@dataclass(frozen=True)
class Survey:
    """What a look at the node group found before anything was evicted."""

    nodes: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    daemonsets: tuple[Workload, ...]
    obstacles: tuple[Obstacle, ...]


async def survey(client: KubeClient, node_group: str, options: DrainOptions) -> Survey:
    """Look at every pod of the group; changes nothing.

    Raises:
        Refused: some pods may not be moved with these options; all are named.
    """
    nodes = tuple(sorted(node.name for node in await client.nodes(node_group)))
    pods = [pod for pod in await client.pods() if pod.node in nodes]
    daemonsets = tuple(await client.daemonsets())
    verdicts = tuple(judge(pods, daemonsets, options))
    refuse_if_any(f"Node group {node_group} is not drained", verdicts)
    objections = bare_refusals(pods, daemonsets)
    for objection in objections:
        log.info("a drain without options would refuse: %s", objection)
    return Survey(nodes, verdicts, daemonsets, tuple(one.obstacle for one in objections))


async def drain(
    client: KubeClient,
    node_group: str,
    options: DrainOptions,
    *,
    deadline: float,
    tell: Callable[[DrainProgress], None] = lambda _: None,
    clock: Clock | None = None,
) -> DrainResult:
    """Cordon the nodes of a group and move every evictable pod off them.

    Args:
        client: the cluster, opened.
        node_group: the managed node group; its nodes are found by EKS's label.
        options: what may be done to which pods.
        deadline: seconds since the epoch at which it gives up.
        tell: called with the progress whenever it changed, and every `HEARTBEAT` seconds.
        clock: the time it lives in.

    Raises:
        Refused: some pods may not be moved with these options (nothing was evicted), or rights
            are missing.
        Stuck: pods are left at the deadline; each is named with what holds it. Nothing was
            deleted.
        Unreachable: the API server did not answer.
    """
    found = await survey(client, node_group, options)
    for name in found.nodes:
        await client.cordon(name)
    engine = _Engine(client, node_group, options, found, clock or RealClock())
    return await engine.run(deadline, tell)


class _Engine:
    """One run. Its state is the two mirrors and the ledger; everything else follows from them."""

    def __init__(
        self,
        client: KubeClient,
        node_group: str,
        options: DrainOptions,
        found: Survey,
        clock: Clock,
    ) -> None:
        self.client = client
        self.node_group = node_group
        self.options = options
        self.clock = clock
        self.nodes = set(found.nodes)
        self.daemonsets = found.daemonsets
        self.obstacles = list(found.obstacles)
        self.ledger = Ledger()
        self.began = clock.now()
        self.wake = asyncio.Event()
        self.slots = asyncio.Semaphore(IN_FLIGHT)
        self.evictions: set[asyncio.Task[None]] = set()
        self.verdicts: list[Verdict] = []
        self.held: set[str] = set()
        self.told: DrainProgress | None = None
        self.told_at = float("-inf")
        self.listed_at = 0.0
        self.pods: Mirror[Pod] = Mirror(
            client,
            "pods",
            Pod.from_raw,
            keep=lambda pod: pod.node in self.nodes,
            changed=self.wake.set,
            sleep=clock.sleep,
        )
        self.budgets: Mirror[Budget] = Mirror(
            client,
            "poddisruptionbudgets",
            Budget.from_raw,
            changed=self.wake.set,
            sleep=clock.sleep,
        )

    async def run(self, deadline: float, tell: Callable[[DrainProgress], None]) -> DrainResult:
        """Drain until nothing is left or the deadline has come."""
        await self.relist()
        followers = [asyncio.create_task(m.follow()) for m in (self.pods, self.budgets)]
        try:
            while not await self.finished():
                self.raise_from([*followers, *self.evictions])
                self.start_evictions()
                self.report(tell)
                if self.clock.now() >= deadline:
                    raise Stuck(self.epitaph())
                await wait_for_either(self.wake, self.patience(deadline), self.clock)
                await self.relist_when_due()
                self.look()
            self.report(tell, last=True)
            return self.result()
        finally:
            tasks = [*followers, *self.evictions]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def relist(self) -> None:
        """Read nodes, pods and budgets anew; nodes that joined the group late are cordoned."""
        nodes = await self.client.nodes(self.node_group)
        for node in nodes:
            if not node.unschedulable:
                await self.client.cordon(node.name)
        self.nodes = {node.name for node in nodes}
        self.daemonsets = tuple(await self.client.daemonsets())
        await self.budgets.refresh()
        await self.pods.refresh()
        self.listed_at = self.clock.now()
        self.look()

    async def relist_when_due(self) -> None:
        """A list now and then; a server that does not answer is asked again at the next."""
        if self.clock.now() - self.listed_at < RELIST:
            return
        try:
            await self.relist()
        except Unreachable as error:
            self.listed_at = self.clock.now()
            log.warning("the drain goes on with what it knows: %s", error)

    def look(self) -> None:
        """Judge the pods that are there now."""
        self.verdicts = judge(self.pods.objects.values(), self.daemonsets, self.options)
        self.ledger.see(v.pod for v in self.verdicts if v.action != "stay")

    async def finished(self) -> bool:
        """Whether nothing is left, on two looks at a fresh list."""
        for pause in (0.0, SETTLE):
            if self.ledger.present:
                return False
            await self.clock.sleep(pause)
            try:
                await self.relist()
            except Unreachable as error:
                log.warning("nothing seems left, but that cannot be confirmed yet: %s", error)
                return False
        return not self.ledger.present

    def start_evictions(self) -> None:
        """Ask for every pod that may go now."""
        refused = {v.pod.uid for v in self.verdicts if v.action == "refuse"}
        candidates = [p for p in self.ledger.candidates(self.clock.now()) if p.uid not in refused]
        budgets = Budgets(self.budgets.objects.values())
        for pod in ready_to_go(candidates, budgets, self.ledger.in_flight(budgets)):
            self.ledger.ask(pod, budgets)
            task = asyncio.create_task(self.evict(pod))
            self.evictions.add(task)

    async def evict(self, pod: Pod) -> None:
        """Ask once, and write down the answer."""
        try:
            async with self.slots:
                grace = self.options.grace_period_seconds
                answer = await self.client.evict(pod, grace_seconds=grace)
        except (Unreachable, Surprise) as error:  # this pod's trouble holds up no other
            self.ledger.fail(pod, str(error), self.clock.now())
        else:
            self.ledger.settle(pod, answer, self.clock.now())
        finally:
            self.wake.set()

    def raise_from(self, tasks: list[asyncio.Task[None]]) -> None:
        """Stop the drain for what ends a watch or an eviction for good, such as missing rights."""
        for task in tasks:
            if task.done():
                self.evictions.discard(task)
                task.result()

    def patience(self, deadline: float) -> float:
        """Seconds to wait when nothing happens."""
        now = self.clock.now()
        untold = self.told_at + TELL - now
        dues = (
            deadline - now,
            untold if untold > 0 else self.told_at + HEARTBEAT - now,
            self.listed_at + RELIST - now,
            self.ledger.next_try(now),
        )
        return max(0.0, min(dues))

    def holds(self) -> dict[str, Hold]:
        """By uid, what holds each pod that is held."""
        budgets = Budgets(self.budgets.objects.values())
        found: dict[str, Hold] = {}
        for verdict in self.verdicts:
            pod = verdict.pod
            if verdict.action == "stay":
                continue
            if verdict.refused:
                first = verdict.refused[0]
                remedy = f"set {first.parameter} to true, or remove the pod"
                found[pod.uid] = Hold(pod, Cause.OTHER, f"came late and {first.what}", remedy)
                continue
            hold = explain(pod, budgets, self.ledger.entries[pod.uid].words)
            if hold is not None:
                found[pod.uid] = hold
        return found

    def progress(self) -> DrainProgress:
        """The drain as of now."""
        moved, to_move, holds = self.ledger.moved(), self.ledger.to_move(), self.holds()
        waiting = {
            name: tuple(hold for hold in holds.values() if hold.pod.node == name)
            for name in {*self.nodes, *to_move}
        }
        nodes = tuple(
            NodeProgress(name, moved.get(name, 0), to_move.get(name, 0), waiting[name])
            for name in sorted(waiting)
        )
        seconds = self.clock.now() - self.began
        return DrainProgress(self.node_group, nodes, self.ledger.refusals, seconds)

    def report(self, tell: Callable[[DrainProgress], None], *, last: bool = False) -> None:
        """Tell the progress when there is something new or enough time has passed."""
        now = self.clock.now()
        if now - self.told_at < TELL and not last:
            return
        progress = self.progress()
        self.held.update(
            name
            for hold in progress.holds
            if hold.cause is not Cause.TERMINATING
            for name in hold.budgets
        )
        if last or progress.differs_from(self.told) or now - self.told_at >= HEARTBEAT:
            self.told, self.told_at = progress, now
            tell(progress)

    def epitaph(self) -> str:
        """Every pod that is left and what holds it."""
        holds = self.holds()
        left = [
            str(holds.get(uid, f"pod {pod} on {pod.node}: its eviction has not been answered yet"))
            for uid, pod in sorted(self.ledger.present.items(), key=lambda item: str(item[1]))
        ]
        minutes = (self.clock.now() - self.began) / 60
        title = (
            f"The drain of node group {self.node_group} ran out of time after {minutes:.0f} minutes"
            f" with {len(left)} pod(s) left. Nothing was deleted; its nodes stay cordoned. Apply"
            " the remedies and clear the task to go on"
        )
        return "\n".join(
            [f"{title}:", *(f"  {number}. {line}" for number, line in enumerate(left, 1))]
        )

    def result(self) -> DrainResult:
        """The account of a drain that came to its end."""
        moved = self.ledger.moved()
        waited = [
            Obstacle(f"disruption budget {name} held pods back", "waiting until it allowed them")
            for name in sorted(self.held)
        ]
        return DrainResult(
            moved=sum(moved.values()),
            by_node=dict(sorted(moved.items())),
            skipped_daemonset=sum(
                1 for v in self.verdicts if v.action == "stay" and not v.pod.mirror
            ),
            seconds=self.clock.now() - self.began,
            refusals=self.ledger.refusals,
            obstacles=(*self.obstacles, *waited),
        )
