"""What the report of a fleet's run holds: frozen values, with every sentence already decided."""

from dataclasses import dataclass

from include.eks_upgrade.report.model import Headline


@dataclass(frozen=True, kw_only=True)
class ClusterRow:
    """One cluster.

    Attributes:
        title: `account/region/name`.
        versions: `1.33 to 1.34`, or its minor.
        state: what became of it, in words.
        kind: `success`, `failed`, or empty for neither: how its state is coloured.
        why: what was seen, or what stopped it.
        url: of its run. report_url: of that run's report. Empty when there is none.
    """

    title: str
    versions: str
    state: str
    kind: str
    why: str
    url: str = ""
    report_url: str = ""


@dataclass(frozen=True, kw_only=True)
class RingSection:
    """One ring: how it stands, why, and its clusters."""

    name: str
    state: str
    kind: str
    why: str
    clusters: tuple[ClusterRow, ...]


@dataclass(frozen=True, kw_only=True)
class FleetReport:
    """The whole report.

    Attributes:
        headline: of the run.
        actions: what a person has to do now, in order; empty: nothing.
        rings: in their order.
        outside: clusters that are in no ring.
        notes: of the plan: until when, what waiting costs, what could not be looked at.
        facts: about the run itself, by name.
        url, others, docs: addresses, as in a record.
    """

    headline: Headline
    actions: tuple[str, ...]
    rings: tuple[RingSection, ...]
    outside: tuple[ClusterRow, ...]
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    url: str = ""
    others: str = ""
    docs: str = ""
