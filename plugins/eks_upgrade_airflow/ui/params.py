"""The parameters of the DAG `eks_upgrade` as a form: titles, sections, bounds, safe defaults.

docs/parameters.md describes each; include/eks_upgrade/request.py reads them.
"""

from typing import Any

from airflow.sdk import Param

from include.eks_upgrade.drain.blocked.policy import ALLOWED
from include.eks_upgrade.drain.options import AT_ONCE, DEFAULTS, EVICT, RESTART, ROLLING, WAIT
from include.eks_upgrade.verification.patience import WORSE_MINUTES

CLUSTER = "Cluster"
NODES = "New nodes"
DRAIN = "Drain"
SMOKE_TEST = "Smoke test"
RECOVERY = "Recovery"
LIMITS = "Waits and limits"


def upgrade_params() -> dict[str, Param]:
    """All parameters, in the order in which the form shows them."""
    drain = _drain() | _availability() | _pace() | _blocked()
    return _cluster() | _nodes() | _smoke_test() | drain | _recovery() | _limits()


def _text(title: str, about: str, section: str, **more: Any) -> Param:
    """A text; unless `required`, the form lets it be empty (and then sends null)."""
    kind = "string" if more.pop("required", False) else ["null", "string"]
    default = more.pop("default", "")
    return Param(default, type=kind, title=title, description=about, section=section, **more)


def _yes_no(title: str, about: str, section: str, *, default: bool = False) -> Param:
    return Param(default, type="boolean", title=title, description=about, section=section)


def _minutes(default: float, title: str, about: str, section: str = LIMITS) -> Param:
    return Param(
        default, type="number", exclusiveMinimum=0, maximum=10080, title=title,
        description=f"{about} Minutes.", section=section,
    )  # fmt: skip


def _choice(default: str, title: str, about: str, section: str, message: dict[str, str]) -> Param:
    return Param(
        default, type="string", enum=list(message), values_display=message, title=title,
        description=about, section=section,
    )  # fmt: skip


def _cluster() -> dict[str, Param]:
    return {
        "cluster_name": _text(
            "Cluster name",
            "The EKS cluster to upgrade, as `aws eks list-clusters` shows it, e.g. payments-prod.",
            CLUSTER,
            required=True,
            minLength=1,
            maxLength=100,
        ),
        "region": _text(
            "Region",
            "AWS region of the cluster. Empty: the connection's own.",
            CLUSTER,
            maxLength=32,
            examples=["eu-west-1"],
        ),
        "aws_conn_id": _text(
            "AWS connection",
            "Airflow connection with the permissions of docs/permissions.md.",
            CLUSTER,
            required=True,
            default="aws_default",
            minLength=1,
        ),
        "target_version": _text(
            "Target version",
            "Kubernetes minor to arrive at, exactly one above the present one. "
            "Empty: the next minor. Name it if the run may be repeated.",
            CLUSTER,
            pattern=r"^\s*$|^\s*\d+\.\d+\s*$",
            examples=["1.36"],
        ),
        "node_groups": Param(
            [],
            type=["null", "array"],
            items={"type": "string"},
            title="Node groups",
            description="Managed node groups to replace, one a line. Empty: all of them.",
            section=CLUSTER,
        ),
        "canary_group": _text(
            "Canary",
            "The node group that is replaced first and by itself. Empty: the first in the plan's "
            "order, a small one.",
            CLUSTER,
            maxLength=63,
            examples=["workers-test"],
        ),
        "max_groups_at_once": Param(
            2,
            type="integer",
            minimum=1,
            maximum=100,
            title="Node groups at once",
            description="How many node groups are replaced at the same time, once the canary is.",
            section=CLUSTER,
        ),
        "addon_conflicts": _choice(
            "PRESERVE",
            "Add-on conflicts",
            "What EKS does where a field of an add-on was changed by hand.",
            CLUSTER,
            {
                "PRESERVE": "PRESERVE: keep what was changed",
                "OVERWRITE": "OVERWRITE: back to EKS's values",
                "NONE": "NONE: change nothing, the update may fail",
            },
        ),
        "override_insights": _yes_no(
            "Override upgrade insights",
            "Go on although EKS's upgrade insights report errors for the target version.",
            CLUSTER,
        ),
    }


def _nodes() -> dict[str, Param]:
    return {
        "ami_source": _choice(
            "eks_optimized",
            "Image source",
            "Where the image of the new nodes comes from.",
            NODES,
            {
                "eks_optimized": "EKS optimised (by SSM parameter where a template needs an id)",
                "name_pattern": "Newest image by name pattern and owner",
                "image_id": "This image id",
            },
        ),
        "ami_family": _choice(
            "same",
            "Operating system",
            "Family of the new image. Amazon Linux 2 ends with Kubernetes 1.32.",
            NODES,
            {
                "same": "same as the old group",
                "al2": "Amazon Linux 2",
                "al2023": "Amazon Linux 2023",
                "bottlerocket": "Bottlerocket",
            },
        ),
        "ami_name_pattern": _text(
            "Image name pattern",
            "For 'by name pattern': EC2 name filter; {version} and {architecture} are filled in.",
            NODES,
            examples=["amazon-eks-node-{version}-v*"],
        ),
        "ami_owner": _text(
            "Image owner",
            "For 'by name pattern': account id, or `amazon`, or `self`.",
            NODES,
            default="amazon",
            examples=["amazon", "099720109477"],
        ),
        "ami_id": _text(
            "Image id",
            "For 'this image id'.",
            NODES,
            pattern=r"^\s*$|^\s*ami-[0-9a-z]+\s*$",
            examples=["ami-0abcdef1234567890"],
        ),
        "replace_custom_image": _yes_no(
            "Replace images of your own",
            "For 'EKS optimised': a group that runs an image of your own gets EKS's, without what "
            "was built into yours. Off: such a group is refused, and your newer images are listed.",
            NODES,
        ),
        "extra_nodes": Param(
            0,
            type="integer",
            minimum=0,
            maximum=100,
            title="Extra nodes",
            description="Nodes of the new group beyond the old group's present size.",
            section=NODES,
        ),
        "ready_percent": Param(
            100,
            type="integer",
            minimum=1,
            maximum=100,
            title="Ready before draining",
            description="Percent of the new nodes that must be Ready before the old are drained.",
            section=NODES,
        ),
    }


def _smoke_test() -> dict[str, Param]:
    return {
        "smoke_test_image": _text(
            "Image",
            "A pod of this image runs on the new nodes before the old are touched. Empty: none.",
            SMOKE_TEST,
            maxLength=512,
            examples=["busybox:1.36"],
        ),
        "smoke_test_command": Param(
            [],
            type=["null", "array"],
            items={"type": "string"},
            title="Command",
            description="Its command, a word a line. Empty: the image's own.",
            section=SMOKE_TEST,
        ),
        "smoke_test_namespace": _text(
            "Namespace",
            "Where the pod runs; the rights of kubernetes-smoke-test.yaml are needed there.",
            SMOKE_TEST,
            default="default",
            maxLength=63,
        ),
        "smoke_test_service_account": _text(
            "Service account",
            "Of the pod. Empty: the default one, and no token is put into the pod.",
            SMOKE_TEST,
            maxLength=253,
            examples=["smoke-test"],
        ),
        "smoke_test_minutes": _minutes(
            10, "Time limit", "How long the test may take, its start included.", SMOKE_TEST
        ),
    }


def _drain() -> dict[str, Param]:
    return {
        "ignore_daemonsets": _yes_no(
            "Ignore DaemonSet pods",
            "Leave DaemonSet pods where they are (kubectl drain --ignore-daemonsets). "
            "They go with their node, and nothing is lost. Off: a node that runs any is refused.",
            DRAIN,
            default=DEFAULTS.ignore_daemonsets,
        ),
        "delete_emptydir_data": _yes_no(
            "Delete emptyDir data",
            "Evict pods with emptyDir volumes; what is in them is lost.",
            DRAIN,
            default=DEFAULTS.delete_emptydir_data,
        ),
        "force_unmanaged_pods": _yes_no(
            "Remove unmanaged pods",
            "Evict pods that no controller will bring back (kubectl drain --force).",
            DRAIN,
            default=DEFAULTS.force_unmanaged_pods,
        ),
        "may_strand_pods": _yes_no(
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
        "drain_timeout_minutes": _minutes(
            DEFAULTS.timeout_minutes,
            "Time limit of the drain",
            "When it ends the task fails and names every pod that is left; nothing is deleted.",
            DRAIN,
        ),
    }


def _availability() -> dict[str, Param]:
    return {
        "unbudgeted_workloads": _choice(
            DEFAULTS.unbudgeted_workloads,
            "Workloads without a budget",
            "How the pods of workloads without a PodDisruptionBudget go.",
            DRAIN,
            {
                ROLLING: "rolling: as many at a time as their own strategy allows",
                AT_ONCE: "at_once: all of them, whatever becomes of the workload",
            },
        ),
        "unready_patience_minutes": _minutes(
            DEFAULTS.unready_patience_minutes,
            "Patience with workloads",
            "How long a workload without a budget may take to recover; after that its pods go "
            "one at a time all the same.",
            DRAIN,
        ),
        "single_replicas": _choice(
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
        "running_jobs": _choice(
            DEFAULTS.running_jobs,
            "Running Jobs",
            "What becomes of pods of Jobs that are at work.",
            DRAIN,
            {
                WAIT: "wait: until they have ended, within the patience below",
                EVICT: "evict: at once, which loses their work and may fail the Job",
            },
        ),
        "job_patience_minutes": _minutes(
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
        "may_delete_blocked_pods": _yes_no(
            "May delete blocked pods",
            "Allows the answer 'delete', which goes past disruption budgets, one pod at a time.",
            DRAIN,
            default=DEFAULTS.may_delete_blocked_pods,
        ),
        "delete_blocked_after_minutes": _minutes(
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


def _recovery() -> dict[str, Param]:
    return {
        "may_unprotect": _yes_no(
            "May unprotect",
            "If the old group will not go: lift scale-in protection, resume suspended "
            "processes, complete lifecycle hooks.",
            RECOVERY,
        ),
        "may_delete_asg": _yes_no(
            "May delete the Auto Scaling group",
            "Last rung, only once no evictable pod is left on it. Needs 'May unprotect'.",
            RECOVERY,
        ),
    }


def _limits() -> dict[str, Param]:
    return {
        "poll_seconds": Param(
            30,
            type="number",
            minimum=0.2,
            maximum=600,
            title="Time between looks",
            description="Seconds between two looks at something AWS is working on.",
            section=LIMITS,
        ),
        "addon_minutes": _minutes(30, "Add-on", "How long an add-on update may take."),
        "control_plane_minutes": _minutes(
            90, "Control plane", "How long the update of the control plane may take."
        ),
        "node_group_minutes": _minutes(
            45, "New node group", "How long the new group may take until its nodes are Ready."
        ),
        "worse_minutes": Param(
            WORSE_MINUTES,
            type="number",
            minimum=0,
            maximum=60,
            title="Worse for",
            description="How long a workload must be seen well after the drain before the old "
            "group goes; one that is worse for as long keeps it. Minutes.",
            section=LIMITS,
        ),
        "deletion_stall_minutes": _minutes(
            25,
            "Deletion stalls after",
            "How long the old group may be in deletion before it is diagnosed.",
        ),
        "deletion_minutes": _minutes(
            90, "Deletion", "How long to wait for group, Auto Scaling group and instances to go."
        ),
    }
