"""Static pods on old nodes: the kubelet of a node runs them from files of its own. Pure.

The API has only their picture (`kubernetes.io/config.mirror`). They are not drained, they do not
move, and they go with their node. A new node has those of its own files.
"""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    rolled_templates,
)
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

PLACES = ("staticPodPath", "staticPodURL", "/etc/kubernetes/manifests", "static-pods")
"""Words of a user data that puts static pods on a node; the last is Bottlerocket's."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each static pod that a group's nodes have."""
    surveyed = moving_pods(seen)
    if surveyed is not None:
        texts = _user_data(seen)
        yield from capped_findings(_found(surveyed, texts), "static pods")


def _found(surveyed: Surveyed, texts: dict[str, str]) -> Iterator[Finding]:
    static = by_key(
        ((surveyed.group_of(one), one.pod.namespace, name_of(one.pod)), one.pod)
        for one in sorted(surveyed.facts.pods, key=lambda one: str(one.pod))
        if one.pod.mirror and not one.pod.finished
    )
    for (group, namespace, name), pods in static.items():
        yield _finding(f"static pod {namespace}/{name}", group, pods, texts.get(group, ""), name)


def name_of(pod: Pod) -> str:
    """Its name in the file; the kubelet puts the node's name behind it."""
    return pod.name.removesuffix(f"-{pod.node}")


def _finding(subject: str, group: str, pods: Sequence[Pod], text: str, name: str) -> Finding:
    where = f"{counted(len({one.node for one in pods}), 'old node')} of {group}"
    what = (
        f"the kubelet of {where} runs it from a file of its own: no drain moves it, it ends with"
        " its node, and it takes no part in the question whether pods fit on new nodes"
    )
    if name in text or any(one in text for one in PLACES):
        what += "; the group's user data speaks of static pods, so new nodes may have it, too"
        return Finding(Severity.INFORMS, subject, what, "see that new nodes are to have it")
    what += "; nothing in the group's user data puts it on new nodes"
    remedy = (
        "if it is still needed, put it into the user data or the image, or make it a DaemonSet;"
        " if its image brings it, nothing needs to be done"
    )
    return Finding(Severity.WARNS, subject, what, remedy)


def _user_data(seen: Seen) -> dict[str, str]:
    """By group, the user data of its new nodes, as far as it is known."""
    try:
        return {one.group: one.text for one in rolled_templates(seen)}
    except NotKnown:
        return {}


CHECK = Check(
    "static_pods",
    "Which static pods of old nodes end with their node?",
    "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/",
    judge,
)
