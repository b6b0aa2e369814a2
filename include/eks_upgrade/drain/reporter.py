"""Explaining every pod that waits, as the world changes, and telling how far the drain is."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from include.eks_upgrade.common.clock import Clock
from include.eks_upgrade.drain.blocked.explain import explain
from include.eks_upgrade.drain.blocked.model import BlockClass, BudgetState, Hold, Situation
from include.eks_upgrade.drain.cluster_view import Scene
from include.eks_upgrade.drain.eviction.escalation import Forced
from include.eks_upgrade.drain.eviction.evictor import Evicting
from include.eks_upgrade.drain.filters import Verdict
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.progress import DrainProgress, NodeProgress, news_between
from include.eks_upgrade.kube.objects import Pod

TELL = 2.0
"""Seconds between two accounts of the progress, at least; blocked pods are looked at as often."""

HEARTBEAT = 10.0
"""Seconds after which progress is told even when nothing has changed."""

CHUNK = 250
"""Pods that are explained in one go; in between the event loop gets its turn."""

NAMED = 20
"""Pods that nothing holds and that are named all the same when the time is over."""

Tell = Callable[[DrainProgress], None]


class Telling:
    """What holds each pod, and what to say of it.

    Args:
        scene: what is seen.
        evicting: what has been asked for.
        forced: what has been done about blocked pods.
        options: what may be done.
        clock: the time it lives in.

    Attributes:
        began: epoch seconds at which the drain began.
        refused: by uid, pods that came late and that the options do not allow to be moved.
        looked_at: epoch seconds at which the pods were explained last.
        flags: whether it speaks to somebody at a command line instead of in Airflow.
    """

    def __init__(
        self,
        scene: Scene,
        evicting: Evicting,
        forced: Forced,
        options: DrainOptions,
        clock: Clock,
    ) -> None:
        self.scene = scene
        self.evicting = evicting
        self.ledger = evicting.ledger
        self.forced = forced
        self.options = options
        self.clock = clock
        self.began = clock.now()
        self.refused: dict[str, Verdict] = {}
        self.looked_at = float("-inf")
        self.flags = False
        self._told: DrainProgress | None = None
        self._told_at = float("-inf")

    def due(self) -> float:
        """Seconds until it is time to look again."""
        return self.looked_at + TELL - self.clock.now()

    async def explain_all(self) -> list[Hold]:
        """What holds each pod that is held."""
        self.looked_at = now = self.clock.now()
        states = self.scene.budget_states()
        holds = []
        for number, (uid, pod) in enumerate(list(self.ledger.present.items())):
            if number % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)
            if uid in self.ledger.present:
                hold = self.ledger.hold(uid, self._explain(pod, states, now), now)
                holds += [hold] if hold is not None else []
        return holds

    def blocks(self, holds: Sequence[Hold]) -> list[Hold]:
        """Those that will hardly pass by waiting."""
        now = self.clock.now()
        return [hold for hold in holds if hold.is_block(now, self.options.blocked_after_seconds)]

    def report(self, tell: Tell, holds: Sequence[Hold], *, last: bool = False) -> None:
        """Tell the progress when there is something new or enough time has passed."""
        progress, now = self._progress(holds), self.clock.now()
        if progress.differs_from(self._told) or now - self._told_at >= HEARTBEAT or last:
            gone = {e.pod.uid: (e.gone or now) - e.seen for e in self.ledger.gone()}
            news = news_between(self._told, progress, gone)
            self._told, self._told_at = progress, now
            tell(progress.with_news(news))

    def epitaph(self, how: str) -> str:
        """Every pod that is left and what holds it; `how` says why the drain ends."""
        left = sorted(self.ledger.present.values(), key=str)
        seconds = self.clock.now() - self.began
        took = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
        title = (
            f"The drain of {self.scene.target.title} {how} after {took}"
            f" with {len(left)} pod(s) left. Nothing was deleted because of that; its nodes stay"
            f" cordoned. Apply the remedies and {self._way_on} to go on"
        )
        held = [pod for pod in left if self.ledger.entries[pod.uid].held is not None]
        moving = [pod for pod in left if self.ledger.entries[pod.uid].held is None]
        lines = [f"  {number}. {self._last_words(pod)}" for number, pod in enumerate(held, 1)]
        lines += [f"  {self._last_words(pod)}" for pod in moving[:NAMED]]
        lines += [f"  and {len(moving) - NAMED} more like that"] if len(moving) > NAMED else []
        return "\n".join([f"{title}:", *lines])

    @property
    def _way_on(self) -> str:
        return "run it again" if self.flags else "clear the task"

    def _last_words(self, pod: Pod) -> str:
        held = self.ledger.entries[pod.uid].held
        if held is not None:
            return str(held)
        return f"pod {pod} on {pod.node}: " + (
            "is stopping" if pod.terminating else "its turn had not come yet"
        )

    def _explain(self, pod: Pod, states: Mapping[str, BudgetState], now: float) -> Hold | None:
        if pod.uid in self.refused:
            return _late(pod, self.refused[pod.uid], flags=self.flags)
        entry, names = self.ledger.entries[pod.uid], self.evicting.turns.cover.get(pod.uid, ())
        returned = self.ledger.returned.get(pod.family, 0)
        alone = not names or pod.family in self.forced.restarted
        situation = Situation(
            now,
            tuple(states[name] for name in names if name in states),
            entry.words,
            entry.asked,
            self.scene.homeless_kin(pod) if alone else (),
            returned if returned > 1 else 0,
            self.scene.targets.get(pod.node),
        )
        hold = explain(pod, situation)
        note = self.forced.notes.get(pod.family)
        return hold.with_note(note) if hold is not None and note else hold

    def _progress(self, holds: Sequence[Hold]) -> DrainProgress:
        blocks, present = self.blocks(holds), self.ledger.present.values()
        return DrainProgress(
            self.scene.target.title,
            self._nodes(blocks),
            sum(pod.terminating for pod in present),
            tuple(holds),
            tuple(blocks),
            self.ledger.refusals,
            self.clock.now() - self.began,
        )

    def _nodes(self, blocks: Sequence[Hold]) -> tuple[NodeProgress, ...]:
        moved, to_move = self.ledger.moved(), self.ledger.to_move()
        left = Counter(pod.node for pod in self.ledger.present.values())
        blocked = Counter(hold.pod.node for hold in blocks)
        return tuple(
            NodeProgress(
                name,
                moved.get(name, 0),
                to_move.get(name, 0),
                set_aside=0 < left[name] == blocked[name],
            )
            for name in sorted({*self.scene.targets, *to_move})
        )


def _late(pod: Pod, verdict: Verdict, *, flags: bool) -> Hold:
    first = verdict.refused[0]
    remedy = first.problem(flags=flags).remedy
    return Hold(pod, BlockClass.REFUSED, f"came late and {first.what}", remedy, at_once=True)
