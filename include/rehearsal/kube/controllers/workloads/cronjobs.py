"""CronJobs: a Job of a new name at every tick.

Source: Kubernetes' CronJob controller and
https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/. Left out: schedules other than
`*/N * * * *`, time zones, suspension, deadlines, and the status.
"""

import copy
import re
from functools import partial

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.workloads.jobs import ended_as
from include.rehearsal.kube.objects.owners import controller_of, owner_reference
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

_EVERY = re.compile(r"\*/(\d+) \* \* \* \*")
_KEPT = {"Complete": ("successfulJobsHistoryLimit", 3), "Failed": ("failedJobsHistoryLimit", 1)}
"""How many Jobs that have ended are kept: the field of the CronJob, and its default."""


def seconds_between(schedule: str) -> int:
    """The seconds between two ticks of `*/N * * * *`.

    Raises:
        ValueError: another schedule, which the rehearsal does not follow.
    """
    found = _EVERY.fullmatch(schedule)
    if found is None:
        raise ValueError(f"the rehearsal follows schedules like '*/5 * * * *', not {schedule!r}")
    return 60 * int(found[1])


class CronJobs:
    """The CronJob controller."""

    def __init__(self, store: Store, clock: SimClock, lifecycle: Lifecycle) -> None:
        self._store = store
        self._clock = clock
        self._lifecycle = lifecycle
        store.listen(self._on_event)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "cronjobs" and event.type == "ADDED":
            self._await_tick(event.object)

    def _await_tick(self, cron: Raw) -> None:
        period = seconds_between(cron["spec"]["schedule"])
        due = (self._clock.now() // period + 1) * period
        tick = partial(self._tick, key_of(cron), cron["metadata"]["uid"], int(due))
        self._clock.later(due - self._clock.now(), tick)

    def _tick(self, key: Key, uid: str, due: int) -> None:
        cron = self._store.find("cronjobs", *key)
        if cron is None or cron["metadata"]["uid"] != uid:
            return
        self._await_tick(cron)
        self._tidy(cron)
        if self._has_turn(cron):
            self._store.create("jobs", _job_of(cron, due))

    def _has_turn(self, cron: Raw) -> bool:
        """Whether a Job may be made beside those that still run; `Replace` ends them first."""
        policy = cron["spec"].get("concurrencyPolicy", "Allow")
        running = [job for job in self._jobs(cron) if not ended_as(job.get("status") or {})]
        if policy == "Replace":
            for job in running:
                self._lifecycle.delete("jobs", *key_of(job), {})
        return policy != "Forbid" or not running

    def _tidy(self, cron: Raw) -> None:
        for end, (field, default) in _KEPT.items():
            ended = [job for job in self._jobs(cron) if ended_as(job.get("status") or {}) == end]
            for job in ended[: max(0, len(ended) - int(cron["spec"].get(field, default)))]:
                self._lifecycle.delete("jobs", *key_of(job), {})

    def _jobs(self, cron: Raw) -> list[RawDict]:
        """Its Jobs, oldest first."""
        uid, namespace = cron["metadata"]["uid"], cron["metadata"]["namespace"]
        found = self._store.list("jobs", namespace)
        mine = [job for job in found if (controller_of(job) or {}).get("uid") == uid]
        return sorted(mine, key=lambda job: int(job["metadata"]["name"].rsplit("-", 1)[1]))


def _job_of(cron: Raw, due: int) -> RawDict:
    """The Job of a tick: its name ends with the minutes since 1970."""
    template = copy.deepcopy(cron["spec"]["jobTemplate"])
    meta = cron["metadata"]
    return {
        "metadata": {
            **template.get("metadata", {}),
            "name": f"{meta['name']}-{due // 60}",
            "namespace": meta["namespace"],
            "ownerReferences": [owner_reference(cron, "batch/v1", "CronJob")],
        },
        "spec": template["spec"],
    }
