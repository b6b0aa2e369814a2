"""Reading instance refreshes, for the preflight. Changes nothing."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import error_code
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.node_groups import read_asg
from include.eks_upgrade.common.raw import Raw


def read_instance_refreshes(clients: AwsClients, facts: ClusterFacts) -> dict[str, tuple[Raw, ...]]:
    """A call for each group that is to be replaced; the first page has the newest."""
    groups = facts.surge.templates if facts.surge else ()
    names = {name: str(facts.asgs[name]["AutoScalingGroupName"])
             for name in groups if facts.asgs.get(name)}  # fmt: skip
    return {name: tuple(_refreshes(clients.autoscaling, asg)) for name, asg in names.items()}


def _refreshes(autoscaling: Any, asg: str) -> Sequence[Raw]:
    try:
        found: Sequence[Raw] = autoscaling.describe_instance_refreshes(AutoScalingGroupName=asg)[
            "InstanceRefreshes"
        ]
    except ClientError as error:
        # It went between two looks: Auto Scaling answers ValidationError for an unknown name.
        if error_code(error) == "ValidationError" and read_asg(autoscaling, asg) is None:
            return ()
        raise
    return found
