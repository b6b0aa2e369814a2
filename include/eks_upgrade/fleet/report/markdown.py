"""The report of a fleet's run as Markdown: for chat, pull requests and terminals."""

from collections.abc import Sequence

from include.eks_upgrade.common.markdown import bullets, table, text
from include.eks_upgrade.fleet.report.model import ClusterRow, FleetReport, RingSection
from include.eks_upgrade.report.html import address

_HEADS = ("Cluster", "Versions", "State", "Why")


def as_markdown(report: FleetReport) -> str:
    """The whole report. Foreign words are escaped."""
    steps = "\n".join(f"{number}. {text(each)}" for number, each in enumerate(report.actions, 1))
    parts = [
        f"# {text(report.headline.text)}",
        text(report.headline.summary),
        _section("What to do now", steps),
        *(_ring(ring) for ring in report.rings),
        _section("In no ring", _clusters(report.outside)),
        _section("The plan", bullets(report.notes)),
        _section("Run", table(("", ""), report.facts)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _ring(ring: RingSection) -> str:
    head = f"## Ring {text(ring.name)}: {text(ring.state)}\n\n{text(ring.why)}"
    clusters = _clusters(ring.clusters)
    return f"{head}\n\n{clusters}" if clusters else head


def _clusters(clusters: Sequence[ClusterRow]) -> str:
    rows = [(each.title, each.versions, each.state, each.why) for each in clusters]
    links = "\n".join(filter(None, map(_links, clusters)))
    return "\n\n".join(filter(None, (table(_HEADS, rows), links)))


def _links(cluster: ClusterRow) -> str:
    """Addresses in pointed brackets, so that nothing in them is taken for markup."""
    pairs = (("run", cluster.url), ("report", cluster.report_url))
    known = [f"{name} <{_quoted(url)}>" for name, url in pairs if address(url)]
    return f"- {text(cluster.title)}: {', '.join(known)}" if known else ""


def _quoted(url: str) -> str:
    return url.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20").replace("\n", "%0A")
