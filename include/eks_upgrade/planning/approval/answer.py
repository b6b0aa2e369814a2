"""What an answer is worth: only a yes, of somebody who may give it, to the plan that is. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Busy, Stuck, UnexpectedResponse, UpgradeError
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.planning.approval.points import Point, users_of
from include.eks_upgrade.planning.approval.question import GO_ON, Question


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A yes.

    Attributes:
        point: where in the upgrade.
        what: what was approved, as a noun.
        fingerprint: of what was shown.
        who: the user's name. user_id: their id.
        at: ISO 8601, UTC.
        asked, answered: epoch seconds.
    """

    point: str
    what: str
    fingerprint: str
    who: str
    user_id: str
    at: str
    asked: float
    answered: float

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return asdict(self)

    def still_holds(self, point: Point, fingerprint: str) -> bool:
        """Whether it is for this very thing."""
        return (self.point, self.fingerprint) == (point, fingerprint)

    @classmethod
    def from_json(cls, plain: Raw) -> "Approval":
        """Read what `as_json` wrote."""
        return cls(**{key: plain[key] for key in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Airflow says of a question.

    Attributes:
        option: what was chosen; empty: nobody has answered in time.
        who: the user's name. user_id: their id.
        at: ISO 8601, UTC.
    """

    option: str = ""
    who: str = ""
    user_id: str = ""
    at: str = ""


def read_answer(event: Raw) -> Answer:
    """Read Airflow's event of an answer.

    Args:
        event: `chosen_options`, `responded_by_user`, `responded_at`; or `error`, `error_type`.

    Raises:
        UnexpectedResponse: it is neither an answer nor the end of its time.
    """
    if event.get("error") is not None or event.get("error_type") is not None:
        if event.get("error_type") != "timeout":
            raise UnexpectedResponse(f"the question came back with an error: {event.get('error')}")
        return Answer()
    chosen: Sequence[Any] = event.get("chosen_options") or ()
    user = event.get("responded_by_user") or {}
    at = event.get("responded_at") or ""
    identity = str(user.get("id") or "")
    return Answer(
        # Airflow itself never gives two where one may be chosen; then it is no clear yes.
        option=" and ".join(map(str, chosen)) or "nothing",
        who=str(user.get("name") or identity or "somebody"),
        user_id=identity,
        at=at if isinstance(at, str) else at.isoformat(timespec="seconds"),
    )


def judge_answer(
    asked: Question, answer: Answer, *, present: str | None, approvers: Sequence[str], now: float
) -> Approval | UpgradeError:
    """The approval, or why the step is not begun.

    Args:
        asked: the question.
        answer: what came of it.
        present: fingerprint of the plan as it is now; None: it does not hold the step any more.
        approvers: who may answer, as in `ApprovalOptions`; none: whoever Airflow lets.
        now: epoch seconds.

    Returns:
        Stuck where a person has to do something; Busy where the question is put again.
    """
    if not answer.option:
        minutes = counted(round((asked.deadline - asked.asked) / 60), "minute")
        return _stop(asked, f"nobody has answered within {minutes}")
    if answer.option != GO_ON:
        return _stop(asked, f"{answer.who} answered '{answer.option}' at {moment_text(answer.at)}")
    known = {user.id for user in users_of(approvers)}
    if known and answer.user_id not in known:
        who = f"{answer.who} (id {answer.user_id or 'unknown'})"
        listed = first_few(sorted(known))
        return _stop(asked, f"{who} approved it, and only these users may (approvers): {listed}")
    if present != asked.fingerprint:
        return Busy(
            f"{_begin(asked)} is not begun yet: the plan has changed since {answer.who} was asked "
            f"(then {asked.fingerprint}, now {present or 'without this step'}). The question is "
            "put again with the present plan"
        )
    return Approval(
        point=asked.point,
        what=asked.what,
        fingerprint=asked.fingerprint,
        who=answer.who,
        user_id=answer.user_id,
        at=answer.at,
        asked=asked.asked,
        answered=now,
    )


def _begin(asked: Question) -> str:
    return f"{asked.what[:1].upper()}{asked.what[1:]}".rstrip(",")


STAGES = {
    Point.CONTROL_PLANE: Stage.CONTROL_PLANE,
    Point.FENCE: Stage.FENCE,
    Point.OLD_GROUP_DELETION: Stage.DELETION,
    Point.ASG_DELETION: Stage.ASG_DELETION,
}
"""The stage that is repeated to be asked again."""


def _stop(asked: Question, why: str) -> Stuck:
    stage = STAGES.get(Point(asked.point))
    again = f"repeat {stage.title}" if stage else "repeat this step"
    return Stuck(
        f"{_begin(asked)} of cluster '{asked.cluster}' was not begun: {why}. This step has changed "
        f"nothing. To be asked again, {again}"
    )
