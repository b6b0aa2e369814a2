"""The messy cluster: what is wrong with it when it is handed over."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.nodes.managed.made_by import Tool, made_by
from include.rehearsal.environment import Rehearsal
from include.rehearsal.messy.cluster import SICK_SECONDS, messy
from include.rehearsal.scenario import Scene


@pytest.fixture(name="built", scope="module")
def a_messy_cluster() -> Iterator[tuple[Rehearsal, Scene]]:
    with Rehearsal() as rehearsal:
        scene = messy(rehearsal.world)
        assert rehearsal.clock.failures == []
        yield rehearsal, scene


def objects(built: tuple[Rehearsal, Scene], plural: str) -> list[dict[str, Any]]:
    rehearsal, scene = built
    with rehearsal.clock.lock:
        found: list[dict[str, Any]] = rehearsal.world.clusters[scene.cluster].store.list(plural)
    return found


def client(built: tuple[Rehearsal, Scene], service: str) -> Any:
    rehearsal, _ = built
    return rehearsal.session().client(
        service, endpoint_url=rehearsal.environment["AWS_ENDPOINT_URL"]
    )


def condition(pod: dict[str, Any], kind: str) -> dict[str, Any]:
    found = pod["status"].get("conditions") or ()
    return next((each for each in found if each["type"] == kind), {})


def test_its_groups_are_of_three_makers_and_three_kinds(built: tuple[Rehearsal, Scene]) -> None:
    eks, ec2 = client(built, "eks"), client(built, "ec2")
    groups = {
        name: eks.describe_nodegroup(clusterName="messy", nodegroupName=name)["nodegroup"]
        for name in built[1].node_groups
    }
    private = ec2.describe_images(Owners=["self"])["Images"]
    assert {
        name: [str(one.tool) for one in made_by(it["tags"])] for name, it in groups.items()
    } == {
        "system": [Tool.EKSCTL],
        "apps": [Tool.TERRAFORM],
        "batch": [Tool.CLOUDFORMATION],
    }
    assert {name: (it["amiType"], it["status"]) for name, it in groups.items()} == {
        "system": ("AL2_x86_64", "DEGRADED"),
        "apps": ("CUSTOM", "ACTIVE"),
        "batch": ("CUSTOM", "ACTIVE"),
    }
    own = {image["ImageId"] for image in private}
    assert [name for name, it in groups.items() if it["releaseVersion"] in own] == ["batch"]


def test_its_nodes_are_well_and_stand_in_three_zones(built: tuple[Rehearsal, Scene]) -> None:
    nodes = objects(built, "nodes")
    assert {condition(node, "Ready")["status"] for node in nodes} == {"True"}
    labels = [node["metadata"]["labels"] for node in nodes]
    assert Counter(each["eks.amazonaws.com/nodegroup"] for each in labels) == {
        "system": 2,
        "apps": 3,
        "batch": 3,
    }
    assert len({each["topology.kubernetes.io/zone"] for each in labels}) == 3


def test_one_auto_scaling_group_lets_no_instance_go(built: tuple[Rehearsal, Scene]) -> None:
    found = client(built, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    kept = {
        group["AutoScalingGroupName"]: {i["ProtectedFromScaleIn"] for i in group["Instances"]}
        for group in found
    }
    assert {name: kept[asg] for name, asg in built[1].asgs.items()} == {
        "system": {False},
        "apps": {True},
        "batch": {False},
    }


def test_two_add_ons_were_not_well_before(built: tuple[Rehearsal, Scene]) -> None:
    eks = client(built, "eks")
    found = {
        name: eks.describe_addon(clusterName="messy", addonName=name)["addon"]
        for name in eks.list_addons(clusterName="messy")["addons"]
    }
    wounds = {name: it["status"] for name, it in found.items() if it["status"] != "ACTIVE"}
    assert wounds == {
        "aws-ebs-csi-driver": "DEGRADED",
        "eks-pod-identity-agent": "CREATE_FAILED",
    }
    assert all(found[name]["health"]["issues"] for name in wounds)


def test_what_is_not_ready_was_so_before_anything_began(built: tuple[Rehearsal, Scene]) -> None:
    unwell = {
        pod["metadata"]["labels"]["app"]: condition(pod, "PodScheduled").get("reason", "")
        for pod in objects(built, "pods")
        if condition(pod, "Ready").get("status") != "True" and pod["status"]["phase"] != "Succeeded"
    }
    assert unwell == {
        "dashboard": "",  # crashes in a loop
        "audit": "Unschedulable",
        "training": "SchedulingGated",
    }


def test_most_workloads_have_no_budget_and_two_share_one(built: tuple[Rehearsal, Scene]) -> None:
    budgets = {each["metadata"]["name"]: each for each in objects(built, "poddisruptionbudgets")}
    assert set(budgets) == {"api", "search", "coredns", "ebs-csi-controller"}
    assert budgets["search"]["status"]["expectedPods"] == 4
    deployments = objects(built, "deployments")
    assert len(deployments) > 2 * len(budgets)
    strategies = {d["metadata"]["name"]: d["spec"]["strategy"]["type"] for d in deployments}
    assert strategies["billing"] == "Recreate"


def test_jobs_are_at_work_at_any_moment(built: tuple[Rehearsal, Scene]) -> None:
    rehearsal, _ = built
    for _ in range(8):
        working = {
            pod["metadata"]["labels"].get("app")
            for pod in objects(built, "pods")
            if pod["status"]["phase"] == "Running"
        }
        assert {"export", "settle", "import"} <= working
        rehearsal.clock.advance(170)


def test_pods_are_there_that_only_the_three_consents_let_go(built: tuple[Rehearsal, Scene]) -> None:
    pods = objects(built, "pods")
    bare = [p["metadata"]["name"] for p in pods if not p["metadata"].get("ownerReferences")]
    emptied = {
        p["metadata"]["labels"]["app"]
        for p in pods
        if any("emptyDir" in volume for volume in p["spec"].get("volumes") or ())
    }
    assert bare == ["runner-x7k2p"]
    assert emptied == {"cache"}
    assert {d["metadata"]["name"] for d in objects(built, "daemonsets")} > {"log-agent"}


def test_one_add_on_is_not_well_for_a_while_once_the_control_plane_moves(
    built: tuple[Rehearsal, Scene],
) -> None:
    rehearsal, eks = built[0], client(built, "eks")
    seen = []
    rehearsal.clock.advance(3600)
    for seconds in (0, 60, SICK_SECONDS):
        rehearsal.clock.advance(seconds)
        seen.append(eks.describe_addon(clusterName="messy", addonName="coredns")["addon"])
        if not seconds:
            eks.update_cluster_version(name="messy", version="1.26")
    assert [addon["status"] for addon in seen] == ["ACTIVE", "DEGRADED", "ACTIVE"]
    assert [bool(addon["health"]["issues"]) for addon in seen] == [False, True, False]
    assert rehearsal.clock.failures == []
