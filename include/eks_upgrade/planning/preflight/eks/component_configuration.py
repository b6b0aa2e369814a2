"""Whether what was set on control-plane components is possible at the target. Pure.

EKS lets some settings of the API server, the scheduler and the controller manager be changed, and
says for each version within which limits (`controlPlaneComponentConfig`), a scaling tier with
limits of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.go_duration import seconds_of
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.offered import offered
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.preflight.seen import Seen

COMPONENTS = ("kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig")

_API, _SCHEDULER, _MANAGER = COMPONENTS
_FIT = "nodeResourcesFit"


def _judge(seen: Seen) -> Iterator[Finding]:
    config = {name: seen.facts.cluster.get(name) for name in COMPONENTS}
    if not any(config.values()) or not control_plane_needed(seen.target, seen.facts):
        return
    row = offered(seen.facts, seen.target)
    limits = _limits(row, str(_at(seen.facts.cluster, "controlPlaneScalingConfig", "tier") or ""))
    if not limits:
        raise NotKnown(f"EKS does not say within which limits components of {seen.target} are set")
    for name, problem in _problems(config, limits):
        yield Finding(
            Severity.WARNS,
            f"control plane setting {name}",
            f"{problem} at {seen.target}: EKS may refuse the update or fall back to its default",
            "set it within these limits before the update (aws eks update-cluster-config)",
        )


def _limits(row: Raw, tier: str) -> Raw:
    """Those of the version, and over them those of the tier."""
    tiers = row.get("controlPlaneScalingTiers") or ()
    own: Raw = next((one for one in tiers if one.get("tierName") == tier), {})
    return _over(
        row.get("controlPlaneComponentConfig") or {},
        own.get("controlPlaneComponentConfigOverrides") or {},
    )


def _over(below: Raw, above: Raw) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged


def _problems(config: Raw, limits: Raw) -> Iterator[tuple[str, str]]:
    """Each setting's name, and what is wrong with it."""
    for name, path, read in _SINGLE:
        value, bounds = _at(config, *path), _at(limits, *path, "constraints")
        if value is not None and bounds:
            yield from _out_of_bounds(name, value, bounds, read)
    ports, bounds = _at(config, _API, _PORTS), _at(limits, _API, _PORTS, "constraints") or {}
    for end in ("minPort", "maxPort"):
        if ports and ports.get(end) is not None and bounds.get(end):
            yield from _out_of_bounds(f"{_PORTS} {end}", ports[end], bounds[end], float)
    yield from _scoring(
        _at(config, _SCHEDULER, _FIT, "scoringStrategy") or {},
        _at(limits, _SCHEDULER, _FIT, "scoringStrategy", "constraints") or {},
    )


_PORTS = "serviceNodePortRange"
_SINGLE: tuple[tuple[str, tuple[str, ...], Callable[[Any], float]], ...] = (
    ("eventTtl", (_API, "eventTtl"), seconds_of),
    (
        "terminatedPodGcThreshold",
        (_MANAGER, "podGcControllerConfig", "terminatedPodGcThreshold"),
        float,
    ),
    (
        "horizontalPodAutoscalerSyncPeriod",
        (
            _MANAGER,
            "horizontalPodAutoscalerControllerConfig",
            "horizontalPodAutoscalerSyncPeriod",
        ),
        seconds_of,
    ),
)


def _out_of_bounds(
    name: str, value: Any, bounds: Mapping[str, Any], read: Callable[[Any], float]
) -> Iterator[tuple[str, str]]:
    least, most = bounds.get("min"), bounds.get("max")
    try:
        low = least is not None and read(value) < read(least)
        high = most is not None and read(value) > read(most)
    except ValueError:
        yield name, f"it is {value}, which cannot be held against {least} to {most}"
        return
    if low or high:
        yield name, f"it is {value}, and {least} to {most} is possible"


def _scoring(strategy: Raw, bounds: Raw) -> Iterator[tuple[str, str]]:
    kinds = _at(bounds, "scoringStrategy", "allowedValues")
    if kinds and strategy.get("type") and strategy["type"] not in kinds:
        yield "scoringStrategy", f"it is {strategy['type']}, and {first_few(kinds)} is possible"
    names = _at(bounds, "resources", "name", "allowedValues")
    weight = _at(bounds, "resources", "weight") or {}
    for one in strategy.get("resources") or ():
        name = f"scoringStrategy of {one.get('name')}"
        if names and one.get("name") not in names:
            yield name, f"the scheduler can be given weights of {first_few(names)} only"
        if one.get("weight") is not None:
            yield from _out_of_bounds(name, one["weight"], weight, float)


def _at(raw: Any, *path: str) -> Any:
    """What lies at the end of a path; None where it breaks off."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, Mapping) else None
    return raw


CHECK = Check(
    "component_configuration",
    "Is what was set on control-plane components possible at the target?",
    "the constraints that DescribeClusterVersions answers: "
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterVersionInformation.html",
    _judge,
)
