"""What of a plan an approval is for, as a short hash: what was approved is what runs. Pure."""

import hashlib
import json

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.plan import Plan

LENGTH = 12
"""Characters of a fingerprint: short enough to be read out, long enough not to meet by chance."""

_DONE = (
    "cluster",
    "region",
    "from_version",
    "to_version",
    "control_plane_needed",
    "addons_before",
    "addons_after",
)
"""Of a plan's JSON, what is done; what is said about it changes with every look."""


def plan_fingerprint(plan: Plan) -> str:
    """Of everything that the plan will have done: versions, add-ons, node groups, images."""
    plain = plan.as_json()
    done = {key: plain[key] for key in _DONE}
    done["node_groups"] = [_without_notes(step.as_json()) for step in plan.node_groups]
    return fingerprint(done)


def group_fingerprint(plan: Plan, node_group: str) -> str | None:
    """Of what the plan will have done with one node group; None when that is nothing.

    The rest of the plan is left out: made anew when the control plane is done, it has less to do,
    and the node group is replaced as before.
    """
    step = next((each for each in plan.node_groups if each.name == node_group), None)
    if step is None:
        return None
    where = {"cluster": plan.cluster, "region": plan.region}
    return fingerprint({**where, "node_group": _without_notes(step.as_json())})


def next_fingerprint(plan: Plan, following: str) -> str:
    """Of the run that is to follow the one of this plan; `following` is its way."""
    return fingerprint({"cluster": plan.cluster, "region": plan.region, "next": following})


def fingerprint(done: Raw) -> str:
    """Of any plain JSON; the order of keys does not matter, that of lists does."""
    text = json.dumps(done, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _without_notes(step: Raw) -> Raw:
    """A step without what is only said of its image."""
    image = step.get("image")
    return {**step, "image": {"id": image["id"]} if image else None}
