"""A right in AWS, and what came of asking whether the caller has it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Context = tuple[tuple[str, tuple[str, ...]], ...]
"""Condition keys of a request with their values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsRight:
    """One thing that the caller is to be allowed.

    Attributes:
        action: `service:Operation`.
        resource: its ARN; `*` for what knows none.
        context: condition keys that go with the request.
        purpose: what it is for, to stand in a sentence.
        file: the one under `include/permissions/` that gives it.
    """

    action: str
    resource: str = "*"
    context: Context = ()
    purpose: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class DeniedRight:
    """A right that the caller lacks; `by` says what denies it, '' when nothing allows it."""

    right: AwsRight
    by: str = ""


@dataclass(frozen=True, slots=True)
class AskedRights:
    """What came of asking.

    Attributes:
        denied: rights that the caller lacks.
        unknown: sentences about what could not be asked.
    """

    denied: tuple[DeniedRight, ...] = ()
    unknown: tuple[str, ...] = ()


def as_context(values: Mapping[str, str | Iterable[str]]) -> Context:
    """Condition keys as `AwsRight` has them; those without a value are left out."""
    found = {
        key: (value,) if isinstance(value, str) else tuple(value) for key, value in values.items()
    }
    return tuple((key, given) for key, given in sorted(found.items()) if given)
