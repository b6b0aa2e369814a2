"""Versions before the run (from the plan) and after it (from what was seen at its end)."""

from collections.abc import Mapping
from typing import Any

from include.eks_upgrade.report.model import VersionRow
from include.eks_upgrade.report.tasks import Record

ABSENT = "-"


def version_rows(record: Record) -> list[VersionRow]:
    """One row for the control plane, each add-on and each node group that either side knows."""
    plan = record.get("plan") or {}
    world = record.get("world") or {}
    before = plan.get("from_version")
    rows = []
    if before or world.get("version"):
        rows.append(_row("Control plane", before, world.get("version")))
    return rows + _addons(plan, world) + _groups(plan, world)


def _row(thing: str, before: Any, after: Any) -> VersionRow:
    return VersionRow(thing, str(before or ABSENT), str(after or ABSENT))


def _addons(plan: Mapping[str, Any], world: Mapping[str, Any]) -> list[VersionRow]:
    steps = [*plan.get("addons_before", []), *plan.get("addons_after", [])]
    before: dict[str, Any] = {}
    for step in steps:
        before.setdefault(step["name"], step["current"])
    after = {addon["name"]: addon for addon in world.get("addons", [])}
    rows = []
    for name in dict.fromkeys([*before, *after]):
        seen = after.get(name)
        now = f"{seen['version']}{_unless_active(seen)}" if seen else None
        # An add-on the plan does not move had the same version before.
        was = before.get(name) or (seen and plan and seen["version"])
        rows.append(_row(f"Add-on {name}", was, now))
    return rows


def _groups(plan: Mapping[str, Any], world: Mapping[str, Any]) -> list[VersionRow]:
    steps = plan.get("node_groups", [])
    before = {step["blue"]: step["from_version"] for step in steps}
    greens = {step["green"] for step in steps}
    after = {group["name"]: group for group in world.get("node_groups", [])}
    rows = []
    for name in dict.fromkeys([*before, *(step["green"] for step in steps), *after]):
        seen = after.get(name)
        untouched = name not in before and name not in greens
        was = before.get(name) or (untouched and seen and plan and seen["version"])
        rows.append(_row(f"Node group {name}", was, _group_now(seen)))
    return rows


def _group_now(seen: Mapping[str, Any] | None) -> str | None:
    if not seen:
        return None
    return f"{seen['version']}, {seen['nodes']} node(s){_unless_active(seen)}"


def _unless_active(seen: Mapping[str, Any]) -> str:
    status = seen.get("status")
    return "" if status in (None, "ACTIVE") else f" ({status})"
