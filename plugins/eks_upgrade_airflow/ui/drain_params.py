"""The parameters of the drain as parts of the form."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.fields import (
    BLOCKED,
    DRAIN,
    FIRST,
    choice,
    minutes,
    number,
    whole,
    yes_no,
)
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import (
    ALLOWED,
    DELETE_ALLOWED_BY,
    Action,
    parameter_of,
)
from include.eks_upgrade.drain.options import AT_ONCE, DEFAULTS, EVICT, RESTART, ROLLING, WAIT

ANSWERS = {
    Action.WAIT: "wait, until the drain's time limit",
    Action.FAIL: "fail at once, naming every pod that is left",
    Action.RESTART: "restart the rollout of its Deployment: the new pod comes first",
    Action.ASK: "ask a person, here in Airflow",
    Action.DELETE: "delete it past its budget (needs 'May delete blocked pods')",
}
"""What each answer means, in the order in which they are offered."""


def permissions_of_the_drain() -> dict[str, Param]:
    """What `kubectl drain` asks for, too; most runs need one of them."""
    return {
        "delete_emptydir_data": yes_no(
            "Delete emptyDir data",
            "Move pods with emptyDir volumes (`kubectl drain --delete-emptydir-data`). "
            "**What is in these volumes is lost.**",
            FIRST,
            default=DEFAULTS.delete_emptydir_data,
        ),
        "force_unmanaged_pods": yes_no(
            "Remove unmanaged pods",
            "Evict pods that no controller starts again (`kubectl drain --force`). "
            "**They are gone for good.**",
            FIRST,
            default=DEFAULTS.force_unmanaged_pods,
        ),
        "ignore_daemonsets": yes_no(
            "Ignore DaemonSet pods",
            "Leave DaemonSet pods where they are (`kubectl drain --ignore-daemonsets`). "
            "They go with their node, and nothing is lost. Off: a node that runs any is refused.",
            FIRST,
            default=DEFAULTS.ignore_daemonsets,
        ),
    }


def drain_params() -> dict[str, Param]:
    """How pods are moved, in the order in which the form shows it."""
    return _limits_of_the_drain() | _availability() | _pace()


def _limits_of_the_drain() -> dict[str, Param]:
    return {
        "drain_timeout_minutes": minutes(
            DEFAULTS.timeout_minutes,
            "Time limit of the drain",
            "When it ends the task fails and names every pod that is left; nothing is deleted.",
            DRAIN,
        ),
        "may_strand_pods": yes_no(
            "May strand pods",
            "Go on although pods ask for what goes with the old nodes (their group's name, a "
            "node's name, a disk): **afterwards they stay Pending**.",
            DRAIN,
        ),
        "pod_grace_period_seconds": whole(
            DEFAULTS.grace_period_seconds,
            "Grace period",
            "Seconds each pod gets to stop. Empty: the pod's own.",
            DRAIN,
            (1, 86400),
        ),
    }


def _availability() -> dict[str, Param]:
    return {
        "unbudgeted_workloads": choice(
            DEFAULTS.unbudgeted_workloads,
            "Workloads without a budget",
            "How the pods of workloads without a PodDisruptionBudget go.",
            DRAIN,
            {
                ROLLING: "rolling: as many at a time as their own strategy allows",
                AT_ONCE: "at_once: all of them, whatever becomes of the workload",
            },
        ),
        "unready_patience_minutes": minutes(
            DEFAULTS.unready_patience_minutes,
            "Patience with workloads",
            "How long a workload without a budget may take to recover; after that its pods go "
            "one at a time all the same.",
            DRAIN,
        ),
        "single_replicas": choice(
            DEFAULTS.single_replicas,
            "Single replicas",
            "How a Deployment's only pod goes.",
            DRAIN,
            {
                EVICT: "evict: it is away until its replacement is Ready",
                RESTART: "restart: its rollout starts the new pod first, past any budget",
            },
        ),
    }


def _pace() -> dict[str, Param]:
    return {
        "nodes_at_once": Param(
            DEFAULTS.nodes_at_once,
            type=["null", "string", "integer"],
            title="Nodes at once",
            description_md="How many nodes are emptied at the same time: a number or a percentage. "
            "Empty: all. All of them are cordoned at once either way.",
            section=DRAIN,
            examples=["3", "25%"],
        ),
        "running_jobs": choice(
            DEFAULTS.running_jobs,
            "Running Jobs",
            "What becomes of pods of Jobs that are at work.",
            DRAIN,
            {
                WAIT: "wait: until they have ended, within the patience below",
                EVICT: "evict: at once, which loses their work and may fail the Job",
            },
        ),
        "job_patience_minutes": minutes(
            DEFAULTS.job_patience_minutes,
            "Patience with Jobs",
            "How long running Jobs are waited for, from the beginning of the drain on; then "
            "their pods are evicted, and named.",
            DRAIN,
        ),
        "load_balancer_drain_seconds": number(
            DEFAULTS.load_balancer_drain_seconds,
            "Load balancers let go",
            "Seconds between taking the last empty node out of the load balancers and "
            "deleting the old group. 0: neither.",
            DRAIN,
            (0, 3600),
        ),
        "kubernetes_requests_per_second": number(
            DEFAULTS.requests_per_second,
            "Requests a second",
            "How many requests one drain sends to the Kubernetes API at most.",
            DRAIN,
            (1, 1000),
        ),
    }


HOLDS = {
    BlockClass.BUDGET_FULL: ("Budget without room", "Its budget allows nothing now, and will."),
    BlockClass.NEVER_ALLOWED: (
        "Budget that can never allow it",
        "Its budget is zero by its own numbers, or it has two. While this waits or fails, the "
        "plan is refused because of such a budget.",
    ),
    BlockClass.NEVER_HEALTHY: ("Unhealthy pods", "Pods that are not Ready use its budget up."),
    BlockClass.REFUSED: ("Refused", "A webhook or the API server refuses its eviction."),
    BlockClass.SLOW_TO_STOP: ("Slow to stop", "It was asked to stop, and is still there."),
    BlockClass.NOWHERE_TO_GO: ("Nowhere to go", "Its replacement finds no node."),
    BlockClass.WORKLOAD_UNREADY: (
        "Workload not Ready",
        "Its workload has no budget and too few Ready pods.",
    ),
}
"""By class of blocked pods: title and explanation of the field that says what is done."""


def blocked_params() -> dict[str, Param]:
    """What is done about pods that will not go: a choice for each class, then what bounds it."""
    return {parameter_of(kind): _answer(kind) for kind in BlockClass} | _deletion()


def _answer(kind: BlockClass) -> Param:
    title, about = HOLDS[kind]
    meanings = {str(each): text for each, text in ANSWERS.items() if each in ALLOWED[kind]}
    return choice(str(Action.WAIT), title, about, BLOCKED, meanings)


def _deletion() -> dict[str, Param]:
    return {
        DELETE_ALLOWED_BY: yes_no(
            "May delete blocked pods",
            "Allows the answer *delete*, which **goes past disruption budgets**, one pod at a "
            "time, and offers it where a person is asked.",
            BLOCKED,
            default=DEFAULTS.may_delete_blocked_pods,
        ),
        "delete_blocked_after_minutes": minutes(
            DEFAULTS.delete_blocked_after_minutes,
            "Delete after",
            "How long a pod must have been blocked before *delete* deletes it.",
            BLOCKED,
        ),
        "delete_pause_seconds": number(
            DEFAULTS.delete_pause_seconds,
            "Pause between deletions",
            "Seconds between two deletions of blocked pods.",
            BLOCKED,
            (0, 3600),
        ),
    }
