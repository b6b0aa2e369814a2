"""Reading what a survey of the pods judges: a few lists, page by page, nothing of it kept raw.

Jobs and volumes are listed only when a pod belongs to one or mounts one. They are not
needed to say what the drain would refuse. The rights of the tasks to come are asked about last,
and the pod of a smoke test is tried.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Budget, Node, Pod
from include.eks_upgrade.kube.pod_facts.jobs import Job
from include.eks_upgrade.kube.pod_facts.model import DaemonSet, PodFacts, SurveyedPod
from include.eks_upgrade.kube.pod_facts.placement import Placement
from include.eks_upgrade.kube.pod_facts.volumes import Claim, Volume
from include.eks_upgrade.kube.rights.ask import ask_rights
from include.eks_upgrade.kube.rights.right import Right
from include.eks_upgrade.kube.workloads.scale import Scale

log = logging.getLogger(__name__)

T = TypeVar("T")


async def read_pod_facts(
    client: KubeClient,
    groups: Collection[str],
    *,
    own_pod: str = "",
    rights: Collection[Right] = (),
    trial: Raw | None = None,
) -> PodFacts:
    """Look at every pod on the nodes of these node groups; changes nothing.

    Args:
        client: the cluster, opened.
        groups: names of managed node groups.
        own_pod: name of the pod in which this process runs; empty outside a cluster.
        rights: what the tasks to come need; those that the caller lacks stand in the facts.
        trial: a pod that a task to come makes, to be tried without being made.

    Raises:
        Unreachable, UnexpectedResponse: as the API server answered.
        Refused: it does not know who asks. Rights that are missing are told in the facts.
    """
    lists = _Lists(client)
    nodes = await lists.needed("nodes", Node.from_raw)
    targets = {node.name for node in nodes if node.node_group in groups}
    pods, budgets, daemonsets, deployments, statefulsets = await asyncio.gather(
        lists.needed("pods", _PodReader(targets)),
        lists.needed("poddisruptionbudgets", Budget.from_raw),
        lists.needed("daemonsets", DaemonSet.from_raw),
        lists.needed("deployments", partial(Scale.from_raw, "Deployment")),
        lists.needed("statefulsets", partial(Scale.from_raw, "StatefulSet")),
    )
    surveyed = tuple(one for one in pods if isinstance(one, SurveyedPod))
    jobs, volumes = await asyncio.gather(_jobs(lists, surveyed), _volumes(lists, surveyed))
    asked = await ask_rights(client, rights)
    tried = await client.try_pod(trial) if trial else None
    return PodFacts(
        read_at=time.time(),
        nodes=tuple(nodes),
        pods=surveyed,
        elsewhere=tuple(one for one in pods if isinstance(one, Pod)),
        budgets=tuple(budgets),
        daemonsets=tuple(daemonsets),
        scales={scale.family: scale for scale in deployments + statefulsets},
        jobs=jobs,
        volumes=volumes,
        own_pod=own_pod,
        unknown=(*lists.unknown, *asked.unknown),
        refused=tuple(lists.refused),
        missing=asked.missing,
        trial=tried,
    )


@dataclass
class _Lists:
    """Lists of one cluster, and which of them could not be read."""

    client: KubeClient
    refused: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    async def needed(self, plural: str, read: Callable[[Raw], T]) -> list[T]:
        """Without it the drain could not work either, so the plan is refused with it."""
        try:
            return await self.client.objects(plural, read)
        except Refused as error:
            self._note(error, self.refused.extend)
            return []

    async def helpful(self, plural: str, about: str, read: Callable[[Raw], T]) -> list[T]:
        """Without it less is known before anything moves, and the plan says so."""

        def note(problems: Collection[Problem]) -> None:
            for one in problems:
                self.unknown.append(f"{about} could not be surveyed: {one}")

        try:
            return await self.client.objects(plural, read)
        except Refused as error:
            self._note(error, note)
            return []

    def _note(self, error: Refused, note: Callable[[Collection[Problem]], None]) -> None:
        if error.credentials:  # fresh ones may be answered differently: that is for a retry
            raise error
        note(error.problems)


class _PodReader:
    """Reads pods: all that is asked on the nodes of interest, and what a budget needs elsewhere."""

    def __init__(self, targets: Collection[str]) -> None:
        self.targets = targets
        self._same: dict[Placement, Placement] = {}

    def __call__(self, raw: Raw) -> SurveyedPod | Pod:
        if (raw.get("spec") or {}).get("nodeName") not in self.targets:
            return Pod.from_raw(raw)
        return SurveyedPod.from_raw(raw, self._shared)

    def _shared(self, placement: Placement) -> Placement:
        # A thousand pods of one template ask for the same: kept, and later judged, once.
        return self._same.setdefault(placement, placement)


async def _jobs(lists: _Lists, pods: Collection[SurveyedPod]) -> Mapping[Claim, Job]:
    names = {
        (one.pod.namespace, one.pod.owner.name)
        for one in pods
        if one.pod.owner is not None and one.pod.owner.job and not one.pod.finished
    }
    if not names:
        return {}
    jobs = await lists.helpful("jobs", "what an eviction means to Jobs", Job.from_raw)
    return {key: job for job in jobs if (key := (job.namespace, job.name)) in names}


async def _volumes(lists: _Lists, pods: Collection[SurveyedPod]) -> Mapping[Claim, Volume]:
    wanted = {(one.pod.namespace, claim) for one in pods for claim in one.claims}
    if not wanted:
        return {}
    about = "whether volumes can be reached from the new nodes"
    volumes = await lists.helpful("persistentvolumes", about, Volume.from_raw)
    return {volume.claim: volume for volume in volumes if volume.claim in wanted}
