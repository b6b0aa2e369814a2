"""The run that goes on where one hop has ended: its id and its parameters. Pure.

It is the same, whether the run before it starts it, the fleet, or a person who reads its report.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from include.eks_upgrade.common.run_ids import next_hop_run_id, upgrade_run_id
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.hops.model import RollNodes
from include.eks_upgrade.planning.plan import Plan


@dataclass(frozen=True, kw_only=True)
class NextRun:
    """A run of `eks_upgrade` that is to come.

    Attributes:
        run_id: its id.
        conf: its parameters, those that are given.
        from_version, to_version: of its hop, as far as it is known now; its own plan decides.
        final_version: where the way ends.
    """

    run_id: str
    conf: Mapping[str, Any]
    from_version: str
    to_version: str
    final_version: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return {**asdict(self), "conf": dict(self.conf)}

    @classmethod
    def from_json(cls, plain: Any) -> "NextRun | None":
        """What `as_json` wrote; None for anything else."""
        if not isinstance(plain, Mapping) or not plain.get("run_id"):
            return None
        texts = ("run_id", "from_version", "to_version", "final_version")
        return cls(
            **{name: str(plain.get(name) or "") for name in texts},
            conf=dict(plain.get("conf") or {}),
        )


def next_run(
    plan: Plan,
    given: Mapping[str, Any],
    *,
    run_id: str,
    moment: datetime,
    nodes_first: bool = False,
) -> NextRun | None:
    """The run after this one; None where the way ends here.

    Args:
        plan: of this run.
        given: the parameters that this run was started with.
        run_id: of this run.
        moment: of this run, the same whenever it is asked for.
        nodes_first: whether EKS has refused this hop until node groups are brought up.
    """
    if not nodes_first and not plan.goes_on:
        return None
    reached = plan.from_version if nodes_first else plan.to_version
    to_version = reached if nodes_first else str(Minor.parse(reached).next())
    final = plan.final_version or plan.to_version
    stayed = plan.from_version == reached
    otherwise = upgrade_run_id(plan.cluster, reached, to_version, moment, place=_place(plan))
    return NextRun(
        run_id=next_hop_run_id(
            run_id, (reached, to_version), again=stayed and not nodes_first, otherwise=otherwise
        ),
        conf={**given, **_changed(plan, given, nodes_first=nodes_first), "target_version": final},
        from_version=reached,
        to_version=to_version,
        final_version=final,
    )


def _place(plan: Plan) -> str:
    return "/".join(filter(None, (plan.account, plan.region)))


def _changed(plan: Plan, given: Mapping[str, Any], *, nodes_first: bool) -> dict[str, Any]:
    """Parameters that are others after this run: groups have new names, what was first is done."""
    new = {step.name: step.replacement for step in plan.node_groups if not nodes_first}
    changed: dict[str, Any] = {}
    if given.get("node_groups"):
        names = [str(name).strip() for name in given["node_groups"]]
        changed["node_groups"] = [new.get(name, name) for name in names]
    if given.get("canary_group"):
        name = str(given["canary_group"]).strip()
        changed["canary_group"] = new.get(name, name)
    if nodes_first:
        changed["roll_nodes"] = RollNodes.FIRST.value
    elif given.get("roll_nodes") == RollNodes.FIRST:
        changed["roll_nodes"] = RollNodes.WHEN_NEEDED.value
    return changed
