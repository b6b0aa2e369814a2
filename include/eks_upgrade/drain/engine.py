"""One drain over all its nodes.

Pods and budgets are listed once and then watched; each pod is asked to leave the moment its
budget allows it, and a pod that is refused holds up no other. When the time is over, the drain
ends with the name of every pod that is left and what blocks it; nothing is ever deleted for
that. docs/drain.md has a drawing of it.
"""

import asyncio
import logging

from include.eks_upgrade.common.errors import Stuck, Unreachable
from include.eks_upgrade.common.event_loop import Slices, loop_turn
from include.eks_upgrade.common.time.clock import wait_for_either
from include.eks_upgrade.drain.availability.implied import has_implied_budget
from include.eks_upgrade.drain.availability.lowest_ready import LowestReadyBook
from include.eks_upgrade.drain.blocked.inspector import INSPECTION_PAUSE, BlockInspector
from include.eks_upgrade.drain.blocked.model import Block
from include.eks_upgrade.drain.budgets import covers_others
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.eviction.dry_run import ask_only
from include.eks_upgrade.drain.eviction.escalation import Escalation, decide
from include.eks_upgrade.drain.eviction.evictor import Evictor
from include.eks_upgrade.drain.eviction.passed_budgets import passed_on
from include.eks_upgrade.drain.exclusion import Exclusion
from include.eks_upgrade.drain.filters import filter_pod
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.lost_nodes import LOOK_SECONDS, lost_among, lost_obstacle
from include.eks_upgrade.drain.precheck import Precheck, precheck
from include.eks_upgrade.drain.reporter import ProgressReporter
from include.eks_upgrade.drain.result import DrainResult, Question, result_of
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.objects import Budget, Node, Pod

log = logging.getLogger(__name__)

SILENCE = 60.0
"""Seconds without any word of a pod after which everything is listed anew: a connection can be
dead without either side knowing."""

SETTLE = 1.0
"""Seconds that the cordon must be old when nothing is left: a pod that the scheduler had bound
before it may only appear now."""


async def drain(setup: DrainSetup) -> DrainResult | Question:
    """Cordon nodes and move every evictable pod off them.

    Returns:
        The result; or a `Question` when nothing moves any more and `when_blocked` says that a
        person is to be asked.

    Raises:
        Refused: some pods may not be moved with these options (nothing was evicted), or rights
            are missing.
        Stuck: pods are left at the deadline, or `when_blocked` said to fail; each is named with
            what blocks it. Nothing was deleted because of that.
        Unreachable: the API server did not answer.
    """
    found = await precheck(
        setup.client, setup.target, setup.options, flags=setup.flags, ended=setup.ended
    )
    if setup.options.dry_run:
        return await ask_only(setup, found.filtered)
    await _cordon_all(setup, [node for node in found.nodes if not node.unschedulable])
    engine = _Engine(setup, found)
    del found  # thousands of pods, which would be kept as long as the drain runs
    try:
        return await engine.run()
    finally:
        engine.fall_apart()


async def _cordon_all(setup: DrainSetup, nodes: list[Node]) -> None:
    """Cordon nodes side by side; every one is tried before an error is raised."""
    # All of them before the first pod goes: a replacement must find no old node to start on.
    cordons = [setup.client.cordon(node.name, setup.mark, seen=node) for node in nodes]
    for end in await asyncio.gather(*cordons, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


class _Engine:
    """One run. Its state is what is watched and the ledger; everything else follows from them."""

    def __init__(self, setup: DrainSetup, found: Precheck) -> None:
        self.setup = setup
        self.clock = setup.clock
        self.obstacles = found.obstacles
        self.wake = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None
        self.daemonsets_old = self.regroup = False
        self.ledger = Ledger(began=setup.clock.now(), passed=passed_on(found.nodes))
        self.view = ClusterView(
            setup,
            pod_changed=self.pod_changed,
            budget_changed=self.budget_changed,
            node_changed=self.node_changed,
            family_changed=self.family_changed,
        )
        self.view.lost.update(node.uid for node in found.lost)
        self.lowest = LowestReadyBook(self.view.families)
        self.loaded = False
        self.evictor = Evictor(setup, self.view, self.ledger, self.wake.set, self.own)
        self.inspector = BlockInspector(setup, self.view, self.ledger, self.evictor)
        self.escalation = Escalation(setup, self.ledger, self.evictor)
        self.exclusion = Exclusion(setup, self.view, self.ledger, self.own)
        self.reporter = ProgressReporter(setup, self.view, self.ledger)

    async def run(self) -> DrainResult | Question:
        """Drain until nothing is left, a person is to be asked, or the deadline has come."""
        began, first = self.ledger.began, self.setup.first_began
        await self.view.load(began if first is None else first)
        self.regroup = False  # the budgets were there before the pods
        self.begin_book()
        watches = self.view.follow()
        try:
            others = map(asyncio.create_task, (self.evictor.pump_free(), self.look_for_lost()))
            for task in (*watches, *others):
                self.own(task)
            while self.ledger.present or not self.exclusion.finish() or not await self.confirmed():
                question = await self.turn()
                if question is not None:
                    return question
                # Events only set the flag that ends this wait, and the next turn looks at all of
                # them together: a list of five thousand pods is one look at the queues, not five
                # thousand, and what happens during a turn is not lost but makes the next one.
                await wait_for_either(self.wake, self.patience(), self.clock)
            self.reporter.report([], [], last=True)
            return await self.result()
        finally:
            # However it ends: a request that goes on by itself would evict a pod in the name of
            # a drain that nobody watches any more.
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def fall_apart(self) -> None:
        """Let go of everything, after the end."""
        # Its parts refer to it and it to them. Thousands of pods would stay until the garbage
        # collector sees that, and it may have been told not to look (frozen, in a triggerer).
        vars(self).clear()

    async def turn(self) -> Question | None:
        """One round: send what may go, and now and then look at what is blocked.

        Raises:
            Stuck: as `drain`.
        """
        self.raise_failure()
        if self.daemonsets_old:
            self.daemonsets_old = False
            await self.view.read_daemonsets()
            self.regroup = True
        # Thirty drains that one event wakes must not hold the event loop together.
        async with loop_turn():
            await self.catch_up()
            self.evictor.pump()
            if not self.ledger.present:
                self.exclusion.pump()
        if await self.evictor.singles.act():
            self.evictor.hope_for_all()
            self.wake.set()
        now, question = self.clock.now(), None
        late = now >= self.setup.deadline
        # Sending comes at every turn, looking at most every two seconds: it goes over all pods,
        # and turns come as often as there are events. At the deadline it looks once more, so that
        # the message says how things are now.
        if late or self.inspector.due() <= 0:
            async with loop_turn():
                self.evictor.ask_again()
                self.exclusion.pump()
            async with loop_turn():
                blocks = await self.inspector.inspect()
            async with loop_turn():
                lasting = self.inspector.lasting(blocks)
                self.reporter.report(blocks, lasting)
            question = await self.escalate(lasting)
        if question is None and late:
            if not self.ledger.present:
                raise Stuck(self.exclusion.timeout_message(), (await self.result()).as_json())
            raise await self.stuck("ran out of time")
        return question

    # --- what is seen ---

    def pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        """Judge a pod anew, and give it its place."""
        pod = new or old
        assert pod is not None  # noqa: S101 - one of the two there always is
        if new is None or not self.view.on_target(new):
            self.forget(pod)
        else:
            self.classify(new)
        # Pods of other nodes as well: it is there that replacements become Ready.
        known = pod.family in self.ledger.workloads
        if not known and not self.view.on_target(pod):
            return  # of thousands of pods most are nobody's concern here
        self.evictor.hope(pod.family)
        if self.loaded and known and has_implied_budget(pod):
            self.lowest.note(pod.family)
        self.wake.set()

    def begin_book(self) -> None:
        """Write down how well each workload is before the first of its pods goes."""
        # Not while they are listed: a workload would seem to begin with its first pod.
        self.loaded = True
        pods = (entry.pod for entry in self.ledger.present.values())
        for family in dict.fromkeys(pod.family for pod in pods if has_implied_budget(pod)):
            self.lowest.note(family)

    def family_changed(self, family: str) -> None:
        """What a workload's controller wants has changed."""
        self.evictor.hope(family)
        self.wake.set()

    def classify(self, pod: Pod) -> None:
        """What is to become of a pod on one of the nodes."""
        found = filter_pod(pod, self.view.alive, self.setup.options)
        if found.action == "stay":
            self.forget(pod)
            if pod.of_daemonset:
                self.ledger.stay(pod)
            return
        if pod.owner is not None and pod.owner.daemonset and pod.uid not in self.ledger.entries:
            # Its DaemonSet is not among those that were read: it is gone, or it is newer than
            # that. Until it is known which, the pod counts as one that nothing starts again.
            self.daemonsets_old = True
        # Nothing is refused here any more, as it was before the first eviction: the drain goes on
        # with the others, and a pod that came late stays until somebody deals with it.
        refusal = found if found.action == "refuse" else None
        entry = self.ledger.see(pod, self.clock.now(), refusal)
        if found.action == "evict" and entry.asked_at is None:
            self.evictor.place(entry)
        else:
            self.evictor.withdraw(entry)

    def forget(self, pod: Pod) -> None:
        """A pod has gone from the nodes, or may stay."""
        entry = self.ledger.leave(pod, self.clock.now())
        if entry is not None:
            self.evictor.left(entry)

    def budget_changed(self, old: Budget | None, new: Budget | None) -> None:
        """Take a budget in; one that covers other pods than before changes the queues."""
        # Which pods wait where is looked at in `catch_up`, once for all budgets that changed: a
        # list brings hundreds of them, and each could move every pod of its namespace.
        self.regroup |= covers_others(old, new)
        waited_for = new is not None and self.evictor.budget_changed(new)
        if self.regroup or waited_for:
            self.wake.set()

    def node_changed(self, node: Node | None) -> None:
        """A node that joins late, or that somebody uncordons, is cordoned."""
        if node is not None and not node.unschedulable:
            self.own(asyncio.create_task(self.cordon(node.name)))
        self.wake.set()

    async def look_for_lost(self) -> None:
        """Leave out nodes whose instance is terminated, again and again until it is cancelled."""
        # On its own, beside the turns: EC2 may take its time, and only about silent nodes is asked.
        while True:
            await self.clock.sleep(LOOK_SECONDS)
            for node in await lost_among(self.view.targets.values(), self.setup.ended):
                obstacle = lost_obstacle(node)
                log.warning("%s; %s", obstacle.what, obstacle.passed_by)
                self.obstacles += (obstacle,)
                self.view.lose(node)

    async def cordon(self, name: str) -> None:
        """Cordon one node; a server that does not answer is asked again by the next event."""
        try:
            if await self.setup.client.cordon(name, self.setup.mark):
                log.info("node %s has joined and is cordoned", name)
        except Unreachable as error:
            log.warning("node %s is not cordoned yet: %s", name, error)

    # --- what is done ---

    def own(self, task: "asyncio.Task[None]") -> None:
        """Keep a task until it ends; what ends it for good ends the drain."""

        def ended(done: "asyncio.Task[None]") -> None:
            self.tasks.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                # The first one: what follows is mostly its consequence.
                self.failure = self.failure or error
            self.wake.set()

        self.tasks.add(task)
        task.add_done_callback(ended)

    def raise_failure(self) -> None:
        """Raise what ended one of the tasks, if any has failed."""
        # In the run itself and not where it happened: nobody awaits those tasks before the end.
        if self.failure is not None:
            raise self.failure

    async def catch_up(self) -> None:
        """Do what a change of budgets or DaemonSets, or a long silence, has made necessary."""
        if self.regroup:
            self.regroup, slices = False, Slices()
            for entry in list(self.ledger.present.values()):
                self.classify(entry.pod)
                await slices.pause()
        if self.clock.now() - self.view.heard >= SILENCE:
            self.view.listen_anew()

    async def confirmed(self) -> bool:
        """Whether nothing is left, on a look at a fresh list."""
        # A watch that lags, or one that died unseen, shows an empty node just as well; and this
        # answer is what the deletion of the node group rests on.
        self.raise_failure()
        pause = self.ledger.began + SETTLE - self.clock.now()
        if pause > 0:
            await self.clock.sleep(pause)
        try:
            there = await self.setup.client.pods_on(self.view.targets)
        except Unreachable as error:
            log.warning("nothing seems left, but that cannot be confirmed yet: %s", error)
            await self.clock.sleep(INSPECTION_PAUSE)
            return False
        options = self.setup.options
        actions = {filter_pod(pod, self.view.alive, options).action for pod in there}
        if actions <= {"stay"}:
            return True
        self.view.listen_anew()
        return False

    def patience(self) -> float:
        """Seconds to wait when nothing happens."""
        now = self.clock.now()
        dues = [self.setup.deadline - now, self.inspector.due(), self.evictor.next_due(now)]
        if not self.ledger.present:
            dues.append(self.exclusion.due())
        return max(0.0, min(dues))

    async def escalate(self, lasting: list[Block]) -> Question | None:
        """Do what `when_blocked` says.

        Raises:
            Stuck: it says to fail.
        """
        now = self.clock.now()
        held = self.evictor.turns.held_by_window()
        decision = decide(lasting, self.ledger, self.setup.options, now, held=held)
        if decision.fail:
            classes = ", ".join(sorted({block.cause for block in decision.fail}))
            raise await self.stuck(f"was to fail at once for {classes}")
        if decision.ask:
            return Question(blocks=decision.ask, result=await self.result())
        await self.escalation.act(decision, now)
        return None

    async def stuck(self, how: str) -> Stuck:
        """The error that names every pod that is left, with the result so far."""
        # Drains that began together give up together.
        async with loop_turn():
            message = self.reporter.timeout_message(how)
        result = await self.result()
        async with loop_turn():
            return Stuck(message, result.as_json())

    async def result(self) -> DrainResult:
        """What has been done so far."""
        async with loop_turn():
            workloads = self.lowest.rows(self.budgets_by_family())
        async with loop_turn():
            return result_of(
                self.ledger,
                now=self.clock.now(),
                requests=self.setup.client.requests,
                obstacles=self.obstacles,
                excluded=self.exclusion.since(),
                workloads=workloads,
            )

    def budgets_by_family(self) -> dict[str, Budget]:
        """The strictest budget over each workload that had pods to move."""
        found: dict[str, Budget] = {}
        for entry in self.ledger.entries.values():
            for name in entry.budgets:
                budget, known = self.view.budgets.by_name.get(name), found.get(entry.pod.family)
                if budget and (known is None or budget.desired > known.desired):
                    found[entry.pod.family] = budget
        return found
