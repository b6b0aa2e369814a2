"""What to do about pods that are blocked, by class: the parameter `when_blocked`, and its rules."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.options import DrainOptions


class Action(StrEnum):
    """What the drain does about a blocked pod."""

    WAIT = "wait"
    """Until the limit; the default."""
    FAIL = "fail"
    """End the drain at once, naming every pod that is left."""
    RESTART = "restart"
    """Restart its Deployment's rollout, which starts the new pod before it stops the old one."""
    ASK = "ask"
    """Ask a person, when nothing else moves any more."""
    DELETE = "delete"
    """Delete it past its budget: after a while, one at a time, and only when allowed."""


FORCEFUL = frozenset(
    {
        BlockClass.BUDGET_FULL,
        BlockClass.NEVER_ALLOWED,
        BlockClass.NEVER_HEALTHY,
        BlockClass.REFUSED,
    }
)
"""Classes in which a pod that runs is held: moving it by other means can help. A pod that is
already stopping, or whose replacement has no room, gains nothing by it."""

ALLOWED: Mapping[BlockClass, frozenset[Action]] = {
    kind: frozenset(Action)
    if kind in FORCEFUL
    else frozenset({Action.WAIT, Action.FAIL, Action.ASK})
    for kind in BlockClass
}
"""The actions that each class takes."""

DELETE_ALLOWED_BY = "may_delete_blocked_pods"


def parameter_of(kind: str) -> str:
    """The parameter of a run that says what is done about a class of blocked pods."""
    return f"when_{kind}"


def action_for(kind: BlockClass, options: DrainOptions) -> Action:
    """What the options say about a class."""
    return Action(options.when_blocked.get(kind, Action.WAIT))


def check_when_blocked(
    wanted: Mapping[str, str], *, may_delete: bool, named: str = "when_blocked: {}"
) -> list[Problem]:
    """Everything that is wrong with a `when_blocked`; empty when it can be used.

    Args:
        wanted: action by class.
        may_delete: the parameter `may_delete_blocked_pods`.
        named: how the person who gave it calls the answer to a class.
    """
    return [
        problem
        for kind, action in wanted.items()
        for problem in _check(named.format(kind), kind, action, may_delete=may_delete)
    ]


def with_action(options: DrainOptions, blocks: Iterable[Block], action: Action) -> dict[str, str]:
    """`when_blocked` after a person has answered for these pods' classes."""
    return {**options.when_blocked, **{str(block.cause): str(action) for block in blocks}}


def _check(subject: str, kind: str, action: str, *, may_delete: bool) -> list[Problem]:
    if kind not in set(BlockClass):
        known = ", ".join(BlockClass)
        return [Problem(subject, "there is no such class of blocked pods", f"use one of {known}")]
    takes = ALLOWED[BlockClass(kind)]
    if action not in takes:
        known = ", ".join(one for one in Action if one in takes)
        return [Problem(subject, f"'{action}' is no answer to it", f"use one of {known}")]
    if action == Action.DELETE and not may_delete:
        remedy = f"set {DELETE_ALLOWED_BY} to true, or choose another answer"
        return [Problem(subject, "'delete' goes past disruption budgets", remedy)]
    return []
