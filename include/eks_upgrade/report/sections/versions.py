"""Versions before the run (from the plan) and after it (from what was seen at its end)."""

from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.report.model import VersionRow
from include.eks_upgrade.report.record import Record

ABSENT = "-"


def version_rows(record: Record) -> list[VersionRow]:
    """One row for the control plane, each add-on and each node group that either side knows."""
    plan, world = record.plan, record.world or {}
    before = plan.from_version if plan else ""
    rows = []
    if before or world.get("version"):
        rows.append(_row("Control plane", before, world.get("version")))
    return rows + _addons(plan, world) + _groups(plan, world)


def _row(thing: str, before: Any, after: Any) -> VersionRow:
    return VersionRow(thing, str(before or ABSENT), str(after or ABSENT))


def _addons(plan: Plan | None, world: Raw) -> list[VersionRow]:
    before: dict[str, str] = {}
    for step in (*plan.addons_before, *plan.addons_after) if plan else ():
        before.setdefault(step.name, step.current)
    after = {addon["name"]: addon for addon in world.get("addons", [])}
    rows = []
    for name in dict.fromkeys([*before, *after]):
        seen = after.get(name)
        now = f"{seen['version']}{_unless_active(seen)}" if seen else None
        # An add-on the plan does not move had the same version before.
        was = before.get(name) or (seen and plan and seen["version"])
        rows.append(_row(f"Add-on {name}", was, now))
    return rows


def _groups(plan: Plan | None, world: Raw) -> list[VersionRow]:
    steps = plan.node_groups if plan else ()
    before = {step.name: step.from_version for step in steps}
    replacements = [step.replacement for step in steps]
    after = {group["name"]: group for group in world.get("node_groups", [])}
    rows = []
    for name in dict.fromkeys([*before, *replacements, *after]):
        seen = after.get(name)
        untouched = name not in before and name not in replacements
        was = before.get(name) or (untouched and seen and plan and seen["version"])
        rows.append(_row(f"Node group {name}", was, _group_now(seen)))
    return rows


def _group_now(seen: Raw | None) -> str | None:
    if not seen:
        return None
    return f"{seen['version']}, {counted(seen['nodes'], 'node')}{_unless_active(seen)}"


def _unless_active(seen: Raw) -> str:
    status = seen.get("status")
    return "" if status in (None, "ACTIVE") else f" ({status})"
