"""Kubelet flags and feature gates in user data that the target's kubelet refuses."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.aws.readings.own_groups import OWN_GROUPS, OwnGroup
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import NotAsked, NotKnown
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.kubelet.refused import (
    RefusedArgument,
    mentioned_arguments,
    refused_arguments,
)
from include.eks_upgrade.nodes.kubelet.removed_flags import NEWEST_READ
from include.eks_upgrade.nodes.launch_templates.user_data.model import BOOTSTRAP_SH
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    RolledTemplate,
    rolled_templates,
)
from include.eks_upgrade.planning.preflight.seen import Seen

_OF_BOOTSTRAP_SH = "--container-runtime"
"""An argument of bootstrap.sh has this name, too, and does no harm there."""

_REMEDY = (
    "take {them} out of the user data in a new version of the launch template, and put the group on"
    " that version"
)


def _judge(seen: Seen) -> Iterator[Finding]:
    own, not_known = _own_groups(seen)
    for group in own:
        for version in group.versions:
            yield from _of_own_group(group, _template_of(group, version), seen)
    for template in rolled_templates(seen):
        yield from _of_template(template, seen)
    if not_known is not None:
        raise not_known


def _own_groups(seen: Seen) -> tuple[tuple[OwnGroup, ...], NotKnown | None]:
    """The groups of self-managed nodes, and why they, or their user data, are not all known."""
    try:
        found = seen.of(OWN_GROUPS)
    except NotAsked:
        return (), None
    except NotKnown as error:
        return (), error
    unread = [f"{one.name} ({one.unread})" for one in found if one.unread]
    missing = f"the user data of Auto Scaling groups was not read: {first_few(unread)}"
    return found, NotKnown(missing) if unread else None


def _template_of(group: OwnGroup, version: Raw) -> RolledTemplate:
    return RolledTemplate(group.name, version, family="", own_image=True)


def _of_own_group(group: OwnGroup, template: RolledTemplate, seen: Seen) -> Iterator[Finding]:
    """This run does not replace their nodes, so nothing of this run is stopped by it."""
    heard = template.heard()
    flags, gates = (heard.flags, heard.gates) if heard else ([], {})
    given = refused_arguments(flags, gates, seen.target)
    said = [one for one in _mentioned(template, seen.target) if one not in given]
    for does, found in (("gives the kubelet", given), ("has a text with", said)):
        if found:
            why = _cannot(seen.target) if found is given else _perhaps(seen.target)
            yield Finding(
                Severity.WARNS,
                f"user data of Auto Scaling group {group.name}",
                f"it {does} {first_few(found)}, {why}; this run does not replace its nodes, and"
                " whoever does meets it",
                "change its launch template before its nodes go to the target",
            )


def _of_template(template: RolledTemplate, seen: Seen) -> Iterator[Finding]:
    heard = template.heard()
    flags, gates = (heard.flags, heard.gates) if heard else ([], {})
    given = refused_arguments(flags, gates, seen.target)
    present = seen.facts.group_version(template.group)
    new = [one for one in given if present is None or present < one.since]
    if new:
        yield _finding(template, Severity.BLOCKS, "gives the kubelet", new, _cannot(seen.target))
    old = [one for one in given if one not in new]
    if old:
        why = f"the nodes of {present} should not have started with that either"
        yield _finding(template, Severity.WARNS, "gives the kubelet", old, why)
    said = [one for one in _mentioned(template, seen.target) if one not in given]
    if said:
        yield _finding(template, Severity.WARNS, "has a text with", said, _perhaps(seen.target))
    if (flags or gates) and seen.target > NEWEST_READ:
        yield Finding(
            Severity.INFORMS,
            template.subject,
            f"it has kubelet arguments, and which of them Kubernetes {seen.target} refuses is not "
            f"known here: the table ends at {NEWEST_READ}",
            "read the release notes",
        )


def _cannot(target: Minor) -> str:
    return f"with which a kubelet of {target} does not start, so no new node would join"


def _perhaps(target: Minor) -> str:
    return (
        "in a place that cannot be followed here; if a kubelet gets that, one of "
        f"{target} does not start"
    )


def _mentioned(template: RolledTemplate, target: Minor) -> Iterator[RefusedArgument]:
    for argument in mentioned_arguments("\n".join(part.text for part in template.parts), target):
        if argument.text != _OF_BOOTSTRAP_SH or BOOTSTRAP_SH not in template.text:
            yield argument


def _finding(
    template: RolledTemplate,
    severity: Severity,
    does: str,
    arguments: Sequence[RefusedArgument],
    why: str,
) -> Finding:
    them = "it" if len(arguments) == 1 else "them"
    what = f"it {does} {first_few(arguments)}, {why}"
    return Finding(severity, template.subject, what, _REMEDY.format(them=them))


CHECK = Check(
    "kubelet_arguments",
    "Does user data give the kubelet flags or feature gates that the target's kubelet refuses?",
    "release notes of Kubernetes 1.25 to 1.37, read on 13 August 2026: "
    "https://github.com/kubernetes/sig-release",
    _judge,
)
