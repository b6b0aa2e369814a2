"""The user data of new nodes with a custom image: kept, renewed or written new. Pure.

Of the same family, what the group's owner wrote stays as it is, but for the two labels that
name the node group and the image. In another family it cannot stay; then only user data that
does nothing but join the cluster is replaced, so that nothing is lost silently.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import (
    IMAGE_LABEL,
    Network,
    joining_part,
    registered_labels,
    taint_texts,
)
from include.eks_upgrade.nodes.launch_templates.user_data.reading import (
    SETTINGS,
    Part,
    Reading,
    joins,
    parts_of,
    read_joining_part,
    style_of,
)

_BOUNDARY = "==NODE-GROUP-USER-DATA=="


@dataclass(frozen=True)
class Change:
    """What changes between the old group's nodes and the new one's.

    Attributes:
        old_image: the old image's id, or None when it is not known.
        labels, taints: of the node group, as EKS holds them.
    """

    old_name: str
    new_name: str
    old_image: str | None
    new_image: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()


def renew_user_data(
    old: str | None, *, family: str, network: Network, change: Change
) -> str | Problem:
    """The new nodes' user data, decoded.

    Args:
        old: the old nodes' user data, decoded, or None.
        family: the new image's family.
        network: how a node finds its cluster.
        change: the names that change.

    Returns:
        Text; equal to `old` when nothing had to be changed. Or the Problem in the way.
    """
    subject = f"user data of node group {change.old_name}"
    style = style_of(family)
    if not style:
        return Problem(
            subject,
            f"nobody here knows how nodes of the family {family} join a cluster",
            "replace the group by hand",
        )
    if old is None or not old.strip():
        return _written(style, network, change, Reading(), [])
    if "\ufffd" in old:
        return Problem(
            subject,
            "it is not text (a compressed script, perhaps), so it cannot be renewed",
            "put it into the launch template uncompressed, or replace the group by hand",
        )
    parts = parts_of(old)
    joining = [part for part in parts if joins(part)]
    if any(joins(part) != style for part in joining):
        return _changed_family(style, network, change, parts)
    if not joining:
        return _completed(style, network, change, parts)
    return _kept(old, joining, network, change)


def _kept(old: str, joining: Sequence[Part], network: Network, change: Change) -> str | Problem:
    """The same text with renewed names, when it is this cluster that the nodes join."""
    if not any(_names_cluster(part.text, network.cluster) for part in joining):
        return Problem(
            f"user data of node group {change.old_name}",
            f"it makes a node join a cluster, but does not name {network.cluster}",
            f"let the launch template's user data name {network.cluster}",
        )
    if "content-transfer-encoding: base64" in old.lower():
        return _mime(
            [Part(part.content_type, _renewed(part.text, change)) for part in parts_of(old)]
        )
    return _renewed(old, change)


def _names_cluster(text: str, cluster: str) -> bool:
    """Whether it names the cluster, or leaves the name to a variable of its script."""
    named = re.search(rf"(?<![\w.-]){re.escape(cluster)}(?![\w-])", text)
    return bool(named or re.search(r"bootstrap\.sh\s+[\"']?\$", text))


def _renewed(text: str, change: Change) -> str:
    """Names of the old group and image, where they stand as the values of EKS's own labels."""
    pairs = [(NODE_GROUP_LABEL, change.old_name, change.new_name)]
    if change.old_image:
        pairs.append((IMAGE_LABEL, change.old_image, change.new_image))
    for label, before, after in pairs:
        # `label=value` for a kubelet, `"label" = "value"` in TOML, `label: value` in YAML.
        pattern = rf"({re.escape(label)}[\"']?\s*[=:]\s*[\"']?){re.escape(before)}(?![\w-])"
        text = re.sub(pattern, rf"\g<1>{after}", text)
    return text


def _completed(
    style: str, network: Network, change: Change, parts: Sequence[Part]
) -> str | Problem:
    """What the owner wrote, followed by a part that joins, as EKS would have put it there."""
    if style == SETTINGS:
        return Problem(
            f"user data of node group {change.old_name}",
            "it does not make a node join a cluster, and Bottlerocket reads only one document",
            "add [settings.kubernetes] with cluster-name, api-server and cluster-certificate to "
            "the launch template's user data",
        )
    return _written(style, network, change, Reading(), parts)


def _changed_family(
    style: str, network: Network, change: Change, parts: Sequence[Part]
) -> str | Problem:
    """User data for another family, when the old one does nothing but join."""
    reading, extras = Reading(), []
    for part in parts:
        if not joins(part):
            first = next((line for line in part.text.splitlines() if line.strip()), "")
            extras.append(f"a part {part.content_type} ({first.strip()[:60]} …)")
            continue
        one = read_joining_part(part)
        reading.labels |= one.labels
        reading.taints += one.taints
        extras += one.extras
    if extras:
        return Problem(
            f"user data of node group {change.old_name}",
            "it does more than join the cluster, and that cannot be carried into another family: "
            + first_few(extras, separator="; "),
            "set ami_family to same, or write user data for the new family into a new version of "
            "the launch template and put the group on that version first",
        )
    return _written(style, network, change, reading, [])


def _written(
    style: str, network: Network, change: Change, reading: Reading, before: Sequence[Part]
) -> str:
    own = {key: value for key, value in reading.labels.items() if "eks.amazonaws.com/" not in key}
    labels = registered_labels(own | dict(change.labels))
    labels |= {NODE_GROUP_LABEL: change.new_name, IMAGE_LABEL: change.new_image}
    taints = list(dict.fromkeys([*reading.taints, *taint_texts(change.taints)]))
    joining = joining_part(style, network, labels, taints)
    # Bottlerocket reads TOML and nothing else.
    return joining.text if style == SETTINGS else _mime([*before, joining])


def _mime(parts: Sequence[Part]) -> str:
    """A MIME message with a fixed boundary, so that the same parts give the same text."""
    message = MIMEMultipart("mixed", boundary=_BOUNDARY)
    for part in parts:
        kind, _, subtype = part.content_type.partition("/")
        body = MIMEBase(kind, subtype)
        del body["MIME-Version"]
        body.set_payload(part.text)
        message.attach(body)
    return message.as_string()
