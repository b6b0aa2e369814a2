"""The hops in sentences: for the plan, its report and whoever approves it. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.planning.hops.model import Hop, Hops


def hop_lines(hops: Hops) -> Iterator[str]:
    """One line about all of them, and one for each; nothing where there is only one."""
    if len(hops.all) < 2:
        return
    moves = counted(sum(1 for hop in hops.all if hop.moves), "hop of the control plane", _HOPS)
    yield (
        f"{counted(len(hops.all), 'run')}, each started by the one before: {moves} to "
        f"{hops.all[-1].to_version}, nodes are replaced {_times(hops)}"
    )
    for number, hop in enumerate(hops.all, start=1):
        yield f"run {number} of {len(hops.all)}: {hop_line(hop)}"


def hop_line(hop: Hop) -> str:
    """What one hop does, in the order in which it happens."""
    parts = [
        *_addons(hop.addons_before, "first "),
        f"control plane {hop.from_version} -> {hop.to_version}"
        if hop.moves
        else f"control plane stays at {hop.to_version}",
        *_addons(hop.addons_after, "then "),
        _nodes(hop),
    ]
    return "; ".join(parts)


_HOPS = "hops of the control plane"


def _times(hops: Hops) -> str:
    at = [hop.to_version for hop in hops.all if hop.rolled]
    if not at:
        return "never"
    times = "once" if len(at) == 1 else f"{len(at)} times"
    return f"{times}, at {' and '.join(at)}"


def _addons(steps: tuple[AddonStep, ...], when: str) -> Iterator[str]:
    if steps:
        moved = [" -> ".join((f"{step.name} {step.current}", *step.versions)) for step in steps]
        yield f"{when}{', '.join(moved)}"


def _nodes(hop: Hop) -> str:
    if not hop.rolled:
        return f"nodes stay, for {hop.why}" if hop.why else "no nodes to replace"
    groups = "node group" if len(hop.rolled) == 1 else "node groups"
    return f"{groups} {first_few(hop.rolled)} replaced, for {hop.why}"
