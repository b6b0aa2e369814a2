"""What the next apply of the tool that made a node group would do after this run. Pure.

The tool's own account still names the old group, and does not know the new one. How the new group
is taken over is in docs/infrastructure-as-code.md, tool by tool.
"""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.managed.made_by import MadeBy, Tool, made_by

PAGE = "docs/infrastructure-as-code.md"

_OWNS_ROLE = (
    "The new group uses the old one's role and launch template: do not let it delete those with "
    "what is left of the old one"
)
_CONTROLLER = (
    "Its controller lifts the fence and makes the old group anew whenever it looks, also while "
    "this run is under way: pause it first"
)
_NEXT_APPLY: Mapping[Tool, str] = {
    Tool.TERRAFORM: f"Its next apply would create the old group again. {_OWNS_ROLE}",
    Tool.PULUMI: "After its next refresh it would create the old group again; without one, its "
    f"next update of the old group fails. {_OWNS_ROLE}",
    Tool.EKSCTL: "Its stack goes on to name the old group, and its next change of it fails. "
    f"{_OWNS_ROLE}: they are in that stack",
    Tool.CLOUDFORMATION: "The stack goes on to name the old group: its next change of it fails, or "
    f"makes it anew. {_OWNS_ROLE}",
    Tool.CDK: "The next deploy that changes the old group fails, or makes it anew. " + _OWNS_ROLE,
    Tool.CROSSPLANE: _CONTROLLER,
    Tool.ACK: _CONTROLLER,
    Tool.CLUSTER_API: _CONTROLLER,
}


def infrastructure_warnings(
    replaced: Mapping[str, str], facts: ClusterFacts, *, version: str = ""
) -> Iterator[str]:
    """A sentence for each tool that made some of what is changed.

    Args:
        replaced: old node group -> its replacement.
        facts: what is.
        version: the minor the control plane goes to; empty where it stays.
    """
    groups: dict[Tool, list[str]] = {}
    signs: dict[Tool, MadeBy] = {}
    for old, new in sorted(replaced.items()):
        for one in made_by(facts.node_groups.get(old, {}).get("tags")):
            groups.setdefault(one.tool, []).append(f"{old} -> {new}")
            signs.setdefault(one.tool, one)
    for tool, pairs in groups.items():
        yield (
            f"{agreeing(len(pairs), 'node group')} {first_few(pairs)}"
            f" {agreeing(len(pairs), 'seems', 'seem')} to be made by {tool} (tag"
            f" {signs[tool].tag}). "
            f"{_NEXT_APPLY[tool]}. {PAGE} says how the new ones are taken over"
        )
    for one in made_by(facts.cluster.get("tags")) if version else ():
        yield (
            f"cluster {facts.cluster['name']} seems to be made by {one.tool} (tag {one.tag}): "
            f"write {version} and the add-ons' new versions there before its next apply ({PAGE})"
        )
