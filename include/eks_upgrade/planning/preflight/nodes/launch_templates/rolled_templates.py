"""The launch templates that new nodes will start from, as far as the plan knows them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.ami_type import ami_type_for, family_of_ami_type
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.model import Part, Reading, style_of
from include.eks_upgrade.nodes.launch_templates.user_data.reading import combined, read_all
from include.eks_upgrade.nodes.launch_templates.version import template_data, user_data_in
from include.eks_upgrade.planning.preflight.seen import Seen


@dataclass(frozen=True)
class RolledTemplate:
    """The template of a group that is to be replaced.

    Attributes:
        group: name of the old group.
        version: raw LaunchTemplateVersion that the new nodes' is made from, or is.
        family: of the new image; empty where nothing tells it.
        own_image: whether the new nodes' image is named, and not EKS's choice.
    """

    group: str
    version: Raw
    family: str
    own_image: bool

    @property
    def subject(self) -> str:
        """What findings about its user data are about; as `Change.subject` has it."""
        return f"user data of node group {self.group}"

    @property
    def data(self) -> Raw:
        """Its LaunchTemplateData."""
        return template_data(self.version)

    @property
    def text(self) -> str:
        """Its user data, decoded; empty without any."""
        return user_data_in(self.version) or ""

    @property
    def parts(self) -> list[Part]:
        """The parts of its user data, in their order."""
        return parts_of(self.text) if self.text.strip() else []

    def heard(self) -> Reading | None:
        """What its parts that make a node of this family join say together; None without one."""
        style = style_of(self.family)
        mine = [
            one for one in read_all(self.text) if one.style and one.style == (style or one.style)
        ]
        return combined(mine) if mine else None


def rolled_templates(seen: Seen) -> Iterator[RolledTemplate]:
    """Those of the groups whose replacement is still to be made.

    Raises:
        NotAsked: nobody asked for them.
    """
    for name, new in seen.new_names.items():
        version, image = seen.surge.templates.get(name), seen.images.get(name)
        standing = new in seen.facts.node_groups
        if version is None or standing or isinstance(image, Problem):
            continue
        yield RolledTemplate(
            name, version, new_family(seen, name), own_image=isinstance(image, Image)
        )


def new_family(seen: Seen, group: str) -> str:
    """The family of the image that the new nodes of a group start from; empty if unknown."""
    image = seen.images.get(group)
    if isinstance(image, Image):
        return image.family
    ami_type = str(seen.facts.node_groups.get(group, {}).get("amiType") or "")
    changed = ami_type_for(ami_type, seen.request.ami.family)
    return "" if isinstance(changed, Problem) else family_of_ami_type(changed)
