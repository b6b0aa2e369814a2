"""What launch templates say of instance metadata, which nodes and some pods need."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.launch_templates.plan import HOP_LIMIT
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    RolledTemplate,
    rolled_templates,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    for template in rolled_templates(seen):
        yield from _of_template(template)


def _of_template(template: RolledTemplate) -> Iterator[Finding]:
    options = template.data.get("MetadataOptions") or {}
    subject = f"launch template of node group {template.group}"
    if options.get("HttpEndpoint") == "disabled":
        yield Finding(
            Severity.WARNS,
            subject,
            "it turns instance metadata off, which a node asks for its own name and zone when it "
            "joins",
            "leave HttpEndpoint enabled in a new version of the template",
        )
        return
    hops = options.get("HttpPutResponseHopLimit")
    if isinstance(hops, int) and hops < HOP_LIMIT:
        yield Finding(
            Severity.INFORMS,
            subject,
            f"it lets answers of instance metadata go {hops} hop far, so that pods with a network "
            "of their own have no credentials of the node's role; the new nodes keep it so",
            f"if a pod needs them, set HttpPutResponseHopLimit to {HOP_LIMIT}; EKS Pod Identity or "
            "IRSA is the better way",
        )


CHECK = Check(
    "instance_metadata",
    "Can nodes, and pods that count on it, reach instance metadata with the group's template?",
    "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html; "
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
    _judge,
)
