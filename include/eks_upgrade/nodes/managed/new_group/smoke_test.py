"""A pod of the user's choice on the new nodes, before the old ones are touched. Pure."""

from collections.abc import Sequence
from typing import Any

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.verification.user_pod import (
    image_problem,
    namespace_problem,
    service_account_problem,
)

_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}


def tolerations_of(group: Raw) -> list[dict[str, Any]]:
    """What a pod must tolerate to run on a node group: its taints, and nothing else.

    Args:
        group: raw `describe_nodegroup()["nodegroup"]`.
    """
    return [
        {
            "key": taint["key"],
            "operator": "Equal",
            "value": taint.get("value") or "",
            "effect": _EFFECTS.get(taint["effect"], taint["effect"]),
        }
        for taint in group.get("taints") or ()
    ]


def smoke_test_refusal(old: str, new: str, why: str) -> Refused:
    """The refusal to go on with a node group whose new nodes did not pass."""
    problem = Problem(
        f"smoke test on '{new}'",
        why,
        "see what the pod wrote in this task's log and put it right (new nodes that are no good: "
        f"delete '{new}' and repeat {Stage.NEW_GROUP.title}), then repeat "
        f"{Stage.SMOKE_TEST.title}; a new run with smoke_test_image empty does without it",
    )
    return Refused(f"node group '{old}' is left as it was", [problem])


def smoke_test_problems(
    image: str, command: Sequence[str], namespace: str, service_account: str
) -> list[Problem]:
    """Parameters of the test that contradict one another or cannot be."""
    problems = []
    if command and not image:
        what = "a command is given and no image to run it in"
        problems.append(Problem("smoke_test_command", what, "give smoke_test_image, or empty it"))
    found = {
        "smoke_test_image": image_problem(image) if image else None,
        "smoke_test_namespace": namespace_problem(namespace) if image or namespace else None,
        "smoke_test_service_account": service_account_problem(service_account),
    }
    return [*problems, *(Problem(name, *one) for name, one in found.items() if one)]
