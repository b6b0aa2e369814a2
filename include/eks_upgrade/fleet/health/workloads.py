"""What is not well among the workloads of a cluster, by workload. Pure.

The baseline of a node group lives as long as the group, so after an upgrade mostly none is left.
Then the controllers say what they want, and only what is less counts; what was not well before the
upgrade is left out by what was kept then.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.verification.baseline import Baseline
from include.eks_upgrade.verification.compare import Worse
from include.eks_upgrade.verification.pods import PodState
from include.eks_upgrade.verification.tally import Tally
from include.eks_upgrade.verification.wanted import of_deployment, of_statefulset

CALM_SECONDS: Final = 600.0
"""A container that has run for so long without a crash starts with a fresh back-off:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy"""

CONTROLLERS: Final = ("deployments", "statefulsets", "daemonsets")
"""Kinds that are asked what they want."""


def unwell(
    controllers: Mapping[str, Iterable[Raw]], tally: Tally, began: float, now: float
) -> dict[str, str]:
    """What is not well now, by workload (`Deployment shop/web`), as a sentence.

    Args:
        controllers: raw objects by kind, as `CONTROLLERS` names it.
        tally: every pod of the cluster.
        began: epoch seconds; what crashed only before does not count.
        now: epoch seconds.
    """
    short = {
        name: f"{name} has {ready} of {least} Ready pods{_pods_say(tally, name)}"
        for name, ready, least in _counts(controllers)
        if ready < least
    }
    return {**_crash_loops(tally, began, now), **_stuck(tally), **short}


def new_problems(
    now: Mapping[str, str], before: Mapping[str, int], ready: Mapping[str, int]
) -> dict[str, str]:
    """What was well before, or has fewer Ready pods than it had then.

    Args:
        now: as `unwell` says it.
        before: Ready pods of what was not well before.
        ready: Ready pods now.
    """
    return {
        name: text
        for name, text in now.items()
        if name not in before or ready.get(name, 0) < before[name]
    }


def unwell_in(baselines: Iterable[Baseline]) -> dict[str, int]:
    """Workloads that crashed or could not start before a node group was touched."""
    return {
        name: before.ready
        for each in baselines
        for name, before in each.workloads.items()
        if before.crashing or before.stuck
    }


def told(worse: Mapping[str, Worse]) -> dict[str, str]:
    """What is worse than a baseline that is still kept, as sentences."""
    return {name: f"{name} {each.what}" for name, each in worse.items()}


def _counts(controllers: Mapping[str, Iterable[Raw]]) -> list[tuple[str, int, int]]:
    """Name, Ready pods and the least that it wants at this moment."""
    rows = []
    for raw in controllers.get("deployments", ()):
        wish = of_deployment(raw)
        rows.append((_name("Deployment", raw), _ready(raw), (wish.replicas or 0) - wish.away))
    for raw in controllers.get("statefulsets", ()):
        wish = of_statefulset(raw)
        rows.append((_name("StatefulSet", raw), _ready(raw), (wish.replicas or 0) - wish.away))
    for raw in controllers.get("daemonsets", ()):
        status = raw.get("status") or {}
        wanted = int(status.get("desiredNumberScheduled") or 0)
        rows.append((_name("DaemonSet", raw), int(status.get("numberReady") or 0), wanted))
    return rows


def _ready(raw: Raw) -> int:
    return int((raw.get("status") or {}).get("readyReplicas") or 0)


def _name(kind: str, raw: Raw) -> str:
    return f"{kind} {raw['metadata']['namespace']}/{raw['metadata']['name']}"


def _crash_loops(tally: Tally, began: float, now: float) -> dict[str, str]:
    """By workload; a pod that nothing owns is named itself."""
    found: dict[str, list[PodState]] = {}
    for workload in list(tally.ready):
        for pod in tally.pods(workload):
            if pod.crashing or max(began, now - CALM_SECONDS) < pod.crashed_at:
                found.setdefault(workload or f"Pod {pod}", []).append(pod)
    return {
        name: f"{name} crashes in a loop: pod {pods[0]}{_more(pods)}{_why(pods[0])}"
        for name, pods in found.items()
    }


def _stuck(tally: Tally) -> dict[str, str]:
    """Pods of what runs to an end that cannot start."""
    return {
        pod.workload or f"Pod {pod}": f"{pod.workload or f'Pod {pod}'} has a pod that cannot "
        f"start: {pod}{_why(pod)}"
        for pod in tally.stuck()
    }


def _pods_say(tally: Tally, name: str) -> str:
    unready = sorted(
        (pod for pod in tally.pods(name) if not pod.ready),
        key=lambda pod: (not pod.crashing, not pod.stuck, pod.name),
    )
    return f": pod {unready[0]}{_more(unready)}{_why(unready[0])}" if unready else ""


def _more(pods: list[PodState]) -> str:
    return f" and {len(pods) - 1} more" if len(pods) > 1 else ""


def _why(pod: PodState) -> str:
    return f" ({pod.message})" if pod.message else ""
