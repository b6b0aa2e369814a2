"""What an update that AWS was asked for has come to: DescribeUpdate's answer in words.

https://docs.aws.amazon.com/eks/latest/APIReference/API_Update.html
"""

from include.eks_upgrade.aws.facts import issue_text
from include.eks_upgrade.aws.updates.errors import meaning_message
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw


def update_outcome(update: Raw, subject: str) -> Outcome:
    """Judge `describe_update()["update"]`; `subject` is what the update is of.

    ACTIVE of the thing itself is not looked at: after a failed update it is ACTIVE again.
    """
    which = f"update {update.get('id')} ({update.get('type')}) of {subject}"
    status = update.get("status")
    if status == "Successful":
        return Done(f"{which} was successful", {"update_id": update.get("id")})
    if status in {"Failed", "Cancelled"}:
        errors = errors_text(update) or "AWS gave no errors with it"
        return Failed(
            f"{which} is {status}: {errors}.{_remedies(update)} AWS leaves what ran before "
            "running; remove the cause and repeat the step that started it, or run again"
        )
    if status == "InProgress":
        return NotYet(f"{which} is in progress")
    # A word that is not known yet may be one more way to be at work, as Cancelling once was.
    return NotYet(f"{which} has not ended: its status is {status}")


def errors_text(update: Raw) -> str:
    """AWS's errors of an update: code, words and the ids of what they are about."""
    return "; ".join(
        issue_text(one.get("errorCode"), one.get("errorMessage"), one.get("resourceIds"))
        for one in update.get("errors") or ()
    )


def _remedies(update: Raw) -> str:
    """Our words about the codes, each once, as a sentence of their own; empty without any."""
    codes = dict.fromkeys(str(error.get("errorCode")) for error in update.get("errors") or ())
    message = [
        f"{code} means that {meaning_message(code)}" for code in codes if meaning_message(code)
    ]
    return f" {'. '.join(message)}." if message else ""
