"""The parameters of the DAG `eks_upgrade` as a form: titles, sections, bounds, safe defaults.

docs/parameters.md describes each; include/eks_upgrade/request.py reads them.
"""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.drain_params import drain_params
from eks_upgrade_airflow.ui.fields import (
    CLUSTER,
    LIMITS,
    NODES,
    RECOVERY,
    SMOKE_TEST,
    choice,
    minutes,
    text,
    yes_no,
)
from include.eks_upgrade.verification.patience import WORSE_MINUTES


def upgrade_params() -> dict[str, Param]:
    """All parameters, in the order in which the form shows them."""
    return _cluster() | _nodes() | _smoke_test() | drain_params() | _recovery() | _limits()


def _cluster() -> dict[str, Param]:
    return {
        "cluster_name": text(
            "Cluster name",
            "The EKS cluster to upgrade, as `aws eks list-clusters` shows it, e.g. payments-prod.",
            CLUSTER,
            required=True,
            minLength=1,
            maxLength=100,
        ),
        "region": text(
            "Region",
            "AWS region of the cluster. Empty: the connection's own.",
            CLUSTER,
            maxLength=32,
            examples=["eu-west-1"],
        ),
        "aws_conn_id": text(
            "AWS connection",
            "Airflow connection with the permissions of docs/permissions.md.",
            CLUSTER,
            required=True,
            default="aws_default",
            minLength=1,
        ),
        "target_version": text(
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
        "canary_group": text(
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
        "addon_conflicts": choice(
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
        "override_insights": yes_no(
            "Override upgrade insights",
            "Go on although EKS's upgrade insights report errors for the target version.",
            CLUSTER,
        ),
    }


def _nodes() -> dict[str, Param]:
    return {
        "ami_source": choice(
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
        "ami_family": choice(
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
        "ami_name_pattern": text(
            "Image name pattern",
            "For 'by name pattern': EC2 name filter; {version} and {architecture} are filled in.",
            NODES,
            examples=["amazon-eks-node-{version}-v*"],
        ),
        "ami_owner": text(
            "Image owner",
            "For 'by name pattern': account id, or `amazon`, or `self`.",
            NODES,
            default="amazon",
            examples=["amazon", "099720109477"],
        ),
        "ami_id": text(
            "Image id",
            "For 'this image id'.",
            NODES,
            pattern=r"^\s*$|^\s*ami-[0-9a-z]+\s*$",
            examples=["ami-0abcdef1234567890"],
        ),
        "replace_custom_image": yes_no(
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
        "smoke_test_image": text(
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
        "smoke_test_namespace": text(
            "Namespace",
            "Where the pod runs; the rights of kubernetes-smoke-test.yaml are needed there.",
            SMOKE_TEST,
            default="default",
            maxLength=63,
        ),
        "smoke_test_service_account": text(
            "Service account",
            "Of the pod. Empty: the default one, and no token is put into the pod.",
            SMOKE_TEST,
            maxLength=253,
            examples=["smoke-test"],
        ),
        "smoke_test_minutes": minutes(
            10, "Time limit", "How long the test may take, its start included.", SMOKE_TEST
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
        "addon_minutes": minutes(30, "Add-on", "How long an add-on update may take."),
        "control_plane_minutes": minutes(
            90, "Control plane", "How long the update of the control plane may take."
        ),
        "node_group_minutes": minutes(
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
        "deletion_stall_minutes": minutes(
            60,
            "Deletion stalls after",
            "How long the old group may be in deletion before it is diagnosed.",
        ),
        "deletion_minutes": minutes(
            90, "Deletion", "How long to wait for group, Auto Scaling group and instances to go."
        ),
    }
