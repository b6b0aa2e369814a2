"""What a look at something that is waited for can show: done, not yet, or failed.

Waiting is a value, not an exception: a pure function turns an answer of AWS or Kubernetes
into one of these, and sensors and triggers share it.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Done:
    """It has come to its end. `data` is small JSON for whoever waited."""

    detail: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NotYet:
    """Look again later. `detail` says what is still awaited, for people.

    `alarm`: it goes on, but a person wants to know at once, such as that something is DEGRADED.
    """

    detail: str
    alarm: bool = False


@dataclass(frozen=True)
class Failed:
    """It will not come. `detail` holds AWS's or Kubernetes' own words and the remedy."""

    detail: str


Outcome = Done | NotYet | Failed
