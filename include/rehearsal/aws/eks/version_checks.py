"""What EKS refuses when a control plane is to go one minor on.

Texts and codes as people met them: containers-roadmap#2677 (busy without an update), #1693
(addresses), #1533 (cluster role, key), eksctl#2545 and oslokommune/okctl#1015 (Fargate),
terraform-provider-aws#19478 (node groups), #42031 (insights), rancher/rancher#26908 (minors).
"""

import re

from moto.iam.models import iam_backends

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import ClusterState, EksRegion

FREE_ADDRESSES = 5
FARGATE = ("eks.amazonaws.com/compute-type", "fargate")
MINOR = re.compile(r"v?\d+\.(\d+)")


def check_idle(state: ClusterState, what: str = "VersionUpdate") -> None:
    """Refuse while an update runs, or AWS is at work on the control plane without saying so.

    Args:
        state: the cluster.
        what: the kind of update that is asked for.
    """
    running = state.running()
    if running:
        raise errors.in_use(
            f"Cannot {what} because cluster {state.name} currently has update {running} "
            "in progress",
            clusterName=state.name,
        )
    check_free(state, what)
    if state.raw["status"] != "ACTIVE":
        raise errors.in_use(
            f"Cluster {state.name} is not in ACTIVE state (it is {state.raw['status']})",
            clusterName=state.name,
        )


def check_free(state: ClusterState, what: str) -> None:
    """Refuse what no add-on, node group or control plane is given meanwhile.

    While AWS replaces or patches the control plane's machines, which it lists nowhere, and while
    a rollback runs (https://docs.aws.amazon.com/eks/latest/userguide/rollback-automode.html).
    """
    running = state.running()
    going_back = bool(running) and state.updates[running or ""]["type"] == "VersionRollback"
    if going_back or world().clock.now() < state.hidden_work_until:
        raise errors.in_use(
            f"Cannot {what} because cluster {state.name} currently has an update in progress",
            clusterName=state.name,
        )


def check_step(state: ClusterState, target: str) -> None:
    """Refuse a version that EKS has not, one that is not the next, and node groups too far back."""
    if catalogue.version_entry(target) is None:
        raise errors.invalid_parameter("unsupported Kubernetes version", clusterName=state.name)
    if catalogue.minor(target) != catalogue.minor(state.version) + 1:
        raise errors.invalid_parameter(
            f"Unsupported Kubernetes minor version update from {state.version} to {target}",
            clusterName=state.name,
        )
    old = [
        name
        for name, group in state.groups.items()
        if catalogue.minor(target) - catalogue.minor(group.raw["version"])
        > world().faults.nodegroup_skew
    ]
    if old:
        raise errors.invalid_parameter(
            f"Nodegroups {', '.join(old)} must be updated to match cluster version "
            f"{state.version} before updating cluster version",
            clusterName=state.name,
        )


def check_fargate(state: ClusterState, target: str) -> None:
    """Refuse while kubelets of Fargate pods trail too far, by `faults.fargate_skew`."""
    kube = world().kube(state.key)
    nodes = kube.store.list("nodes") if kube else ()
    minors = [
        int(found[1])
        for node in nodes
        if (node["metadata"].get("labels") or {}).get(FARGATE[0]) == FARGATE[1]
        and (found := MINOR.match(node["status"]["nodeInfo"]["kubeletVersion"]))
    ]
    if any(catalogue.minor(target) - minor > world().faults.fargate_skew for minor in minors):
        raise errors.invalid_request(
            "Kubelet version of Fargate pods must be updated to match cluster version "
            f"{state.version} before updating cluster version; Please recycle all offending pod "
            "replicas",
            clusterName=state.name,
        )


def check_addresses(region: EksRegion, state: ClusterState) -> None:
    """Refuse unless each of the cluster's subnets has room for the new control plane."""
    known = {i: s for subnets in region.ec2.subnets.values() for i, s in subnets.items()}
    ids = state.raw["resourcesVpcConfig"]["subnetIds"]
    free = {one: int(known[one].available_ip_address_count) for one in ids if one in known}
    if any(count < FREE_ADDRESSES for count in free.values()):
        told = ", ".join(f"{one} Free IPs: {count}" for one, count in free.items())
        raise errors.invalid_request(
            f"Provided subnets {told}, need at least {FREE_ADDRESSES} IPs in each subnet to be "
            "free for this operation",
            clusterName=state.name,
        )


def check_cluster_role(region: EksRegion, state: ClusterState) -> None:
    """Refuse when EKS cannot act as the cluster: no such role, or its key's policy shuts it out."""
    arn = state.raw["roleArn"]
    roles = iam_backends[region.account_id]["aws"].roles.values()
    if state.role_shut_out or not any(role.arn == arn for role in roles):
        raise errors.invalid_request(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the "
            "trusted entity is not correct",
            clusterName=state.name,
        )


def check_insights(state: ClusterState, target: str, *, force: bool) -> None:
    """Refuse while an insight is in ERROR for the target, where the switch is on, unless forced."""
    if force or not world().faults.insights_block:
        return
    if any(
        insight["insightStatus"]["status"] == "ERROR" and insight["kubernetesVersion"] == target
        for insight in state.insights
    ):
        raise errors.AwsError(
            "InvalidStateException",
            "Upgrade readiness issues detected. Call the EKS ListInsights API to view detected "
            "upgrade blocking issues. Pass the force flag when updating to override upgrade "
            "readiness errors.",
            clusterName=state.name,
        )
