"""A scaling activity in Auto Scaling's own words. Pure.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html
"""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import unstopped


def words_of(activity: Raw) -> tuple[str, str]:
    """What it is, and its status message, empty where the first says that already.

    The description of a launch that failed ends with its status message.
    """
    what = unstopped(str(activity.get("Description") or activity.get("Cause") or "no description"))
    message = unstopped(str(activity.get("StatusMessage") or ""))
    return what, "" if message in what else message


def activity_message(activity: Raw) -> str:
    """Status and words of it, as a sentence without its full stop."""
    what, message = words_of(activity)
    text = f"{activity.get('StatusCode') or 'no status'}: {what}"
    return f"{text} ({message})" if message else text
