"""What is worse than before at one look, by workload. Pure; for how long: `patience.py`."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.verification.baseline import Baseline, Before
from include.eks_upgrade.verification.pods import PodState
from include.eks_upgrade.verification.tally import Tally
from include.eks_upgrade.verification.wanted import UNKNOWN, Wanted


@dataclass(frozen=True)
class Worse:
    """One workload that is not as it was.

    Attributes:
        what: in words, without its name: how many are Ready, and what its pods say.
        flapping: pods of it crash in a loop: it may look well between two crashes.
    """

    what: str
    flapping: bool = False


def suspects(baseline: Baseline, tally: Tally) -> list[str]:
    """Workloads that have less than before, or crash: they are asked what they want by now."""
    return [
        name
        for name, before in baseline.workloads.items()
        if not before.short_lived
        and (tally.ready[name] < before.ready or _crashes(name, before, tally))
    ]


def worse(
    baseline: Baseline, tally: Tally, wanted: Mapping[str, Wanted], tops: Mapping[str, str]
) -> dict[str, Worse]:
    """What is worse at this look.

    Args:
        baseline: the state before.
        tally: the state now.
        wanted: what each of `suspects` wants by now.
        tops: by Job, the workload above it.
    """
    found = {name: _lasting(name, baseline, tally, wanted) for name in suspects(baseline, tally)}
    found |= _short_lived(baseline, tally, tops)
    return {name: each for name, each in found.items() if each is not None}


def explained(baseline: Baseline, tally: Tally, wanted: Mapping[str, Wanted]) -> list[str]:
    """Why some workloads may have less than before, in sentences."""
    return [
        f"{name}: {tally.ready[name]} of {baseline.workloads[name].ready} Ready pods, for {why}"
        for name in suspects(baseline, tally)
        if _lasting(name, baseline, tally, wanted) is None
        and (why := _why(name, baseline.workloads[name], tally, wanted.get(name, UNKNOWN)))
    ]


def _why(name: str, before: Before, tally: Tally, wish: Wanted) -> str:
    if wish.why:
        return wish.why
    if wish.replicas is not None and wish.replicas < before.ready:
        return f"it was scaled to {wish.replicas} meanwhile"
    gated = tally.gated[name]
    return f"{gated} of its pods are kept back by scheduling gates" if gated else ""


def _lasting(
    name: str, baseline: Baseline, tally: Tally, wanted: Mapping[str, Wanted]
) -> Worse | None:
    before, wish = baseline.workloads[name], wanted.get(name, UNKNOWN)
    least = before.ready
    if wish.replicas is not None:
        least = min(least, wish.replicas - wish.away)
    # Gated on purpose: a queue such as Kueue lets them go when it is their turn.
    least -= tally.gated[name]
    flapping = _crashes(name, before, tally) and not wish.rolling
    if wish.replicas == 0 or (tally.ready[name] >= least and not flapping):
        return None
    short = tally.ready[name] < least
    what = f"has {tally.ready[name]} of {least} Ready pods" if short else "crashes in a loop"
    return Worse(f"{what}: {_pods_say(tally.pods(name))}", flapping=flapping)


def _crashes(name: str, before: Before, tally: Tally) -> bool:
    return not before.crashing and tally.crashing(name) > 0


def _short_lived(
    baseline: Baseline, tally: Tally, tops: Mapping[str, str]
) -> dict[str, Worse | None]:
    """Of what comes and goes by itself only a pod that cannot start is worse, and only anew."""
    found: dict[str, list[PodState]] = {}
    for pod in tally.stuck():
        name = tops.get(pod.workload, pod.workload)
        before = baseline.workloads.get(name)
        if before is not None and before.short_lived and not before.stuck:
            found.setdefault(name, []).append(pod)
    return {
        name: Worse(f"has a pod that cannot start: {_pods_say(pods)}")
        for name, pods in found.items()
    }


def _pods_say(pods: list[PodState]) -> str:
    """What the worst of the pods says, and how many more there are."""
    unready = sorted(
        (pod for pod in pods if not pod.ready),
        key=lambda pod: (not pod.crashing, not pod.stuck, pod.name),
    )
    if not unready:
        return "it has no other pod"
    more = f", and {len(unready) - 1} more" if len(unready) > 1 else ""
    return f"pod {unready[0]} ({unready[0].message}{more})"
