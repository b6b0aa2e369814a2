"""The parameters of the DAG `eks_upgrade` as a form: titles, sections, bounds, safe defaults.

What most runs need comes first and is open, then the sections by how often they are changed.
docs/parameters.md describes each; include/eks_upgrade/request.py reads them.
"""

from collections.abc import Mapping

from airflow.sdk import Param

from eks_upgrade_airflow.ui.approval_params import approval_params, keep_params
from eks_upgrade_airflow.ui.documentation import docs_page, link
from eks_upgrade_airflow.ui.drain_params import (
    blocked_params,
    drain_params,
    permissions_of_the_drain,
)
from eks_upgrade_airflow.ui.fields import (
    CHECKS,
    FIRST,
    HOPS,
    LIMITS,
    PREDICTION,
    RECOVERY,
    SCOPE,
    choice,
    lines,
    minutes,
    number,
    numbers,
    objects,
    required_text,
    text,
    whole,
    yes_no,
)
from eks_upgrade_airflow.ui.node_params import node_params, smoke_test_params
from include.eks_upgrade.planning.hops.model import RollNodes
from include.eks_upgrade.verification.patience import WORSE_MINUTES


def upgrade_params() -> dict[str, Param]:
    """All parameters, in the order in which the form shows them."""
    first = _which_cluster() | permissions_of_the_drain()
    pods = drain_params() | blocked_params()
    asked = approval_params() | keep_params()
    rarely = _checks() | smoke_test_params() | asked | _recovery() | _limits() | _prediction()
    return documented(first | _hops() | _scope() | pods | node_params() | rarely)


def documented(params: Mapping[str, Param]) -> dict[str, Param]:
    """The same, each with a link to its place in the documentation behind its explanation."""
    page = docs_page("parameters")  # reads the configuration: once for all
    for name, param in params.items():
        param.schema["description_md"] += f" [More]({page}#{name})."
    return dict(params)


def _which_cluster() -> dict[str, Param]:
    return {
        "cluster_name": required_text(
            "Cluster name",
            "The EKS cluster to upgrade, as `aws eks list-clusters` shows it, for example "
            "`payments-prod`.",
        ),
        "region": text(
            "Region",
            "AWS region of the cluster, for example `eu-west-1`. Empty: the connection's own.",
            FIRST,
        ),
        "target_version": text(
            "Target version",
            "Kubernetes minor to arrive at, for example `1.36`; several ahead are several runs, "
            "each started by the one before. Empty: the next minor. **Name it if the run may be "
            "repeated.**",
            FIRST,
        ),
    }


def _hops() -> dict[str, Param]:
    return {
        "roll_nodes": choice(
            RollNodes.WHEN_NEEDED.value,
            "Replace nodes",
            "On the way over several minors.",
            HOPS,
            {
                RollNodes.WHEN_NEEDED.value: "when_needed: at the end, and before they trail too "
                "far",
                RollNodes.EVERY_HOP.value: "every_hop: at each minor",
                RollNodes.FIRST.value: "first: what trails now before anything else, then when "
                "needed",
            },
        ),
        "hop_bake_minutes": minutes(
            0,
            "Bake between minors",
            "How long the cluster is looked at before the next minor begins; 0: not at all.",
            HOPS,
        ),
        "stop_after_hop": yes_no(
            "Stop after this minor",
            "Start no run for the next one; the report names what it would be.",
            HOPS,
        ),
    }


def _scope() -> dict[str, Param]:
    return {
        "aws_conn_id": text(
            "AWS connection",
            f"Airflow connection with the rights that {link('permissions', 'permissions')} lists.",
            SCOPE,
            default="aws_default",
        ),
        "role_arn": text(
            "Role",
            "ARN of an IAM role that is assumed with the connection, for a cluster in another "
            "account: `arn:aws:iam::111111111111:role/eks-fleet`. Empty: none.",
            SCOPE,
        ),
        "node_groups": lines(
            "Node groups",
            "Managed node groups to replace, one a line. Empty: all of them.",
            SCOPE,
        ),
        "canary_group": text(
            "Canary",
            "The node group that is replaced first and by itself. Empty: the first in the plan's "
            "order, a small one.",
            SCOPE,
        ),
        "max_groups_at_once": whole(
            2,
            "Node groups at once",
            "How many node groups are replaced at the same time, once the canary is.",
            SCOPE,
            (1, 100),
        ),
    }


def _checks() -> dict[str, Param]:
    return {
        "addon_conflicts": choice(
            "PRESERVE",
            "Add-on conflicts",
            "What EKS does where a field of an add-on was changed by hand.",
            CHECKS,
            {
                "PRESERVE": "PRESERVE: keep what was changed",
                "OVERWRITE": "OVERWRITE: back to EKS's values",
                "NONE": "NONE: change nothing, the update may fail",
            },
        ),
        "override_insights": yes_no(
            "Override upgrade insights",
            "Go on although EKS's upgrade insights report errors for the target version.",
            CHECKS,
        ),
        "waivers": objects(
            "Waivers",
            "Findings of the preflight that you take upon yourself, each with its check, its "
            "object (`*` stands for more), the reason and its last day.",
            CHECKS,
        ),
    }


def _recovery() -> dict[str, Param]:
    return {
        "may_unprotect": yes_no(
            "May unprotect",
            "If the old group will not go: lift scale-in protection, resume suspended "
            "processes, complete lifecycle hooks.",
            RECOVERY,
        ),
        "may_delete_asg": yes_no(
            "May delete the Auto Scaling group",
            "Last rung, only once no evictable pod is left on it. Needs *May unprotect*.",
            RECOVERY,
        ),
    }


def _limits() -> dict[str, Param]:
    return {
        "poll_seconds": number(
            30,
            "Time between looks",
            "Seconds between two looks at something AWS is working on.",
            LIMITS,
            (0.2, 600),
        ),
        "addon_minutes": minutes(30, "Add-on", "How long an add-on update may take."),
        "control_plane_minutes": minutes(
            90, "Control plane", "How long the update of the control plane may take."
        ),
        "node_group_minutes": minutes(
            45, "New node group", "How long the new group may take until its nodes are Ready."
        ),
        "worse_minutes": number(
            WORSE_MINUTES,
            "Worse for",
            "How long a workload must be seen well after the drain before the old group goes; one "
            "that is worse for as long keeps it. Minutes.",
            LIMITS,
            (0, 60),
        ),
        "deletion_stall_minutes": minutes(
            60,
            "Deletion stalls after",
            "How long the old group may be in deletion before it is diagnosed.",
        ),
        "deletion_minutes": minutes(
            90, "Deletion", "How long to wait for group, Auto Scaling group and instances to go."
        ),
    }


def _prediction() -> dict[str, Param]:
    return {
        "dollars_per_hour": numbers(
            "US dollars an hour",
            "Prices of your own for the prediction, by instance type, and of the cluster as "
            '`standard` and `extended`: `{"m5.large": 0.107}`. Empty: what AWS says.',
            PREDICTION,
        ),
    }
