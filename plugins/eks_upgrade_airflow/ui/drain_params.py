"""The parameters of the drain as a part of the form."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.fields import DRAIN, choice, minutes, yes_no
from include.eks_upgrade.drain.blocked.policy import ALLOWED
from include.eks_upgrade.drain.options import AT_ONCE, DEFAULTS, EVICT, RESTART, ROLLING, WAIT


def drain_params() -> dict[str, Param]:
    """All of them, in the order in which the form shows them."""
    return _drain() | _availability() | _pace() | _blocked()


def _drain() -> dict[str, Param]:
    return {
        "ignore_daemonsets": yes_no(
            "Ignore DaemonSet pods",
            "Leave DaemonSet pods where they are (kubectl drain --ignore-daemonsets). "
            "They go with their node, and nothing is lost. Off: a node that runs any is refused.",
            DRAIN,
            default=DEFAULTS.ignore_daemonsets,
        ),
        "delete_emptydir_data": yes_no(
            "Delete emptyDir data",
            "Evict pods with emptyDir volumes; what is in them is lost.",
            DRAIN,
            default=DEFAULTS.delete_emptydir_data,
        ),
        "force_unmanaged_pods": yes_no(
            "Remove unmanaged pods",
            "Evict pods that no controller will bring back (kubectl drain --force).",
            DRAIN,
            default=DEFAULTS.force_unmanaged_pods,
        ),
        "may_strand_pods": yes_no(
            "May strand pods",
            "Go on although pods ask for what goes with the old nodes (their group's name, a "
            "node's name, a disk): afterwards they stay Pending.",
            DRAIN,
        ),
        "pod_grace_period_seconds": Param(
            DEFAULTS.grace_period_seconds,
            type=["null", "integer"],
            minimum=1,
            maximum=86400,
            title="Grace period",
            description="Seconds each pod gets to stop. Empty: the pod's own.",
            section=DRAIN,
        ),
        "drain_timeout_minutes": minutes(
            DEFAULTS.timeout_minutes,
            "Time limit of the drain",
            "When it ends the task fails and names every pod that is left; nothing is deleted.",
            DRAIN,
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
            pattern=r"^\s*$|^\s*[1-9][0-9]*\s*%?\s*$",
            minimum=1,
            title="Nodes at once",
            description="How many nodes are emptied at the same time: a number or a percentage. "
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
    }


def _blocked() -> dict[str, Param]:
    return {
        "when_blocked": Param(
            dict(DEFAULTS.when_blocked),
            type=["null", "object"],
            properties={
                str(kind): {"type": "string", "enum": sorted(answers)}
                for kind, answers in ALLOWED.items()
            },
            additionalProperties=False,
            title="When pods are blocked",
            description="By class of blocked pods, what to do: wait, fail, restart (the rollout), "
            "ask (a person, here in Airflow) or delete. A class that is not named waits.",
            section=DRAIN,
            examples=[{"never_allowed": "restart", "never_healthy": "ask"}],
        ),
        "may_delete_blocked_pods": yes_no(
            "May delete blocked pods",
            "Allows the answer 'delete', which goes past disruption budgets, one pod at a time.",
            DRAIN,
            default=DEFAULTS.may_delete_blocked_pods,
        ),
        "delete_blocked_after_minutes": minutes(
            DEFAULTS.delete_blocked_after_minutes,
            "Delete after",
            "How long a pod must have been blocked before 'delete' deletes it.",
            DRAIN,
        ),
        "delete_pause_seconds": Param(
            DEFAULTS.delete_pause_seconds,
            type="number",
            minimum=0,
            maximum=3600,
            title="Pause between deletions",
            description="Seconds between two deletions of blocked pods.",
            section=DRAIN,
        ),
        "load_balancer_drain_seconds": Param(
            DEFAULTS.load_balancer_drain_seconds,
            type="number",
            minimum=0,
            maximum=3600,
            title="Load balancers let go",
            description="Seconds between taking the last empty node out of the load balancers and "
            "deleting the old group. 0: neither.",
            section=DRAIN,
        ),
        "kubernetes_requests_per_second": Param(
            DEFAULTS.requests_per_second,
            type="number",
            minimum=1,
            maximum=1000,
            title="Requests a second",
            description="How many requests one drain sends to the Kubernetes API at most.",
            section=DRAIN,
        ),
    }
