"""Whether a refusal of AWS is about rights, and what then lifts it. Pure.

EKS calls EC2 and IAM with the caller's rights and reports a refusal there as its own
InvalidRequestException or InvalidParameterException, so that only the text tells a missing right
from a wrong value. Sources: terraform-aws-modules/terraform-aws-eks#823,
XenitAB/terraform-modules#396, aws-controllers-k8s/community#2164,
aws-samples/terraform-eks-code#13, eksctl-io/eksctl#834.
"""

import re

_ACTION = r"[a-z][a-z0-9-]*:[A-Za-z]+"
_NAMED = re.compile(
    rf"not authorized to perform:? (?P<action>{_ACTION})"
    r"(?: on resource: (?P<resource>role \S+|\S+))?"
)
_MISSING = re.compile(
    rf"(?:(?P<resource>AWSServiceRole\w+).*)?missing permissions for '(?P<action>{_ACTION})'"
)
_LAUNCH = re.compile(
    r"not authorized to (?:launch instances with this|use) launch template", re.IGNORECASE
)
_ENCODED = re.compile(r"encoded authorization failure message", re.IGNORECASE)
_IMAGES = re.compile(r"not authorized for images?:? (?P<images>\[[^\]]*\]|\S+)", re.IGNORECASE)
_CROSS_ACCOUNT = re.compile(r"cross-account pass role is not allowed", re.IGNORECASE)
_DENIED = re.compile(r"explicit deny in an? (?P<kind>[a-z -]*?(?:policy|boundary))", re.IGNORECASE)
_NO_RIGHT = re.compile(r"not authorized|missing permissions", re.IGNORECASE)

_WHERE = "the whole policy is in include/permissions/"
_TO_DECODE = (
    "; `aws sts decode-authorization-message --encoded-message …` (which needs "
    "sts:DecodeAuthorizationMessage) shows which request was denied and by which policy"
)


def missing_right(message: str) -> str:
    """What a person does about a right that AWS's words say is missing; '' when they say none.

    Args:
        message: AWS's own sentence, as it came.
    """
    found = _unnamed(message) or _by_name(message)
    if not found and not _NO_RIGHT.search(message):
        return ""
    found = found or f"give the role of the AWS connection the right that AWS names; {_WHERE}"
    return found + (_TO_DECODE if _ENCODED.search(message) else "")


def _unnamed(message: str) -> str:
    """Refusals that name no action."""
    if _LAUNCH.search(message):
        return (
            "allow ec2:RunInstances from this launch template, and ec2:CreateTags while instances "
            f"are started, to the role of the AWS connection; {_WHERE}iam-node-groups.json. A "
            "service control policy may deny it as well (encryption, public addresses, instance "
            "metadata, tags)"
        )
    images = _IMAGES.search(message)
    if images:
        return (
            f"share the image {images['images'].strip('[]')} with this account, or choose another"
        )
    if _CROSS_ACCOUNT.search(message):
        return (
            "use a role of the same account as the cluster; AWS passes no role of another account"
        )
    return ""


def _by_name(message: str) -> str:
    found = _MISSING.search(message) or _NAMED.search(message)
    if not found:
        return ""
    resource = (found["resource"] or "").rstrip(".,")
    on = f" on {resource}" if resource else ""
    text = f"allow {found['action']}{on} to the role of the AWS connection; {_WHERE}"
    denied = _DENIED.search(message)
    if denied:
        text += f", but here a {denied['kind']} denies it, which only its owner can change"
    return text
