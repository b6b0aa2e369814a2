"""Health issues of a node group that does not go: which of them no rung of ours can touch. Pure.

Codes: botocore's enum `NodegroupIssueCode`; what EKS says when Terminate is suspended, and that it
is not to be believed about aws-auth then: public notes of three who met it.
"""

from collections.abc import Iterator, Mapping, Sequence

from include.eks_upgrade.aws.facts import issue_text
from include.eks_upgrade.common.raw import Raw

ONLY_BY_HAND: Mapping[str, str] = {
    "Ec2SecurityGroupDeletionFailure": "delete what still uses that security group, often a "
    "network interface that the CNI left",
    "Ec2SecurityGroupNotFound": "give EKS that security group again, or take it to AWS support",
    "Ec2LaunchTemplateDeletionFailure": "delete that launch template",
    "Ec2LaunchTemplateNotFound": "take it to AWS support: the launch template that EKS made for "
    "the group is gone",
    "Ec2SubnetNotFound": "take it to AWS support: a subnet of the group is gone",
    "IamInstanceProfileNotFound": "make that instance profile again",
    "IamNodeRoleNotFound": "make that role again",
    "IamLimitExceeded": "free some of that IAM quota",
    "ClusterUnreachable": "see to it that EKS reaches the cluster: its subnets, security groups "
    "and KMS key",
    "AccessDenied": "give EKS, or the nodes' role, the access that it names",
}
"""Issues that stay whatever becomes of the Auto Scaling group, each with what a person does."""

_SUSPENDED = "process is suspended"
_AWS_AUTH = "aws-auth"


def issues_of(group: Raw) -> tuple[Raw, ...]:
    """The raw health issues of a node group."""
    return tuple((group.get("health") or {}).get("issues") or ())


def text_of(issue: Raw) -> str:
    """An issue in EKS's words, with the ids of what it is about."""
    return issue_text(issue.get("code"), issue.get("message"), issue.get("resourceIds"))


def is_misleading(issue: Raw, issues: Sequence[Raw]) -> bool:
    """Whether EKS speaks of aws-auth beside a suspended process, which is the cause alone."""
    suspended = any(_SUSPENDED in str(one.get("message")) for one in issues)
    return suspended and _AWS_AUTH in str(issue.get("message"))


MISLEADING = "EKS says so beside a suspended process whether it is so or not; that is the cause"


def health_told(group: Raw) -> str:
    """All issues in EKS's words, with ours where one of them misleads; empty without any."""
    issues = issues_of(group)
    return "; ".join(
        f"{text_of(one)} [{MISLEADING}]" if is_misleading(one, issues) else text_of(one)
        for one in issues
    )


def only_by_hand(group: Raw) -> Iterator[tuple[Raw, str]]:
    """Issues that no rung can touch, each with what a person does about it."""
    issues = issues_of(group)
    for one in issues:
        remedy = ONLY_BY_HAND.get(str(one.get("code")))
        if remedy and not is_misleading(one, issues):
            yield one, remedy
