"""The stages of an upgrade in the order of its journey: the library's own names for where a run is.

Whoever runs the upgrade (Airflow, a script) knows which of its tasks does which stage; the library
says "repeat the drain of the old nodes", and the runner adds how that is done there.
"""

from enum import Enum


class Stage(Enum):
    """One stage; the value is its name in JSON, `title` its name in a sentence."""

    PLAN = "plan"
    LOCK = "lock"
    ADDONS_BEFORE = "addons-before"
    CONTROL_PLANE = "control-plane"
    CONTROL_PLANE_WAIT = "control-plane-wait"
    ADDONS_AFTER = "addons-after"
    TURN = "turn"
    IMAGE = "image"
    LAUNCH_TEMPLATE = "launch-template"
    NEW_GROUP = "new-group"
    NEW_NODES = "new-nodes"
    SMOKE_TEST = "smoke-test"
    FENCE = "fence"
    DRAIN = "drain"
    WORKLOADS = "workloads"
    BAKE = "bake"
    DELETION = "deletion"
    DELETION_WAIT = "deletion-wait"
    DIAGNOSIS = "diagnosis"
    UNPROTECTION = "unprotection"
    SECOND_DELETION = "second-deletion"
    SECOND_DELETION_WAIT = "second-deletion-wait"
    ASG_DELETION = "asg-deletion"
    LAST_DELETION = "last-deletion"
    OLD_GROUP_GONE = "old-group-gone"
    CLUSTER = "cluster"
    HOP_BAKE = "hop-bake"
    REPORT = "report"
    UNLOCK = "unlock"
    NEXT_HOP = "next-hop"
    VERDICT = "verdict"

    @property
    def title(self) -> str:
        """A noun that stands after "repeat"; no title is a part of another one."""
        return TITLES[self]


TITLES = {
    Stage.PLAN: "the plan",
    Stage.LOCK: "taking the cluster's lock",
    Stage.ADDONS_BEFORE: "the add-on updates before the control plane",
    Stage.CONTROL_PLANE: "the update of the control plane",
    Stage.CONTROL_PLANE_WAIT: "the wait for the control plane",
    Stage.ADDONS_AFTER: "the add-on updates after the control plane",
    Stage.TURN: "the wait for its turn",
    Stage.IMAGE: "the look-up of the image",
    Stage.LAUNCH_TEMPLATE: "the launch template",
    Stage.NEW_GROUP: "the creation of the new node group",
    Stage.NEW_NODES: "the wait for the new nodes",
    Stage.SMOKE_TEST: "the smoke test",
    Stage.FENCE: "the fence around the old node group",
    Stage.DRAIN: "the drain of the old nodes",
    Stage.WORKLOADS: "the check of the workloads",
    Stage.BAKE: "the bake of the old node group",
    Stage.DELETION: "the deletion of the old node group",
    Stage.DELETION_WAIT: "the wait for the deletion",
    Stage.DIAGNOSIS: "the diagnosis of the deletion",
    Stage.UNPROTECTION: "lifting the guards of the old node group",
    Stage.SECOND_DELETION: "the second deletion",
    Stage.SECOND_DELETION_WAIT: "the second wait for the deletion",
    Stage.ASG_DELETION: "the deletion of the Auto Scaling group",
    Stage.LAST_DELETION: "the last deletion",
    Stage.OLD_GROUP_GONE: "the last look for the old node group",
    Stage.CLUSTER: "the check of the cluster",
    Stage.HOP_BAKE: "the bake of this hop",
    Stage.REPORT: "the report",
    Stage.UNLOCK: "giving the cluster's lock back",
    Stage.NEXT_HOP: "the start of the next hop",
    Stage.VERDICT: "the verdict",
}

REPLACEMENT = (
    Stage.TURN,
    Stage.IMAGE,
    Stage.LAUNCH_TEMPLATE,
    Stage.NEW_GROUP,
    Stage.NEW_NODES,
    Stage.SMOKE_TEST,
    Stage.FENCE,
    Stage.DRAIN,
    Stage.WORKLOADS,
    Stage.BAKE,
    Stage.DELETION,
    Stage.DELETION_WAIT,
    Stage.DIAGNOSIS,
    Stage.UNPROTECTION,
    Stage.SECOND_DELETION,
    Stage.SECOND_DELETION_WAIT,
    Stage.ASG_DELETION,
    Stage.LAST_DELETION,
    Stage.OLD_GROUP_GONE,
)
"""The stages that each node group goes through by itself."""

TELLING = (Stage.REPORT, Stage.UNLOCK, Stage.VERDICT)
"""The stages that tell about the run instead of doing it."""
