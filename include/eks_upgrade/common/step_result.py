"""What a step did, said once: for the steps after it, for the report and for the demo's summary."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Obstacle:
    """Something that stood in the way, and how it was passed (empty: it was not)."""

    what: str
    passed_by: str = ""


@dataclass(frozen=True)
class StepResult:
    """What one step did.

    Attributes:
        text: a sentence for people.
        changed: whether anything in AWS or Kubernetes was changed.
        data: small JSON for later steps: names, versions, ids, counts. Never a token.
        obstacles: what stood in the way.
        waits: `(kind, began, ended)` of waits in real seconds since the epoch; kind is
            `aws` or `drain`. The summary adds them up.
    """

    text: str
    changed: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    obstacles: tuple[Obstacle, ...] = ()
    waits: tuple[tuple[str, float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON: keys are the attribute names, tuples become lists."""
        plain = asdict(self)
        plain["obstacles"] = list(plain["obstacles"])
        plain["waits"] = [list(wait) for wait in self.waits]
        return plain
