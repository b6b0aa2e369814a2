"""What the verification knows of one pod: little, for it keeps every pod of the cluster."""

from collections.abc import Iterable
from dataclasses import dataclass
from sys import intern
from typing import Final

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.objects import MIRROR_ANNOTATION, condition, epoch
from include.eks_upgrade.kube.workloads.daemon_pods import (
    is_pinned,
    starts_there_again,
    tolerates_cordon,
)
from include.eks_upgrade.kube.workloads.owner import Owner, controller
from include.eks_upgrade.verification.owners import workload_of

CRASH_LOOP: Final = "CrashLoopBackOff"
STARTING: Final = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons for which a container waits while all goes well."""

MANY_RESTARTS: Final = 3
"""A container that was started anew so often crashes in a loop, though it may run at the moment."""

NEVER: Final = float("-inf")

MESSAGE_LENGTH: Final = 200
"""Characters of the scheduler's or the kubelet's words that are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodState:
    """One pod.

    Attributes:
        workload: see `owners.py`; empty for one that nothing owns.
        stays: its node's own, a DaemonSet's or a static pod: it is not moved.
        short_lived: it is to run to an end and not for ever (`restartPolicy` is not Always).
        finished: it has come to its end.
        ready: its Ready condition is True, and it is not about to go.
        gated: it is kept from the scheduler on purpose (`schedulingGates`).
        stuck: it cannot start: no node takes it, or a container fails or has no image.
        crashing: a container of it crashes in a loop at this moment.
        crashed_at: epoch seconds at which a container ended that had failed again and again;
            `NEVER` without one.
        message: why it is not Ready, in the scheduler's or the kubelet's words; empty when it is.
    """

    uid: str
    namespace: str
    name: str
    workload: str = ""
    node: str = ""
    stays: bool = False
    short_lived: bool = False
    finished: bool = False
    ready: bool = False
    gated: bool = False
    stuck: bool = False
    crashing: bool = False
    crashed_at: float = NEVER
    message: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "PodState":
        """Read a pod from the API's JSON."""
        meta, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
        owner = controller(meta)
        finished = status.get("phase") in {"Succeeded", "Failed"}
        ready = condition(status, "Ready").get("status") == "True"
        terminating = "deletionTimestamp" in meta
        scheduled = condition(status, "PodScheduled")
        containers = _containers(status)
        waiting = [] if finished or terminating else _waiting(containers)
        nowhere = scheduled.get("reason") == "Unschedulable" and not spec.get("nodeName")
        return cls(
            uid=str(meta["uid"]),
            namespace=intern(meta["namespace"]),
            name=meta["name"],
            workload=intern(workload_of(meta)),
            node=intern(spec.get("nodeName", "")),
            stays=_starts_there_again(owner, spec) or _static(meta),
            short_lived=spec.get("restartPolicy", "Always") != "Always",
            finished=finished,
            ready=ready and not terminating and not finished,
            gated=scheduled.get("reason") == "SchedulingGated",
            stuck=not terminating and not finished and (nowhere or bool(waiting)),
            crashing=any(reason == CRASH_LOOP for reason, _ in waiting),
            crashed_at=max(map(_crashed_at, containers), default=NEVER),
            message=""
            if ready and not terminating
            else intern(_message(status, terminating, scheduled, waiting)),
        )


def _starts_there_again(owner: Owner | None, spec: Raw) -> bool:
    return starts_there_again(owner, pinned=is_pinned(spec), tolerates=tolerates_cordon(spec))


def _static(meta: Raw) -> bool:
    return MIRROR_ANNOTATION in (meta.get("annotations") or {})


def _containers(status: Raw) -> list[Raw]:
    return [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]


def _waiting(containers: Iterable[Raw]) -> list[tuple[str, str]]:
    """Reason and message of each container that waits for something that is not well."""
    waits = [(each.get("state") or {}).get("waiting") or {} for each in containers]
    found = [(each.get("reason", ""), each.get("message", "")) for each in waits]
    return [(reason, message) for reason, message in found if reason and reason not in STARTING]


def _crashed_at(container: Raw) -> float:
    ended = (container.get("lastState") or {}).get("terminated") or {}
    often = container.get("restartCount", 0) >= MANY_RESTARTS
    at = epoch(ended.get("finishedAt"))
    return at if often and at is not None else NEVER


def _message(status: Raw, terminating: bool, scheduled: Raw, waiting: list[tuple[str, str]]) -> str:
    if terminating:
        return "it is being removed"
    if scheduled.get("reason") in {"Unschedulable", "SchedulingGated"}:
        return _short(scheduled["reason"], scheduled.get("message", ""))
    if waiting:
        return _short(*waiting[0])
    if status.get("phase", "Pending") == "Pending":
        return "it is starting"
    return "it runs and is not Ready"


def _short(reason: str, message: str) -> str:
    text = " ".join(f"{reason}: {message}".removesuffix(": ").split())
    return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"
