"""Asking a person about blocked pods: the words of the question, and what each answer means.

Pure. Blocked pods are dicts as `drain.account.hold_json` makes them, for they have travelled as
JSON. Airflow keeps subject, text and options of a task's first question for every later one
(3.3.2, `upsert_hitl_detail`), so none of them may be true of the first alone: the options are
always the same, and the text says of which moment its table is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.drain.blocked.model import BlockClass, some
from include.eks_upgrade.drain.blocked.policy import ALLOWED, Answer
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.result import iso
from include.eks_upgrade.report.markdown import table

WAIT_ON = "Wait on"
RESTART = "Restart the rollouts"
DELETE = "Delete past the budgets"
STOP = "Stop here"

_MEANING = {WAIT_ON: Answer.ASK, RESTART: Answer.RESTART, DELETE: Answer.DELETE}
"""What `when_blocked` says after an answer; who waits on is asked again, later."""

ROWS = 50
"""Pods in the table of a question; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer somebody gave.

    Attributes:
        option: one of the options.
        who: the user's name.
        at: ISO 8601, UTC.
        holds: the pods that were asked about.
    """

    option: str
    who: str
    at: str
    holds: Sequence[Mapping[str, Any]]

    @property
    def classes(self) -> tuple[BlockClass, ...]:
        """The classes that were asked about."""
        return tuple(sorted({BlockClass(hold["class"]) for hold in self.holds}))

    @property
    def left_waiting(self) -> tuple[BlockClass, ...]:
        """Those of them for which this answer does nothing."""
        answer = _MEANING[self.option]
        return tuple(kind for kind in self.classes if answer not in ALLOWED[kind])

    def as_json(self) -> dict[str, Any]:
        """Keys: option, who, at, classes, pods (their names)."""
        return {
            "option": self.option,
            "who": self.who,
            "at": self.at,
            "classes": [str(kind) for kind in self.classes],
            "pods": [hold["pod"] for hold in self.holds],
        }

    def applied_to(self, when_blocked: Mapping[str, str]) -> dict[str, str]:
        """`when_blocked` after this answer; it holds for all pods of these classes."""
        answer = _MEANING[self.option]
        return dict(when_blocked) | {
            str(kind): str(answer) for kind in self.classes if answer in ALLOWED[kind]
        }


class AskingLater(Mapping[str, str]):
    """A `when_blocked` in which `ask` means `wait` until a moment has come.

    Args:
        wanted: answer by class.
        not_before: epoch seconds.
        now: the present, in epoch seconds.
    """

    def __init__(
        self, wanted: Mapping[str, str], not_before: float, now: Callable[[], float]
    ) -> None:
        self._wanted = dict(wanted)
        self._not_before = not_before
        self._now = now

    def __getitem__(self, kind: str) -> str:
        answer = self._wanted[kind]
        if answer == Answer.ASK and self._now() < self._not_before:
            return str(Answer.WAIT)
        return answer

    def __iter__(self) -> Iterator[str]:
        return iter(self._wanted)

    def __len__(self) -> int:
        return len(self._wanted)


def subject(title: str) -> str:
    """The headline of a question; `title` is what is drained."""
    return f"The drain of {title} waits for pods that are blocked: what is to be done?"


def options(*, may_delete: bool) -> list[str]:
    """What a person may choose; none of it is taken when nobody answers."""
    return [WAIT_ON, RESTART, *([DELETE] if may_delete else []), STOP]


def body(
    holds: Sequence[Mapping[str, Any]],
    limits: DrainOptions,
    *,
    now: float,
    deadline: float,
    ask_again_minutes: float,
) -> str:
    """The text of a question, in Markdown: the pods, then what each choice does.

    Args:
        holds: the blocked pods.
        limits: what the drain may do.
        now: epoch seconds.
        deadline: epoch seconds at which the drain gives up.
        ask_again_minutes: how long `WAIT_ON` waits.
    """
    rows = [
        [hold[key] or "" for key in ("pod", "node", "class", "text", "remedy", "since")]
        for hold in holds[:ROWS]
    ]
    more = f"\n\nand {len(holds) - ROWS} more." if len(holds) > ROWS else ""
    choices = [
        f"**{WAIT_ON}**: ask again in {ask_again_minutes:g} minutes, unless they go before.",
        f"**{RESTART}**: of their Deployments, which start the new pod before they stop the old "
        "one. Pods that no Deployment owns, that are stopping already, or whose replacement "
        "finds no node go on waiting.",
        f"**{STOP}**: the task fails, the old nodes stay cordoned, and no more pods are moved.",
    ]
    if limits.may_delete_blocked_pods:
        choices.insert(2, _deleting(limits))
    return (
        f"{len(holds)} pod(s) are blocked, as of {iso(now)}:\n\n"
        + table(("Pod", "Node", "Class", "Why", "Remedy", "Since"), rows)
        + f"{more}\n\n"
        + "\n".join(f"- {choice}" for choice in choices)
        + "\n\nAn answer holds for all pods of these classes until the end of this drain. Without "
        f"one the task fails at {iso(deadline)}, the drain's time limit; nothing is deleted for "
        "that. If it asks again, Airflow shows this same text: the present pods are in the "
        "task's log and in its XCom `question`."
    )


def obstacle(given: Mapping[str, Any]) -> Obstacle:
    """What an answer (`Given.as_json`) is in the report."""
    pods, classes = given["pods"], ", ".join(given["classes"])
    return Obstacle(
        f"{len(pods)} pod(s) blocked ({classes}): {some(pods)}",
        f"{given['who']} answered '{given['option']}' at {given['at']}",
    )


def end_message(title: str, holds: Sequence[Mapping[str, Any]], given: Given | None = None) -> str:
    """Why a drain ends with its question: somebody said so or, without `given`, nobody answered."""
    how = (
        f"was stopped: {given.who} answered '{given.option}' at {given.at}"
        if given
        else "asked about blocked pods, and its time limit came before an answer"
    )
    lines = [
        f"  {number}. pod {hold['pod']} on {hold['node']}: {hold['text']} ({hold['class']})"
        + (f"; remedy: {hold['remedy']}" if hold["remedy"] else "")
        for number, hold in enumerate(holds, 1)
    ]
    return "\n".join(
        [
            f"The drain of {title} {how}. {len(holds)} pod(s) were blocked. Nothing was deleted "
            "because of that; its nodes stay cordoned. Apply the remedies and clear the task to "
            "go on:",
            *lines,
        ]
    )


def _deleting(limits: DrainOptions) -> str:
    return (
        f"**{DELETE}**: each pod once it has been blocked for "
        f"{limits.delete_blocked_after_minutes:g} minutes, one at a time, "
        f"{limits.delete_pause_seconds:g} s apart. Pods that are stopping already, or whose "
        "replacement finds no node, go on waiting."
    )
