"""The points of an upgrade at which a person may be asked, and who is asked. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import nearest

APPROVAL_MINUTES = 1440.0
"""How long an answer is awaited unless somebody says otherwise: a day."""


class Point(StrEnum):
    """Right before what a person may want to be asked; the value is its name in `approvals`."""

    CONTROL_PLANE = "control_plane"
    FENCE = "fence"
    OLD_GROUP_DELETION = "old_group_deletion"
    ASG_DELETION = "asg_deletion"
    HOPS = "hops"


MEANINGS: Mapping[Point, str] = {
    Point.CONTROL_PLANE: "the control plane is updated",
    Point.FENCE: "an old node group is fenced and drained",
    Point.OLD_GROUP_DELETION: "an old node group is deleted",
    Point.ASG_DELETION: "an Auto Scaling group is deleted",
    Point.HOPS: "the next minor version is begun",
}
"""What is asked about, behind the word "before"."""


@dataclass(frozen=True, kw_only=True)
class ApprovalOptions:
    """Where a person is asked, and whom.

    Attributes:
        approvals: the points.
        approvers: the users who may answer, as `users_of` reads them; none: whoever Airflow lets.
        approval_minutes: how long an answer is awaited; without one the step is not begun.
    """

    approvals: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    approval_minutes: float = APPROVAL_MINUTES


NOBODY = ApprovalOptions()


class User(NamedTuple):
    """A user of whoever runs the upgrade: the id, and the name that is shown."""

    id: str
    name: str


def users_of(approvers: Iterable[str]) -> tuple[User, ...]:
    """Users, each from `7 Ada Lovelace` or from the id alone, which is the name then, too."""
    return tuple(_user_of(str(each)) for each in approvers if str(each).strip())


def _user_of(line: str) -> User:
    identity, *name = line.split(maxsplit=1)
    return User(identity, name[0].strip() if name else identity)


def approval_problems(options: ApprovalOptions) -> Iterator[Problem]:
    """What cannot be, each about the parameter it is in."""
    yield from _point_problems(options.approvals)
    if options.approvers and not options.approvals:
        what = "somebody is named, but approvals is empty, so nobody is asked"
        yield Problem("approvers", what, "name the points in approvals, or empty approvers")
    twice = _twice(user.id for user in users_of(options.approvers))
    if twice:
        yield Problem("approvers", f"{', '.join(twice)} named twice", "name each user once")
    if options.approval_minutes <= 0:
        what = f"{options.approval_minutes} is not a time to wait"
        yield Problem("approval_minutes", what, "give a number above zero")


def _point_problems(approvals: Sequence[str]) -> Iterator[Problem]:
    known = [str(point) for point in Point]
    for word in approvals:
        if word not in known:
            near = nearest(str(word), known)
            remedy = f"write {near}" if near else f"choose of {', '.join(known)}"
            yield Problem("approvals", f"there is no point {word!r}", remedy)
    twice = _twice(approvals)
    if twice:
        yield Problem("approvals", f"{', '.join(twice)} named twice", "name each point once")


def _twice(words: Iterable[str]) -> list[str]:
    listed = list(words)
    return sorted({word for word in listed if listed.count(word) > 1})
