"""A notice: what a run tells people who are not looking at it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from include.eks_upgrade.report.redaction import hide

MAX_SUBJECT = 99
"""Characters of a subject: SNS takes fewer than 100."""


class Event(StrEnum):
    """What has happened; the value is its name in the configuration."""

    STARTED = "started"
    QUESTION = "question"
    REMINDER = "reminder"
    """A question still stands open and ends soon."""
    STOPPED = "stopped"
    FINISHED = "finished"
    RING_STARTED = "ring_started"
    CLUSTER_FAILED = "cluster_failed"
    """Of a fleet: a cluster was not upgraded, or is not well after its ring's bake."""
    APPROVAL = "approval"
    """A step of an upgrade, or a ring of a fleet, waits for a person's yes."""
    FLEET_STOPPED = "fleet_stopped"
    OVERDUE = "overdue"
    """A run lasts longer than was expected."""
    WINDOW_ENDED = "window_ended"
    """Of a fleet: what one of its runs has come to."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a notice is about: one run and its cluster.

    Attributes:
        cluster: its name. versions: `from 1.25 to 1.26`; empty where none is known.
        dag_id, run_id: which run. who: the person who started it; empty: nobody is known.
        run_url, report_url: where both are shown; empty where Airflow's own address is not known.
    """

    cluster: str
    versions: str = ""
    dag_id: str = ""
    run_id: str = ""
    who: str = ""
    run_url: str = ""
    report_url: str = ""

    @property
    def title(self) -> str:
        """`shop from 1.25 to 1.26`."""
        return f"{self.cluster} {self.versions}".strip()


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One message, in the forms that notifiers take.

    Attributes:
        event: what has happened.
        about: which run.
        subject: a line of at most `MAX_SUBJECT` characters, without a line break.
        lines: the sentences below it. links: their titles and addresses.
    """

    event: Event
    about: Subject
    subject: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The lines and the links, as plain text."""
        told = [*self.lines, *(f"{title}: {address}" for title, address in self.links)]
        return "\n".join(told)

    @property
    def html(self) -> str:
        """The same for a mail."""
        lines = [f"<p>{escape(line)}</p>" for line in self.lines]
        links = [f'<p><a href="{escape(to)}">{escape(name)}</a></p>' for name, to in self.links]
        return "\n".join([f"<h3>{escape(self.subject)}</h3>", *lines, *links])

    def as_json(self) -> dict[str, str]:
        """What a template finds under `notice`."""
        about = self.about
        return {
            "event": str(self.event),
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "cluster": about.cluster,
            "versions": about.versions,
            "dag_id": about.dag_id,
            "run_id": about.run_id,
            "who": about.who,
            "run_url": about.run_url,
            "report_url": about.report_url,
        }


def made(
    event: Event,
    about: Subject,
    outcome: str,
    lines: Iterable[str],
    links: Iterable[tuple[str, str]] = (),
) -> Notice:
    """A notice without secrets and without links that lead nowhere.

    Args:
        event: what has happened.
        about: which run.
        outcome: what stands behind cluster and versions in the subject.
        lines: its sentences; empty ones are left out.
        links: titles and addresses; those without an address are left out.
    """
    return Notice(
        event=event,
        about=about,
        subject=_subject(about, hide(outcome)),
        lines=tuple(hide(line) for line in lines if line),
        links=tuple((title, address) for title, address in links if address),
    )


def _subject(about: Subject, outcome: str) -> str:
    """Cluster, versions and outcome; what is too long loses the end of the cluster's name."""
    rest = " ".join(f" {about.versions}: {outcome}".split())
    rest = f" {rest}" if about.versions else rest
    if len(rest) > MAX_SUBJECT - 20:
        rest = rest[: MAX_SUBJECT - 23] + "..."
    room = MAX_SUBJECT - len(rest)
    name = about.cluster if len(about.cluster) <= room else f"{about.cluster[: room - 3]}..."
    return name + rest
