"""The launch template version of the new group: an existing one adopted, or one made."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import PROPAGATION_TRIES
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.common.errors import Busy, Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.launch_templates.plan import (
    TemplatePlan,
    matching_version,
    plan_template,
)
from include.eks_upgrade.nodes.launch_templates.read_version import read_version
from include.eks_upgrade.nodes.launch_templates.rules import template_gone

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def prepare_template(
    clients: AwsClients,
    cluster: Raw,
    *,
    replacement: str,
    snapshot: Raw,
    image_id: str,
    image_family: str,
) -> StepResult:
    """See to it that the new group's launch template version exists.

    Args:
        clients: EC2 is read and changed.
        cluster: raw `describe_cluster()["cluster"]`.
        replacement: the new group.
        snapshot: what `clone.snapshot` kept of the old group.
        image_id: the custom image of the new nodes.
        image_family: its family (`nodes/images/image.py`).

    Returns:
        A StepResult with data `{"launch_template_id", "launch_template_version", "notes"}`; the
        version is a number as text.

    Raises:
        Refused: the user data cannot be carried over.
        Busy: a template is not there, or not seen yet; after some tries it is gone.
        Unreachable, UnexpectedResponse: AWS did not do it (see aws/errors.py).
    """
    used = snapshot.get("launchTemplate")
    version = read_version(clients.ec2, used)
    if used and version is None:
        raise _unseen(str(template_gone(snapshot["name"], used)))
    plan = plan_template(
        cluster,
        replacement=replacement,
        snapshot=snapshot,
        image_id=image_id,
        image_family=image_family,
        version=version,
    )
    if isinstance(plan, Problem):
        raise Refused("The launch template cannot be prepared", [plan])
    with aws_errors_about(f"launch template of node group {replacement}"):
        existing = _existing_versions(clients.ec2, plan)
        found = matching_version(plan, existing)
        if found is not None:
            return _result(plan, found, changed=False)
        known = bool(plan.template_id or existing)
        made = _make_version(clients.ec2, plan) if known else _make(clients.ec2, plan)
        return _result(plan, made, changed=True)


def _unseen(what: str) -> Busy:
    """A template may have been made a moment ago: that it is "not there" is asked again."""
    return Busy(f"{what} Or AWS does not show it yet: try again in some minutes", PROPAGATION_TRIES)


def _existing_versions(ec2: "EC2Client", plan: TemplatePlan) -> list[Raw]:
    paginate: Any = ec2.get_paginator("describe_launch_template_versions").paginate
    if plan.template_id:
        pages = paginate(LaunchTemplateId=plan.template_id)
    else:
        pages = paginate(LaunchTemplateName=plan.template_name)
    try:
        return [version for page in pages for version in page["LaunchTemplateVersions"]]
    except ClientError as error:
        if error_code(error).startswith("InvalidLaunchTemplateName"):
            return []
        raise


def _make_version(ec2: "EC2Client", plan: TemplatePlan) -> Raw:
    # boto3's stubs want LaunchTemplateData as their own TypedDict; ours is built from answers.
    create: Any = ec2.create_launch_template_version
    named = (
        {"LaunchTemplateId": plan.template_id, "SourceVersion": plan.source_version}
        if plan.template_id
        else {"LaunchTemplateName": plan.template_name}
    )
    answer = create(
        **named,
        VersionDescription=plan.description,
        ClientToken=plan.token,
        LaunchTemplateData=plan.data,
    )
    version: Raw = answer["LaunchTemplateVersion"]
    return version


def _make(ec2: "EC2Client", plan: TemplatePlan) -> Raw:
    data: Any = plan.data
    tags: Any = [{"Key": key, "Value": value} for key, value in plan.tags.items()]
    try:
        made = ec2.create_launch_template(
            LaunchTemplateName=plan.template_name,
            VersionDescription=plan.description,
            ClientToken=plan.token,
            LaunchTemplateData=data,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        )["LaunchTemplate"]
    except ClientError as error:
        if "AlreadyExists" not in error_code(error):
            raise
        # It was not listed a moment ago: another try made it, and sees it later.
        raise _unseen(f"Launch template {plan.template_name} is there and not listed.") from error
    return {"LaunchTemplateId": made["LaunchTemplateId"], "VersionNumber": 1}


def _result(plan: TemplatePlan, version: Raw, *, changed: bool) -> StepResult:
    number, template_id = str(version["VersionNumber"]), version["LaunchTemplateId"]
    verb = "made" if changed else "found"
    text = f"{verb} version {number} of launch template {template_id}: {plan.description}"
    if plan.notes:
        text += f" ({'; '.join(plan.notes)})"
    data = {
        "launch_template_id": template_id,
        "launch_template_version": number,
        "notes": list(plan.notes),
    }
    return StepResult(text, changed=changed, data=data)
