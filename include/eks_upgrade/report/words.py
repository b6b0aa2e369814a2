"""A run's stages and states in a person's words."""

from collections.abc import Mapping

from include.eks_upgrade.common.stages import REPLACEMENT, Stage

NODE_GROUPS = "the node groups"
"""What the parts of a replacement are about while it is not known which groups there are."""

_NEW = (Stage.IMAGE, Stage.LAUNCH_TEMPLATE, Stage.NEW_GROUP, Stage.NEW_NODES, Stage.SMOKE_TEST)

PARTS: Mapping[Stage, str] = {
    Stage.PLAN: "Plan",
    Stage.LOCK: "Lock",
    Stage.ADDONS_BEFORE: "Add-ons before the control plane",
    Stage.CONTROL_PLANE: "Control plane",
    Stage.CONTROL_PLANE_WAIT: "Control plane",
    Stage.ADDONS_AFTER: "Add-ons after the control plane",
    **dict.fromkeys(REPLACEMENT, "Deletion of {about}"),
    Stage.TURN: "Turn of {about}",
    **dict.fromkeys(_NEW, "New node group for {about}"),
    Stage.FENCE: "Fence of {about}",
    Stage.DRAIN: "Drain of {about}",
    Stage.WORKLOADS: "Check of the workloads of {about}",
    Stage.BAKE: "Bake of {about}",
    Stage.CLUSTER: "Check of the cluster",
    Stage.HOP_BAKE: "Bake before the next minor",
    Stage.NEXT_HOP: "Start of the next minor's run",
}
"""By stage: the phase of a run that it belongs to. `{about}` is the node group."""

STATES: Mapping[str, str] = {
    "success": "done",
    "upstream_failed": "not begun",
    "not run": "not begun",
    "skipped": "not needed",
    "deferred": "waiting",
    "awaiting_input": "waiting for a person",
    "up_for_retry": "waiting for its next try",
    "up_for_reschedule": "waiting",
}


def state_text(state: str) -> str:
    """A runner's word for a state in ours; what is not known is shown as it is."""
    return STATES.get(state, state.replace("_", " "))


def percent_text(error: int | None) -> str:
    """An error with its sign: `+12 %`; `-` where there is nothing to compare."""
    return "-" if error is None else f"{error:+d} %"


def in_a_sentence(part: str) -> str:
    """A phase after "stopped at": `the drain of shop/workers`."""
    return f"the {part[:1].lower()}{part[1:]}"
