"""Making the node group that replaces an old one, or adopting the one an earlier run began."""

from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.busy import cluster_busy
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.aws.statuses import cluster_in_motion
from include.eks_upgrade.common.errors import Busy, Problem, Refused, UpdateFailed
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.managed.new_group.adoption import not_a_clone
from include.eks_upgrade.nodes.managed.new_group.readiness import (
    create_failed_message,
)

_INVALID = frozenset({"InvalidParameterException", "InvalidRequestException"})
_VERSION_NOT_SEEN = "nodegroup kubernetes version should be equal to"
"""Of a refusal that passes when the cluster's own update is over everywhere
(aws-controllers-k8s/community#2957)."""


def create_node_group(clients: AwsClients, cluster: str, request: Raw) -> StepResult:
    """Create the new node group, or adopt the one an earlier run began.

    Args:
        clients: EKS is read and changed.
        cluster: the cluster's name.
        request: what `create_request` returned.

    Returns:
        A StepResult with data `{"node_group", "status", "desired_nodes"}`; the last is what it has
        when it was adopted.

    Raises:
        UpdateFailed: the group is there and EKS could not create it; it is left as it is.
        Refused: a group of that name is being deleted, or is not a clone of the old one.
        Busy: the cluster is at work, with an update that EKS lists or without.
        Unreachable, UnexpectedResponse: AWS did not do it (see aws/errors.py).
    """
    name = request["nodegroupName"]
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        present: Raw | None = read_node_group(clients.eks, cluster, name)
        if present is None:
            # boto3's stubs name each argument; ours are a plain dict made by create_request.
            create: Any = clients.eks.create_nodegroup
            try:
                created = create(clusterName=cluster, **request)["nodegroup"]
            except ClientError as error:
                present = _there_or_raise(clients, cluster, name, error)
            else:
                return _result(created, f"asked EKS to create node group {name}", changed=True)
    return _adopt(present, request)


def _there_or_raise(clients: AwsClients, cluster: str, name: str, error: ClientError) -> Raw:
    """The group where somebody was faster; for every other refusal, what it means is raised."""
    code, message = error_code(error), error_message(error)
    subject = f"node group {name} of cluster {cluster}"
    what = f"AWS refused to create it with {code}: {message}"
    if code == "ResourceInUseException":
        present = read_node_group(clients.eks, cluster, name)
        if present is not None:
            return present
        if "already exists" in message.lower():
            raise Busy(f"{subject}: {what}. EKS does not show it yet; try again later") from error
        raise cluster_busy(clients.eks, cluster, subject, what) from error
    if code not in _INVALID:
        raise error
    if _VERSION_NOT_SEEN in message.lower():
        # For minutes after an update's success some of EKS still sees the old version.
        raise Busy(
            f"{subject}: {what}. Not all of EKS sees the cluster's new version yet. Nothing was "
            "changed; try again in some minutes"
        ) from error
    raw = read_cluster(clients.eks, cluster)
    if raw is not None and cluster_in_motion(raw):
        what = f"{what}. The cluster is {raw['status']}"
        raise cluster_busy(clients.eks, cluster, subject, what) from error
    raise error


def _adopt(present: Raw, request: Raw) -> StepResult:
    name, status = request["nodegroupName"], str(present.get("status"))
    if status == "CREATE_FAILED":
        raise UpdateFailed(create_failed_message(present))
    if status in {"DELETING", "DELETE_FAILED"}:
        problem = Problem(
            subject=f"node group {name}",
            what=f"it is there, but its status is {status}",
            remedy="wait until it is gone or delete it by hand, then repeat this step",
            passes=status == "DELETING",
        )
        raise Refused("The new node group cannot be created", [problem])
    problem_found = not_a_clone(present, request)
    if problem_found:
        raise Refused("The new node group cannot be adopted", [problem_found])
    return _result(present, f"node group {name} is there already ({status})", changed=False)


def _result(group: Raw, text: str, *, changed: bool) -> StepResult:
    data = {
        "node_group": group["nodegroupName"],
        "status": str(group.get("status")),
        "desired_nodes": int((group.get("scalingConfig") or {}).get("desiredSize", 0)),
    }
    return StepResult(text, changed=changed, data=data)
