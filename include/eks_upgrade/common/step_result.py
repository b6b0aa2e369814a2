"""What a step did, said once: for the steps after it, for the report and for the demo's summary."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Obstacle:
    """Something that stood in the way, and how it was passed (empty: it was not)."""

    what: str
    passed_by: str = ""


def once(obstacles: Iterable[Obstacle]) -> tuple[Obstacle, ...]:
    """Obstacles without those that were met again, and passed then."""
    met = tuple(obstacles)
    passed = {each.what for each in met if each.passed_by}
    return tuple(each for each in met if each.passed_by or each.what not in passed)


@dataclass(frozen=True)
class StepResult:
    """What one step did.

    Attributes:
        text: a sentence for people.
        changed: whether anything in AWS or Kubernetes was changed.
        data: small JSON for later steps: names, versions, ids, counts. Never a token.
        obstacles: what stood in the way.
        waits: `(kind, began, ended)` of waits in real seconds since the epoch; kind is `aws`,
            `drain` or `person` (a question stands open; without an end: nobody answered). The
            report adds them up.
    """

    text: str
    changed: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    obstacles: tuple[Obstacle, ...] = ()
    waits: tuple[tuple[str, float, float | None], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON: keys are the attribute names, tuples become lists."""
        plain = asdict(self)
        plain["obstacles"] = list(plain["obstacles"])
        plain["waits"] = [list(wait) for wait in self.waits]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """What `as_json` wrote; a result that says nothing where there is nothing."""
        return cls(
            text=str(plain.get("text") or ""),
            changed=bool(plain.get("changed")),
            data=dict(plain.get("data") or {}),
            obstacles=tuple(Obstacle(**each) for each in plain.get("obstacles") or ()),
            waits=tuple((kind, began, ended) for kind, began, ended in plain.get("waits") or ()),
        )
