"""The old group's name and image in user data, renewed where they are the values of EKS's labels.

Pure. Afterwards the text is read again: a name that comes by way of a variable is found out then.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import IMAGE_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of, with_texts_changed
from include.eks_upgrade.nodes.launch_templates.user_data.reading import read_part


@dataclass(frozen=True)
class Change:
    """What changes between the old group's nodes and the new one's.

    Attributes:
        old_image: the old image's id, or None when it is not known.
        labels, taints: of the node group, as EKS holds them.
        old_family: of the old image, '' when it is not known.
    """

    old_name: str
    new_name: str
    old_image: str | None
    new_image: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()
    old_family: str = ""

    @property
    def subject(self) -> str:
        """What problems are about."""
        return f"user data of node group {self.old_name}"

    @property
    def pairs(self) -> list[tuple[str, str, str]]:
        """Labels of EKS's, each with its old value and the new one."""
        pairs = [(NODE_GROUP_LABEL, self.old_name, self.new_name)]
        if self.old_image:
            pairs.append((IMAGE_LABEL, self.old_image, self.new_image))
        return pairs


def with_names_renewed(text: str, change: Change) -> str:
    """The user data with the new names; equal to `text` when the old ones are not in it."""
    return with_texts_changed(text, lambda one: _renewed(one, change))


def _renewed(text: str, change: Change) -> str:
    for label, before, after in change.pairs:
        # `label=value` for a kubelet, `"label" = "value"` in TOML, `label: value` in YAML.
        pattern = rf"({re.escape(label)}[\"']?\s*[=:]\s*[\"']?){re.escape(before)}(?![\w-])"
        text = re.sub(pattern, rf"\g<1>{after}", text)
    return text


def old_name_problem(text: str, change: Change) -> Problem | None:
    """The Problem that nodes with this user data would still call themselves the old group's."""
    for part in parts_of(text):
        labels = read_part(part).labels
        for label, before, after in change.pairs:
            if labels.get(label) == before != after:
                return Problem(
                    change.subject,
                    f"its label {label} gets the value {before} by way of a variable, so the new "
                    "nodes would carry it too",
                    f"write {label}={before} out in the launch template's user data; it is "
                    "renewed there",
                )
    return None
