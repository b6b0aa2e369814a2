"""A launch template without an image of its own, where EKS chooses the image and adds how to join.

No version of such a template is made: the new group takes the old one's. So what is in it must fit
the image that EKS will choose. Pure.
"""

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.images.ami_type import family_of_ami_type
from include.eks_upgrade.nodes.images.image import BOTTLEROCKET
from include.eks_upgrade.nodes.launch_templates.user_data.mime import is_multipart
from include.eks_upgrade.nodes.launch_templates.user_data.model import Reading, shown, style_of
from include.eks_upgrade.nodes.launch_templates.user_data.reading import read_all
from include.eks_upgrade.nodes.launch_templates.user_data.renew import cannot_be_carried
from include.eks_upgrade.nodes.launch_templates.version import template_data, user_data_in
from include.eks_upgrade.nodes.launch_templates.volumes import data_device


def merged_template_problem(version: Raw | None, group: Raw, ami_type: str) -> Problem | None:
    """Why the new group cannot take the old one's template as it is.

    Args:
        version: raw LaunchTemplateVersion the old group uses, None when it has no template.
        group: raw DescribeNodegroup of the old group.
        ami_type: EKS's amiType of the new group.
    """
    if version is None:
        return None
    name = str(group["nodegroupName"])
    before, after = (
        family_of_ami_type(str(group.get("amiType") or "")),
        family_of_ami_type(ami_type),
    )
    read = read_all(user_data_in(version))
    if before == after:
        return _name_problem(read, name)
    extras = [extra for one in read if one.style != style_of(after) for extra in _all_of(one)]
    if extras:
        return cannot_be_carried(f"user data of node group {name}", extras)
    return (
        _form_problem(user_data_in(version) or "", read, name, after)
        or _name_problem(read, name)
        or _volume_problem(version, name, before, after)
    )


def _form_problem(text: str, read: list[Reading], name: str, after: str) -> Problem | None:
    """The Problem that EKS cannot add its part to the text: it is no document of the family's."""
    if not text.strip():
        return None
    if after == BOTTLEROCKET:
        fits, form = all(one.style == style_of(after) for one in read), "TOML"
    else:
        # "User data was not in the MIME multipart format", EKS would say of the new nodes.
        fits, form = is_multipart(text), "MIME multipart message"
    if fits:
        return None
    return Problem(
        f"user data of node group {name}",
        f"it is no {form}, and EKS takes nothing else for nodes of the family {after}",
        "take it out in a new version of the launch template and put the group on that version, or "
        "set ami_family to same",
    )


def _all_of(reading: Reading) -> list[str]:
    """All that the part does; EKS joins the nodes, but not with the part's labels and taints."""
    labels = [f"the label {key}={value}" for key, value in reading.labels.items()]
    taints = [f"the taint {taint}" for taint in reading.taints]
    return [*reading.more_than_joining(), *map(shown, (*labels, *taints))]


def _name_problem(read: list[Reading], name: str) -> Problem | None:
    if all(one.labels.get(NODE_GROUP_LABEL) != name for one in read):
        return None
    return Problem(
        f"user data of node group {name}",
        f"it gives nodes the label {NODE_GROUP_LABEL}={name}, and the new group would take it over",
        "take the label out in a new version of the launch template and put the group on that "
        "version; EKS sets it by itself",
    )


def _volume_problem(version: Raw, name: str, before: str, after: str) -> Problem | None:
    mapped = [
        str(one.get("DeviceName"))
        for one in template_data(version).get("BlockDeviceMappings") or ()
    ]
    if data_device(before) == data_device(after) or not mapped:
        return None
    return Problem(
        f"volumes of node group {name}",
        f"its launch template says what is on {', '.join(mapped)}, and nodes of the family {after} "
        f"keep images and pods on {data_device(after)}",
        f"put the group on a version of the template that says it for {data_device(after)}, or set "
        "ami_family to same",
    )
