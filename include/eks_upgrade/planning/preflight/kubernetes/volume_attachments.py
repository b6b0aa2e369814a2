"""Volumes that hang between nodes. Pure."""

from collections.abc import Collection, Iterator

from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.kube.readings.attachments import ATTACHMENTS, Attachment
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

STUCK_SECONDS = 360
"""A volume that goes for longer is stuck: as long Kubernetes waits for it to be unmounted
(https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/)."""

Trouble = tuple[str, str]
"""What is the matter, and what to do about it."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each attachment that does not come to its end."""
    now = seen.moment.timestamp()
    nodes = {node.name for node in seen.pods.nodes} if seen.pods else set()
    found = (
        _finding(one, trouble)
        for one in seen.of(ATTACHMENTS)
        if (trouble := trouble_of(one, now, nodes)) is not None
    )
    yield from capped_findings(found, "volume attachments")


def trouble_of(one: Attachment, now: float, nodes: Collection[str]) -> Trouble | None:
    """What is the matter with an attachment.

    Args:
        one: the attachment.
        now: epoch seconds.
        nodes: names of all nodes; empty where they are not known.
    """
    controller = "see that the controller of the CSI driver runs"
    if one.detach_error:
        said = f'cannot be detached: "{unstopped(one.detach_error)}"'
        return said, f"do what the driver's message asks for; {controller}"
    if one.detaching_since is not None and now - one.detaching_since > STUCK_SECONDS:
        minutes = (now - one.detaching_since) / 60
        return f"has been on its way off for {minutes:.0f} min", controller
    if nodes and one.node not in nodes and one.attached:
        return "is attached to a node that is not there any more", controller
    if one.attach_error and not one.attached:
        said = f'cannot be attached: "{unstopped(one.attach_error)}"'
        return said, f"do what the driver's message asks for; {controller}"
    return None


def _finding(one: Attachment, trouble: Trouble) -> Finding:
    why, remedy = trouble
    what = (
        f"{one.volume or 'its volume'} on node {one.node} {why}. A pod that mounts it waits for it"
        " on any other node"
    )
    return Finding(Severity.WARNS, f"volume attachment {one.name}", what, remedy)


CHECK = Check(
    "volume_attachments",
    "Does any volume hang between nodes?",
    "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/"
    "volume-attachment-v1/",
    judge,
)
