"""What undoes an upgrade, played through its operators and recorded: release, ways back."""

from dataclasses import replace
from typing import Any

from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.nodes.keep import EksKeepNodegroupOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)

from include.eks_upgrade.nodes.managed.marks import REPLACES
from include.rehearsal.aws import interference
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.drain.drain_lab import CLUSTER, DrainLab
from tests.airflow.rollback.back import Back
from tests.airflow.upgrade import LOAD_BALANCER_SECONDS, QUICK
from tests.airflow.worker import Run
from tests.permissions.files import RESTART
from tests.permissions.stage import Stage


def release(made: Stage, lab: DrainLab) -> None:
    """A run that dies after its fence, and the run that lifts what it left."""
    dead, lifting = made.run(CLUSTER), made.run(CLUSTER)
    lifting.run_id = "manual__release"
    lifting.states[dead.run_id] = "failed"
    with made.part("node group"):
        dead.do("lock", EksLockClusterOperator)
        dead.do("fence_old", EksFenceNodegroupOperator, **lab.pair, **QUICK)
    with made.part("release"):
        lift(lifting)


def to_old_nodes(made: Stage, lab: DrainLab) -> None:
    """An old group is kept without its nodes, and the pods of the new one go back to it."""
    arn = made.eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=lab.new)["nodegroup"]
    made.eks.tag_resource(resourceArn=arn["nodegroupArn"], tags={REPLACES: lab.old})
    dead, back = made.run(CLUSTER), made.run(CLUSTER)
    dead.run_id, back.run_id = "manual__kept", "manual__return"
    back.states[dead.run_id] = "failed"
    pair, moved = lab.pair, {"when_blocked": {"never_allowed": "restart"}}
    with made.part("node group"):
        dead.do("lock", EksLockClusterOperator)
        dead.do("fence_old", EksFenceNodegroupOperator, **pair, **QUICK)
    with made.part("drain", RESTART):
        lab.drain(dead, **moved)
    kept = {name: pair[name] for name in ("nodegroup_name", "replacement_name")}
    with made.part("node group"):
        dead.do(
            "keep_old",
            EksKeepNodegroupOperator,
            keep_minutes=0.005,
            keep_at="zero",
            worse_minutes=0.001,
            waiter_delay=0.1,
            load_balancer_drain_seconds=LOAD_BALANCER_SECONDS,
            **kept,
        )
    with made.part("release"):
        lift(back, return_to_old_nodes=True)
    made.rehearsal.clock.advance(600)
    other_way = {**pair, "nodegroup_name": lab.new, "replacement_name": lab.old}
    with made.part("node group"):
        back.do("fence_new", EksFenceNodegroupOperator, hands_over=False, **other_way, **QUICK)
    with made.part("drain", RESTART):
        lab.drain(back, **other_way, **moved)


def lift(run: Run, **given: Any) -> None:
    """The tasks of the DAG eks_upgrade_release that lift."""
    ways = run.do("look", EksReleaseLookOperator, **given)["data"]["ways_back"]
    run.do("lock", EksReleaseLockOperator, **given)
    run.do("lift", EksReleaseLiftOperator, found_ways=ways, **given, **QUICK)
    run.do("unlock", EksUnlockClusterOperator)


def going_back(made: Stage) -> None:
    """A cluster of Auto Mode goes back by a minor, has that cancelled, and goes back again."""
    scene = plain(made.rehearsal.world, "back", "1.33", 1, PlainOptions(addons={}))
    interference.set_auto_mode(made.rehearsal.world, scene.cluster, enabled=True)
    made.begin(scene)
    made.eks.update_cluster_version(name=scene.cluster, version="1.34")
    made.rehearsal.clock.advance(3600)
    world, usual = made.rehearsal.world, made.rehearsal.world.timings
    world.timings = replace(usual, auto_mode_nodes=1e6)  # it is not over before it is cancelled
    made.eks.update_cluster_version(name=scene.cluster, version="1.33")
    cancelling = Back(made.run(scene.cluster, cancel=True, auto_mode_minutes=720))
    with made.part("look"):
        cancelling.plan()
    with made.part("cancel a rollback"):
        cancelling.act()
    world.timings = usual
    back = Back(made.run(scene.cluster, cancel=False, auto_mode_minutes=720))
    with made.part("look"):
        back.plan()
    with made.part("control plane"):
        back.start()
        made.rehearsal.clock.advance(2 * 3600)  # Auto Mode replaces its nodes
        back.finish()
