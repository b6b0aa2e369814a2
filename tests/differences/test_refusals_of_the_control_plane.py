"""AWS's refusals of UpdateClusterVersion, told apart, and what the plan refuses of them."""

from datetime import timedelta
from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.raw import RawDict
from tests.faults.lab import FaultLab, Story
from tests.rehearsal.aws.aws_lab import refusal

OLD_CALL = "Deprecated APIs removed in Kubernetes v1.26"


def ready(lab: FaultLab, **options: Any) -> Story:
    story = lab.story(**options)
    story.up_to("addons_before")
    return story


def fill_a_subnet(lab: FaultLab, story: Story, free: int) -> str:
    """Leave so many free addresses in one of the cluster's subnets; its id."""
    (name, *_) = story.scene.subnets
    with lab.rehearsal.clock.lock:
        subnet = interference.region_of(story.cluster).ec2.get_subnet(name)
        subnet._available_ip_addresses -= subnet.available_ip_address_count - free
    return name


def test_06_one_full_subnet_of_the_cluster_is_refused_by_aws_and_by_the_plan_before_any_step(
    lab: FaultLab,
) -> None:
    story = lab.story()
    subnet = fill_a_subnet(lab, story, 0)
    code, message, status = refusal(
        lab.looker.eks.update_cluster_version, name=story.cluster, version="1.26"
    )
    assert (code, status) == ("InvalidRequestException", 400)
    assert f"{subnet} Free IPs: 0" in message
    assert "need at least 5 IPs in each subnet" in message
    told = story.refused("plan")
    assert f"subnet {subnet}: 0 free addresses" in told
    assert "each of the cluster's subnets has 5" in told


def test_a_subnet_that_fills_up_after_the_plan_is_told_with_what_frees_the_way(
    lab: FaultLab,
) -> None:
    story = ready(lab)
    subnet = fill_a_subnet(lab, story, 4)
    told = story.refused("control_plane")
    assert f"{subnet} Free IPs: 4" in told
    assert "free addresses so that each of the cluster's subnets has five" in told


def test_19_kubelets_of_fargate_pods_that_are_behind_are_told_as_such(lab: FaultLab) -> None:
    story = ready(lab)
    world, node = lab.rehearsal.world, f"fargate-ip-{story.cluster}"
    interference.add_fargate_node(world, story.cluster, node, "v1.24.17-eks-2d98532")
    lab.faults.fargate_skew = 1
    told = story.refused("control_plane")
    assert "Please recycle all offending pod replicas" in told
    assert "kubectl rollout restart" in told
    assert "-l eks.amazonaws.com/compute-type=fargate" in told
    interference.remove_node(world, story.cluster, node)
    story.take("control_plane")
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


def test_19_a_key_that_shuts_the_cluster_s_role_out_is_told_although_aws_names_the_role_alone(
    lab: FaultLab,
) -> None:
    story = ready(lab)
    world = lab.rehearsal.world
    interference.shut_out_cluster_role(world, story.cluster)
    told = story.refused("control_plane")
    assert "could not be assumed because it does not exist" in told
    assert "eks.amazonaws.com" in told
    assert "the key's policy lets the role use it" in told
    interference.shut_out_cluster_role(world, story.cluster, shut_out=False)
    story.take("control_plane")


def called(lab: FaultLab, days_ago: float) -> RawDict:
    """A finding about a removed API that somebody called so many days ago."""
    at = lab.rehearsal.clock.datetime() - timedelta(days=days_ago)
    stat = {"userAgent": "old-controller", "numberOfRequestsLast30Days": 7,
            "lastRequestTime": at.isoformat()}  # fmt: skip
    detail = {"usage": "/apis/flowcontrol.apiserver.k8s.io/v1beta1/flowschemas",
              "stopServingVersion": "1.26", "clientStats": [stat]}  # fmt: skip
    return {"name": OLD_CALL, "status": "ERROR", "kubernetesVersion": "1.26",
            "categorySpecificSummary": {"deprecationDetails": [detail]}}  # fmt: skip


def look_again(lab: FaultLab, story: Story) -> None:
    """EKS looks at the cluster again."""
    lab.looker.eks.start_insights_refresh(clusterName=story.cluster)
    lab.rehearsal.clock.advance(60)


def test_27_an_insight_that_outlives_its_cause_is_told_with_how_long_and_what_helps(
    lab: FaultLab,
) -> None:
    story = ready(lab)
    lab.faults.insights.append(called(lab, days_ago=1))
    look_again(lab, story)
    lab.faults.insights.clear()
    look_again(lab, story)
    lab.faults.insights_block = True
    told = story.refused("control_plane")
    assert "InvalidStateException: Upgrade readiness issues detected" in told
    assert "stays for 30 days after the last call, whatever is done" in told
    assert "override_insights=true" in told
    told = story.refused("plan")
    assert f"upgrade insight '{OLD_CALL}'" in told
    assert "30 days" in told


def test_an_insight_goes_when_the_last_call_is_thirty_days_ago(lab: FaultLab) -> None:
    story = lab.story()
    lab.faults.insights.append(called(lab, days_ago=31))
    look_again(lab, story)
    lab.faults.insights.clear()
    look_again(lab, story)
    lab.faults.insights_block = True
    story.up_to("control_plane")
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]
