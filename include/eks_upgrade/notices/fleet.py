"""The notices of a fleet's run, one function for each event. Pure."""

from collections.abc import Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.notices.compose import ANSWER, REPORT, RUN, as_sentence
from include.eks_upgrade.notices.model import Event, Notice, Subject, made

MAX_CLUSTERS = 20
"""Clusters that a notice names; the rest are counted."""


def ring_started(about: Subject, ring: str, clusters: Sequence[str]) -> Notice:
    """A ring begins.

    Args:
        about: the fleet's run.
        ring: its name.
        clusters: titles of those that are to be upgraded, in their order.
    """
    what = f"ring '{ring}' started with {counted(len(clusters), 'cluster')}"
    lines = [
        f"The run {about.run_id} of {about.dag_id} upgrades:",
        *first_lines(list(clusters), MAX_CLUSTERS, "and {} more clusters"),
    ]
    return made(Event.RING_STARTED, about, what, lines, [(RUN, about.run_url)])


def cluster_failed(about: Subject, why: str, *, unhealthy: bool) -> Notice:
    """A cluster is not upgraded, or not well after it.

    Args:
        about: the cluster and its own run of `eks_upgrade`; without one, the fleet's.
        why: what stopped it, or what was seen.
        unhealthy: it was upgraded, and is not well.
    """
    what = "unhealthy after its upgrade" if unhealthy else "was not upgraded"
    links = [(REPORT, about.report_url), (RUN, about.run_url)]
    return made(Event.CLUSTER_FAILED, about, what, [as_sentence(why)], links)


def approval_needed(
    about: Subject, ring: str, clusters: Sequence[str], deadline: float | None, url: str
) -> Notice:
    """A ring waits for a person.

    Args:
        about: the fleet's run.
        ring: its name.
        clusters: titles of those that would be upgraded.
        deadline: epoch seconds at which the question ends; None: not known.
        url: where it is answered; empty where that is not known.
    """
    until = f" until {moment_text(deadline)}" if deadline is not None else ""
    lines = [
        f"May ring '{ring}' begin? It upgrades {counted(len(clusters), 'cluster')}:",
        *first_lines(list(clusters), MAX_CLUSTERS, "and {} more clusters"),
        "Without an answer it does not begin, nor do the later rings.",
    ]
    links = [(ANSWER, url), (RUN, about.run_url)]
    return made(Event.APPROVAL, about, f"ring '{ring}' waits for a yes{until}", lines, links)


def fleet_stopped(about: Subject, ring: str, why: str) -> Notice:
    """A ring is broken: nothing begins any more until a person resumes.

    Args:
        about: the fleet's run.
        ring: its name.
        why: the ring's verdict.
    """
    lines = [
        as_sentence(why),
        "The other clusters are left alone, in later windows too, until a person resumes the "
        "fleet (docs/fleet.md).",
    ]
    links = [(REPORT, about.report_url), (RUN, about.run_url)]
    return made(Event.FLEET_STOPPED, about, f"stopped at ring '{ring}'", lines, links)


def overdue(about: Subject, began: object, due: object) -> Notice:
    """A run, of the fleet or of one cluster, lasts longer than was expected.

    Args:
        about: the run.
        began: when it could begin, as `moment_text` takes it.
        due: when it was expected to have ended.
    """
    lines = [
        f"The run {about.run_id} of {about.dag_id} may run since {moment_text(began)} and was "
        f"expected to have ended by {moment_text(due)}.",
        "Nothing is stopped for that. See what it waits for: its tasks that run or are deferred "
        "say so in their logs.",
    ]
    return made(Event.OVERDUE, about, "overdue", lines, [(RUN, about.run_url)])


def window_ended(about: Subject, sentence: str, *, good: bool) -> Notice:
    """A run of the fleet has ended.

    Args:
        about: the fleet's run.
        sentence: what it came to.
        good: whether it has done what its window was for.
    """
    what = "window ended" if good else "window ended, and needs a person"
    links = [(REPORT, about.report_url), (RUN, about.run_url)]
    return made(Event.WINDOW_ENDED, about, what, [as_sentence(sentence)], links)
