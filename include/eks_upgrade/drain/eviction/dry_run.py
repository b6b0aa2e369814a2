"""A drain that only asks: the API server says for each pod whether it would be evicted now."""

import logging
from collections.abc import Sequence

from include.eks_upgrade.drain.filters import FilterResult
from include.eks_upgrade.drain.order.running_jobs import is_awaited
from include.eks_upgrade.drain.result import DrainResult
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.eviction import (
    Blocked,
    Closing,
    Denied,
    Evicted,
    EvictionAnswer,
    Overloaded,
)

log = logging.getLogger(__name__)


async def ask_only(setup: DrainSetup, filtered: Sequence[FilterResult]) -> DrainResult:
    """Ask for every pod with a server-side dry run; changes nothing, cordons nothing.

    Returns:
        A result in which no pod has moved; the `fate` of each says what would become of it.
    """
    client, options = setup.client, setup.options
    ask = client.delete_pod if options.disable_eviction else client.evict
    rows, asked, refusals = [], 0, 0
    began = setup.clock.now()
    for pod in (each.pod for each in filtered if each.action == "evict"):
        if is_awaited(pod, options, began=began, now=began):
            log.info("pod %s on %s would be waited for: its Job is at work", pod, pod.node)
            fate = "would be waited for until its Job has ended"
            rows.append({"pod": str(pod), "node": pod.node, "fate": fate, "waited_for": ""})
            continue
        answer = await ask(pod, grace_seconds=options.grace_period_seconds, dry_run=True)
        would = isinstance(answer, Evicted)
        asked += 1
        refusals += not would
        fate = "would be evicted" if would else "would be refused now"
        log.info("pod %s on %s %s (server dry run)%s", pod, pod.node, fate, _why(answer))
        rows.append({"pod": str(pod), "node": pod.node, "fate": fate, "waited_for": _why(answer)})
    return DrainResult(
        moved=0,
        evictions=asked,
        refusals=refusals,
        requests=client.requests,
        pods=tuple(rows),
    )


def _why(answer: EvictionAnswer) -> str:
    match answer:
        case Evicted():
            return ""
        case Blocked(message) | Overloaded(message) | Denied(message) | Closing(message):
            return f": {message}"
        case _:
            return ": it has gone"
