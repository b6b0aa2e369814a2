"""Asking a person about blocked pods: the text of the question, and what each answer means.

Pure. Blocked pods are dicts as `drain.result.block_json` makes them, for they have travelled as
JSON. Where it is put, the subject, text and options of a drain's first question may be kept for
every later one, so none of them may be true of the first alone: the options are always the same,
and the text says of which moment its table is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.markdown import table
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.drain.blocked.model import MAX_LISTED_NAMES, BlockClass
from include.eks_upgrade.drain.blocked.policy import ALLOWED, Action
from include.eks_upgrade.drain.options import DrainOptions

WAIT_ON = "Keep waiting"
RESTART = "Restart the rollouts"
DELETE = "Delete past the budgets"
STOP = "Stop here"

_MEANING = {WAIT_ON: Action.ASK, RESTART: Action.RESTART, DELETE: Action.DELETE}
"""What `when_blocked` says after an answer; who waits on is asked again, later."""

MAX_LISTED_BLOCKS = 50
"""Pods in the table of a question; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer somebody gave.

    Attributes:
        option: one of the options.
        who: the user's name.
        at: ISO 8601, UTC.
        blocks: the pods that were asked about.
    """

    option: str
    who: str
    at: str
    blocks: Sequence[Mapping[str, Any]]

    @property
    def classes(self) -> tuple[BlockClass, ...]:
        """The classes that were asked about."""
        return tuple(sorted({BlockClass(block["class"]) for block in self.blocks}))

    @property
    def left_waiting(self) -> tuple[BlockClass, ...]:
        """Those of them for which this answer does nothing."""
        action = _MEANING[self.option]
        return tuple(kind for kind in self.classes if action not in ALLOWED[kind])

    def as_json(self) -> dict[str, Any]:
        """Keys: option, who, at, classes, pods (their names)."""
        return {
            "option": self.option,
            "who": self.who,
            "at": self.at,
            "classes": [str(kind) for kind in self.classes],
            "pods": [block["pod"] for block in self.blocks],
        }

    def applied_to(self, when_blocked: Mapping[str, str]) -> dict[str, str]:
        """`when_blocked` after this answer; it holds for all pods of these classes."""
        action = _MEANING[self.option]
        return dict(when_blocked) | {
            str(kind): str(action) for kind in self.classes if action in ALLOWED[kind]
        }


class DeferredQuestion(Mapping[str, str]):
    """A `when_blocked` in which `ask` means `wait` until a moment has come.

    Args:
        wanted: action by class.
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
        action = self._wanted[kind]
        if action == Action.ASK and self._now() < self._not_before:
            return str(Action.WAIT)
        return action

    def __iter__(self) -> Iterator[str]:
        return iter(self._wanted)

    def __len__(self) -> int:
        return len(self._wanted)


def subject(title: str, cluster: str = "") -> str:
    """The headline of a question; `title` is what is drained, and of which cluster if it is known.

    It is what a list of required actions over many clusters shows.
    """
    where = f"Cluster {cluster}: the" if cluster else "The"
    return f"{where} drain of {title} waits for pods that are blocked: what is to be done?"


def options(*, may_delete: bool) -> list[str]:
    """What a person may choose; none of it is taken when nobody answers."""
    return [WAIT_ON, RESTART, *([DELETE] if may_delete else []), STOP]


def body(
    blocks: Sequence[Mapping[str, Any]],
    limits: DrainOptions,
    *,
    now: float,
    deadline: float,
    ask_again_minutes: float,
    note: str = "",
) -> str:
    """The text of a question, in Markdown: the pods, then what each choice does.

    Args:
        blocks: the blocked pods.
        limits: what the drain may do.
        now: epoch seconds.
        deadline: epoch seconds at which the drain gives up.
        ask_again_minutes: how long `WAIT_ON` waits.
        note: a last sentence about the place where the question is read.
    """
    rows = [
        [
            *(block[key] or "" for key in ("pod", "node", "class", "text", "remedy")),
            moment_text(block["since"]),
        ]
        for block in blocks[:MAX_LISTED_BLOCKS]
    ]
    rest = len(blocks) - MAX_LISTED_BLOCKS
    return (
        f"{counted(len(blocks), 'pod is', 'pods are')} blocked, as of {moment_text(now)}:\n\n"
        + table(("Pod", "Node", "Class", "Why", "Remedy", "Since"), rows)
        + (f"\n\nand {rest} more." if rest > 0 else "")
        + "\n\n"
        + "\n".join(f"- {choice}" for choice in _choices(limits, ask_again_minutes))
        + "\n\nAn answer holds for all pods of these classes until the end of this drain. Without "
        f"one the drain fails at {moment_text(deadline)}, its time limit; nothing is deleted for "
        "that." + (f" {note}" if note else "")
    )


def obstacle(answer: Mapping[str, Any]) -> Obstacle:
    """What an answer (`Answer.as_json`) is in the report."""
    pods, classes = answer["pods"], ", ".join(answer["classes"])
    return Obstacle(
        f"{counted(len(pods), 'pod')} blocked ({classes}): {first_few(pods, MAX_LISTED_NAMES)}",
        f"{answer['who']} answered '{answer['option']}' at {answer['at']}",
    )


def block_lines(blocks: Iterable[Mapping[str, Any]], most: int = MAX_LISTED_NAMES) -> list[str]:
    """A line for each reason, with the pods that it keeps, named up to `most`, and its remedy."""
    alike = by_key(((one["class"], one["text"], one["remedy"]), one) for one in blocks)
    return [
        f"{_kept(found, most)}: {text} ({kind})" + (f"; remedy: {remedy}" if remedy else "")
        for (kind, text, remedy), found in alike.items()
    ]


def _kept(blocks: Sequence[Mapping[str, Any]], most: int) -> str:
    if len(blocks) == 1:
        return f"pod {blocks[0]['pod']} on {blocks[0]['node']}"
    names = first_few([one["pod"] for one in blocks], most)
    return f"{len(blocks)} pods ({names})"


def end_message(
    title: str, blocks: Sequence[Mapping[str, Any]], answer: Answer | None = None
) -> str:
    """Why a drain ends with its question: by this answer or, without one, as nobody gave any."""
    how = (
        f"was stopped: {answer.who} answered '{answer.option}' at {answer.at}"
        if answer
        else "asked about blocked pods, and its time limit came before an answer"
    )
    told = block_lines(blocks, len(blocks))
    lines = [f"  {number}. {line}" for number, line in enumerate(told, 1)]
    return "\n".join(
        [
            f"The drain of {title} {how}. {counted(len(blocks), 'pod was', 'pods were')} blocked. "
            "Nothing was deleted because of that; its nodes stay cordoned. Apply the remedies and "
            f"repeat {Stage.DRAIN.title} to go on:",
            *lines,
        ]
    )


def _choices(limits: DrainOptions, ask_again_minutes: float) -> list[str]:
    """What each option does, in the order in which they are offered."""
    return [
        f"**{WAIT_ON}**: ask again in {ask_again_minutes:g} minutes, unless they go before.",
        f"**{RESTART}**: of their Deployments, which start the new pod before they stop the old "
        "one. Pods that no Deployment owns, that are stopping already, or whose replacement "
        "finds no node go on waiting.",
        *([_deleting(limits)] if limits.may_delete_blocked_pods else []),
        f"**{STOP}**: the drain fails, the old nodes stay cordoned, and no more pods are moved.",
    ]


def _deleting(limits: DrainOptions) -> str:
    return (
        f"**{DELETE}**: each pod once it has been blocked for "
        f"{limits.delete_blocked_after_minutes:g} minutes, one at a time, "
        f"{limits.delete_pause_seconds:g} s apart. Pods that are stopping already, or whose "
        "replacement finds no node, go on waiting."
    )
