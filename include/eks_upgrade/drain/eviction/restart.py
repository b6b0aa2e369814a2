"""Restarting a Deployment's rollout, which starts a new pod before it stops an old one."""

import logging
from collections.abc import Collection

from include.eks_upgrade.drain.eviction.passed_budgets import note_passed_budgets
from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.rollout import why_no_restart

log = logging.getLogger(__name__)

RESTART_PAUSE = 10.0
"""Seconds between two looks at a rollout that was restarted, or that could not be."""


async def restart_rollout(
    client: KubeClient, pod: Pod, budgets: Collection[str], now: float
) -> str:
    """Restart the rollout of a pod's Deployment, if its pods are the newest and it surges.

    Args:
        client: the cluster.
        pod: one of its pods.
        budgets: names of the budgets over it, which a rollout does not ask.
        now: epoch seconds.

    Returns:
        Why it could not be done; empty when it rolls.

    Raises:
        Unreachable: the API server did not answer.
    """
    owner = pod.owner
    if owner is None or owner.kind != "ReplicaSet":
        return "it is not a Deployment's"
    found = await client.rollout(pod.namespace, owner.name)
    if found is None:
        return f"no Deployment owns {owner}"
    rollout, newest = found
    # A pod of an older ReplicaSet is left to the rollout that is replacing it, so that a second
    # call, or a drain that was begun anew after a kill, restarts nothing twice.
    if not newest or not rollout.settled:
        return ""
    if why := why_no_restart(rollout, paused=rollout.paused, surges=rollout.surges):
        return why
    await note_passed_budgets(client, pod, budgets, Fate.RESTARTED)
    await client.restart_rollout(rollout, now)
    log.info("the rollout of %s is restarted, so that pod %s moves", rollout, pod)
    return ""
