"""Whether a group is behind its own launch template, and which version the new one uses. Pure.

The new group starts from the version that the old one uses. Changes that were made to the template
since then do not come along; a template that is named by `$Latest` or `$Default` brings them all.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.group_needs import TEMPLATE_VERSIONS, TemplateVersions
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    rolled = groups_to_roll(seen.request, seen.target, seen.facts)
    used = {
        name: template
        for name in rolled
        if (template := seen.facts.node_groups[name].get("launchTemplate"))
    }
    if not used:
        return
    known = seen.of(TEMPLATE_VERSIONS)
    for name, template in used.items():
        versions = known.get(str(template.get("id")))
        if versions is not None:
            yield from _of_group(name, template, versions)


def _of_group(name: str, template: Raw, versions: TemplateVersions) -> Iterator[Finding]:
    named = str(template.get("version") or "")
    if not named.isdigit() or int(named) in {versions.default, versions.latest}:
        # What `$Latest` and `$Default` bring, the check of the template tells.
        return
    which = f"version {versions.default} is its default and {versions.latest} the latest"
    if versions.default == versions.latest:
        which = f"version {versions.latest} is its default and the latest"
    yield Finding(
        Severity.INFORMS,
        f"node group {name}",
        f"it uses version {named} of launch template {template.get('name') or template.get('id')}, "
        f"of which {which}. The new group starts from version {named}, too: what was changed "
        "since then does not come with this upgrade",
        "nothing, if that is meant; else put the group on the other version first (aws eks "
        "update-nodegroup-version)",
    )


CHECK = Check(
    "template_drift",
    "Is a group behind its own launch template?",
    "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html",
    _judge,
)
