"""Which call makes AWS ask further rights of its caller: a table, each row with its source.

No recorded call shows them: EKS calls IAM and EC2 with the caller's rights and reports a refusal
there as its own. In a message, `{user}`, `{action}`, `{resource}`, `{why}` and `{encoded}` are
filled in; without one the refused service's own words are used.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

NODE_GROUP_SERVICE: Final = "eks-nodegroup.amazonaws.com"
NODE_GROUP_ROLE: Final = "AWSServiceRoleForAmazonEKSNodegroup"

Resource = Literal[
    "node role",
    "service-linked role",
    "add-on role",
    "pod identity roles",
    "new node group",
    "what is started",
    "what is tagged at its start",
    "new launch template",
    "",
]
When = Literal[
    "always",
    "no node group was ever made in the account",
    "it names a launch template",
    "it names tags",
    "it names a role",
    "it names pod identities",
]


@dataclass(frozen=True)
class DependentRight:
    """One row.

    Attributes:
        call: the action from which it follows.
        action: what is asked besides.
        resource: on what; '' on `*`, for what knows no resource.
        when: in which calls.
        context: condition keys of the request.
        code, status, message: with what the call is refused without it.
        source: who saw it: an issue, a document, the source of a tool.
    """

    call: str
    action: str
    resource: Resource
    when: When
    source: str
    code: str = "AccessDeniedException"
    status: int = 403
    message: str = "User: {user} is not authorized to perform: {action} on resource: {resource}"
    context: dict[str, str] = field(default_factory=dict)


_USER_MAY_NOT = "User: {user} is not authorized to perform: {action} on resource: role {name} {why}"
_MAY_NOT_LAUNCH = (
    "You are not authorized to launch instances with this launch template. Encoded authorization "
    "failure message: {encoded}"
)

TABLE: Final = (
    DependentRight(
        "eks:CreateNodegroup",
        "iam:PassRole",
        "node role",
        "always",
        "eksctl-io/eksctl#834, hashicorp/terraform-provider-aws#30645",
        context={"iam:PassedToService": "eks.amazonaws.com"},
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "iam:PassRole",
        "node role",
        "always",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        "list_amazonelastickubernetesservice.html",
        context={"iam:PassedToService": "ec2.amazonaws.com"},
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "iam:GetRole",
        "service-linked role",
        "always",
        "terraform-aws-modules/terraform-aws-eks#823",
        "InvalidRequestException",
        400,
        f"Failed to validate if SLR: {NODE_GROUP_ROLE} already exists due to missing permissions "
        "for 'iam:GetRole'",
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "iam:CreateServiceLinkedRole",
        "service-linked role",
        "no node group was ever made in the account",
        "XenitAB/terraform-modules#396",
        "InvalidRequestException",
        400,
        f"Failed to create service linked role: {NODE_GROUP_ROLE} due to missing permissions for "
        "'iam:CreateServiceLinkedRole'",
        context={"iam:AWSServiceName": NODE_GROUP_SERVICE},
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "iam:GetRole",
        "node role",
        "always",
        "terraform-aws-modules/terraform-aws-eks#2018",
        "InvalidRequestException",
        400,
        _USER_MAY_NOT,
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "iam:ListAttachedRolePolicies",
        "node role",
        "always",
        "aws-controllers-k8s/community#2164",
        "InvalidRequestException",
        400,
        _USER_MAY_NOT,
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "ec2:DescribeSubnets",
        "",
        "always",
        "aws-controllers-k8s/community#2164",
        "InvalidRequestException",
        400,
        "You are not authorized to perform {action}. User: {user} is not authorized to perform: "
        "{action} {why}",
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "ec2:RunInstances",
        "what is started",
        "it names a launch template",
        "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html, "
        "scylladb/scylla-cluster-tests#12172, aws-samples/terraform-eks-code#13",
        "InvalidRequestException",
        400,
        _MAY_NOT_LAUNCH,
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "ec2:CreateTags",
        "what is tagged at its start",
        "it names a launch template",
        "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html",
        "InvalidRequestException",
        400,
        _MAY_NOT_LAUNCH,
        context={"ec2:CreateAction": "RunInstances"},
    ),
    DependentRight(
        "eks:CreateNodegroup",
        "eks:TagResource",
        "new node group",
        "it names tags",
        "https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html",
    ),
    DependentRight(
        "eks:UpdateAddon",
        "iam:PassRole",
        "add-on role",
        "it names a role",
        "https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html, "
        "aws-samples/appmod-blueprints#816",
        context={"iam:PassedToService": "eks.amazonaws.com"},
    ),
    DependentRight(
        "eks:UpdateAddon",
        "iam:PassRole",
        "pod identity roles",
        "it names pod identities",
        "aws-samples/appmod-blueprints#816",
        context={"iam:PassedToService": "pods.eks.amazonaws.com"},
    ),
    DependentRight(
        "ec2:CreateLaunchTemplate",
        "ec2:CreateTags",
        "new launch template",
        "it names tags",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html",
        "UnauthorizedOperation",
        403,
        "You are not authorized to perform this operation. User: {user} is not authorized to "
        "perform: {action} on resource: {resource} {why}. Encoded authorization failure message: "
        "{encoded}",
        context={"ec2:CreateAction": "CreateLaunchTemplate"},
    ),
)
