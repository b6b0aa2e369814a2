"""Whether an upgrade of one cluster may begin: windows, freezes and bypasses together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.eks_upgrade.fleet.choice.selection import means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Bypass, FleetFile, Freeze, Window
from include.eks_upgrade.fleet.windows.clear import clear_at, next_clear
from include.eks_upgrade.fleet.windows.freezes import FOREVER, FrozenSpan, frozen_at, frozen_spans
from include.eks_upgrade.fleet.windows.opening import Opening
from include.eks_upgrade.fleet.windows.words import moment_words, next_words, opening_words


@dataclass(frozen=True, kw_only=True)
class When:
    """What windows, freezes and bypasses say of one cluster at one moment.

    Attributes:
        opening: what is open for it; it ends early where a freeze begins. None while it is frozen.
        frozen: the freeze that stops it.
        bypass: what lets it through although a window or a freeze would stop it.
        next_opening: the next start at which it is not frozen, None when none comes.
        why_not: why nothing may begin and when it goes on; empty when it may.
        must_end_by: by when a run that begins now has to be expected to end; None when none may.
    """

    opening: Opening | None = None
    frozen: Freeze | None = None
    bypass: Bypass | None = None
    next_opening: datetime | None = None
    why_not: str = ""
    must_end_by: datetime | None = None


def windows_of(windows: Sequence[Window], cluster: FleetCluster) -> list[Window]:
    """The windows of a cluster: its own if there are any, else those that are for all."""
    own = [
        window
        for window in windows
        if window.clusters is not None and means(window.clusters, cluster)
    ]
    return own or [window for window in windows if window.clusters is None]


def when(file: FleetFile, cluster: FleetCluster, moment: datetime) -> When:
    """Whether an upgrade may begin, until when it has to be done, or why not and when next."""
    windows = windows_of(file.windows, cluster)
    live = [each for each in file.bypasses if moment < each.until and means(each.clusters, cluster)]
    spans = frozen_spans(file.freezes, live, cluster)
    coming = next_clear(windows, spans, moment)
    next_opening = coming.start if coming else None
    if span := frozen_at(spans, moment):
        why = _frozen_words(span, coming)
        return When(frozen=span.freeze, next_opening=next_opening, why_not=why)
    opening = clear_at(windows, spans, moment)
    cutoff = opening.cutoff if opening and moment < opening.cutoff else None
    outside = _last(each for each in live if each.windows)
    by = max(
        (each for each in (cutoff, _helps_until(outside, spans, moment)) if each), default=None
    )
    thaw = _last(each for each in live if each.freezes and _is_frozen(file, cluster, moment))
    return When(
        opening=opening,
        bypass=None if not by else outside if by != cutoff else thaw,
        next_opening=next_opening,
        why_not="" if by else _shut_words(windows, opening, coming),
        must_end_by=by,
    )


def _is_frozen(file: FleetFile, cluster: FleetCluster, moment: datetime) -> bool:
    """Whether it would be frozen without its bypasses."""
    return frozen_at(frozen_spans(file.freezes, (), cluster), moment) is not None


def _last(bypasses: Iterable[Bypass]) -> Bypass | None:
    """The one that is over last."""
    return max(bypasses, key=lambda each: each.until, default=None)


def _helps_until(
    bypass: Bypass | None, spans: Sequence[FrozenSpan], moment: datetime
) -> datetime | None:
    """Until when a bypass of windows helps: not into a freeze that it does not pass by."""
    if bypass is None:
        return None
    return min([bypass.until, *(span.begin for span in spans if span.begin > moment)])


def _frozen_words(span: FrozenSpan, coming: Opening | None) -> str:
    freeze = span.freeze
    until = "without an end" if span.end == FOREVER else f"until {_last_words(freeze)}"
    return f"frozen {until}: {freeze.reason}; {next_words(coming)}"


def _last_words(freeze: Freeze) -> str:
    return f"{freeze.last} ({freeze.zone}), this included"


def _shut_words(windows: Sequence[Window], opening: Opening | None, coming: Opening | None) -> str:
    if not windows:
        return "no window of the fleet file is for it: give it one, or a bypass"
    if opening is None:
        return f"its windows are shut; {next_words(coming)}"
    last = moment_words(opening.cutoff, opening.zone)
    return f"{opening_words(opening)} is past its cutoff, {last}; {next_words(coming)}"
