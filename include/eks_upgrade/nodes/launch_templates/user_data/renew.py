"""The user data of new nodes with a custom image: kept, completed, renewed or written new. Pure.

Of the same family, what the group's owner wrote stays as it is, but for the two labels that
name the node group and the image. In another family it cannot stay; then only user data that
does nothing but join the cluster is replaced, so that nothing is lost silently.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import (
    IMAGE_LABEL,
    Network,
    joining_part,
)
from include.eks_upgrade.nodes.launch_templates.user_data.claims import (
    claim_problem,
    missing,
    own_settings,
    untold,
)
from include.eks_upgrade.nodes.launch_templates.user_data.labels import registered_labels
from include.eks_upgrade.nodes.launch_templates.user_data.mime import (
    is_mime,
    with_part_after,
    without,
)
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    BOOTSTRAP_SH,
    NODEADM,
    SETTINGS,
    Part,
    Reading,
    shown,
    style_of,
)
from include.eks_upgrade.nodes.launch_templates.user_data.names import (
    TEMPLATE_LABELS,
    Change,
    renewal_problem,
    with_names_renewed,
)
from include.eks_upgrade.nodes.launch_templates.user_data.reading import combined, read_all
from include.eks_upgrade.nodes.launch_templates.user_data.settings import (
    has_kubernetes_settings,
    with_cluster,
)
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint, merge_taints

__all__ = ["Change", "NewUserData", "judge_user_data", "renew_user_data"]

_WRITTEN_ANEW = (*TEMPLATE_LABELS, NODE_GROUP_LABEL, IMAGE_LABEL)
"""Labels of EKS's that name what is replaced."""

OF_AMAZON_LINUX_2 = (
    "bootstrap.sh",
    "KUBELET_EXTRA_ARGS",
    "kubelet-config.json",
    "amazon-linux-extras",
)
"""What a script can only mean for Amazon Linux 2; elsewhere it does nothing."""


@dataclass(frozen=True)
class NewUserData:
    """User data of the new nodes, decoded, and what a person should know about it."""

    text: str
    notes: tuple[str, ...] = field(default=())


def renew_user_data(
    old: str | None, *, family: str, network: Network, change: Change
) -> str | Problem:
    """The text of `judge_user_data`, or the Problem in the way."""
    judged = judge_user_data(old, family=family, network=network, change=change)
    return judged.text if isinstance(judged, NewUserData) else judged


def judge_user_data(
    old: str | None, *, family: str, network: Network, change: Change
) -> NewUserData | Problem:
    """The new nodes' user data.

    Args:
        old: the old nodes' user data, decoded, or None.
        family: the new image's family.
        network: how a node finds its cluster.
        change: the names that change.

    Returns:
        The user data; its text is `old` when nothing had to be changed. Or the Problem in the way.
    """
    style = style_of(family)
    if not style:
        return Problem(
            change.subject,
            f"nobody here knows how nodes of the family {family} join a cluster",
            "replace the group by hand",
        )
    if old is None or not old.strip():
        return _written(None, _Joining(style, network, change), [])
    if "\ufffd" in old:
        return Problem(
            change.subject,
            "it is not text, so it cannot be renewed",
            "put it into the launch template as text, or replace the group by hand",
        )
    return _judge(old, read_all(old), _Joining(style, network, change))


@dataclass(frozen=True)
class _Joining:
    """What is wanted: a style of joining, this cluster, these names."""

    style: str
    network: Network
    change: Change


def _judge(old: str, read: Sequence[Reading], wanted: _Joining) -> NewUserData | Problem:
    broken = _broken(read, wanted.change)
    if broken:
        return broken
    if wanted.style == SETTINGS and is_mime(old):
        return _changed_family(old, read, [], wanted)  # Bottlerocket reads TOML, nothing else
    mine = [one for one in read if one.style == wanted.style]
    together = combined(mine)
    problem = claim_problem(together.cluster, wanted.network, wanted.change.subject)
    if mine and problem:
        return problem
    if mine and not missing(wanted.style, together.cluster) and not _eks_joined(mine, wanted):
        return _kept(old, untold(together.cluster), read, wanted.change)
    if _is_of_this_family(old, read, wanted):
        return _completed(old, mine, wanted)
    return _changed_family(old, read, mine, wanted)


def _broken(read: Sequence[Reading], change: Change) -> Problem | None:
    """The Problem that a part of it is read by no node."""
    found = [f"{one.broken} ({one.where})" if one.where else one.broken
             for one in read if one.broken]  # fmt: skip
    if not found:
        return None
    return Problem(
        change.subject,
        f"it has {'; '.join(map(shown, found))}, so nobody can say what nodes would do with it",
        "correct it in a new version of the launch template and put the group on that version",
    )


def _eks_joined(mine: Sequence[Reading], wanted: _Joining) -> bool:
    """Whether what looks like a call was none: the old nodes' image and call were EKS's own."""
    return bool(wanted.change.old_family) and all(one.by_mention for one in mine)


def _is_of_this_family(old: str, read: Sequence[Reading], wanted: _Joining) -> bool:
    """Whether the rest of the text may stay where the new image is: it was written for it."""
    if any(one.style not in {"", wanted.style} for one in read):
        return False
    if any(one.style for one in read):
        return True
    if wanted.style == SETTINGS or style_of(wanted.change.old_family) not in {"", wanted.style}:
        return False
    return wanted.style != NODEADM or not any(word in old for word in OF_AMAZON_LINUX_2)


def _kept(
    old: str, unknown: Sequence[str], read: Sequence[Reading], change: Change
) -> NewUserData | Problem:
    """The same text with renewed names."""
    text = _renewed(old, read, change)
    if isinstance(text, Problem):
        return text
    notes = []
    if unknown:
        notes.append(
            f"the {', '.join(unknown)} in the user data only a shell on the node knows; it is kept"
            " as it is, for the old nodes joined with it"
        )
    unread = [shown(one.unreadable) for one in read if one.unreadable]
    if unread:
        notes.append(
            f"the user data has {'; '.join(unread)}; it is kept as it is, and whether it names the "
            "old group in other ways than by its label was not seen"
        )
    notes += _silent_beside(read)
    if any(NODE_GROUP_LABEL in extra for one in read for extra in one.extras):
        notes.append(
            f"the value of the label {NODE_GROUP_LABEL} in the user data only a shell on the node "
            "knows; see that it is the new group's"
        )
    return NewUserData(text, tuple(notes))


def _silent_beside(read: Sequence[Reading]) -> list[str]:
    """What a script's call says that the NodeConfig beside it does not; nobody hears it there."""
    heard = combined([one for one in read if one.style == NODEADM])
    called = combined([one for one in read if one.style == BOOTSTRAP_SH])
    said = [f"{key}={value}" for key, value in called.labels.items() if key not in _WRITTEN_ANEW]
    said = [one for one in said if one not in {f"{k}={v}" for k, v in heard.labels.items()}]
    said += [str(taint) for taint in called.taints if taint not in heard.taints] + called.flags
    if not heard.style or not said:
        return []
    return [
        f"the user data has a NodeConfig and a call of bootstrap.sh with {first_few(said)}: Amazon "
        "Linux 2023 heeds the first alone, Amazon Linux 2 the second"
    ]


def _renewed(old: str, read: Sequence[Reading], change: Change) -> str | Problem:
    """The same text for the new group; nothing but names is another in it."""
    text = with_names_renewed(old, change)
    if any(one.unreadable for one in read) and _may_name_the_group(text, change):
        return Problem(
            change.subject,
            f"a part of it cannot be read here and has the label {NODE_GROUP_LABEL} and the "
            f"name {change.old_name} in it, so the new nodes might call themselves the old ones",
            f"write {NODE_GROUP_LABEL}={change.old_name} plainly into the launch template's user "
            "data, or leave the label out; EKS sets it by itself",
        )
    return renewal_problem(old, text, change) or text


def _may_name_the_group(text: str, change: Change) -> bool:
    """Whether a value of the label is not to be seen, and the old name stands elsewhere."""
    label = re.escape(NODE_GROUP_LABEL)
    hidden = re.search(rf"{label}[\"']?\s*[=:]\s*(?![\"']?{re.escape(change.new_name)}\b)", text)
    return bool(hidden and re.search(rf"(?<![\w.-]){re.escape(change.old_name)}(?![\w.-])", text))


def _completed(old: str, mine: Sequence[Reading], wanted: _Joining) -> NewUserData | Problem:
    """What the owner wrote, followed by what makes the node join, as EKS would put it there."""
    kept = _renewed(old, mine, wanted.change)
    if isinstance(kept, Problem):
        return kept
    if wanted.style != SETTINGS or not kept.strip():
        return _written(kept, wanted, mine, _joined_unseen(mine, wanted))
    if has_kubernetes_settings(kept):
        return _completed_settings(kept, mine, wanted)
    made = _written(None, wanted, mine)
    if isinstance(made, Problem):
        return made
    text = f"{kept.rstrip()}\n{made.text}"
    tomllib.loads(text)
    return NewUserData(text, made.notes)


def _joined_unseen(mine: Sequence[Reading], wanted: _Joining) -> tuple[str, ...]:
    """That nobody saw how the old nodes, whose image was not EKS's choice, came to join."""
    if wanted.change.old_family or any(not one.by_mention for one in mine):
        return ()
    return (
        "nothing in the user data was seen to make a node join its cluster, so a part that does is "
        "put behind it; if the image, or something that the user data fetches, joins by itself, "
        "see that labels, taints and kubelet arguments which come from there do not get lost",
    )


def _completed_settings(
    text: str, mine: Sequence[Reading], wanted: _Joining
) -> NewUserData | Problem:
    said = {name: value for one in mine for name, value in one.cluster.items()}
    lacking = missing(SETTINGS, said)
    completed = with_cluster(text, {name: wanted.network.facts[name] for name in lacking})
    if completed is not None:
        return NewUserData(completed)
    return Problem(
        wanted.change.subject,
        f"it does not make a node join a cluster: {', '.join(lacking)} of the cluster is not in "
        "it, and Bottlerocket reads only one document",
        "add cluster-name, api-server and cluster-certificate under settings.kubernetes to "
        "the launch template's user data",
    )


def _changed_family(
    old: str, read: Sequence[Reading], mine: Sequence[Reading], wanted: _Joining
) -> NewUserData | Problem:
    """User data for another family, when the old one does nothing but join."""
    others = [one for one in read if not _is_one_of(mine, one)]
    extras = [extra for one in others for extra in one.more_than_joining()]
    extras += [own for one in others for own in own_settings(one.cluster, wanted.network)]
    extras += _silent_beside(others)
    claims = [
        problem
        for one in _heard(others)
        if (problem := claim_problem(one.cluster, wanted.network, wanted.change.subject))
    ]
    if extras:
        return cannot_be_carried(wanted.change.subject, [*extras, *(one.what for one in claims)])
    if claims:
        return claims[0]
    left_out = [number for number, one in enumerate(read) if not _is_one_of(mine, one)]
    return _written(without(old, left_out), wanted, read)


def _heard(read: Sequence[Reading]) -> list[Reading]:
    """What nodes hear: each script by itself, NodeConfigs as the one that they are merged to."""
    configs = [one for one in read if one.style == NODEADM]
    alone = [one for one in read if one.style not in {"", NODEADM}]
    return [*alone, combined(configs)] if configs else alone


def _is_one_of(many: Sequence[Reading], one: Reading) -> bool:
    return any(one is other for other in many)


def cannot_be_carried(subject: str, extras: Sequence[str]) -> Problem:
    """The Problem that user data does something which the new family would not do."""
    return Problem(
        subject,
        "it does more than join the cluster, and that cannot be carried into another family: "
        + first_few(list(dict.fromkeys(extras)), separator="; "),
        "set ami_family to same, or write user data for the new family into a new version of "
        "the launch template and put the group on that version first",
    )


def _written(
    before: str | None, wanted: _Joining, read: Sequence[Reading], notes: tuple[str, ...] = ()
) -> NewUserData | Problem:
    """A part that joins with all labels and taints of `read` and of the group, after `before`.

    Other flags of a kubelet are not said again: where they may stay they stand in `before`, and
    nodeadm adds flags up.
    """
    own: dict[str, str] = {}
    taints: list[Taint] = []
    for style in dict.fromkeys(one.style for one in read):
        together = combined([one for one in read if one.style == style])
        own |= together.labels
        taints += together.taints
    change = wanted.change
    merged = merge_taints(taints, map(Taint.of_group, change.taints), change.subject)
    if isinstance(merged, Problem):
        return merged
    labels = {key: value for key, value in own.items() if key not in _WRITTEN_ANEW}
    labels |= registered_labels(change.labels)
    labels |= {NODE_GROUP_LABEL: change.new_name, IMAGE_LABEL: change.new_image}
    joining = joining_part(wanted.style, wanted.network, labels, merged)
    return NewUserData(_text(before, joining, wanted.style), notes)


def _text(before: str | None, joining: Part, style: str) -> str:
    # Bottlerocket reads TOML and nothing else.
    return joining.text if style == SETTINGS else with_part_after(before, joining)
