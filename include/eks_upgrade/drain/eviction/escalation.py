"""What `when_blocked` makes of blocked pods: the decision, and the deeds that go with it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.drain.blocked.model import Hold
from include.eks_upgrade.drain.blocked.policy import Answer, answer_to
from include.eks_upgrade.drain.eviction.trace import leave_trace
from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.client import KubeClient

log = logging.getLogger(__name__)

RESTART_PAUSE = 10.0
"""Seconds between two looks at a rollout that was restarted, or that could not be."""


@dataclass(frozen=True)
class Decision:
    """What is to be done now.

    Attributes:
        fail: these pods end the drain.
        ask: these pods are asked about, because nothing moves any more.
        restart: one pod of each Deployment whose rollout is to be restarted.
        delete: the one pod that is to be deleted past its budget.
    """

    fail: tuple[Hold, ...] = ()
    ask: tuple[Hold, ...] = ()
    restart: tuple[Hold, ...] = ()
    delete: Hold | None = None


@dataclass
class Forced:
    """What has been done so far.

    Attributes:
        notes: by family, why its rollout could not be restarted.
        restarted: the families whose rollout was restarted, or rolls anyhow.
        deleted_at: epoch seconds of the last deletion.
    """

    notes: dict[str, str] = field(default_factory=dict)
    restarted: set[str] = field(default_factory=set)
    deleted_at: float = float("-inf")
    looked_at: dict[str, float] = field(default_factory=dict)


def decide(
    blocks: Sequence[Hold], left: int, options: DrainOptions, forced: Forced, now: float
) -> Decision:
    """What to do about the pods that are blocked.

    Args:
        blocks: what holds the blocked pods.
        left: how many pods are left, blocked or not.
        options: `when_blocked`, and how far it may go.
        forced: what has been done so far.
        now: epoch seconds.
    """
    answered = [(hold, answer_to(hold.cause, options)) for hold in blocks]
    fail = tuple(hold for hold, answer in answered if answer is Answer.FAIL)
    asks = tuple(hold for hold, answer in answered if answer is Answer.ASK)
    moving = [hold for hold, answer in answered if _will_act(hold, answer, options, forced)]
    nothing_moves = len(blocks) == left and not moving
    return Decision(
        fail=fail,
        ask=asks if nothing_moves else (),
        restart=_restarts((h for h, a in answered if a is Answer.RESTART), forced, now),
        delete=_delete((h for h, a in answered if a is Answer.DELETE), options, forced, now),
    )


async def restart(client: KubeClient, hold: Hold, forced: Forced, now: float) -> None:
    """Restart the rollout of a pod's Deployment, if its pods are the newest and it surges.

    A pod of an older ReplicaSet is left to the rollout that is replacing it, so that a second
    call, or a drain that was begun anew, restarts nothing twice.
    """
    pod = hold.pod
    forced.looked_at[pod.family] = now
    try:
        note = await _restart(client, hold, now)
    except Unreachable as error:
        note = str(error)
    if note:
        if forced.notes.get(pod.family) != note:
            log.info("the rollout of %s is not restarted: %s", pod.family, note)
        forced.notes[pod.family] = note
    else:
        forced.notes.pop(pod.family, None)
        forced.restarted.add(pod.family)


async def _restart(client: KubeClient, hold: Hold, now: float) -> str:
    """Why it could not be done; empty when it rolls."""
    pod, owner = hold.pod, hold.pod.owner
    if owner is None or owner.kind != "ReplicaSet":
        return "it is not a Deployment's"
    found = await client.rollout(pod.namespace, owner.name)
    if found is None:
        return f"no Deployment owns {owner}"
    rollout, newest = found
    if not newest or not rollout.settled:
        return ""
    if rollout.paused:
        return f"{rollout} is paused"
    if not rollout.surges:
        return f"{rollout} would stop the old pod before the new one is up (strategy without surge)"
    await leave_trace(client, hold, Fate.RESTARTED)
    await client.restart_rollout(rollout, now)
    log.info("the rollout of %s is restarted, because pod %s cannot be evicted", rollout, pod)
    return ""


def _will_act(hold: Hold, answer: Answer, options: DrainOptions, forced: Forced) -> bool:
    """Whether something is still going to be done about a blocked pod."""
    if answer is Answer.DELETE:
        return options.may_delete_blocked_pods and not hold.pod.terminating
    return answer is Answer.RESTART and hold.pod.family not in forced.notes


def _restarts(holds: Iterable[Hold], forced: Forced, now: float) -> tuple[Hold, ...]:
    due = {
        hold.pod.family: hold
        for hold in holds
        if now - forced.looked_at.get(hold.pod.family, float("-inf")) >= RESTART_PAUSE
    }
    return tuple(due.values())


def _delete(
    holds: Iterable[Hold], options: DrainOptions, forced: Forced, now: float
) -> Hold | None:
    if not options.may_delete_blocked_pods:
        return None
    if now - forced.deleted_at < options.delete_pause_seconds:
        return None
    ripe = options.delete_blocked_after_minutes * 60
    return next((h for h in holds if not h.pod.terminating and now - h.since >= ripe), None)
