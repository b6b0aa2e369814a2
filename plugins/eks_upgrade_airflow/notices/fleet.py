"""What tasks of a fleet's run tell people; each function sends one notice, if anybody wants it.

None of them raises, and none fails its task: see `send.py`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eks_upgrade_airflow.notices.about import question_url, subject_of
from eks_upgrade_airflow.notices.send import tell, wanted
from eks_upgrade_airflow.notices.told import ONCE
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.notices.fleet import (
    approval_needed,
    cluster_failed,
    fleet_stopped,
    ring_started,
    window_ended,
)
from include.eks_upgrade.notices.model import Event, Subject

if TYPE_CHECKING:
    from airflow.sdk import Context

FLEET = "fleet"
"""What stands in a subject where the name of a cluster stands in others."""


def tell_ring_started(
    context: "Context", ring: str, clusters: Sequence[str]
) -> tuple[Obstacle, ...]:
    """A ring begins with these clusters; a task that is cleared does not say it again."""
    if not wanted(Event.RING_STARTED) or not clusters:
        return ()
    return tell(context, ring_started(_fleet(context), ring, clusters), ONCE)


def tell_cluster_failed(
    context: "Context",
    title: str,
    why: str,
    *,
    run_url: str = "",
    report_url: str = "",
    unhealthy: bool = False,
) -> tuple[Obstacle, ...]:
    """A cluster is not upgraded, or not well; the same reason is sent once.

    Args:
        context: the task's.
        title: what people call the cluster.
        why: what stopped it, or what was seen.
        run_url: of the cluster's own run; empty: there is none, the fleet's is shown.
        report_url: of that run's report.
        unhealthy: it was upgraded, and is not well.
    """
    if not wanted(Event.CLUSTER_FAILED):
        return ()
    about = replace(_fleet(context), cluster=title, report_url=report_url)
    about = replace(about, run_url=run_url or about.run_url)
    return tell(context, cluster_failed(about, why, unhealthy=unhealthy), _mark(why))


def tell_approval(
    context: "Context", ring: str, clusters: Sequence[str], deadline: float | None
) -> tuple[Obstacle, ...]:
    """A ring waits for a person; each question is sent."""
    if not wanted(Event.APPROVAL):
        return ()
    url = question_url(context)
    return tell(context, approval_needed(_fleet(context), ring, clusters, deadline, url))


def tell_fleet_stopped(context: "Context", ring: str, why: str) -> tuple[Obstacle, ...]:
    """A broken ring has stopped the fleet; the same reason is sent once."""
    if not wanted(Event.FLEET_STOPPED):
        return ()
    return tell(context, fleet_stopped(_fleet(context), ring, why), _mark(why))


def tell_window_ended(context: "Context", sentence: str, *, good: bool) -> tuple[Obstacle, ...]:
    """A run of the fleet has ended; the same end is sent once."""
    if not wanted(Event.WINDOW_ENDED):
        return ()
    return tell(context, window_ended(_fleet(context), sentence, good=good), _mark(sentence))


def _fleet(context: "Context") -> Subject:
    # The fleet's own run is of no version: each of its clusters has its own.
    return replace(subject_of(context, FLEET), versions="")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
