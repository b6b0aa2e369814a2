"""What is asked of EKS to keep an old group without its nodes."""

from typing import Any

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.nodes.managed.fence import fence_request
from include.eks_upgrade.nodes.managed.keep import oldest_minor, zero_request
from include.eks_upgrade.nodes.managed.marks import Cap, Kept, taint


def group(sizes: tuple[int, int, int], *taints: dict[str, str]) -> dict[str, Any]:
    low, desired, high = sizes
    return {
        "nodegroupName": "workers",
        "status": "ACTIVE",
        "scalingConfig": {"minSize": low, "desiredSize": desired, "maxSize": high},
        "taints": list(taints),
    }


FENCED = taint(Cap(10, 3))
ZERO = taint(Cap(10, 3, Kept(1, 3, "1.25")))


def test_sizes_go_and_the_mark_that_remembers_them_comes_in_one_update() -> None:
    request = zero_request(group((1, 3, 3), FENCED), {"DesiredCapacity": 3}, "1.25")
    assert request == {
        "nodegroupName": "workers",
        "taints": {"addOrUpdateTaints": [ZERO]},
        "scalingConfig": {"minSize": 0, "desiredSize": 0},
    }


LIVE = {
    "an autoscaler has grown it": ({"DesiredCapacity": 5}, 5),
    "an autoscaler has shrunk it, as it is empty": ({"DesiredCapacity": 1}, 3),
    "its Auto Scaling group is gone": (None, 3),
}


@pytest.mark.parametrize(("asg", "size"), LIVE.values(), ids=list(LIVE))
def test_the_larger_of_both_sizes_is_remembered(asg: Any, size: int) -> None:
    request = zero_request(group((0, 3, 3), FENCED), asg)
    assert request is not None
    (mark,) = request["taints"]["addOrUpdateTaints"]
    assert mark["value"] == f"max-10-capped-3-min-0-size-{size}"


def test_a_group_that_is_at_zero_is_asked_for_nothing_also_by_the_fence() -> None:
    there = group((0, 0, 3), ZERO)
    assert zero_request(there, {"DesiredCapacity": 0}) is None
    assert fence_request(there, {"DesiredCapacity": 0}, []) is None


def test_a_group_that_was_given_nodes_again_is_fenced_and_taken_to_zero_anew() -> None:
    there = group((0, 2, 3), ZERO)
    assert fence_request(there, {"DesiredCapacity": 2}, []) is not None
    request = zero_request(there, {"DesiredCapacity": 2})
    assert request is not None
    assert request["taints"]["addOrUpdateTaints"][0]["value"].endswith("-min-0-size-2")


@pytest.mark.parametrize("marks", [[], [{**FENCED, "value": "true"}]], ids=["none", "early"])
def test_without_a_readable_mark_it_is_refused(marks: list[dict[str, str]]) -> None:
    with pytest.raises(Refused, match="nothing would say what its sizes were"):
        zero_request(group((1, 3, 3), *marks), None)


MINORS = {
    "all alike": (["v1.25.16-eks-1", "v1.25.9"], "1.25"),
    "the oldest": (["v1.26.1", "v1.25.16-eks-1"], "1.25"),
    "one that tells none": (["", "v1.26.1"], "1.26"),
    "no nodes": ([], ""),
}


@pytest.mark.parametrize(("kubelets", "minor"), MINORS.values(), ids=list(MINORS))
def test_the_version_of_nodes_that_go_is_that_of_the_oldest(
    kubelets: list[str], minor: str
) -> None:
    assert oldest_minor(kubelets) == minor
