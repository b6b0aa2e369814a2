"""Which instance types a node group starts. Pure."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.version import template_data

DEFAULT_INSTANCE_TYPE = "t3.medium"
"""What EKS takes when neither the group nor its template names a type."""


def instance_types(group: Raw, template: Raw | None) -> list[str]:
    """The types a group starts: the template's one, else the group's own, else EKS's default."""
    named = template_data(template).get("InstanceType")
    if named:
        return [str(named)]
    return list(group.get("instanceTypes") or [DEFAULT_INSTANCE_TYPE])
