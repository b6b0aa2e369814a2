"""The image that a plan has shown, looked at again before it is used.

A person may have approved the plan, so another image is never taken in its place: what is gone or
unsuitable by now is refused, and so is a group whose way to its image has changed.
"""

from dataclasses import replace

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.read_version import read_version
from include.eks_upgrade.nodes.launch_templates.version import image_id_in


def find_planned_image(
    clients: AwsClients, choice: AmiChoice, group: Raw, to_version: str, planned_id: str
) -> Image | Problem | None:
    """The planned image, verified anew.

    Args:
        clients: EC2 and SSM are read.
        choice: what the parameters ask for, as the plan was made from it.
        group: raw DescribeNodegroup of the old group.
        to_version: Kubernetes minor of the new nodes (`1.26`).
        planned_id: the image the plan names; empty where it says that EKS chooses its own.

    Returns:
        The image; None when EKS chooses, as planned; or why the plan cannot be followed.
    """
    if not planned_id:
        found = find_image(clients, choice, group, to_version)
        return _not_as_planned(group, found.id) if isinstance(found, Image) else found
    if choice.source == "eks_optimized" and _eks_chooses_now(clients, group):
        return _contradiction(group, f"image {planned_id}", "its image is EKS's own")
    by_id = replace(choice, source="image_id", image_id=planned_id)
    found = find_image(clients, by_id, group, to_version)
    if isinstance(found, Problem):
        what = f"the plan shows this image, and by now: {found.what}"
        return Problem(found.subject, what, _PLAN_AGAIN)
    return replace(found, source="the plan") if found else None


_PLAN_AGAIN = f"repeat {Stage.PLAN.title}: it shows an image of today, which is then used"


def _eks_chooses_now(clients: AwsClients, group: Raw) -> bool:
    return image_id_in(read_version(clients.ec2, group.get("launchTemplate")), group) is None


def _not_as_planned(group: Raw, image_id: str) -> Problem:
    return _contradiction(group, "that EKS chooses its image", f"it would start from {image_id}")


def _contradiction(group: Raw, planned: str, now: str) -> Problem:
    what = f"the plan shows {planned}, and now {now}: its launch template has changed since"
    return Problem(f"node group {group['nodegroupName']}", what, _PLAN_AGAIN)
