"""Volumes of pods that move: their zones, how many a node takes, and who may mount them. Pure.

An EBS volume is in one zone, and an instance takes only so many.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.options import RESTART
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.pod_facts.volumes import Volume
from include.eks_upgrade.kube.readings.attachments import VOLUME_LIMITS, VolumeLimit
from include.eks_upgrade.kube.volumes import ZONE_KEYS
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods, nodes_wanted
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

ONE_POD = "ReadWriteOncePod"
ONE_NODE = "ReadWriteOnce"


def judge(seen: Seen) -> Iterator[Finding]:
    """Findings about the groups' zones and limits, and about workloads that share no volume."""
    surveyed = moving_pods(seen)
    if surveyed is None or not surveyed.facts.volumes:
        return
    yield from _zones(seen, surveyed)
    yield from capped_findings(_one_pod(surveyed), "workloads")
    limits = seen.of(VOLUME_LIMITS)  # last, so that the others are told without it
    yield from _limits(limits, seen, surveyed)


def volumes_of(one: SurveyedPod, surveyed: Surveyed) -> tuple[Volume, ...]:
    """The volumes that a pod mounts, as far as they are known."""
    known = surveyed.facts.volumes
    keys = ((one.pod.namespace, claim) for claim in one.claims)
    return tuple(known[key] for key in keys if key in known)


def zones_of(volume: Volume) -> frozenset[str]:
    """The zones in which a volume can be mounted; empty: it is bound to none."""
    return frozenset(
        zone
        for term in volume.terms or ()
        for asked in term.labels
        if asked.key in ZONE_KEYS and asked.operator == "in"
        for zone in asked.values
    )


def _of_group(group: str, surveyed: Surveyed) -> Iterator[tuple[SurveyedPod, Volume]]:
    for one in surveyed.moving:
        if surveyed.group_of(one) == group and not one.pod.finished:
            yield from ((one, volume) for volume in volumes_of(one, surveyed))


def _zones(seen: Seen, surveyed: Surveyed) -> Iterator[Finding]:
    """Groups with too few nodes for one in each zone that a volume needs."""
    for group in surveyed.groups:
        pods = by_key(
            (next(iter(zones)), one)
            for one, volume in _of_group(group, surveyed)
            if len(zones := zones_of(volume)) == 1
        )
        nodes = nodes_wanted(seen, group)
        if len(pods) <= nodes:
            continue
        named = first_few([f"{zone} ({len(found)})" for zone, found in sorted(pods.items())])
        what = (
            f"pods that move have volumes in {len(pods)} zones ({named}), and there will be"
            f" {counted(nodes, 'new node')}: where none comes up, these pods find no node"
        )
        remedy = "set extra_nodes, so that each of these zones gets a node"
        yield Finding(Severity.WARNS, f"node group {group}", what, remedy)


def _limits(limits: Sequence[VolumeLimit], seen: Seen, surveyed: Surveyed) -> Iterator[Finding]:
    """Groups with more volumes of a driver than their new nodes take together."""
    for group in surveyed.groups:
        volumes = {volume.name: volume for _, volume in _of_group(group, surveyed)}
        nodes = nodes_wanted(seen, group)
        counts = Counter(one.driver for one in volumes.values() if one.driver)
        for driver, count in sorted(counts.items()):
            each = _each(limits, driver, group, surveyed)
            if each is not None and count > each * nodes:
                what = (
                    f"pods that move have {count} volumes of {driver}, and"
                    f" {counted(nodes, 'new node')} like the present ones take {each * nodes:.0f}"
                )
                remedy = "set extra_nodes, or spread these pods over more groups"
                yield Finding(Severity.WARNS, f"node group {group}", what, remedy)


def _each(
    limits: Sequence[VolumeLimit], driver: str, group: str, surveyed: Surveyed
) -> float | None:
    """How many volumes a node of a group takes on average; None where nothing tells it."""
    found = [
        one.by_driver[driver]
        for one in limits
        if driver in one.by_driver
        and one.node in surveyed.targets
        and surveyed.targets[one.node].node_group == group
    ]
    return sum(found) / len(found) if found else None


def _one_pod(surveyed: Surveyed) -> Iterator[Finding]:
    """Workloads whose next pod cannot start while the last one has their volume."""
    pods = by_key(
        (one.pod.family, one)
        for one in surveyed.moving
        if one.pod.family and not one.pod.finished and _held(one, surveyed)
    )
    for family, found in pods.items():
        volume = _held(found[0], surveyed)
        if volume is None:
            continue
        mode = volume.modes[0]
        scale = surveyed.facts.scales.get(family)
        restarts = scale is not None and scale.surges and scale.wanted == 1
        if restarts and surveyed.options.single_replicas == RESTART:
            what = (
                f"its pod has volume {volume.name} ({mode}), which no second pod on another node"
                " may mount: the restart that single_replicas asks for starts the new pod first,"
                " and that one waits for the volume for ever"
            )
            remedy = "set single_replicas to evict, or its strategy to Recreate"
            yield Finding(Severity.WARNS, family, what, remedy)
        elif ONE_POD in volume.modes:
            what = (
                f"it has volume {volume.name}, which one pod alone may have ({ONE_POD}): its pod is"
                " away until the next has started"
            )
            yield Finding(Severity.INFORMS, family, what, "nothing needs to be done")


def _held(one: SurveyedPod, surveyed: Surveyed) -> Volume | None:
    """A volume of a pod that no pod on another node may mount at the same time."""
    return next(
        (
            volume
            for volume in volumes_of(one, surveyed)
            if volume.modes and set(volume.modes) <= {ONE_POD, ONE_NODE}
        ),
        None,
    )


CHECK = Check(
    "volumes",
    "Can the volumes of pods that move be attached to the new nodes?",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes and"
    " https://kubernetes.io/docs/concepts/storage/storage-limits/",
    judge,
)
