"""A prediction in sentences: lines of the plan, and what a person is warned of."""

from collections.abc import Iterator

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.planning.prediction.model import (
    DrainPrediction,
    GroupPrediction,
    LimitPrediction,
    Prediction,
    Support,
)


def prediction_lines(found: Prediction) -> tuple[str, ...]:
    """What the run will take, a line each: the whole, each group, money, support."""
    return tuple(_lines(found))


def prediction_warnings(found: Prediction, timeout_minutes: float) -> tuple[str, ...]:
    """Drains that do not end, or not within their limit (`drain_timeout_minutes`)."""
    return tuple(
        text
        for group in found.groups
        if group.drain is not None and (text := _late(group, group.drain, timeout_minutes))
    )


def _lines(found: Prediction) -> Iterator[str]:
    parts = [f"{step.name} {_minutes(step.probable)}" for step in found.steps]
    whole = _span(found.best, found.probable)
    yield f"prediction: {whole} in all; {', '.join(parts)}"
    for group in found.groups:
        yield f"prediction: node group {group.name}: {_group(group)}"
        yield from (f"prediction: node group {group.name}: {note}" for note in _drain_notes(group))
    if found.groups:
        yield f"prediction: {_nodes(found)}"
    if found.support:
        yield f"support: {support_text(found.support)}"
    yield from (f"prediction: {note}" for note in found.notes)


def _span(best: float | None, probable: float | None) -> str:
    if probable is None:
        return "does not end by itself"
    return f"about {_minutes(probable)} ({_minutes(best)} at best)"


def _minutes(minutes: float | None) -> str:
    return duration_text(None if minutes is None else minutes * 60)


def _group(group: GroupPrediction) -> str:
    begins = f", from about {_minutes(group.begins)} on" if group.begins is not None else ""
    drain = "its pods are not known" if group.drain is None else _drain(group.drain)
    whole = f"replaced in {_span(group.best, group.probable)}{begins}"
    return f"{drain}; {whole}" if group.probable is not None else drain


def _drain(drain: DrainPrediction) -> str:
    if drain.never:
        return f"its drain does not end by itself: {first_few(drain.never)} can never go"
    seconds = f"{duration_text(drain.probable)} ({duration_text(drain.best)} at best)"
    decides = f", decided by {limit_text(drain.decides)}" if drain.decides else ""
    return f"its drain of {counted(drain.pods, 'pod')} takes about {seconds}{decides}"


def limit_text(limit: LimitPrediction) -> str:
    """What decides: `budget shop/web (maxUnavailable 1): 4 pods, 1 at a time`."""
    rule = f" ({limit.rule})" if limit.rule else ""
    return f"{limit.name}{rule}: {counted(limit.pods, 'pod')}, {limit.allowed} at a time"


def _drain_notes(group: GroupPrediction) -> tuple[str, ...]:
    return group.drain.notes if group.drain else ()


def _nodes(found: Prediction) -> str:
    made, removed = (counted(each, "node") for each in (found.nodes_made, found.nodes_removed))
    dollars = found.surge_dollars
    cost = "" if dollars is None else f"; what stands twice costs about {dollars:.2f} US dollars"
    return (
        f"{made} {agreeing(found.nodes_made, 'comes', 'come')} and {removed}"
        f" {agreeing(found.nodes_removed, 'goes', 'go')}{cost}"
    )


def support_text(support: Support) -> str:
    """How long a minor is supported, and what staying costs."""
    ends = "; ".join(
        _end(name, days)
        for name, days in (
            ("standard", support.standard_days),
            ("extended", support.extended_days),
        )
    )
    return f"{support.version}: {ends}{_cost(support)}"


def _end(name: str, days: int | None) -> str:
    if days is None:
        return f"when {name} support ends is not known"
    if days > 0:
        return f"{name} support ends in {counted(days, 'day')}"
    return f"{name} support has ended" + (f" {counted(-days, 'day')} ago" if days else " today")


def _cost(support: Support) -> str:
    if support.month_now is None:
        return "; what staying costs is not known"
    staying = f"; staying costs {support.month_now:g} US dollars a month"
    later = support.month_extended
    if later is None or later == support.month_now:
        return staying
    return f"{staying}, {later:g} in extended support"


def _late(group: GroupPrediction, drain: DrainPrediction, timeout_minutes: float) -> str:
    if drain.probable is None or drain.probable <= timeout_minutes * 60:
        return ""
    decides = f": {limit_text(drain.decides)}" if drain.decides else ""
    return (
        f"node group {group.name}: its drain probably takes {duration_text(drain.probable)}, longer"
        f" than its limit of {_minutes(timeout_minutes)} (drain_timeout_minutes){decides}; set the"
        " limit higher, or let the budget allow more at a time"
    )
