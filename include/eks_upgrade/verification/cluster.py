"""What a finished upgrade looks like, against the plan and against what was broken before. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.aws.statuses import ADDON_STAYS, GROUP_STAYS
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, read_minor

MAX_LISTED_LINES = 10
ACTIVE, DEGRADED = "ACTIVE", "DEGRADED"
STAYS_BROKEN = (ADDON_STAYS | GROUP_STAYS) - {ACTIVE}


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A node group that was to be replaced, and the Kubernetes minor of the new one (`1.26`)."""

    name: str
    replacement: str
    to_version: str


@dataclass(frozen=True)
class BrokenBefore:
    """What was not well before a run changed anything: it is no fault of the run.

    Attributes:
        addons: by name, the status and health that an add-on had (`DEGRADED; code: message`).
        node_groups: the same of managed node groups.
    """

    addons: Mapping[str, str] = field(default_factory=dict)
    node_groups: Mapping[str, str] = field(default_factory=dict)

    def statuses(self) -> "BrokenBefore":
        """The same without the words of health issues."""
        words = (self.addons, self.node_groups)
        return BrokenBefore(
            *({name: text.partition(";")[0] for name, text in each.items()} for each in words)
        )

    def as_json(self) -> dict[str, Any]:
        """Keys: addons, node_groups."""
        return {"addons": dict(self.addons), "node_groups": dict(self.node_groups)}

    @classmethod
    def from_json(cls, plain: Any) -> "BrokenBefore":
        """What `as_json` wrote; nothing was broken where nothing is known."""
        known = plain if isinstance(plain, Mapping) else {}
        return cls(dict(known.get("addons") or {}), dict(known.get("node_groups") or {}))


def broken_before(facts: ClusterFacts) -> BrokenBefore:
    """What is not well now; what is in motion comes to an end by itself."""
    return BrokenBefore(_broken(facts.addons), _broken(facts.node_groups))


NOTHING_BROKEN = BrokenBefore()


def cluster_outcome(
    facts: ClusterFacts,
    *,
    to_version: str,
    addons: Mapping[str, str],
    groups: Sequence[Replaced],
    before: BrokenBefore = NOTHING_BROKEN,
    back: bool = False,
) -> Outcome:
    """Whether a whole upgrade can be seen to be done.

    Args:
        facts: the cluster, read anew, kubelets included.
        to_version: Kubernetes minor of the control plane (`1.26`).
        addons: wanted version by name, of those that were to be updated.
        groups: the node groups that were to be replaced.
        before: what was broken before; what is broken now and was not keeps it from being done.
        back: whether the control plane was to go back, so that a newer one is not there yet.

    Returns:
        Done, or NotYet naming each thing that is not as it should be.
    """
    missing = [
        *_control_plane(facts, Minor.parse(to_version), back=back),
        *_addons(facts, addons, before),
        *(line for group in groups for line in _group(facts, group, before)),
    ]
    if missing:
        return NotYet(
            f"{counted(len(missing), 'thing is', 'things are')} not as planned: {_some(missing)}"
        )
    nodes = len(facts.kubelets)
    text = f"control plane, add-ons and node groups are as planned; {counted(nodes, 'node')}"
    notes = _notes(facts, groups, before)
    if notes:
        text += f". Not well, and not by this run: {_some(notes)}"
    return Done(text, {"notes": notes[:MAX_LISTED_LINES]})


def _control_plane(facts: ClusterFacts, target: Minor, *, back: bool) -> list[str]:
    lines = []
    if facts.present < target or (back and facts.present > target):
        lines.append(f"the control plane is at {facts.present}, not at {target}")
    if facts.cluster["status"] != "ACTIVE":
        lines.append(f"the cluster is {facts.cluster['status']}")
    return lines


def _addons(facts: ClusterFacts, wanted: Mapping[str, str], before: BrokenBefore) -> list[str]:
    lines = []
    for name, addon in sorted(facts.addons.items()):
        if addon["status"] != ACTIVE and not _as_before(name, addon, before.addons):
            lines.append(f"add-on {name} is {_state(addon)}")
        elif name in wanted and addon["addonVersion"] != wanted[name]:
            lines.append(f"add-on {name} is at {addon['addonVersion']}, not at {wanted[name]}")
    return lines + [
        f"add-on {name} is gone" for name in sorted(wanted.keys() - facts.addons.keys())
    ]


def _as_before(name: str, raw: Raw, before: Mapping[str, str]) -> bool:
    """Whether it was broken as badly already; DEGRADED is the mildest."""
    status = raw["status"]
    return name in before and status in {DEGRADED, before[name].partition(";")[0]}


def _broken(subjects: Mapping[str, Raw]) -> dict[str, str]:
    return {
        name: _state(raw) for name, raw in sorted(subjects.items()) if raw["status"] in STAYS_BROKEN
    }


def _state(raw: Raw) -> str:
    health = health_text(raw)
    return f"{raw['status']}; {health}" if health else str(raw["status"])


def _notes(facts: ClusterFacts, groups: Sequence[Replaced], before: BrokenBefore) -> list[str]:
    """What is broken and does not keep the run: it was so before, or the run has no part in it."""
    replaced = {group.replacement for group in groups}
    notes = [f"add-on {name} is {now}, as before" for name, now in _broken(facts.addons).items()]
    for name, now in _broken(facts.node_groups).items():
        same = name in before.node_groups or name in replaced
        notes.append(f"node group {name} is {now}{', as before' if same else ' since this run'}")
    return notes


def _group(facts: ClusterFacts, group: Replaced, before: BrokenBefore) -> list[str]:
    old, new, target = group.name, group.replacement, Minor.parse(group.to_version)
    lines = []
    if old != new and old in facts.node_groups:
        status = facts.node_groups[old]["status"]
        lines.append(f"old node group {old} is still there ({status})")
    if new not in facts.node_groups:
        return [*lines, f"new node group {new} is not there"]
    status = facts.node_groups[new]["status"]
    # What kept instances from the old group (a subnet, a capacity) keeps them from its clone.
    inherited = status == DEGRADED and bool({old, new} & before.node_groups.keys())
    if status != ACTIVE and not inherited:
        lines.append(f"new node group {new} is {_state(facts.node_groups[new])}")
    kubelets = {n: version for n, (version, label) in facts.kubelets.items() if label == new}
    lines += [
        f"node {name} of {new} runs kubelet {version}, not {target}"
        for name, version in sorted(kubelets.items())
        if read_minor(version) != target
    ]
    if not kubelets and facts.node_groups[new]["scalingConfig"]["desiredSize"] > 0:
        lines.append(f"node group {new} has no node")
    return lines


def _some(lines: Sequence[str]) -> str:
    return first_few(lines, MAX_LISTED_LINES, separator="; ")
