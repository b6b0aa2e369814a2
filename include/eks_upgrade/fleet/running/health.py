"""What AWS itself says of a cluster after its upgrade. Pure."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.verification.health import Conditions


def cluster_problems(cluster: Raw, conditions: Conditions, version: str) -> list[str]:
    """What is not well, in words.

    Args:
        cluster: a raw DescribeCluster answer.
        conditions: of its node groups and add-ons.
        version: the minor that it should have.
    """
    problems = []
    if str(cluster.get("version")) != version:
        problems.append(f"its control plane is at {cluster.get('version')} instead of {version}")
    if cluster.get("status") != "ACTIVE":
        problems.append(f"the cluster is {cluster.get('status')}")
    issues = (cluster.get("health") or {}).get("issues") or ()
    problems += [f"EKS says: {one.get('code')}: {one.get('message')}" for one in issues]
    problems += [
        f"{name} is {one.text or one.status}"
        for name, one in sorted(conditions.items())
        if not one.well
    ]
    return problems
