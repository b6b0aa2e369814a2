"""Who may do what in the rehearsed account, as whoever set it up has told.

A caller of whom nothing is told may do everything, as an administrator may: most of a rehearsal is
about something else, and who rehearses an upgrade should not have to write policies first. Rights
are rehearsed by telling the caller's policies; the tests do so with the project's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Statement = Mapping[str, Any]

EVERYBODY = "*"


@dataclass
class Callers:
    """What is told of callers.

    Attributes:
        policies: statements of the identity-based policies, by the ARN of the role or user;
            under `EVERYBODY` those of all others.
        guardrails: statements of service control policies that deny; their allowing everything
            is taken for granted, as AWS attaches FullAWSAccess.
        seen: what each call made AWS ask of its caller; None when nobody wants to know.
    """

    policies: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    guardrails: tuple[Statement, ...] = ()
    seen: list[Any] | None = None

    def grant(self, principal: str, *documents: Mapping[str, Any]) -> None:
        """From now on this caller may do what these policy documents allow, and no more."""
        self.policies[principal] = statements(documents)

    def allow_all(self, principal: str | None = None) -> None:
        """Nothing is told of this caller any more; None: of nobody, and nothing is denied."""
        if principal is not None:
            self.policies.pop(principal, None)
            return
        self.policies.clear()
        self.guardrails = ()

    def of(self, principal: str) -> tuple[Statement, ...] | None:
        """The caller's statements; None for one who may do everything."""
        return self.policies.get(principal, self.policies.get(EVERYBODY))


def statements(documents: Iterable[Mapping[str, Any]]) -> tuple[Statement, ...]:
    """The statements of policy documents, one after another."""
    found: list[Statement] = []
    for document in documents:
        many = document["Statement"]
        found += many if isinstance(many, list) else [many]
    return tuple(found)
