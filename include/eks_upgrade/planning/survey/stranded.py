"""Pods that ask for what goes away with the old nodes: they would run nowhere afterwards."""

import re
from collections.abc import Iterable, Iterator, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.model import DaemonSet, SurveyedPod
from include.eks_upgrade.kube.pod_facts.placement import requirement_text
from include.eks_upgrade.kube.pod_facts.volumes import ON_ONE_NODE, Volume
from include.eks_upgrade.planning.survey.findings import (
    Findings,
    Told,
    capped_problems,
    capped_warnings,
)
from include.eks_upgrade.planning.survey.fit import (
    Fits,
    Fitter,
    Reason,
    reaches,
    volumes_reason,
    why_not_here,
)
from include.eks_upgrade.planning.survey.new_nodes import shape_after, shapes_of
from include.eks_upgrade.planning.survey.surveyed import Surveyed

LIFTED_BY = "may_strand_pods"

Stranded = tuple[Reason, SurveyedPod]


def stranded_pods(surveyed: Surveyed) -> Findings:
    """Pods and DaemonSets that are bound to the nodes that go."""
    fitter = Fitter(shapes_of(surveyed))
    bound = [one for one in surveyed.moving if _is_bound(one)]
    nowhere = list(_nowhere(bound, fitter, surveyed))
    groups = by_key(nowhere)
    problems, warnings = [], []
    for reason, pods in groups.items():
        if surveyed.may_strand:
            warnings.append(_stranded_line(reason, pods, surveyed))
        else:
            problems.append(_problem(reason, pods, surveyed))
    return Findings(
        capped_problems(problems, "groups of pods"),
        (
            *capped_warnings(warnings, "groups of pods"),
            *capped_warnings(list(_doubts(bound, fitter, surveyed)), "labels"),
            *capped_warnings(list(_left_data(bound, surveyed)), "volumes"),
            *capped_warnings(list(_left_paths(surveyed)), "paths"),
            *capped_warnings(list(_daemonsets(surveyed)), "DaemonSets"),
        ),
    )


def _is_bound(one: SurveyedPod) -> bool:
    """Whether it asks for certain nodes, and something would start it again."""
    if one.pod.owner is None or one.pod.of_daemonset or one.pod.finished:
        return False
    return not one.placement.free or bool(one.claims)


def _volumes(one: SurveyedPod, surveyed: Surveyed) -> tuple[Volume, ...]:
    """The volumes of a pod that are bound to nodes."""
    found = [surveyed.facts.volumes.get((one.pod.namespace, claim)) for claim in one.claims]
    node = surveyed.targets[one.pod.node]
    return tuple(
        volume
        for volume in found
        # One that cannot be reached from where its pod runs today is not understood here.
        if volume is not None and volume.terms and reaches(volume, node.name, node.labels)
    )


def _nowhere(
    bound: Iterable[SurveyedPod], fitter: Fitter, surveyed: Surveyed
) -> Iterator[Stranded]:
    for one in bound:
        volumes = _volumes(one, surveyed)
        if fitter.fits(one.placement, volumes) is not Fits.NOWHERE:
            continue
        if fitter.fits(one.placement) is not Fits.NOWHERE:
            yield volumes_reason(volumes), one
        else:
            new = surveyed.groups[surveyed.group_of(one)].name
            yield why_not_here(one.placement, surveyed.targets[one.pod.node], new), one


def _problem(reason: Reason, pods: Sequence[SurveyedPod], surveyed: Surveyed) -> Problem:
    subject = first_few(pod_groups(surveyed.named(pods)))
    what = (
        f"asks for {reason.asks}, so nothing takes it after the drain of {surveyed.places(pods)}"
        if len(pods) == 1
        else f"each asks for {reason.asks}, so nothing takes them after the drain of"
        f" {surveyed.places(pods)}"
    )
    return Problem(subject, what, f"{reason.remedy}; or accept it: set {LIFTED_BY} to true")


def _stranded_line(reason: Reason, pods: Sequence[SurveyedPod], surveyed: Surveyed) -> Told:
    subject = first_few(pod_groups(surveyed.named(pods)))
    what = f"{subject} will find no node ({LIFTED_BY} allows it): asks for {reason.asks}"
    return Told(subject, what)


def _doubts(bound: Iterable[SurveyedPod], fitter: Fitter, surveyed: Surveyed) -> Iterator[Told]:
    """Labels that pods ask for and that new nodes may not have."""
    doubtful = {key for shape, _ in fitter.shapes for key in shape.doubtful}
    found = [
        (text, one.pod)
        for one in bound
        if fitter.fits(one.placement, _volumes(one, surveyed)) is Fits.PERHAPS
        for text in {
            requirement_text(asked)
            for asked in one.placement.requirements()
            if asked.key in doubtful
        }
    ]
    for text, pods in by_key(found).items():
        named = first_few(pod_groups(pods))
        yield Told(
            named,
            f"{named} ask for nodes with {text}, which is no label of the"
            " node group itself: new nodes have it if user data or a controller sets it, and not if"
            " it was set by hand",
        )


def _left_data(bound: Iterable[SurveyedPod], surveyed: Surveyed) -> Iterator[Told]:
    """Volumes on a node's disk that say nothing of that node: the pod begins with an empty one."""
    for one in bound:
        for claim in one.claims:
            volume = surveyed.facts.volumes.get((one.pod.namespace, claim))
            if volume is not None and volume.kind in ON_ONE_NODE and not volume.terms:
                yield Told(
                    f"pod {one.pod}",
                    f"pod {one.pod} mounts {volume.name} ({volume.kind}), whose data is on the disk"
                    " of its node and stays there: on a new node it begins without it",
                )


def _left_paths(surveyed: Surveyed) -> Iterator[Told]:
    """Directories of a node's own disk that pods write to, but for those of the system."""
    found = [
        (path, one)
        for one in surveyed.moving
        if one.pod.owner is not None and not one.pod.finished
        for path in one.host_paths
        if not _OF_THE_SYSTEM.match(path)
    ]
    for path, pods in by_key(found).items():
        named = first_few(pod_groups(surveyed.named(pods)))
        yield Told(
            named,
            f"{named} may write to {path} of the node's own disk (hostPath): what is there stays on"
            " the old nodes, and on new ones they begin without it",
        )


_OF_THE_SYSTEM = re.compile(
    r"/(?:$|(?:proc|sys|dev|run|etc|boot|lib|lib64|usr|bin|sbin|tmp)(?:/|$)"
    r"|var/(?:run|log|tmp|lib/(?:kubelet|docker|containerd|cni))(?:/|$))"
)
"""Paths that every node has anew by itself."""


def _daemonsets(surveyed: Surveyed) -> Iterator[Told]:
    """DaemonSets that run on old nodes and will not run on those that replace them."""
    for daemon in surveyed.facts.daemonsets:
        if daemon.placement.free:
            continue
        lost = [node for node in surveyed.targets.values() if _is_lost(daemon, node, surveyed)]
        if lost:
            new = surveyed.groups[lost[0].node_group or ""].name
            reason = why_not_here(daemon.placement, lost[0], new)
            yield Told(
                f"DaemonSet {daemon}",
                f"DaemonSet {daemon} runs on {counted(len(lost), 'old node')} and will not run"
                " on those that"
                f" replace them: it asks for {reason.asks}; remedy: {reason.remedy}",
            )


def _is_lost(daemon: DaemonSet, node: Node, surveyed: Surveyed) -> bool:
    placement = daemon.placement
    if not placement.selects(node.name, node.labels):
        return False
    new = shape_after(node, surveyed.groups[node.node_group or ""])
    return not placement.selects(new.name, dict(new.labels))
