"""Asking the cluster what only some are asked: how many pods they want, and whose a Job is.

Few are asked one by one, many by one list of all, and an answer serves for half a minute: a look
costs little even while a whole namespace is scaled down for the night.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Final

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.workloads.owner import controller
from include.eks_upgrade.verification.owners import guessed_top, is_job, of_owner, parts
from include.eks_upgrade.verification.wanted import (
    GONE,
    UNKNOWN,
    Wanted,
    of_deployment,
    of_replica_sets,
    of_statefulset,
    owned_by,
)

log = logging.getLogger(__name__)

ONE_BY_ONE: Final = 20
"""How many of a kind are asked one by one; from there on one list of all is less work."""

FRESH_SECONDS: Final = 30.0
ROLLOUT: Final = "Rollout.argoproj.io"
_ROLLOUT_HASH: Final = "rollouts-pod-template-hash"

_READ: Final[dict[str, tuple[str, Callable[[Raw], Wanted]]]] = {
    "Deployment": ("deployments", of_deployment),
    "StatefulSet": ("statefulsets", of_statefulset),
    "ReplicaSet": ("replicasets", lambda raw: of_replica_sets([raw])),
}


class Asking:
    """Questions to one cluster, for all that look at it.

    Args:
        client: the cluster.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, client: KubeClient, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._wanted: dict[str, tuple[float, Wanted]] = {}
        self._tops: dict[str, str] = {}
        self._may_read_jobs = True

    async def wanted(self, workloads: Iterable[str]) -> dict[str, Wanted]:
        """What each workload wants by now; a kind that cannot be asked wants what it had."""
        names, moment = list(workloads), self._now()
        fresh = {n: kept for n, kept in self._wanted.items() if moment - kept[0] < FRESH_SECONDS}
        by_kind: dict[str, list[str]] = defaultdict(list)
        for name in names:
            if name not in fresh:
                by_kind[parts(name)[0]].append(name)
        for kind, asked in by_kind.items():
            answers = dict.fromkeys(asked, UNKNOWN) | await self._of_kind(kind, asked)
            fresh |= {name: (moment, wanted) for name, wanted in answers.items()}
        self._wanted = fresh
        return {name: fresh[name][1] for name in names}

    async def tops(self, jobs: Collection[str]) -> dict[str, str]:
        """The workload above each of these Jobs: its CronJob, or whatever made it, or itself."""
        unknown = sorted({job for job in jobs if is_job(job)} - self._tops.keys())
        if unknown:
            self._tops |= {job: guessed_top(job) for job in unknown} | await self._read_tops(
                unknown
            )
        return {job: self._tops[job] for job in jobs if job in self._tops}

    async def _of_kind(self, kind: str, names: list[str]) -> dict[str, Wanted]:
        if kind == ROLLOUT:
            return {name: await self._of_rollout(name) for name in names}
        if kind not in _READ:
            return {}
        plural, read = _READ[kind]
        found = {f"{kind} {_path(raw)}": read(raw) for raw in await self._raws(plural, names)}
        return {name: found.get(name, GONE) for name in names}

    async def _of_rollout(self, name: str) -> Wanted:
        """The right to read Argo's own kind is not asked for; its ReplicaSets say as much."""
        _, namespace, own = parts(name)
        raws = await self._client.listed("replicasets", namespace, selector=_ROLLOUT_HASH)
        return of_replica_sets(owned_by(raws, "Rollout", own))

    async def _read_tops(self, jobs: list[str]) -> dict[str, str]:
        if not self._may_read_jobs:
            return {}
        try:
            raws = await self._raws("jobs", jobs)
        except Refused as error:  # the name of a Job says nearly as much
            log.warning("%s. The CronJob of a Job is guessed by the Job's name", error)
            self._may_read_jobs = False
            return {}
        return {f"Job {_path(raw)}": _above(raw) for raw in raws}

    async def _raws(self, plural: str, names: list[str]) -> list[Raw]:
        if len(names) > ONE_BY_ONE:
            return (await self._client.raw_list(plural))[0]
        paths = [parts(name)[1:] for name in names]
        found = [await self._client.listed(plural, space, name=name) for space, name in paths]
        return [raw for raws in found for raw in raws]


def _path(raw: Raw) -> str:
    return f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"


def _above(job: Raw) -> str:
    owner = controller(job["metadata"])
    namespace = str(job["metadata"]["namespace"])
    return of_owner(owner, namespace, {}) if owner else f"Job {_path(job)}"
