"""What is told of node groups and add-ons while a step waits: what is new, and when it heals."""

from typing import Any

import pytest

from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.verification.cluster import BrokenBefore
from include.eks_upgrade.verification.health import HealthLog, conditions

FULL = {
    "code": "Ec2SubnetInvalidConfiguration",
    "message": "Subnets are not tagged.",
    "resourceIds": ["subnet-1", "DUMMY_1"],
}
LAUNCH = {"code": "AsgInstanceLaunchFailures", "message": "no capacity", "resourceIds": ["asg-1"]}
BECAME = (
    "node group 'workers' became DEGRADED (Ec2SubnetInvalidConfiguration: Subnets are not tagged"
    " (subnet-1))"
)


def raw(status: str, *issues: dict[str, Any]) -> dict[str, Any]:
    return {"status": status, "health": {"issues": list(issues)}}


def looks(diary: HealthLog, *raws: dict[str, Any] | None) -> list[list[str]]:
    """What is told at each look at one node group; None: it is not there."""
    groups = [{} if each is None else {"workers": each} for each in raws]
    return [[one.what for one in diary.look(conditions(each, {}))] for each in groups]


STORIES = [
    pytest.param([raw("ACTIVE"), raw("ACTIVE")], [[], []], id="it stays well"),
    pytest.param([raw("ACTIVE"), raw("DEGRADED", FULL)], [[], [BECAME]], id="it becomes DEGRADED"),
    pytest.param([raw("DEGRADED", FULL)] * 3, [[BECAME], [], []], id="it is told once"),
    pytest.param(
        [raw("DEGRADED", FULL), raw("ACTIVE")],
        [[BECAME], ["node group 'workers' is well again"]],
        id="it heals",
    ),
    pytest.param(
        [raw("DEGRADED", FULL), raw("UPDATING"), raw("DEGRADED", FULL), raw("ACTIVE")],
        [[BECAME], [], [], ["node group 'workers' is well again"]],
        id="an update in between says nothing",
    ),
    pytest.param(
        [raw("DEGRADED", FULL), raw("DEGRADED", LAUNCH, FULL)],
        [
            [BECAME],
            [
                "node group 'workers' was DEGRADED and is now DEGRADED"
                " (AsgInstanceLaunchFailures: no capacity (asg-1);"
                " Ec2SubnetInvalidConfiguration: Subnets are not tagged (subnet-1))"
            ],
        ],
        id="a further issue is news",
    ),
    pytest.param(
        [raw("DEGRADED", FULL, LAUNCH), raw("DEGRADED", LAUNCH)],
        [
            [
                "node group 'workers' became DEGRADED (Ec2SubnetInvalidConfiguration: Subnets are"
                " not tagged (subnet-1); AsgInstanceLaunchFailures: no capacity (asg-1))"
            ],
            [],
        ],
        id="one issue less, in another order, is none",
    ),
    pytest.param(
        [raw("DEGRADED", FULL), raw("DEGRADED", {**FULL, "message": "2 subnets are not tagged."})],
        [[BECAME], []],
        id="other words for the same are none",
    ),
    pytest.param(
        [raw("DEGRADED"), raw("CREATE_FAILED")],
        [
            ["node group 'workers' became DEGRADED"],
            ["node group 'workers' was DEGRADED and is now CREATE_FAILED"],
        ],
        id="worse than DEGRADED",
    ),
    pytest.param(
        [raw("ACTIVE"), raw("SUSPENDED_BY_AWS")],
        [[], ["node group 'workers' became SUSPENDED_BY_AWS"]],
        id="a word that nobody knows is shown",
    ),
    pytest.param([raw("CREATING"), raw("ACTIVE")], [[], []], id="a new group comes up"),
    pytest.param(
        [raw("DEGRADED"), None, raw("DEGRADED")],
        [["node group 'workers' became DEGRADED"], [], ["node group 'workers' became DEGRADED"]],
        id="another one of that name",
    ),
    pytest.param(
        [{"status": "DEGRADED"}, {"status": "DEGRADED", "health": {"issues": None}}],
        [["node group 'workers' became DEGRADED"], []],
        id="no health, and none in it",
    ),
    pytest.param(
        [raw("DEGRADED", {"code": "X", "resourceIds": None}), raw("ACTIVE")],
        [
            ["node group 'workers' became DEGRADED (X: no message)"],
            ["node group 'workers' is well again"],
        ],
        id="an issue without words and ids",
    ),
]


@pytest.mark.parametrize(("raws", "told"), STORIES)
def test_what_is_told_at_each_look(raws: list[Any], told: list[list[str]]) -> None:
    assert looks(HealthLog(BrokenBefore()), *raws) == told


BEFORE = [
    pytest.param("DEGRADED; X: y", raw("DEGRADED", FULL), [], id="it was so before"),
    pytest.param("CREATE_FAILED", raw("DEGRADED"), [], id="it was worse before"),
    pytest.param(
        "DEGRADED",
        raw("DELETE_FAILED"),
        ["node group 'workers' was DEGRADED and is now DELETE_FAILED"],
        id="it was better before",
    ),
    pytest.param("DEGRADED", raw("ACTIVE"), ["node group 'workers' is well again"], id="it heals"),
]


@pytest.mark.parametrize(("was", "now", "told"), BEFORE)
def test_what_was_broken_before_the_run_is_no_news(
    was: str, now: dict[str, Any], told: list[str]
) -> None:
    before = BrokenBefore(node_groups={"workers": was, "gone": "DEGRADED"})
    assert looks(HealthLog(before), now) == [told]


def test_where_nothing_is_known_of_before_the_first_look_shows_it() -> None:
    diary = HealthLog(None)
    assert looks(diary, raw("DEGRADED", FULL), raw("DEGRADED", FULL)) == [[], []]
    assert diary.obstacles() == []
    assert looks(diary, raw("ACTIVE"), raw("DEGRADED", FULL)) == [
        ["node group 'workers' is well again"],
        [BECAME],
    ]


def test_each_that_became_bad_is_an_obstacle_and_it_says_what_passed_it() -> None:
    diary = HealthLog(BrokenBefore())
    degraded = raw("DEGRADED")
    diary.look(conditions({"a": degraded, "b": degraded, "c": degraded}, {"coredns": degraded}))
    diary.look(conditions({"a": raw("ACTIVE"), "c": degraded}, {"coredns": raw("ACTIVE")}))
    assert diary.obstacles() == [
        Obstacle("add-on 'coredns' became DEGRADED", "it got well by itself"),
        Obstacle("node group 'a' became DEGRADED", "it got well by itself"),
        Obstacle("node group 'b' became DEGRADED", "it does not exist any more"),
        Obstacle("node group 'c' became DEGRADED", ""),
    ]
