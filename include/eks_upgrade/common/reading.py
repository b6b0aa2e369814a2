"""A thing that is read for one question only, and may be missing without stopping the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Value = TypeVar("Value")


class NotKnown(Exception):
    """What a check needs was not read; the message says what, and why."""


class NotAsked(NotKnown):
    """What a check needs was left out by who called, who knows it: a plan does not warn of it."""


class NotNeeded(NotKnown):
    """Nothing of this run is judged by it: where no node is replaced, no pod moves."""


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """A thing that is read for checks, and nothing else.

    Attributes:
        name: `webhooks`; unique.
        what: for a sentence: `the admission webhooks`.
        rights: what the caller needs for it: `eks:ListAccessEntries`, or
            `list validatingwebhookconfigurations`.
    """

    name: str
    what: str
    rights: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotRead:
    """Why a reading is missing, in the words of who was asked."""

    why: str


@dataclass(frozen=True)
class Readings:
    """What was read, by the name of the reading: its value, or `NotRead`."""

    values: Mapping[str, object] = field(default_factory=dict)

    def of(self, reading: Reading[Value]) -> Value:
        """The value of a reading.

        Raises:
            NotKnown: it was not read; NotAsked: nobody asked for it.
        """
        if reading.name not in self.values:
            raise NotAsked(f"{reading.what} could not be read: nobody asked")
        value = self.values[reading.name]
        if isinstance(value, NotRead):
            raise NotKnown(f"{reading.what} could not be read: {value.why}")
        return cast("Value", value)
