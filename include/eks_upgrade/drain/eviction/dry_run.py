"""A drain that only asks: the API server says for each pod whether it would be evicted now."""

import logging
from collections.abc import Sequence

from include.eks_upgrade.drain.filters import Verdict
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.result import DrainResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.eviction import Evicted, EvictionAnswer, Gone

log = logging.getLogger(__name__)


async def ask_only(
    client: KubeClient, verdicts: Sequence[Verdict], options: DrainOptions
) -> DrainResult:
    """Ask for every pod with a server-side dry run; changes nothing, cordons nothing.

    Returns:
        An account in which no pod has moved; the `fate` of each says what would become of it.
    """
    pods = [verdict.pod for verdict in verdicts if verdict.action == "evict"]
    ask = client.delete_pod if options.disable_eviction else client.evict
    rows, refusals = [], 0
    for pod in pods:
        answer = await ask(pod, grace_seconds=options.grace_period_seconds, dry_run=True)
        would = isinstance(answer, Evicted)
        refusals += not would
        fate = "would be evicted" if would else "would be refused now"
        log.info("pod %s on %s %s (server dry run)%s", pod, pod.node, fate, _why(answer))
        rows.append({"pod": str(pod), "node": pod.node, "fate": fate, "waited_for": _why(answer)})
    return DrainResult(
        moved=0,
        evictions=len(pods),
        refusals=refusals,
        requests=client.requests,
        pods=tuple(rows),
    )


def _why(answer: EvictionAnswer) -> str:
    if isinstance(answer, Evicted):
        return ""
    return ": it has gone" if isinstance(answer, Gone) else f": {answer.words}"
