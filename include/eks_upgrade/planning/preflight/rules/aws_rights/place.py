"""What rights in AWS are told by: the place, the files that give them, condition keys. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.rights.right import AwsRight, Context, as_context

READ: Final = "iam-read.json"
ADDONS: Final = "iam-addons.json"
CONTROL_PLANE: Final = "iam-control-plane.json"
NODE_GROUPS: Final = "iam-node-groups.json"
NEW_TEMPLATE: Final = "iam-new-launch-template.json"
UNPROTECT: Final = "iam-unprotect.json"
DELETE_ASG: Final = "iam-delete-asg.json"

EKS, EC2 = "eks.amazonaws.com", "ec2.amazonaws.com"
ID_TO_BE: Final = "00000000-0000-0000-0000-000000000000"
"""What stands for the id of a thing that is yet to be made."""


@dataclass(frozen=True)
class Place:
    """The cluster's partition, region and account, as its ARN has them."""

    partition: str
    region: str
    account: str
    cluster: str
    cluster_arn: str

    @classmethod
    def of(cls, facts: ClusterFacts) -> "Place":
        """Where the cluster is."""
        arn = str(facts.cluster.get("arn") or "")
        parts = [*arn.split(":"), *[""] * 6]
        return cls(parts[1], parts[3], parts[4], str(facts.cluster.get("name") or ""), arn)

    def arn(self, service: str, path: str) -> str:
        """An ARN of the cluster's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{path}"

    def role(self, path: str) -> str:
        """The ARN of a role by its path."""
        return f"arn:{self.partition}:iam::{self.account}:{path}"


def rights(
    actions: str, resource: str, purpose: str, file: str, context: Context = ()
) -> Iterator[AwsRight]:
    """The same of several actions, which blanks part."""
    for action in actions.split():
        yield AwsRight(
            action=action, resource=resource, context=context, purpose=purpose, file=file
        )


def resource_tags(service: str, tags: Mapping[str, str]) -> Context:
    """Condition keys of a resource's tags: AWS's global one, and the service's."""
    return as_context(
        {
            f"{prefix}:ResourceTag/{key}": value
            for prefix in dict.fromkeys(("aws", service))
            for key, value in tags.items()
        }
    )


def request_tags(tags: Mapping[str, str]) -> Context:
    """Condition keys of tags that a request sets."""
    return as_context(
        {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": [*tags]}
    )
