"""The plan of a way back, or every reason why there is none.

It is a `Plan` as an upgrade's is, so that the same tasks, report and verdict take it: add-ons, then
the control plane, and no node group.
"""

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.rollback.addons_back import addons_back
from include.eks_upgrade.planning.rollback.asked import RollbackAsked
from include.eks_upgrade.planning.rollback.conditions import (
    possible_until,
    rollback_problems,
    stops_rollback,
)
from include.eks_upgrade.planning.rollback.newer_nodes import newer_node_problems
from include.eks_upgrade.verification.cluster import broken_before


def make_rollback_plan(asked: RollbackAsked, *, region: str) -> Plan:
    """The plan.

    Raises:
        Refused: with every problem at once; nothing was touched.
    """
    facts, ways = asked.facts, addons_back(asked)
    to_start = asked.running is None and not asked.done
    problems = rollback_problems(asked)
    if to_start:
        problems += [*newer_node_problems(asked), *ways.problems]
    cluster = str(facts.cluster.get("name"))
    if problems:
        title = f"The control plane of cluster {cluster!r} cannot go back to {asked.target}"
        raise Refused(title, problems)
    return Plan(
        cluster=cluster,
        region=region,
        from_version=str(facts.present),
        to_version=str(asked.target),
        control_plane_needed=not asked.done,
        addons_before=ways.steps if to_start else (),
        warnings=_warnings(asked) if to_start else (),
        summary=_summary(asked, ways.summary),
        before=broken_before(facts),
    )


def make_cancel_plan(asked: RollbackAsked, *, region: str) -> Plan:
    """The plan to cancel the rollback that runs; where none runs, there is nothing to do.

    Raises:
        Refused: EKS cancels only that of a cluster with Auto Mode.
    """
    facts, running = asked.facts, asked.running
    cluster = str(facts.cluster.get("name"))
    if running is not None and not facts.auto_mode:
        what = (
            f"update {running.get('id')} takes the control plane back, and EKS cancels a rollback "
            "only while it replaces nodes of Auto Mode, which is off here"
        )
        remedy = "let it end, in minutes; eks_upgrade takes the cluster forward again"
        title = f"The rollback of cluster {cluster!r} cannot be cancelled"
        raise Refused(title, [Problem(f"cluster {cluster!r}", what, remedy)])
    told = f"update {running.get('id')} is to be cancelled" if running else "no rollback is running"
    return Plan(
        cluster=cluster,
        region=region,
        from_version=str(facts.present),
        to_version=str(facts.present),
        control_plane_needed=running is not None,
        summary=(f"{told}: the control plane stays at {facts.present}",),
        before=broken_before(facts),
    )


def _summary(asked: RollbackAsked, addons: tuple[str, ...]) -> tuple[str, ...]:
    facts, running, last = asked.facts, asked.running, asked.last_move
    if asked.done:
        return (f"update {(last or {}).get('id')} took it back to {asked.target}: nothing to do",)
    way = f"control plane: {facts.present} -> {asked.target}"
    if running is not None:
        return (f"{way}, update {running.get('id')} runs already and is waited for",)
    until = possible_until(asked)
    by = f" (EKS takes it back until {moment_text(until)})" if until else ""
    return (*addons, f"{way}{by}")


def _warnings(asked: RollbackAsked) -> tuple[str, ...]:
    told = [
        f"objects of kinds that only {asked.facts.present} knows stay in the cluster's store: "
        f"{asked.target} neither serves nor removes them"
    ]
    if asked.insights is None:
        told.append(
            "eks:ListInsights is not allowed to this connection, so it is not known what EKS finds "
            "in the way; it looks itself, and refuses"
        )
    elif not asked.insights and not asked.override_insights:
        told.append(
            f"EKS has no rollback insights for {asked.target} yet; it looks when the rollback "
            "begins, and refuses then"
        )
    told += [
        f"rollback insight {one.get('name')!r} is passed over (override_insights)"
        for one in asked.insights or ()
        if asked.override_insights and stops_rollback(one)
    ]
    if asked.facts.auto_mode:
        told.append(
            "EKS Auto Mode replaces its nodes by older ones first, as budgets and disruption "
            "controls allow, for minutes to days; the control plane goes back after them, and "
            "every other update of the cluster is refused meanwhile. Until the control plane's "
            "turn it can be cancelled: a run with cancel=true"
        )
    return tuple(told)
