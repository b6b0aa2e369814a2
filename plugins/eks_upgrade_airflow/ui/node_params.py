"""The parameters of the new nodes, and of the smoke test on them, as parts of the form."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.fields import (
    NODES,
    SMOKE_TEST,
    choice,
    lines,
    minutes,
    text,
    whole,
    yes_no,
)


def node_params() -> dict[str, Param]:
    """Image and number of the new nodes, in the order in which the form shows it."""
    return _kind_of_image() | _which_image() | _how_many()


def _kind_of_image() -> dict[str, Param]:
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
        "replace_custom_image": yes_no(
            "Replace images of your own",
            "For *EKS optimised*: a group that runs an image of your own gets EKS's, **without "
            "what was built into yours**. Off: such a group is refused, and your newer images are "
            "listed.",
            NODES,
        ),
    }


def _which_image() -> dict[str, Param]:
    return {
        "ami_name_pattern": text(
            "Image name pattern",
            "For *by name pattern*: EC2 name filter; `{version}` and `{architecture}` are filled "
            "in, for example `amazon-eks-node-{version}-v*`.",
            NODES,
        ),
        "ami_owner": text(
            "Image owner",
            "For *by name pattern*: account id, or `amazon`, or `self`.",
            NODES,
            default="amazon",
        ),
        "ami_id": text(
            "Image id", "For *this image id*, for example `ami-0abcdef1234567890`.", NODES
        ),
    }


def _how_many() -> dict[str, Param]:
    return {
        "extra_nodes": whole(
            0,
            "Extra nodes",
            "Nodes of the new group beyond the old group's present size.",
            NODES,
            (0, 100),
        ),
        "ready_percent": whole(
            100,
            "Ready before draining",
            "Percent of the new nodes that must be Ready before the old are drained.",
            NODES,
            (1, 100),
        ),
    }


def smoke_test_params() -> dict[str, Param]:
    """A pod of one's own on the new nodes."""
    return {
        "smoke_test_image": text(
            "Image",
            "A pod of this image runs on the new nodes before the old are touched, for example "
            "`busybox:1.36`. Empty: none.",
            SMOKE_TEST,
        ),
        "smoke_test_command": lines(
            "Command", "Its command, a word a line. Empty: the image's own.", SMOKE_TEST
        ),
        "smoke_test_namespace": text(
            "Namespace",
            "Where the pod runs; the rights of `kubernetes-smoke-test.yaml` are needed there.",
            SMOKE_TEST,
            default="default",
        ),
        "smoke_test_service_account": text(
            "Service account",
            "Of the pod. Empty: the default one, and no token is put into the pod.",
            SMOKE_TEST,
        ),
        "smoke_test_minutes": minutes(
            10, "Time limit", "How long the test may take, its start included.", SMOKE_TEST
        ),
    }
