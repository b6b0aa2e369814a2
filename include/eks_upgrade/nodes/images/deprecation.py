"""Whether an image's deprecation is worth a word. Pure.

Every public image of EKS has a time two years ahead at which EC2 stops to show it to others than
its owner; nodes still start from it (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html).
"""

from datetime import datetime, timedelta

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.time.moments import moment_of

SOON = timedelta(days=60)


def deprecation_notes(raw: Raw, now: datetime) -> tuple[str, ...]:
    """A note about an image that is deprecated or soon will be; none for any other.

    Args:
        raw: an entry of DescribeImages.
        now: with its time zone.
    """
    told = raw.get("DeprecationTime")
    moment = moment_of(told)
    if moment is None:
        unreadable = f"its owner deprecates it at a time that cannot be read: {told}"
        return (unreadable,) if told else ()
    day = f"{moment:%Y-%m-%d}"
    if moment <= now:
        return (
            f"its owner has deprecated it since {day}: nodes still start from it, but a newer "
            "image is likely meant",
        )
    return (f"its owner deprecates it on {day}",) if moment - now <= SOON else ()
