"""UpdateNodegroupConfig and UpdateNodegroupVersion: what EKS takes, and how it replaces nodes."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.aws import interference
from include.rehearsal.scenario import PlainOptions
from include.rehearsal.workloads import App, deployment
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME, GROUP = "plain", "workers"
NAMED = {"clusterName": NAME, "nodegroupName": GROUP}
MINUTE = 60.0


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab() as made:
        yield made


@pytest.fixture
def trailing(aws: Lab) -> Lab:
    """The control plane is one minor ahead of the group."""
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    aws.pass_time(11 * MINUTE)
    return aws


EMPTY = [
    pytest.param({"labels": {}}, "Both or either addOrUpdateLabels or removeLabels", id="labels"),
    pytest.param({"taints": {}}, "Both or either addOrUpdateTaints or removeTaints", id="taints"),
    pytest.param(
        {"labels": {"addOrUpdateLabels": {}, "removeLabels": []}},
        "Both or either addOrUpdateLabels or removeLabels must not be empty",
        id="labels that add and remove none",
    ),
    pytest.param({"scalingConfig": {}}, "Either all or at least one of minSize", id="sizes"),
]


@pytest.mark.parametrize(("part", "words"), EMPTY)
def test_18_an_empty_part_of_a_configuration_is_refused(
    aws: Lab, part: dict[str, Any], words: str
) -> None:
    code, message, status = refusal(aws.eks.update_nodegroup_config, **NAMED, **part)
    assert (code, status) == ("InvalidParameterException", 400)
    assert words in message


SIZES = [
    pytest.param(
        {"minSize": 3}, "Minimum capacity 3 can't be greater than desired size 2", id="minimum"
    ),
    pytest.param({"desiredSize": 9}, "desiredSize 9 can't be greater than maxSize", id="desired"),
    pytest.param({"maxSize": 1}, "desiredSize 2 can't be greater than maxSize 1", id="maximum"),
]


@pytest.mark.parametrize(("sizes", "words"), SIZES)
def test_18_a_single_size_is_checked_against_those_that_are_stored(
    aws: Lab, sizes: dict[str, int], words: str
) -> None:
    assert aws.group()["scalingConfig"]["desiredSize"] == 2
    code, message, _ = refusal(aws.eks.update_nodegroup_config, **NAMED, scalingConfig=sizes)
    assert code == "InvalidParameterException"
    assert words in message


def test_10_a_degraded_group_may_refuse_each_update_and_may_take_it(aws: Lab) -> None:
    interference.set_node_group_health(aws.rehearsal.world, NAME, GROUP, "DEGRADED")
    aws.rehearsal.world.faults.degraded_refuses = True
    code, message, status = refusal(
        aws.eks.update_nodegroup_config, **NAMED, scalingConfig={"maxSize": 5}
    )
    assert (code, status) == ("ResourceInUseException", 409)
    assert message == "Nodegroup cannot be updated as it is currently not in Active State"
    aws.rehearsal.world.faults.degraded_refuses = False
    aws.eks.update_nodegroup_config(**NAMED, scalingConfig={"maxSize": 5})
    aws.pass_time(MINUTE)
    assert aws.group()["status"] == "DEGRADED"


def version_update(aws: Lab, **asked: Any) -> str:
    return str(aws.eks.update_nodegroup_version(**NAMED, **asked)["update"]["id"])


def ended(aws: Lab, update_id: str) -> dict[str, Any]:
    return dict(
        aws.eks.describe_update(name=NAME, nodegroupName=GROUP, updateId=update_id)["update"]
    )


def release(trailing: Lab, minor: str) -> str:
    """EKS's newest release for a minor, as a new group gets it."""
    made = trailing.new_group(nodegroupName=f"probe-{minor.replace('.', '-')}", version=minor)
    return str(made["releaseVersion"])


def test_14_a_version_that_is_left_out_is_the_groups_own_minor(trailing: Lab) -> None:
    newer = release(trailing, "1.26")
    code, message, _ = refusal(version_update, trailing, releaseVersion=newer)
    assert code == "InvalidParameterException"
    assert f"{newer} is not valid for kubernetes version 1.25." in message
    params = ended(trailing, version_update(trailing))["params"]
    assert {"type": "Version", "value": "1.25"} in params


def test_the_groups_own_minor_and_the_clusters_are_taken_and_no_other(trailing: Lab) -> None:
    code, message, _ = refusal(version_update, trailing, version="1.27")
    assert code == "InvalidParameterException"
    assert "should be equal to Cluster kubernetes version 1.26 or NodeGroup" in message
    assert ended(trailing, version_update(trailing, version="1.25"))["status"] == "InProgress"


def test_14_a_version_update_names_its_template_once_and_no_other_one() -> None:
    with lab(PlainOptions(addons={}, template_family="al2")) as aws:
        used = aws.group()["launchTemplate"]
        twice = {"id": used["id"], "name": used["name"], "version": "1"}
        code, message, _ = refusal(version_update, aws, launchTemplate=twice)
        assert code == "InvalidParameterException"
        assert message.startswith("Either provide launch template ID or launch template name")
        other = aws.ec2.create_launch_template(
            LaunchTemplateName="other", LaunchTemplateData={"ImageId": "ami-1"}
        )["LaunchTemplate"]["LaunchTemplateId"]
        asked = {"id": other, "version": "1"}
        assert refusal(version_update, aws, launchTemplate=asked)[0] == "InvalidParameterException"
        code, message, _ = refusal(version_update, aws)
        assert message == "Launch template details can't be null for Custom ami type node group"
        code, message, _ = refusal(version_update, aws, version="1.25")
        assert message == "You cannot specify the field kubernetesVersion when using custom AMIs"


def test_a_template_is_refused_for_a_group_that_was_created_without_one(aws: Lab) -> None:
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="late", LaunchTemplateData={"InstanceType": "m5.large"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    asked = {"id": made, "version": "1"}
    assert refusal(version_update, aws, launchTemplate=asked)[0] == "InvalidParameterException"


def test_15_a_group_whose_health_is_bad_is_refused_before_anything_is_started(aws: Lab) -> None:
    issue = {"code": "IamNodeRoleNotFound", "message": "gone", "resourceIds": []}
    interference.set_node_group_health(aws.rehearsal.world, NAME, GROUP, "DEGRADED", [issue])
    code, message, _ = refusal(version_update, aws)
    assert code == "InvalidRequestException"
    assert message.startswith("Nodegroup health has issues other than AsgInstanceLaunchFailures")
    assert len(aws.instances()) == 2


def cordoned(aws: Lab) -> list[str]:
    nodes = aws.nodes(GROUP)
    return sorted(n["metadata"]["name"] for n in nodes if n["spec"].get("unschedulable"))


def test_15_new_nodes_come_first_and_old_ones_go_by_turns(trailing: Lab) -> None:
    old = sorted(n["metadata"]["name"] for n in trailing.nodes(GROUP))
    update = version_update(trailing, version="1.26")
    trailing.pass_time(2 * MINUTE)
    assert len(trailing.nodes(GROUP)) == 2 + 4  # twice the two zones
    assert set(old) <= {n["metadata"]["name"] for n in trailing.nodes(GROUP)}
    trailing.pass_time(30 * MINUTE)
    assert ended(trailing, update)["status"] == "Successful"
    assert len(trailing.nodes(GROUP)) == 2
    assert trailing.group()["version"] == "1.26"
    assert (trailing.asg() or {})["MaxSize"] == trailing.group()["scalingConfig"]["maxSize"]


def test_15_a_budget_that_allows_nothing_fails_the_update_and_leaves_a_mixture() -> None:
    app = App("shop", "web", 2, {"minAvailable": 2})
    options = PlainOptions(addons={}, manifests=tuple(deployment(app)))
    with lab(options) as aws:
        aws.pass_time(2 * MINUTE)
        old = sorted(n["metadata"]["name"] for n in aws.nodes(GROUP))
        update = version_update(aws)
        aws.pass_time(25 * MINUTE)
        found = ended(aws, update)
        (error,) = found["errors"]
        assert (found["status"], error["errorCode"]) == ("Failed", "PodEvictionFailure")
        assert error["errorMessage"].startswith("Reached max retries while trying to evict pods")
        assert error["resourceIds"]
        assert set(error["resourceIds"]) <= set(old)
        assert cordoned(aws) == old
        assert len(aws.nodes(GROUP)) == 6
        forced = version_update(aws, force=True)
        aws.pass_time(90 * MINUTE)
        assert ended(aws, forced)["status"] == "Successful"
        assert not set(old) & {n["metadata"]["name"] for n in aws.nodes(GROUP)}


def test_new_nodes_that_do_not_join_fail_the_update(aws: Lab) -> None:
    interference.set_launch_problem(aws.rehearsal.world, NAME, GROUP, "no capacity")
    update = version_update(aws)
    aws.pass_time(20 * MINUTE)
    (error,) = ended(aws, update)["errors"]
    assert error["errorCode"] == "NodeCreationFailure"
    assert "new nodes are not joining node group workers" in error["errorMessage"]
    assert cordoned(aws) == []
