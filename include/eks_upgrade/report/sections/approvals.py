"""Who has approved what of a run, and when. Pure."""

from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.report.model import Listing
from include.eks_upgrade.report.record import Record, TaskRecord


def approvals(record: Record) -> tuple[Listing, ...]:
    """A listing of every yes, in the order of the steps; nothing where nobody was asked."""
    told = tuple(_sentence(task) for task in record.worked if task.approval)
    return (Listing("Approvals", told),) if told else ()


def _sentence(task: TaskRecord) -> str:
    given = task.approval
    who, identity = str(given.get("who") or "somebody"), str(given.get("user_id") or "")
    known_as = f" (id {identity})" if identity not in {"", who} else ""
    what = str(given.get("what") or task.name).rstrip(",")
    return (
        f"{who}{known_as} approved {what} at {moment_text(given.get('at'))}, "
        f"plan {given.get('fingerprint')}"
    )
