"""All that an upgrade does, played once through its operators and recorded (see `stage.py`)."""

import asyncio
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.operators.nodes.images import EksLookupAmiOperator
from eks_upgrade_airflow.operators.nodes.launch_template import EksPrepareLaunchTemplateOperator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.insights import refresh_insights
from include.eks_upgrade.aws.readings import readers as aws_readers
from include.eks_upgrade.aws.readings.read_named_quotas import read_named_quotas
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.readings import readers as kube_readers
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from include.eks_upgrade.preflight.surge import read_surge_facts
from include.rehearsal import images
from include.rehearsal.aws import interference
from include.rehearsal.scenario import PlainOptions, Scene, plain, runbook
from include.rehearsal.seeding import Seeder
from include.rehearsal.workloads import (
    cron_tick,
    deployment,
    job,
    mounting,
    volume,
    with_pod_spec,
)
from tests.airflow.drain.drain_lab import CLUSTER, EASY, SOLO, VERSION, DrainLab
from tests.airflow.upgrade import Upgrade
from tests.once import once
from tests.permissions.files import DELETE, RESTART, SMOKE_TEST
from tests.permissions.stage import (
    ACCOUNT,
    ADDON_ROLE,
    CONNECTION,
    KEY_PAIR,
    Recorded,
    Stage,
    stage,
)
from tests.permissions.stories_back import going_back, release, to_old_nodes

RUNBOOK = {
    "ignore_daemonsets": True,
    "delete_emptydir_data": True,
    "force_unmanaged_pods": True,
    "running_jobs": "evict",  # the clock of the rehearsal is not the drain's
}
GROUP_TAG = "k8s.io/cluster-autoscaler/node-template/label/team"


@cache
def recorded() -> Recorded:
    """The recording; played at the first call in a test run."""
    return once("recorded", _played)


def _played() -> Recorded:
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as made:
        upgrade(made)
        recovery(made)
        new_template(made)
        drains(made)
        reserved(made)
        going_back(made)
    return made.recorded


def upgrade(made: Stage) -> None:
    """The runbook's cluster from 1.25 to 1.26; its old group is protected."""
    made.rehearsal.world.faults.insights.append(
        {"name": "Deprecated APIs", "status": "ERROR", "kubernetesVersion": "1.26", "reason": "x"}
    )
    scene = runbook(made.rehearsal.world)
    made.begin(scene)
    set_by_hand(made, scene)
    Seeder(made.rehearsal.world).apply(
        scene.cluster,
        [cron_tick("shop", "report", 28571233, work=10**7), *workloads(2), webhook()],
    )
    made.rehearsal.clock.advance(300)
    run = made.run(
        scene.cluster, target_version="1.26", override_insights=True, may_unprotect=True, **RUNBOOK
    )
    steps = Upgrade(run, made.folder)
    with made.part("look"):
        read_ahead(made, scene)
        steps.plan()
        steps.lock()
    with made.part("add-ons"):
        steps.addons("addons_before")
    with made.part("control plane"):
        steps.control_plane()
    with made.part("add-ons"):
        steps.addons("addons_after")
    with made.part("node group"):
        steps.new_group()
        steps.fence()
    with made.part("drain"):
        steps.drain()
    Seeder(made.rehearsal.world).apply(scene.cluster, workloads(1))
    made.rehearsal.clock.advance(60)
    with made.part("drain"):
        steps.verify()
    with made.part("node group"):
        steps.delete()
    with made.part("look"):
        assert steps.await_deletion() == "stuck"
        steps.diagnose()
    with made.part("unprotect"):
        steps.unprotect()
    with made.part("node group"):
        steps.retry_delete()
    with made.part("look"):
        steps.confirm_gone()
        steps.verify_cluster()
        steps.report()
        steps.unlock()


def set_by_hand(made: Stage, scene: Scene) -> None:
    """What people had set on the old Auto Scaling group and on an add-on."""
    role = f"arn:aws:iam::{ACCOUNT}:role/{ADDON_ROLE}"
    tag = {"Key": GROUP_TAG, "Value": "shop", "PropagateAtLaunch": False}
    group = {"ResourceId": scene.asgs["workers"], "ResourceType": "auto-scaling-group"}
    made.autoscaling.create_or_update_tags(Tags=[{**tag, **group}])
    named = {"AutoScalingGroupName": scene.asgs["workers"]}
    made.autoscaling.enable_metrics_collection(**named, Granularity="1Minute")
    topic = f"arn:aws:sns:{scene.region}:{ACCOUNT}:ops"
    made.autoscaling.put_notification_configuration(
        **named, TopicARN=topic, NotificationTypes=["autoscaling:EC2_INSTANCE_LAUNCH"]
    )
    made.eks.update_addon(
        clusterName=scene.cluster,
        addonName="vpc-cni",
        serviceAccountRoleArn=role,
        configurationValues='{"env": {"WARM_ENI_TARGET": "1"}}',
    )


def webhook() -> dict[str, Any]:
    """One that is ignored when silent; the plan asks who stands behind its Service."""
    service = {"namespace": "policy", "name": "guard", "path": "/"}
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["x"]}
    hook = {
        "name": "guard.example.com",
        "failurePolicy": "Ignore",
        "clientConfig": {"service": service},
        "rules": [rule],
    }
    named = {"metadata": {"name": "guard"}, "webhooks": [hook]}
    return {"kind": "ValidatingWebhookConfiguration", **named}


def read_ahead(made: Stage, scene: Scene) -> None:
    """All that the checks of the preflight need, of a cluster with a key and zonal shifts."""
    with made.rehearsal.clock.lock:
        region = interference.region_of(scene.cluster)
        encrypted = {"resources": ["secrets"], "provider": {"keyArn": made.key}}
        region.cluster(scene.cluster).raw["encryptionConfig"] = [encrypted]
        region.cluster(scene.cluster).raw["zonalShiftConfig"] = {"enabled": True}
    mapped = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {}}
    Seeder(made.rehearsal.world).apply(scene.cluster, [{"kind": "ConfigMap", **mapped}])
    address = ClusterAddress(scene.cluster, CONNECTION)
    clients, facts = address.clients(), read_facts(address)
    facts = read_surge_facts(address, clients, facts, facts.node_groups)
    # The clock runs: whether it has ended by now is as it comes, and both rights were used.
    refresh_insights(clients.eks, scene.cluster, patience=0)
    for reader in aws_readers.READERS.values():
        reader(clients, facts)
    read_named_quotas(clients, with_a_strange_type(facts))
    asyncio.run(_read_kubernetes(address.access(dict(facts.cluster))))


def with_a_strange_type(facts: ClusterFacts) -> ClusterFacts:
    """A group of a family whose quota is looked up by its name."""
    strange = {"instanceTypes": ["hpc7g.4xlarge"], "capacityType": "ON_DEMAND"}
    return replace(facts, node_groups={**facts.node_groups, "strange": strange})


async def _read_kubernetes(access: ClusterAccess) -> None:
    async with KubeClient(access) as kube:
        for reader in kube_readers.READERS.values():
            await reader(kube)


def workloads(replicas: int) -> list[dict[str, Any]]:
    """One of each kind; scaled down meanwhile they are asked how many pods they want."""
    labels = {"app": "lonely"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "work"}]},
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": f"lonely-{kind.lower()}", "namespace": kind.lower()},
            "spec": {
                "replicas": replicas,
                "serviceName": "lonely",
                "selector": {"matchLabels": labels},
                "template": template,
            },
        }
        for kind in ("Deployment", "ReplicaSet", "StatefulSet")
    ]


def recovery(made: Stage) -> None:
    """One group with every guard there is, and one that only losing its ASG lets go."""
    options = PlainOptions(groups=("held", "last", "new"), addons={}, protected=True)
    scene = plain(made.rehearsal.world, "stuck", "1.33", 1, options)
    made.begin(scene)
    guard(made, scene.asgs["held"])
    made.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=scene.asgs["last"], DeletionProtection="prevent-all-deletion"
    )
    for group in ("held", "last"):
        made.eks.delete_nodegroup(clusterName="stuck", nodegroupName=group)
    made.rehearsal.clock.advance(1000)
    steps = left(made, "held", may_unprotect=True)
    with made.part("look"):
        steps.diagnose()
    with made.part("unprotect"):
        steps.unprotect()
    steps = left(made, "last", may_unprotect=True, may_delete_asg=True)
    with made.part("look"):
        steps.diagnose()
    with made.part("delete the Auto Scaling group"):
        steps.delete_asg()
    with made.part("node group"):
        steps.retry_delete()
    with made.part("look"):
        steps.run.done["delete_old"] = steps.run.done["retry_delete"]
        steps.confirm_gone()


def guard(made: Stage, asg: str) -> None:
    """A hook that holds an instance, one in Standby, a refresh, a process that is suspended."""
    aws: Any = made.autoscaling
    (found,) = aws.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])["AutoScalingGroups"]
    aws.put_lifecycle_hook(
        AutoScalingGroupName=asg,
        LifecycleHookName="backup",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=7200,
    )
    aws.terminate_instance_in_auto_scaling_group(
        InstanceId=found["Instances"][0]["InstanceId"], ShouldDecrementDesiredCapacity=False
    )
    made.rehearsal.clock.advance(300)
    (found,) = aws.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])["AutoScalingGroups"]
    serving = [i["InstanceId"] for i in found["Instances"] if i["LifecycleState"] == "InService"]
    aws.update_auto_scaling_group(AutoScalingGroupName=asg, MinSize=0)
    aws.enter_standby(
        AutoScalingGroupName=asg, InstanceIds=serving, ShouldDecrementDesiredCapacity=True
    )
    aws.suspend_processes(AutoScalingGroupName=asg, ScalingProcesses=["Terminate"])
    aws.start_instance_refresh(AutoScalingGroupName=asg)


def left(made: Stage, group: str, **given: Any) -> Upgrade:
    """The steps of a run whose old group is in deletion already."""
    run = made.run("stuck", **given)
    step = NodeGroupStep(name=group, replacement="new", from_version="1.32", to_version="1.33")
    run.done["plan"] = Plan(
        cluster=made.cluster,
        region="",
        from_version="1.33",
        to_version="1.33",
        control_plane_needed=False,
        node_groups=(step,),
    ).as_json()
    return Upgrade(run, made.folder)


def new_template(made: Stage) -> None:
    """A group without a launch template gets an image of its own; and a cluster nobody knows."""
    # A Job, and a pod with a claim, without which the plan has no reason to ask for either.
    claiming = with_pod_spec(deployment(EASY), volumes=mounting("data"))
    manifests = (job("shop", "import", work=1e6), *volume("shop", "data"), *claiming)
    options = PlainOptions(
        addons={}, ami_type="AL2023_x86_64_STANDARD", key_pair=KEY_PAIR, manifests=manifests
    )
    scene = plain(made.rehearsal.world, "bare", "1.33", 1, options)
    made.begin(scene)
    image = {
        "ami_source": "name_pattern",
        "ami_name_pattern": "amazon-eks-node-al2023-{architecture}-standard-{version}-v*",
    }
    steps = Upgrade(made.run(scene.cluster, **image), made.folder)
    with made.part("look"):
        steps.plan()
        steps.lock()
    with made.part("control plane"):
        steps.control_plane()
    # So that the new node is in another zone than the old one, and the volumes are asked about.
    zone = f"{scene.region}a"
    interference.set_zone_full(made.rehearsal.world, zone, full=True)
    # As in an account whose first managed node group this is.
    made.rehearsal.world.service_linked_roles.clear()
    with made.part("node group with a new template"):
        steps.new_group()
        another_image(made, steps)
    interference.set_zone_full(made.rehearsal.world, zone, full=False)
    with made.part("look", SMOKE_TEST):
        steps.smoke_test("registry.example.com/ours/test:1")
    made.begin(replace(scene, cluster="nobody"))
    with made.part("look"):
        refused(Upgrade(made.run("nobody"), made.folder).plan)


def another_image(made: Stage, steps: Upgrade) -> None:
    """The template that was made stands already when another image is asked for: a new version."""
    of_step = ("al2023", "x86_64", "1.34")
    older, *_ = (
        image.id
        for image in images.all_of(made.recorded.region)
        if (image.family, image.architecture, image.kubernetes_version) == of_step
    )
    run = made.run(made.cluster, ami_source="image_id", ami_id=older)
    version = steps.step["to_version"]
    run.do(
        "look_up_ami",
        EksLookupAmiOperator,
        nodegroup_name=steps.old,
        kubernetes_version=version,
        ami_source="image_id",
        ami_id=older,
    )
    found = run.done["look_up_ami"]["data"]
    run.do("prepare_launch_template", EksPrepareLaunchTemplateOperator, **steps.both, **found)


def drains(made: Stage) -> None:
    """A pod that can never be evicted: with and without the right to pass it; and a release."""
    manifests = tuple(one for app in (SOLO, EASY) for one in deployment(app))
    options = PlainOptions(groups=("left", "right"), addons={}, manifests=manifests)
    made.begin(plain(made.rehearsal.world, CLUSTER, VERSION, 2, options))
    lab = DrainLab(made.rehearsal, SOLO.name)
    delete = {
        "when_blocked": {"never_allowed": "delete"},
        "may_delete_blocked_pods": True,
        "delete_blocked_after_minutes": 0.001,
    }
    restart = {"when_blocked": {"never_allowed": "restart"}}
    for power, answer in ((RESTART, restart), (DELETE, delete)):
        lab.begin()
        with made.part("drain"):
            made.recorded.refusals[power] = refused(lab.drain, made.run(CLUSTER), **answer)
        with made.part("drain", power):
            lab.drain(made.run(CLUSTER), **answer)
        assert lab.left() == []
    lab.begin()
    release(made, lab)
    lab.begin()
    to_old_nodes(made, lab)


def reserved(made: Stage) -> None:
    """A plan for a group whose template targets a capacity reservation."""
    made.rehearsal.world.reservations["cr-1"] = {
        "CapacityReservationId": "cr-1",
        "InstanceType": "m5.large",
        "State": "active",
        "TotalInstanceCount": 4,
        "AvailableInstanceCount": 4,
    }
    scene = plain(made.rehearsal.world, "reserved", "1.33", 1, PlainOptions(addons={}))
    target = {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}
    data: Any = {"InstanceType": "m5.large", "CapacityReservationSpecification": target}
    template = made.ec2.create_launch_template(LaunchTemplateName="r", LaunchTemplateData=data)
    made.eks.create_nodegroup(
        clusterName=scene.cluster,
        nodegroupName="bound",
        subnets=list(scene.subnets),
        nodeRole=scene.node_role,
        scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
        launchTemplate={"id": template["LaunchTemplate"]["LaunchTemplateId"], "version": "1"},
    )
    made.rehearsal.clock.advance(300)
    made.begin(scene)
    with made.part("look"):
        Upgrade(made.run(scene.cluster), made.folder).plan()


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    """The words with which something is refused for good."""
    with pytest.raises(AirflowFailException) as raised:
        call(*arguments, **named)
    return str(raised.value)
