"""A report as Markdown: for pull requests, chat and terminals."""

from collections.abc import Callable, Sequence
from functools import partial

from include.eks_upgrade.common.markdown import bullets, fenced, table, text
from include.eks_upgrade.common.shorten import shortened
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.report.model import (
    Availability,
    Continuation,
    FailedStep,
    Foretold,
    GroupTurn,
    Listing,
    Phase,
    Report,
    TimeSplit,
)
from include.eks_upgrade.report.notes import notes_markdown
from include.eks_upgrade.report.words import percent_text, state_text

Short = Callable[[str], str]
"""Shows long names short."""


def as_markdown(report: Report) -> str:
    """The whole report. Foreign words are escaped, or stand in fenced blocks."""
    short = partial(shortened, names=dict(report.names))
    parts = [
        f"# {text(report.headline.text)}",
        text(report.headline.summary),
        notes_markdown(report.notes),
        _continuation(report.continuation, short),
        *(_listing(listing, short) for listing in report.listings),
        _section("Run", table(("", ""), report.facts)),
        _section("Versions", _versions(report)),
        _section("Plan", bullets(map(short, report.plan))),
        _section("Obstacles, and how they were passed", _obstacles(report, short)),
        _section("Warnings", bullets(map(short, report.warnings))),
        # Of a run that stopped, "Done" says it already.
        _section("What was changed", "" if report.continuation else _changes(report, short)),
        _section("Phases", _phases(report.phases)),
        _section("Order of the node groups", _order(report.order)),
        _section("Where the time went", _split(report.split)),
        _section("Foretold, and what it took", _foretold(report.foretold, short)),
        _section("Ready pods during the drain", _availability(report.availability, short)),
        _section("Drain, node by node", _drains(report, short)),
        _section("Every step", _steps(report.phases, short)),
        _section("Parameters of the run", table(("Parameter", "Value"), report.request)),
        _section("Names in full", table(("Short", "Whole"), [pair[::-1] for pair in report.names])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _listing(listing: Listing, short: Short) -> str:
    return _section(listing.title, bullets(map(short, listing.items)) or text(listing.empty))


def _changes(report: Report, short: Short) -> str:
    return bullets(map(short, report.changes))


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _versions(report: Report) -> str:
    rows = [(row.thing, row.before, row.after) for row in report.versions]
    return table(("", "Before", "After"), rows)


def _obstacles(report: Report, short: Short) -> str:
    rows = [
        (short(each.what), each.passed_by or "not passed", each.where) for each in report.obstacles
    ]
    return table(("What stood in the way", "How it was passed", "Where"), rows)


def _phases(phases: Sequence[Phase]) -> str:
    rows = [(phase.name, state_text(phase.state), _took(phase)) for phase in phases]
    return table(("Phase", "State", "Took"), rows)


def _took(phase: Phase) -> str:
    whole = duration_text(phase.seconds)
    if not phase.person:
        return whole
    return f"{whole}, of it {duration_text(phase.person)} waiting for a person"


def _order(order: Sequence[GroupTurn]) -> str:
    rows = [
        (
            str(each.place),
            each.node_group,
            each.turn,
            state_text(each.state),
            duration_text(each.began),
            duration_text(each.seconds),
        )
        for each in order
    ]
    return table(("", "Node group", "Turn", "State", "Began after", "Took"), rows)


def _steps(phases: Sequence[Phase], short: Short) -> str:
    rows = [
        (step.task, state_text(step.state), duration_text(step.seconds), short(step.text))
        for phase in phases
        for step in phase.steps
    ]
    return table(("Task", "State", "Took", "What it did"), rows)


def _drains(report: Report, short: Short) -> str:
    rows = [
        (
            each.node_group,
            short(each.node),
            str(each.moved),
            duration_text(each.seconds),
            short(each.note),
        )
        for each in report.drains
    ]
    return table(("Node group", "Node", "Pods moved", "Took", ""), rows)


def _availability(found: Availability | None, short: Short) -> str:
    if found is None:
        return ""
    rows = [
        (short(row.workload), str(row.before), str(row.lowest), str(row.keeps), short(row.rule))
        for row in found.rows
    ]
    heads = ("Workload", "Before", "Fewest", "Must keep", "Because of")
    more = f"\n\n… and {found.unlisted} more." if found.unlisted else ""
    return f"{text(found.sentence)}\n\n{table(heads, rows)}{more}"


def _split(split: TimeSplit | None) -> str:
    if split is None:
        return ""
    rows = [
        ("Waiting for AWS", duration_text(split.aws)),
        ("Draining", duration_text(split.drain)),
        ("Everything else (Airflow, looking, deciding)", duration_text(split.rest)),
        ("Waiting for a person", duration_text(split.person)),
        ("Whole run", duration_text(split.total)),
    ]
    return table(("", ""), rows)


def _foretold(rows: Sequence[Foretold], short: Short) -> str:
    cells = [
        (
            row.what,
            duration_text(row.best),
            duration_text(row.probable),
            duration_text(row.took),
            percent_text(row.error),
            short(row.decided_by),
        )
        for row in rows
    ]
    return table(("", "At best", "Foretold", "Took", "Error", "Was to decide"), cells)


def _continuation(stop: Continuation | None, short: Short) -> str:
    if stop is None:
        return ""
    # The action is our own sentence, like the remedies: its code marks are wanted.
    parts = [_section("What to do now", stop.action)]
    parts += [_failed(step) for step in stop.failed]
    parts += [
        _section("Safe right now", bullets(map(short, stop.safe))),
        _section("Left in the cluster", bullets(map(short, stop.left))),
        _section("Done", bullets(map(short, stop.done))),
        _section("Not done", bullets(map(short, stop.not_done))),
    ]
    return "\n\n".join(part for part in parts if part)


def _failed(step: FailedStep) -> str:
    # Remedies are our own sentences: their code marks are wanted.
    remedies = "\n".join(f"- {sentence}" for sentence in step.remedies)
    return (
        f"## Why it stopped: {text(step.part)}\n\nTask {text(step.task)}\n\n{fenced(step.why)}\n\n"
        f"### How to go on\n\n{remedies}"
    )
