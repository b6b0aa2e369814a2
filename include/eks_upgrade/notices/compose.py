"""The notices of a run, one function for each event. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, first_lines
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.notices.model import Event, Notice, Subject, made

RUN, REPORT, ANSWER = "The run", "The report", "Answer here"

MAX_REASONS = 10
"""Reasons why pods are blocked that a notice names; the rest are counted."""

REMIND_MINUTES = 15.0
"""How long before a question ends people are told again, unless it is open for less than four
times that: then after three quarters of its time."""

SHORTEST_REMINDER = 60.0
"""Seconds; who has less than that left when told again has no use for it."""


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """A question that waits for a person.

    Attributes:
        title: its headline.
        blocks: the blocked pods, as `drain.result.block_json` makes them.
        options: what may be chosen.
        deadline: epoch seconds at which it ends.
        url: where it is answered; empty where that is not known.
    """

    title: str
    blocks: Sequence[Mapping[str, Any]]
    options: Sequence[str]
    deadline: float
    url: str = ""


def versions_of(plan: Raw | None, wanted: str = "") -> str:
    """From which version to which, of a plan as JSON; or what was asked for; or nothing."""
    begin, end = ((plan or {}).get(key) for key in ("from_version", "to_version"))
    if begin and end:
        return f"at {end}" if begin == end else f"from {begin} to {end}"
    return f"to {wanted}" if wanted else ""


def started(about: Subject, begins: str) -> Notice:
    """A run has the cluster's lock and begins.

    Args:
        about: the run.
        begins: what it is going to do, in a word or two.
    """
    who = f" by {about.who}" if about.who else ""
    line = f"The run {about.run_id} of {about.dag_id} on cluster {about.cluster} was started{who}."
    links = [(RUN, about.run_url), (REPORT, about.report_url)]
    return made(Event.STARTED, about, f"{begins} started", [line], links)


def question(about: Subject, asked: OpenQuestion) -> Notice:
    """A person is asked, and the run waits."""
    return _open(Event.QUESTION, about, asked, f"a question waits until {_end(asked)}")


def reminder(about: Subject, asked: OpenQuestion) -> Notice:
    """Nobody has answered yet, and the question ends soon."""
    return _open(Event.REMINDER, about, asked, f"a question ends at {_end(asked)}, no answer yet")


def _open(event: Event, about: Subject, asked: OpenQuestion, outcome: str) -> Notice:
    lines = [asked.title, *_reasons(asked), *_choices(asked)]
    return made(event, about, outcome, lines, [(ANSWER, asked.url), (RUN, about.run_url)])


def _end(asked: OpenQuestion) -> str:
    return moment_text(asked.deadline)


def stopped(about: Subject, sentence: str) -> Notice:
    """A run did not reach what it was for.

    Args:
        about: the run.
        sentence: why, where, and what to do (`report.verdict.Verdict.message`).
    """
    links = [(REPORT, about.report_url), (RUN, about.run_url)]
    return made(Event.STOPPED, about, "stopped", [as_sentence(sentence)], links)


def finished(about: Subject, headline: str, sentence: str) -> Notice:
    """A run reached what it was for.

    Args:
        about: the run.
        headline: what came of it, as the report's heading says (`upgraded`).
        sentence: how that was seen.
    """
    links = [(REPORT, about.report_url), (RUN, about.run_url)]
    return made(Event.FINISHED, about, headline, [as_sentence(sentence)], links)


def remind_after(now: float, deadline: float) -> float | None:
    """Seconds from now after which people are told of a question again; None: not at all."""
    left = deadline - now
    ahead = min(REMIND_MINUTES * 60, left / 4)
    return left - ahead if ahead >= SHORTEST_REMINDER else None


def as_sentence(text: str) -> str:
    """A sentence of ours as one of its own."""
    text = text.strip()
    stop = "" if text.endswith((".", "!", "?")) else "."
    return text[:1].upper() + text[1:] + stop


def _reasons(asked: OpenQuestion) -> list[str]:
    """A line for each reason, with the pods that it keeps."""
    alike = by_key(((one["text"], one["remedy"]), one["pod"]) for one in asked.blocks)
    lines = [
        f"{_pods(pods)}: {text}" + (f"; remedy: {remedy}" if remedy else "")
        for (text, remedy), pods in alike.items()
    ]
    return first_lines(lines, MAX_REASONS, "and {} more reasons")


def _pods(names: Sequence[str]) -> str:
    return f"Pod {names[0]}" if len(names) == 1 else f"{len(names)} pods ({first_few(names)})"


def _choices(asked: OpenQuestion) -> list[str]:
    return [
        f"The answers: {', '.join(asked.options)}.",
        f"Without one it ends at {_end(asked)}; nothing is deleted for that.",
    ]
