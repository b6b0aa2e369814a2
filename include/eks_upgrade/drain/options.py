"""What a drain may do, and the only place where the default of one of its options stands.

The form, the operator and the command line take their defaults from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.drain.order.window import nodes_at_once_problem

ROLLING = "rolling"
AT_ONCE = "at_once"
UNBUDGETED_WORKLOADS = (ROLLING, AT_ONCE)
"""How pods without a disruption budget go: no more at a time than their workload's own strategy
allows, or all of them."""

EVICT = "evict"
RESTART = "restart"
SINGLE_REPLICAS = (EVICT, RESTART)
"""How a Deployment's only pod goes: with a gap, or moved by a restart that surges first."""

WAIT = "wait"
RUNNING_JOBS = (WAIT, EVICT)
"""What is done about the pods of running Jobs: wait until they have ended, or evict them."""


@dataclass(frozen=True, kw_only=True)
class DrainOptions:
    """In the words of `kubectl drain`. The defaults lose nothing.

    Attributes:
        ignore_daemonsets: pods of DaemonSets stay where they are. On, unlike kubectl's: nothing is
            lost by it, and hardly a cluster could be upgraded without. The command line keeps
            kubectl's default.
        grace_period_seconds: None leaves each pod its own.
        timeout_minutes: minutes until the drain of a node group gives up (nothing is deleted then).
        pod_selector: only pods with these labels are drained (`kubectl drain --pod-selector`).
        disable_eviction: delete instead of evicting, which no disruption budget sees.
        dry_run: ask the API server only whether it would (`--dry-run=server`); nothing changes.
        requests_per_second: share of the API server that one drain takes at most.
        when_blocked: by class of blocked pods (`drain.blocked.model.BlockClass`), what to do
            (`drain.blocked.policy.Action`); a class that is not named waits.
        blocked_after_seconds: how long what usually passes (a full budget, a replacement without
            a node) may last before a person needs to know of it.
        may_delete_blocked_pods: the action `delete` goes past budgets; only with this.
        delete_blocked_after_minutes: how long a pod must have been blocked before.
        delete_pause_seconds: between two such deletions.
        nodes_at_once: how many nodes are emptied at the same time: a number, a percentage, or
            empty for all (`drain.order.window`).
        running_jobs: one of `RUNNING_JOBS`.
        job_patience_minutes: how long running Jobs are waited for.
        load_balancer_drain_seconds: how long a node must have been out of the load balancers
            before it is deleted; 0 neither takes it out nor waits.
        unbudgeted_workloads: one of `UNBUDGETED_WORKLOADS`.
        unready_patience_minutes: how long a workload without a budget may take to recover from
            one eviction; after that its pods go one at a time all the same.
        single_replicas: one of `SINGLE_REPLICAS`.
    """

    # Whole numbers, although any would do: the form shows them as they stand here.
    ignore_daemonsets: bool = True
    delete_emptydir_data: bool = False
    force_unmanaged_pods: bool = False
    grace_period_seconds: int | None = None
    timeout_minutes: float = 120
    pod_selector: str = ""
    disable_eviction: bool = False
    dry_run: bool = False
    requests_per_second: float = 50
    when_blocked: Mapping[str, str] = field(default_factory=dict)
    blocked_after_seconds: float = 60
    may_delete_blocked_pods: bool = False
    delete_blocked_after_minutes: float = 30
    delete_pause_seconds: float = 60
    nodes_at_once: str | int = ""
    running_jobs: str = WAIT
    job_patience_minutes: float = 60
    load_balancer_drain_seconds: float = 60
    unbudgeted_workloads: str = ROLLING
    unready_patience_minutes: float = 10
    single_replicas: str = EVICT


DEFAULTS = DrainOptions()


def labels_nodes(options: DrainOptions) -> bool:
    """Whether a drain takes nodes out of load balancers.

    With a pod selector it does not: the pods that are not selected go on serving from there.
    """
    return options.load_balancer_drain_seconds > 0 and not options.pod_selector


def word_problems(options: DrainOptions) -> list[Problem]:
    """Options whose word is none of those that are known."""
    words = {
        "unbudgeted_workloads": UNBUDGETED_WORKLOADS,
        "single_replicas": SINGLE_REPLICAS,
        "running_jobs": RUNNING_JOBS,
    }
    wrong = nodes_at_once_problem(options.nodes_at_once)
    return [
        *([wrong] if wrong else []),
        *_unknown_words(options, words),
    ]


def _unknown_words(options: DrainOptions, words: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    return [
        Problem(name, f"{getattr(options, name)!r} is not known", f"choose {' or '.join(known)}")
        for name, known in words.items()
        if getattr(options, name) not in known
    ]
