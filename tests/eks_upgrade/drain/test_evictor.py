"""How many requests are on their way at once, and who is sent when one has been answered."""

import asyncio

from include.eks_upgrade.drain.availability.families import Families, SentAway
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.drain.eviction.evictor import BUDGETED_IN_FLIGHT, Evictor
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.pod_index import PodIndex
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.eviction import Evicted
from tests.eks_upgrade.drain.builders import budget, pod

BUDGETS = 3 * BUDGETED_IN_FLIGHT


class SlowServer:
    """Answers an eviction when it is told to."""

    def __init__(self):
        self.asked = []
        self.may_answer = asyncio.Semaphore(0)

    async def evict(self, evicted, **_):
        self.asked.append(evicted.name)
        await self.may_answer.acquire()
        return Evicted()


class ManyBudgets:
    """The part of a view that is looked at: one budget for each pod."""

    def __init__(self):
        labels = [{"app": f"app-{number}"} for number in range(BUDGETS)]
        self.pods = [pod(f"pod-{n}", labels=each) for n, each in enumerate(labels)]
        self.budgets = Budgets(
            budget(f"budget-{n}", allowed=1, selector={"matchLabels": each})
            for n, each in enumerate(labels)
        )
        self.families = Families(SentAway(), PodIndex())
        self.targets = {}


async def test_no_more_requests_are_on_their_way_than_the_share_can_use_and_all_are_sent():
    server, view, tasks, wake = SlowServer(), ManyBudgets(), [], asyncio.Event()
    setup = DrainSetup(server, Target.node_group("blue"), DrainOptions(), deadline=0.0)
    evictor = Evictor(setup, view, ledger := Ledger(), wake.set, tasks.append)
    for each in view.pods:
        evictor.place(ledger.see(each, 0.0))
    for sent in range(BUDGETED_IN_FLIGHT, BUDGETS + 1):
        wake.set()
        while wake.is_set():  # on a slow machine one look takes more than a slice of the loop
            wake.clear()
            evictor.pump()
            await asyncio.sleep(0)
        assert len(server.asked) == len(set(server.asked)) == sent
        server.may_answer.release()
        for _ in range(5):  # the answer is taken in
            await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
