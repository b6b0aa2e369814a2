"""The rebalance of zones that rested for the drain, and a group that takes no update."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)

from include.eks_upgrade.nodes.managed.marks import KEY, REBALANCE_TAG
from include.rehearsal.aws import interference
from tests.airflow.real.outside import World
from tests.airflow.release.release_lab import (
    DEAD,
    OLD,
    die_fenced,
    marks,
    new_run,
    open_up,
    release,
    release_run,
)
from tests.airflow.upgrade import QUICK


def old_asg(world: World) -> dict[str, Any]:
    """The old group's Auto Scaling group: what rests of it, and our tag."""
    name = world.scene.asgs[OLD]
    answer = world.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    (found,) = answer["AutoScalingGroups"]
    return {
        "resting": [each["ProcessName"] for each in found["SuspendedProcesses"]],
        "marked": [each["Key"] for each in found["Tags"] if each["Key"] == REBALANCE_TAG],
    }


def suspend(world: World) -> None:
    world.autoscaling.suspend_processes(
        AutoScalingGroupName=world.scene.asgs[OLD], ScalingProcesses=["AZRebalance"]
    )


def test_the_rebalance_that_rested_for_the_drain_is_given_back(world: World) -> None:
    die_fenced(world)
    assert old_asg(world) == {"resting": ["AZRebalance"], "marked": [REBALANCE_TAG]}
    told = release(release_run())
    assert old_asg(world) == {"resting": [], "marked": []}
    assert f"Auto Scaling group {world.scene.asgs[OLD]}: AZRebalance is resumed" in told["text"]


DIED = [
    pytest.param(False, id="after the tag and before the suspension"),
    pytest.param(True, id="after both and before anything else"),
]


@pytest.mark.parametrize("suspended", DIED)
def test_a_run_that_died_while_it_put_the_rebalance_to_rest_is_released(
    world: World, *, suspended: bool
) -> None:
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    name = world.scene.asgs[OLD]
    key = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": REBALANCE_TAG}
    world.autoscaling.create_or_update_tags(Tags=[{**key, "Value": "", "PropagateAtLaunch": False}])
    if suspended:
        suspend(world)
    release(release_run())
    assert old_asg(world) == {"resting": [], "marked": []}


def test_a_rebalance_that_somebody_else_suspended_rests_on(world: World) -> None:
    suspend(world)
    die_fenced(world)
    release(release_run())
    assert old_asg(world) == {"resting": ["AZRebalance"], "marked": []}


def test_of_a_degraded_group_that_takes_no_update_all_else_is_lifted_and_the_rest_told(
    world: World,
) -> None:
    open_up(world, OLD, 10)
    die_fenced(world)
    issue = {"code": "AsgInstanceLaunchFailures", "message": "no room", "resourceIds": ["asg-1"]}
    interference.set_node_group_health(world.rehearsal.world, "shop", OLD, "DEGRADED", [issue])
    world.rehearsal.world.faults.degraded_refuses = True
    run = release_run()
    run.do("look", EksReleaseLookOperator)
    run.do("lock", EksReleaseLockOperator)
    with pytest.raises(AirflowFailException) as raised:
        run.do("lift", EksReleaseLiftOperator, **QUICK)
    told = str(raised.value)
    assert "AsgInstanceLaunchFailures: no room (asg-1)" in told
    assert f"the taint {KEY}" in told
    assert "All else of ours is lifted" in told
    assert marks(world) == {}
    assert old_asg(world)["resting"] == []
    world.rehearsal.world.faults.degraded_refuses = False
    run.do("lift", EksReleaseLiftOperator, **QUICK)
    assert KEY not in str(world.group(OLD).get("taints"))
