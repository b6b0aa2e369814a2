"""Instance refreshes of the old groups' Auto Scaling groups. Pure.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
"""

from collections.abc import Iterable, Iterator, Mapping

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

INSTANCE_REFRESHES: Reading[Mapping[str, tuple[Raw, ...]]] = Reading(
    "instance_refreshes",
    "the instance refreshes of the old Auto Scaling groups",
    ("autoscaling:DescribeInstanceRefreshes",),
)
"""By node group that is to be replaced, DescribeInstanceRefreshes of its Auto Scaling group, the
newest first; a group without one is missing."""

CANCELLING = "Cancelling"
_ENDED = frozenset({"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})


def unended(refreshes: Iterable[Raw]) -> Iterator[Raw]:
    """Those that have not come to their end; one at a time, says AWS.

    A word that is not known counts, too: AWS adds statuses (`Baking` was one).
    """
    yield from (one for one in refreshes if one.get("Status") not in _ENDED)
