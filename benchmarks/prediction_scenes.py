"""The clusters whose drains are foretold and then done: the rehearsal's workloads, and each rule.

A scene takes as long as its pods do, in real seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from include.rehearsal.messy.workloads import workloads as messy_workloads
from include.rehearsal.scenario import SHOP
from include.rehearsal.workloads import (
    App,
    Manifest,
    bare_pod,
    budget,
    daemon,
    deployment,
    job,
    stateful_set,
)

Make = Callable[[], list[Manifest]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A cluster to drain.

    Attributes:
        shows: what is foretold here.
        make: its objects.
        nodes: old ones, and as many new ones.
        options: of the drain, beside permissions for what it would refuse.
        quick: whether it is done within half a minute.
    """

    shows: str
    make: Make
    nodes: int = 3
    options: dict[str, Any] = field(default_factory=dict)
    quick: bool = False


def _runbook() -> list[Manifest]:
    made = [one for app in SHOP for one in deployment(app)]
    return [*made, daemon("logging", "log-agent"), bare_pod("ops", "debug-shell")]


def _budgets() -> list[Manifest]:
    """Twenty Deployments of ten; every fourth is slow to start."""
    return [
        one
        for number in range(20)
        for one in deployment(
            App("shop", f"app-{number}", 10, {"maxUnavailable": 1}, 1, 9 if number % 4 == 3 else 2)
        )
    ]


def _shares() -> list[Manifest]:
    apps = [App("shop", f"app-{n}", 12, {"maxUnavailable": "25%"}, 2, 8) for n in range(5)]
    return [one for app in apps for one in deployment(app)]


def _strategies() -> list[Manifest]:
    """No budget: a rollout's own limit, a single pod, and one after the other."""
    return [
        *deployment(App("shop", "web", 8, ready=10)),
        *deployment(App("shop", "cart", 1, ready=5)),
        *deployment(App("shop", "api", 20, ready=6)),
    ]


def _ordered() -> list[Manifest]:
    broker = stateful_set(App("data", "kafka", 4, start=3, ready=12, stop=4))
    return [broker, budget(App("data", "kafka", 4, {"maxUnavailable": 1}))]


def _jobs() -> list[Manifest]:
    return [job("batch", "export", work=3600), *deployment(App("shop", "web", 4, ready=4))]


def _small() -> list[Manifest]:
    return deployment(App("shop", "web", 4, {"maxUnavailable": 1}, 1, 2, 2))


SCENES = {
    "runbook": Scene(shows="the rehearsal's tidy cluster", make=_runbook),
    "messy": Scene(
        shows="the rehearsal's messy cluster",
        make=messy_workloads,
        nodes=6,
        options={"job_patience_minutes": 2},
    ),
    "budgets": Scene(shows="budgets of one pod", make=_budgets, nodes=10),
    "shares": Scene(shows="budgets of a share", make=_shares, nodes=6),
    "strategies": Scene(shows="no budgets", make=_strategies, nodes=4),
    "ordered": Scene(shows="a StatefulSet", make=_ordered, nodes=4),
    "window": Scene(shows="few nodes at once", make=_shares, nodes=6, options={"nodes_at_once": 2}),
    "jobs": Scene(
        shows="a Job that outlasts the patience", make=_jobs, options={"job_patience_minutes": 0.5}
    ),
    "small": Scene(shows="four pods, for a quick look", make=_small, nodes=2, quick=True),
}
