"""Looking for the newer images of the owner whose image a group runs. Read-only."""

from collections.abc import Sequence
from dataclasses import replace

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.reading import read_offered_versions
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.kubernetes_version import in_doubt
from include.eks_upgrade.nodes.images.private_image import (
    is_private,
    lost_image_problem,
    name_pattern,
    newer_that_fit,
    private_image_problem,
)
from include.eks_upgrade.nodes.images.suitability import Wanted


def refuse_to_replace(clients: AwsClients, wanted: Wanted, present_id: str) -> Problem | None:
    """Why a public image may not take the present one's place unasked; None when it may.

    Args:
        clients: EC2 is read, and EKS where its offer decides about an image.
        wanted: what the group needs, with the present image where EC2 knows it.
        present_id: the image that the group runs.

    Raises:
        Refused, Unreachable, UnexpectedResponse: AWS gave no answer (see aws/errors.py).
    """
    present = wanted.present
    if present is None:
        return lost_image_problem(wanted.group, present_id)
    if not is_private(present):
        return None
    pattern = name_pattern(str(present.get("Name") or ""))
    images = find_by_name(clients, str(present.get("OwnerId") or ""), pattern)
    judged = with_offer(clients, wanted, images)
    return private_image_problem(judged, present, pattern, newer_that_fit(images, judged))


def find_by_name(clients: AwsClients, owner: str, pattern: str) -> Sequence[Raw]:
    """The raw images of an owner whose names fit a pattern; none without either."""
    if not owner or not pattern:
        return ()
    with aws_errors_about(f"images named {pattern} of {owner}"):
        # Images of an older minor are nearly always deprecated by now, and then hidden unless
        # asked for; a deprecated image can still be used, and its note says so.
        answer = clients.ec2.describe_images(
            Owners=[owner],
            Filters=[{"Name": "name", "Values": [pattern]}],
            IncludeDeprecated=True,
        )
    return answer["Images"]


def with_offer(clients: AwsClients, wanted: Wanted, images: Sequence[Raw]) -> Wanted:
    """What is wanted, with the minors that EKS offers where they decide about an image.

    The plan and the tasks ask alike, so that none of them believes a number that another did not.
    """
    if wanted.offered or not any(in_doubt(image, wanted.minor) for image in images):
        return wanted
    with aws_errors_about("the versions that EKS offers"):
        offered, _ = read_offered_versions(clients.eks)
    minors = frozenset(str(one.get("clusterVersion")) for one in offered or ())
    return replace(wanted, offered=minors)
