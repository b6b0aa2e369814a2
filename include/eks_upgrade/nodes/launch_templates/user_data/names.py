"""What user data says of the old group: its name, image and template, renewed or taken out. Pure.

The text is changed where they stand as values of EKS's labels, and is then read again: nothing
else may have become of it, and a name that comes by way of a variable is found out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import IMAGE_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.mime import with_texts_changed
from include.eks_upgrade.nodes.launch_templates.user_data.model import Reading
from include.eks_upgrade.nodes.launch_templates.user_data.reading import read_all

TEMPLATE_LABELS = (
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
)
"""They name the template the old nodes started from, and which version the new ones will start from
nobody knows before it is made."""

_NOT_BEFORE = r"(?<![\w./-])"


@dataclass(frozen=True)
class Change:
    """What changes between the old group's nodes and the new one's.

    Attributes:
        old_image: the old image's id, or None when it is not known.
        labels, taints: of the node group, as EKS holds them.
        old_family: of the old image, where EKS chose it; '' for an image of the group's own.
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
    return with_texts_changed(text, lambda one: _without_template(_renewed(one, change)))


def _renewed(text: str, change: Change) -> str:
    for label, before, after in change.pairs:
        # `label=value` for a kubelet, `"label" = "value"` in TOML, `label: value` in YAML.
        pattern = (
            rf"({_NOT_BEFORE}{re.escape(label)}[\"']?\s*[=:]\s*[\"']?){re.escape(before)}"
            r"(?![\w-]|\.\w)"
        )
        text = re.sub(pattern, rf"\g<1>{after}", text)
    return text


def _without_template(text: str) -> str:
    """Without the labels of the old template: in a list with commas, or on a line of its own."""
    for label in map(re.escape, TEMPLATE_LABELS):
        line = (
            rf"(?m)^[ \t]*(?:[\w.-]+\.)?[\"']?{label}[\"']?[ \t]*[=:]"
            r"[ \t]*[\"'][^\"'\n]*[\"'][ \t]*(?:\n|\Z)"
        )
        text = re.sub(line, "", text)
        # A kubelet passes over an empty item of the list, and takes an empty list.
        text = re.sub(rf"(--node[-_]labels)[ \t]+(?={label}=)", r"\1=", text)
        text = re.sub(rf",{label}=[\w.-]*|{_NOT_BEFORE}{label}=[\w.-]*,?", "", text)
    return text


def renewal_problem(old: str, new: str, change: Change) -> Problem | None:
    """The Problem that the new text says something else than the old one but for the names."""
    if not new.strip():
        return None  # nothing but the old template's labels stood in it
    for before, after in zip(read_all(old), read_all(new), strict=True):
        problem = _old_name(after, change) or _difference(before, after, change)
        if problem:
            return problem
    return None


def _old_name(reading: Reading, change: Change) -> Problem | None:
    for label, before, after in change.pairs:
        if reading.labels.get(label) == before != after:
            return Problem(
                change.subject,
                f"its label {label} gets the value {before} by way of a variable, so the new "
                "nodes would carry it too",
                f"write {label}={before} out in the launch template's user data; it is "
                "renewed there",
            )
    left = [label for label in TEMPLATE_LABELS if label in reading.labels]
    if left:
        return Problem(
            change.subject,
            f"its label {left[0]} names the old nodes' launch template and cannot be taken out of "
            "the text here",
            "take it out in a new version of the launch template and put the group on that version",
        )
    return None


def _difference(before: Reading, after: Reading, change: Change) -> Problem | None:
    """Whether the renewal did more than it was to do; nothing is known that makes it so."""
    wanted = {key: text for key, text in before.labels.items() if key not in TEMPLATE_LABELS}
    for label, old, new in change.pairs:
        if wanted.get(label) == old:
            wanted[label] = new
    same = (
        after.labels == wanted
        and (after.style, after.cluster, after.taints, after.flags, len(after.extras))
        == (before.style, before.cluster, before.taints, before.flags, len(before.extras))
        and bool(after.broken or after.unreadable) == bool(before.broken or before.unreadable)
    )
    if same:
        return None
    return Problem(
        change.subject,
        "with the new group's name in place of the old one's it would say something else",
        f"write the label {NODE_GROUP_LABEL}={change.old_name} plainly into the launch template's "
        "user data, or leave it out; EKS sets it by itself",
    )
