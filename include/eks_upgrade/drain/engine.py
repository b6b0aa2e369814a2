"""One drain over all its nodes.

Pods and budgets are listed once and then watched; each pod is asked to leave the moment its
budget allows it, and a pod that is refused holds up no other. When the time is over, the drain
ends with the name of every pod that is left and what holds it; nothing is ever deleted for
that. docs/drain.md has a drawing of it.
"""

import asyncio
import logging

from include.eks_upgrade.common.clock import Clock, RealClock, wait_for_either
from include.eks_upgrade.common.errors import Stuck, Unreachable
from include.eks_upgrade.drain.blocked.model import Hold
from include.eks_upgrade.drain.cluster_view import Scene
from include.eks_upgrade.drain.eviction.dry_run import ask_only
from include.eks_upgrade.drain.eviction.escalation import Decision, Forced, decide, restart
from include.eks_upgrade.drain.eviction.evictor import Evicting
from include.eks_upgrade.drain.eviction.trace import leave_trace, passed_on
from include.eks_upgrade.drain.filters import judge_one
from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.precheck import Survey, survey
from include.eks_upgrade.drain.reporter import CHUNK, TELL, Tell, Telling
from include.eks_upgrade.drain.result import DrainResult, Question, account_of
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Budget, Node, Pod

log = logging.getLogger(__name__)

SILENCE = 60.0
"""Seconds without any word of a pod after which everything is listed anew: a connection can be
dead without either side knowing."""

SETTLE = 1.0
"""Seconds that the cordon must be old when nothing is left: a pod that the scheduler had bound
before it may only appear now."""


async def drain(  # noqa: PLR0913 - how it is told and timed are arguments of their own
    client: KubeClient,
    target: Target,
    options: DrainOptions,
    *,
    deadline: float,
    tell: Tell = lambda _: None,
    clock: Clock | None = None,
    flags: bool = False,
    since: float | None = None,
    mark: str = "drain",
) -> DrainResult | Question:
    """Cordon nodes and move every evictable pod off them.

    Args:
        client: the cluster, opened.
        target: the nodes; those that begin to match its selector later belong to it as well.
        options: what may be done to which pods.
        deadline: seconds since the epoch at which it gives up.
        tell: called with the progress when it has changed, and every `HEARTBEAT` seconds.
        clock: the time it lives in.
        flags: whether messages name kubectl's flags instead of the DAG's parameters.
        since: epoch seconds at which this drain first began, when it was interrupted.
        mark: what the nodes that it cordons carry, so that whoever lifts it knows.

    Returns:
        The account; or a `Question` when nothing moves any more and `when_blocked` says that a
        person is to be asked.

    Raises:
        Refused: some pods may not be moved with these options (nothing was evicted), or rights
            are missing.
        Stuck: pods are left at the deadline, or `when_blocked` said to fail; each is named with
            what holds it. Nothing was deleted because of that.
        Unreachable: the API server did not answer.
    """
    found = await survey(client, target, options, flags=flags)
    if options.dry_run:
        return await ask_only(client, found.verdicts, options)
    await _cordon_all(client, [node for node in found.nodes if not node.unschedulable], mark)
    engine = _Engine(client, target, options, found, clock or RealClock(), flags=flags)
    engine.mark = mark
    return await engine.run(deadline, tell, since)


async def _cordon_all(client: KubeClient, nodes: list[Node], mark: str) -> None:
    """Cordon nodes side by side; every one is tried before an error is raised."""
    cordons = [client.cordon(node.name, mark, seen=node) for node in nodes]
    for end in await asyncio.gather(*cordons, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


class _Engine:
    """One run. Its state is what is watched and the ledger; everything else follows from them."""

    mark = "drain"

    def __init__(
        self,
        client: KubeClient,
        target: Target,
        options: DrainOptions,
        found: Survey,
        clock: Clock,
        *,
        flags: bool = False,
    ) -> None:
        self.client = client
        self.options = options
        self.clock = clock
        self.obstacles = found.obstacles
        self.began = clock.now()
        self.wake = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None
        self.staying: set[str] = set()
        self.forced = Forced()
        self.daemonsets_old = self.regroup = False
        self.scene = Scene(
            client,
            target,
            clock,
            pod_changed=self.pod_changed,
            budget_changed=self.budget_changed,
            node_changed=self.node_changed,
        )
        self.evicting = Evicting(self.scene, options, clock, self.wake.set, self.own)
        self.ledger = self.evicting.ledger
        self.ledger.passed = passed_on(found.nodes)
        self.telling = Telling(self.scene, self.evicting, self.forced, options, clock)
        self.telling.flags = flags

    async def run(self, deadline: float, tell: Tell, since: float | None) -> DrainResult | Question:
        """Drain until nothing is left, a person is to be asked, or the deadline has come."""
        await self.scene.load(self.began if since is None else since)
        self.regroup = False  # the budgets were there before the pods
        watches = self.scene.follow()
        try:
            for task in (*watches, asyncio.create_task(self.evicting.pump_free())):
                self.own(task)
            while self.ledger.present or not await self.confirmed():
                question = await self.turn(deadline, tell)
                if question is not None:
                    return question
                await wait_for_either(self.wake, self.patience(deadline), self.clock)
            self.telling.report(tell, [], last=True)
            return self.account()
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def turn(self, deadline: float, tell: Tell) -> Question | None:
        """One round: send what may go, and now and then look at what is blocked.

        Raises:
            Stuck: as `drain`.
        """
        if self.failure is not None:
            raise self.failure
        await self.catch_up()
        self.evicting.pump()
        now = self.clock.now()
        question = None
        if self.telling.due() <= 0 or now >= deadline:
            self.evicting.ask_again()
            holds = await self.telling.explain_all()
            self.telling.report(tell, holds)
            question = await self.force(holds)
        if question is None and now >= deadline:
            raise self.stuck("ran out of time")
        return question

    # --- what is seen ---

    def pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        """Judge a pod anew, and give it its place."""
        pod = new or old
        assert pod is not None  # noqa: S101 - one of the two there always is
        if new is None or not self.scene.on_target(new):
            self.forget(pod)
        else:
            self.judge(new)
        self.wake.set()

    def judge(self, pod: Pod) -> None:
        """What is to become of a pod on one of the nodes."""
        verdict = judge_one(pod, self.scene.alive, self.options)
        if verdict.action == "stay":
            self.forget(pod)
            if pod.owner is not None and pod.owner.daemonset:
                self.staying.add(pod.uid)
            return
        if pod.owner is not None and pod.owner.daemonset:
            self.daemonsets_old |= pod.uid not in self.ledger.entries
        entry = self.ledger.see(pod, self.clock.now())
        self.telling.refused.pop(pod.uid, None)
        if verdict.action == "refuse":
            self.telling.refused[pod.uid] = verdict
        if verdict.action == "evict" and entry.asked is None:
            self.evicting.place(pod)
        else:
            self.evicting.turns.remove(pod.uid)

    def forget(self, pod: Pod) -> None:
        """A pod has gone from the nodes, or may stay."""
        self.staying.discard(pod.uid)
        self.telling.refused.pop(pod.uid, None)
        if pod.uid not in self.ledger.present:
            return
        self.ledger.leave(pod.uid, self.clock.now())
        entry = self.ledger.entries[pod.uid]
        if entry.fate is Fate.BY_ITSELF and pod.family in self.forced.restarted:
            entry.fate = Fate.RESTARTED
        self.evicting.left(pod)

    def budget_changed(self, old: Budget | None, new: Budget | None) -> None:
        """Take a budget in; one that covers other pods than before changes the queues."""
        if new is not None:
            self.regroup |= self.scene.budgets.put(new)
            self.evicting.budget_changed(new)
        elif old is not None:
            self.scene.budgets.drop(old)
            self.regroup = True
        self.wake.set()

    def node_changed(self, node: Node | None) -> None:
        """A node that joins late, or that somebody uncordons, is cordoned."""
        if node is not None and not node.unschedulable:
            self.own(asyncio.create_task(self.cordon(node.name)))
        self.wake.set()

    async def cordon(self, name: str) -> None:
        """Cordon one node; a server that does not answer is asked again by the next event."""
        try:
            if await self.client.cordon(name, self.mark):
                log.info("node %s has joined and is cordoned", name)
        except Unreachable as error:
            log.warning("node %s is not cordoned yet: %s", name, error)

    def own(self, task: "asyncio.Task[None]") -> None:
        """Keep a task until it ends; what ends it for good ends the drain."""

        def ended(done: "asyncio.Task[None]") -> None:
            self.tasks.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                self.failure = self.failure or error
            self.wake.set()

        self.tasks.add(task)
        task.add_done_callback(ended)

    async def catch_up(self) -> None:
        """Do what a change of budgets or DaemonSets, or a long silence, makes necessary."""
        if self.daemonsets_old:
            self.daemonsets_old = False
            await self.scene.read_daemonsets()
            self.regroup = True
        if self.regroup:
            self.regroup = False
            for number, pod in enumerate(list(self.ledger.present.values())):
                self.judge(pod)
                if number % CHUNK == CHUNK - 1:
                    await asyncio.sleep(0)
        if self.clock.now() - self.scene.heard >= SILENCE:
            self.scene.heard = self.clock.now()
            self.scene.listen_anew()

    async def confirmed(self) -> bool:
        """Whether nothing is left, on a look at a fresh list."""
        if self.failure is not None:
            raise self.failure
        pause = self.began + SETTLE - self.clock.now()
        if pause > 0:
            await self.clock.sleep(pause)
        try:
            pods = await self.client.pods()
        except Unreachable as error:
            log.warning("nothing seems left, but that cannot be confirmed yet: %s", error)
            await self.clock.sleep(TELL)
            return False
        there = [pod for pod in pods if self.scene.on_target(pod)]
        actions = {judge_one(pod, self.scene.alive, self.options).action for pod in there}
        if actions <= {"stay"}:
            return True
        self.scene.listen_anew()
        return False

    def patience(self, deadline: float) -> float:
        """Seconds to wait when nothing happens."""
        now = self.clock.now()
        dues = (deadline - now, self.telling.due(), self.evicting.next_due(now))
        return max(0.0, min(dues))

    # --- what is done about blocked pods ---

    async def force(self, holds: list[Hold]) -> Question | None:
        """Do what `when_blocked` says.

        Raises:
            Stuck: it says to fail.
        """
        now, blocks = self.clock.now(), self.telling.blocks(holds)
        left = len(self.ledger.present)
        decision = decide(blocks, left, self.options, self.forced, now)
        if decision.fail:
            classes = ", ".join(sorted({hold.cause for hold in decision.fail}))
            raise self.stuck(f"was told to fail at once for {classes}")
        if decision.ask:
            return Question(holds=decision.ask, account=self.account())
        await self.do(decision, now)
        return None

    async def do(self, decision: Decision, now: float) -> None:
        """Restart rollouts, and delete one pod."""
        for hold in decision.restart:
            await restart(self.client, hold, self.forced, now)
        self.evicting.spared = set(self.forced.restarted)
        if decision.delete is not None:
            await self.delete(decision.delete, now)

    async def delete(self, hold: Hold, now: float) -> None:
        """Delete a pod past what holds it; not before that is written down where it lasts."""
        try:
            await leave_trace(self.client, hold, Fate.DELETED)
        except Unreachable as error:
            log.warning("%s is not deleted yet: %s", hold.pod, error)
            return
        self.forced.deleted_at = now
        log.warning("deleting past what holds it: %s", hold)
        await self.evicting.delete(hold.pod)

    def stuck(self, how: str) -> Stuck:
        """The error that names every pod that is left, with the account so far."""
        return Stuck(self.telling.epitaph(how), self.account().as_json())

    def account(self) -> DrainResult:
        """What has been done so far."""
        return account_of(
            self.ledger,
            began=self.began,
            now=self.clock.now(),
            requests=self.client.requests,
            skipped_daemonset=len(self.staying),
            obstacles=self.obstacles,
        )
