"""Making the node group that replaces an old one, or adopting the one an earlier run began."""

from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused, UpdateFailed
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.managed.adoption import not_a_clone
from include.eks_upgrade.nodes.managed.readiness import (
    create_failed_message,
)


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
        Unreachable, UnexpectedResponse: AWS did not do it (see aws/errors.py).
    """
    name = request["nodegroupName"]
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        present = read_node_group(clients.eks, cluster, name)
        created = None if present else _create(clients, cluster, request)
        if created:
            return _result(created, f"asked EKS to create node group {name}", changed=True)
        present = present or read_node_group(clients.eks, cluster, name)
    return _adopt(present or {}, request)


def _create(clients: AwsClients, cluster: str, request: Raw) -> Raw | None:
    """The group as EKS begins to create it; None when somebody was faster."""
    # boto3's stubs name each argument; ours are a plain dict made by create_request.
    create: Any = clients.eks.create_nodegroup
    try:
        created: Raw = create(clusterName=cluster, **request)["nodegroup"]
    except ClientError as error:
        if error_code(error) == "ResourceInUseException":
            return None
        raise
    return created


def _adopt(present: Raw, request: Raw) -> StepResult:
    name, status = request["nodegroupName"], str(present.get("status"))
    if status == "CREATE_FAILED":
        raise UpdateFailed(create_failed_message(present))
    if not present or status in {"DELETING", "DELETE_FAILED"}:
        problem = Problem(
            subject=f"node group {name}",
            what=f"it is there, but its status is {status if present else 'unknown'}",
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
