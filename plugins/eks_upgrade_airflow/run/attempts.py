"""What the tries of a task know of each other, so that nothing is missing in the report.

A process that is killed after AWS or Kubernetes has acted leaves no account, and the next try
finds less to do, or nothing. So each try writes down what it has met before it acts;
`task_state_store` survives retries and clears.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.common.step_result import Obstacle, StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context

KEY = "met_by_"
ENDING_KEY = "ended_by_"
EARLIER = ", in an earlier try"
"""Behind what passed an obstacle that this try has not met."""


@dataclass(frozen=True)
class AttemptLog:
    """What all tries so far have met.

    Attributes:
        obstacles: what stood in the way, with what passes it.
        by_node: the most pods that were to be moved off each node.
    """

    obstacles: tuple[Obstacle, ...] = ()
    by_node: Mapping[str, int] = field(default_factory=dict)

    def joined(self, other: "AttemptLog") -> "AttemptLog":
        """What both have met; an obstacle is the same when its words are."""
        known = {each.what for each in self.obstacles}
        new = tuple(each for each in other.obstacles if each.what not in known)
        nodes = [*self.by_node, *other.by_node]
        most = {name: max(self.by_node.get(name, 0), other.by_node.get(name, 0)) for name in nodes}
        return AttemptLog((*self.obstacles, *new), most)

    def added_to(self, result: StepResult) -> StepResult:
        """The result with the obstacles that only earlier tries have met."""
        told = {each.what for each in result.obstacles}
        earlier = tuple(
            Obstacle(each.what, each.passed_by + EARLIER)
            for each in self.obstacles
            if each.what not in told
        )
        return replace(result, obstacles=(*earlier, *result.obstacles))

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "AttemptLog":
        """From `asdict`, after it has been stored."""
        return cls(tuple(Obstacle(**each) for each in told["obstacles"]), dict(told["by_node"]))


def record_attempt(
    context: "Context", obstacles: Iterable[Obstacle] = (), by_node: Mapping[str, int] | None = None
) -> None:
    """Write down what this try has met, before it acts."""
    before = load_attempts(context)
    now = before.joined(AttemptLog(tuple(obstacles), dict(by_node or {})))
    if now != before:
        plain = asdict(now) | {"obstacles": [asdict(each) for each in now.obstacles]}
        context["task_state_store"].set(_key(context), plain)


def load_attempts(context: "Context") -> AttemptLog:
    """What all tries so far have met, this one included."""
    told: Any = context["task_state_store"].get(_key(context))
    return AttemptLog.from_json(told) if told else AttemptLog()


def record_ending(context: "Context", event: Mapping[str, Any], of: str = "") -> None:
    """Write down how a wait has ended, before what was waited for is taken away.

    Args:
        context: Airflow's.
        event: the trigger's, as in `events.py`.
        of: what it is about, where a mapped task of the same place may be about another thing
            once a person has cleared the list that it is mapped over.
    """
    context["task_state_store"].set(_key(context, ENDING_KEY) + of, dict(event))


def load_ending(context: "Context", of: str = "") -> Mapping[str, Any] | None:
    """The event that an earlier try has seen and could not tell of; None when there is none."""
    told: Any = context["task_state_store"].get(_key(context, ENDING_KEY) + of)
    return told or None


def forget_ending(context: "Context", of: str = "") -> None:
    """It has been said; when the task is cleared, it begins anew."""
    context["task_state_store"].delete(_key(context, ENDING_KEY) + of)


def _key(context: "Context", kind: str = KEY) -> str:
    return kind + context["ti"].task_id
