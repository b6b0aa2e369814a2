"""What a drain that asks people carries from one part of it to the next. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from eks_upgrade_airflow.run.events import DONE, result_of
from include.eks_upgrade.common.step_result import Obstacle, StepResult, once
from include.eks_upgrade.drain.account import account_of
from include.eks_upgrade.drain.blocked import question as blocked
from include.eks_upgrade.drain.joined_result import drained_message, joined

PERSON = "person"
"""The kind of a wait in which a question stands open; see `StepResult.waits`."""

Event = Mapping[str, Any]
"""As events.py describes it."""


@dataclass(frozen=True, kw_only=True)
class DrainSession:
    """A drain so far. A question ends one part of it, an answer begins the next.

    Attributes:
        began: epoch seconds at which the drain began. part_began: the same for this part.
        deadline: epoch seconds at which it gives up; people's time counts.
        when_blocked: action by class, as people's answers have changed it.
        not_before: epoch seconds before which nobody is asked.
        answers: `Answer.as_json` of each answer.
        waits: of earlier parts, as in `StepResult.waits`.
        earlier_result: `DrainResult.as_json` of earlier parts, joined; None in the first.
        untold: notices that nobody got, as obstacles.
    """

    began: float
    part_began: float
    deadline: float
    when_blocked: Mapping[str, str]
    not_before: float = 0.0
    answers: tuple[Mapping[str, Any], ...] = ()
    waits: tuple[tuple[str, float, float | None], ...] = ()
    earlier_result: Mapping[str, Any] | None = None
    untold: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def begun(cls, now: float, minutes: float, when_blocked: Mapping[str, str]) -> Self:
        """A drain that begins now and gives up after `minutes`."""
        return cls(
            began=now, part_began=now, deadline=now + minutes * 60, when_blocked=dict(when_blocked)
        )

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """From `as_json`, after it has travelled."""
        waits = tuple((kind, began, ended) for kind, began, ended in plain["waits"])
        untold = tuple(plain.get("untold") or ())  # a drain of an earlier release has none
        return cls(
            **{**plain, "answers": tuple(plain["answers"]), "waits": waits, "untold": untold}
        )

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names."""
        return asdict(self) | {"waits": [list(wait) for wait in self.waits]}

    def asked(self, event: Event) -> "DrainSession":
        """After a part that ended with a question."""
        return replace(
            self,
            earlier_result=joined(self.earlier_result, _result_of(event)),
            waits=(*self.waits, self._wait(event)),
        )

    def with_untold(self, untold: Iterable[Obstacle]) -> "DrainSession":
        """With notices that nobody got."""
        return replace(self, untold=(*self.untold, *map(asdict, untold)))

    def answered(
        self, answer: blocked.Answer, now: float, ask_again_minutes: float
    ) -> "DrainSession":
        """After an answer that lets it go on; classes that wait are asked about later.

        From the question until now is a person's time, and no part of the drain.
        """
        waits_on = answer.option == blocked.WAIT_ON or answer.left_waiting
        return replace(
            self,
            part_began=now,
            when_blocked=answer.applied_to(self.when_blocked),
            not_before=now + ask_again_minutes * 60 if waits_on else 0.0,
            answers=(*self.answers, answer.as_json()),
            waits=(*self.waits, self.wait_for_person(now)),
        )

    def wait_for_person(self, until: float | None = None) -> tuple[str, float, float | None]:
        """The wait that began when the last part of the drain ended with its question.

        Args:
            until: epoch seconds at which it ended; None while nobody has answered.
        """
        return PERSON, self.waits[-1][2] or self.part_began, until

    def step_result(
        self, title: str, event: Event, pods_by_node: Mapping[str, int] | None = None
    ) -> StepResult:
        """What the whole drain came to.

        Args:
            title: what was drained.
            event: the last part's.
            pods_by_node: the most pods that any try has met on each node. When all is drained they
                have moved, whoever was there to see it: a killed triggerer reported nothing.

        Raises:
            UpgradeError: the last part ended badly; answers that were given are named, too.
        """
        if event["state"] != DONE:
            lines = [f"Before that, {one.passed_by}: {one.what}" for one in self._obstacles()]
            result_of({**event, "detail": "\n".join([event["detail"], *lines])})
        data = joined(self.earlier_result, event["data"])
        found = [Obstacle(**one) for one in data.pop("obstacles")]
        moved = data["moved"]
        data = with_unseen(data, pods_by_node or {})
        met = [asdict(each) for each in once((*found, *self._obstacles()))]
        account, obstacles = account_of({**data, "answers": list(self.answers)}, met)
        return StepResult(
            drained_message(title, data) + unseen_message(data["moved"] - moved),
            changed=moved > 0,
            data=account,
            obstacles=tuple(Obstacle(**each) for each in obstacles),
            waits=(*self.waits, self._wait(event)),
        )

    def _obstacles(self) -> list[Obstacle]:
        untold = [Obstacle(**one) for one in self.untold]
        return [*(blocked.obstacle(one) for one in self.answers), *untold]

    def _wait(self, event: Event) -> tuple[str, float, float]:
        return event["kind"], self.part_began, event["ended"]


def with_unseen(result: Mapping[str, Any], pods_by_node: Mapping[str, int]) -> dict[str, Any]:
    """The result of a finished drain with the pods that moved before it began."""
    nodes = {
        name: max(result["by_node"].get(name, 0), pods_by_node.get(name, 0))
        for name in sorted({*result["by_node"], *pods_by_node})
    }
    return {**result, "by_node": nodes, "moved": sum(nodes.values())}


def unseen_message(count: int) -> str:
    """What to say of pods that moved before the drain began for the last time."""
    return f"; {count} of the pods had moved before it began for the last time" if count else ""


def _result_of(event: Event) -> dict[str, Any]:
    return {key: value for key, value in event["data"].items() if key != "blocks"}
