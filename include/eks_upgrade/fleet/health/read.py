"""Looking at a cluster's nodes and workloads, by five lists. Nothing here changes anything."""

import time

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.fleet.health.workloads import (
    CONTROLLERS,
    new_problems,
    told,
    unwell,
    unwell_in,
)
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification.asking import Asking
from include.eks_upgrade.verification.baseline import Baseline
from include.eks_upgrade.verification.compare import suspects, worse
from include.eks_upgrade.verification.keeping import read_baselines
from include.eks_upgrade.verification.tally import Tally
from include.eks_upgrade.verification.watch import list_pods


async def workload_problems(client: KubeClient, known: Known) -> dict[str, str]:
    """What is not well among the workloads and was well before the upgrade."""
    tally = await list_pods(client)
    kept = [each for each in await read_baselines(client) if each.taken >= known.began]
    now = unwell(await _controllers(client), tally, known.began, time.time())
    before = {**known.unwell, **unwell_in(kept)}
    return {**await _worse(client, kept, tally), **new_problems(now, before, tally.ready)}


async def unwell_now(client: KubeClient) -> dict[str, int]:
    """What is not well before anything is done, with its Ready pods: kept for `Known.unwell`."""
    tally = await list_pods(client)
    now = unwell(await _controllers(client), tally, 0.0, time.time())
    return {name: tally.ready.get(name, 0) for name in now}


async def _controllers(client: KubeClient) -> dict[str, list[Raw]]:
    return {plural: (await client.raw_list(plural))[0] for plural in CONTROLLERS}


async def _worse(client: KubeClient, kept: list[Baseline], tally: Tally) -> dict[str, str]:
    """Against baselines that are still kept: of groups that are not gone."""
    asking = Asking(client)
    found: dict[str, str] = {}
    for baseline in kept:
        wanted = await asking.wanted(suspects(baseline, tally))
        tops = await asking.tops({pod.workload for pod in tally.stuck()})
        found |= told(worse(baseline, tally, wanted, tops))
    return found
