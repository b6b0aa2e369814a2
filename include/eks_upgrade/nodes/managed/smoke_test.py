"""A pod of the user's choice on the new nodes, before the old ones are touched. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage

MAX_IMAGE = 512
# Registry, path, tag, digest: https://pkg.go.dev/github.com/distribution/reference
_IMAGE = re.compile(
    r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*(:[\w.-]+)?(@\w+:[0-9a-f]+)?"
)
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL = re.compile(r"(?=.{1,63}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")

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
    if image and (len(image) > MAX_IMAGE or not _IMAGE.fullmatch(image)):
        what = f"{image[:80]!r} is no name of an image"
        problems.append(Problem("smoke_test_image", what, "write it like busybox:1.36"))
    if (image or namespace) and not _LABEL.fullmatch(namespace):
        what = f"{namespace[:80]!r} is no name of a namespace"
        problems.append(Problem("smoke_test_namespace", what, "write it like default"))
    if service_account and not _SUBDOMAIN.fullmatch(service_account):
        what = f"{service_account[:80]!r} is no name of a service account"
        remedy = "write it like smoke-test, or leave it empty"
        problems.append(Problem("smoke_test_service_account", what, remedy))
    return problems
