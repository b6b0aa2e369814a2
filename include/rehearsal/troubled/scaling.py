"""What people have set on the Auto Scaling groups of the troubled cluster, and forgotten."""

from include.rehearsal.aws import interference
from include.rehearsal.seeding import Seeder
from include.rehearsal.troubled.groups import GOLDEN, SPARE, WORKERS
from include.rehearsal.world import World

NIGHT = "0 22 * * *"
LAUNCH_FAILED = {
    "code": "AsgInstanceLaunchFailures",
    "message": "Could not launch On-Demand Instances. InsufficientInstanceCapacity",
    "resourceIds": [],
}


def forget_settings(world: World, seeder: Seeder, cluster: str) -> None:
    """Three nodes stand though two are wanted, for the process that would end one is suspended.

    New instances are protected, too, and at night a schedule scales the group in. Auto Scaling is
    told to replace the instances of `golden`, which the rehearsal only writes down.
    """
    workers = seeder.asg_of(cluster, WORKERS)
    scaling = seeder.autoscaling
    scaling.suspend_processes(AutoScalingGroupName=workers, ScalingProcesses=["Terminate"])
    seeder.protect(workers)
    scaling.put_scheduled_update_group_action(
        AutoScalingGroupName=workers, ScheduledActionName="night", Recurrence=NIGHT, MinSize=0
    )
    scaling.set_desired_capacity(AutoScalingGroupName=workers, DesiredCapacity=2)
    scaling.start_instance_refresh(AutoScalingGroupName=seeder.asg_of(cluster, GOLDEN))
    interference.set_node_group_health(world, cluster, SPARE, "DEGRADED", [LAUNCH_FAILED])
