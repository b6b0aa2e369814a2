"""What a drain that asks people carries from one part of it to the next. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from eks_upgrade_airflow.run.events import DONE, result_of
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.drain.blocked import question as asking
from include.eks_upgrade.drain.joined_result import drained_message, joined

Event = Mapping[str, Any]
"""As events.py describes it."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A drain so far. A question ends one part of it, an answer begins the next.

    Attributes:
        began: epoch seconds at which the drain began. part_began: the same for this part.
        deadline: epoch seconds at which it gives up; people's time counts.
        when_blocked: answer by class, as people's answers have changed it.
        not_before: epoch seconds before which nobody is asked.
        answers: `Given.as_json` of each answer.
        waits: of earlier parts, as in `StepResult.waits`.
        account: `DrainResult.as_json` of earlier parts, joined; None in the first.
    """

    began: float
    part_began: float
    deadline: float
    when_blocked: Mapping[str, str]
    not_before: float = 0.0
    answers: tuple[Mapping[str, Any], ...] = ()
    waits: tuple[tuple[str, float, float], ...] = ()
    account: Mapping[str, Any] | None = field(default=None)

    @classmethod
    def begun(cls, now: float, minutes: float, when_blocked: Mapping[str, str]) -> Self:
        """A drain that begins now and gives up after `minutes`."""
        return cls(
            began=now, part_began=now, deadline=now + minutes * 60, when_blocked=dict(when_blocked)
        )

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """From `as_json`, after it has travelled."""
        waits = tuple((kind, began, ended) for kind, began, ended in told["waits"])
        return cls(**{**told, "answers": tuple(told["answers"]), "waits": waits})

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names."""
        return asdict(self) | {"waits": [list(wait) for wait in self.waits]}

    def asked(self, event: Event) -> "Story":
        """After a part that ended with a question."""
        return replace(
            self,
            account=joined(self.account, _account(event)),
            waits=(*self.waits, self._wait(event)),
        )

    def answered(self, given: asking.Given, now: float, ask_again_minutes: float) -> "Story":
        """After an answer that lets it go on; who was told to wait is asked about later."""
        waits_on = given.option == asking.WAIT_ON or given.left_waiting
        return replace(
            self,
            part_began=now,
            when_blocked=given.applied_to(self.when_blocked),
            not_before=now + ask_again_minutes * 60 if waits_on else 0.0,
            answers=(*self.answers, given.as_json()),
        )

    def result(self, title: str, event: Event, met: Mapping[str, int] | None = None) -> StepResult:
        """What the whole drain came to.

        Args:
            title: what was drained.
            event: the last part's.
            met: the most pods that any try has met on each node. When all is drained they have
                moved, whoever was there to see it: a triggerer that was killed told nobody.

        Raises:
            UpgradeError: the last part ended badly; answers that were given are told, too.
        """
        if event["state"] != DONE:
            told = [f"Before that, {one.passed_by}: {one.what}" for one in self._obstacles()]
            result_of({**event, "detail": "\n".join([event["detail"], *told])})
        data = joined(self.account, event["data"])
        found = [Obstacle(**one) for one in data.pop("obstacles")]
        seen = data["moved"]
        data = with_unseen(data, met or {})
        return StepResult(
            drained_message(title, data) + unseen_message(data["moved"] - seen),
            changed=seen > 0,
            data={**data, "answers": list(self.answers)},
            obstacles=(*found, *self._obstacles()),
            waits=(*self.waits, self._wait(event)),
        )

    def _obstacles(self) -> list[Obstacle]:
        return [asking.obstacle(one) for one in self.answers]

    def _wait(self, event: Event) -> tuple[str, float, float]:
        return event["kind"], self.part_began, event["ended"]


def with_unseen(account: Mapping[str, Any], met: Mapping[str, int]) -> dict[str, Any]:
    """The account of a finished drain with the pods that moved before it began."""
    nodes = {
        name: max(account["by_node"].get(name, 0), met.get(name, 0))
        for name in sorted({*account["by_node"], *met})
    }
    return {**account, "by_node": nodes, "moved": sum(nodes.values())}


def unseen_message(count: int) -> str:
    """What to tell of pods that moved before the drain began for the last time."""
    return f"; {count} of the pods had moved before it began for the last time" if count else ""


def _account(event: Event) -> dict[str, Any]:
    return {key: value for key, value in event["data"].items() if key != "holds"}
