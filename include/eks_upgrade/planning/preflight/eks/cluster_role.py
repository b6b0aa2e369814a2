"""Whether EKS can act as the cluster's role. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from include.eks_upgrade.aws.readings.cluster_surroundings import CLUSTER_ROLE
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.preflight.seen import Seen

_SERVICES = frozenset({"eks.amazonaws.com", "eks.amazonaws.com.cn", "*"})
_ASSUMES = frozenset({"sts:assumerole", "sts:*", "*"})
_REFUSED = "EKS refuses the update of a control plane whose role it cannot assume"


def _judge(seen: Seen) -> Iterator[Finding]:
    arn = str(seen.facts.cluster.get("roleArn") or "")
    if not arn or not control_plane_needed(seen.target, seen.facts):
        return
    role = seen.of(CLUSTER_ROLE)
    if role is None or role.get("Arn", arn) != arn:
        yield Finding(
            Severity.BLOCKS,
            f"role {arn}",
            f"IAM has no such role. {_REFUSED}",
            "make a role of the same name and path with the policy AmazonEKSClusterPolicy, which "
            "eks.amazonaws.com may assume",
        )
        return
    if not _trusts_eks(_trust_of(role)):
        yield Finding(
            Severity.BLOCKS,
            f"role {arn}",
            f"its trust policy does not let eks.amazonaws.com assume it. {_REFUSED}",
            'add {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": '
            '"sts:AssumeRole"} to its trust policy',
        )


def _trust_of(role: Raw) -> Any:
    """The document, which boto3 has read already, and other clients leave as text."""
    document = role.get("AssumeRolePolicyDocument")
    if not isinstance(document, str):
        return document or {}
    try:
        return json.loads(document)
    except ValueError as error:
        raise NotKnown("the trust policy of the cluster's role is no JSON") from error


def _trusts_eks(document: Raw) -> bool:
    """Whether a statement allows it, and none without a condition denies it.

    Conditions are taken to be met: AWS's own advice adds some (`aws:SourceArn`) to such policies.
    """
    statements = [one for one in _listed(document.get("Statement")) if _is_about_eks(one)]
    allowed = any(one.get("Effect") == "Allow" for one in statements)
    denied = any(one.get("Effect") == "Deny" and not one.get("Condition") for one in statements)
    return allowed and not denied


def _is_about_eks(statement: Raw) -> bool:
    actions = {str(one).lower() for one in _listed(statement.get("Action"))}
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else principal
    return bool(actions & _ASSUMES) and bool({str(one) for one in _listed(services)} & _SERVICES)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


CHECK = Check(
    "cluster_role",
    "Does the cluster's role exist, and may EKS assume it?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html and, for the refusal, "
    "https://github.com/aws/containers-roadmap/issues/1533",
    _judge,
)
