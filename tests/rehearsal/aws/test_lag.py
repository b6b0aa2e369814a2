"""Eventual consistency: Describe calls that still show what was."""

from collections.abc import Iterator

import pytest

from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME = "plain"
OLD, NEW = "v1.9.3-eksbuild.2", "v1.9.3-eksbuild.17"


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        made.rehearsal.world.faults.lag_seconds = 20
        yield made


def cluster_status(aws: Lab) -> str:
    return aws.eks.describe_cluster(name=NAME)["cluster"]["status"]


def addon(aws: Lab) -> tuple[str, str]:
    found = aws.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]
    return found["status"], found["addonVersion"]


def test_a_cluster_looks_active_for_a_while_after_its_update_began(aws: Lab) -> None:
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]
    assert cluster_status(aws) == "ACTIVE"
    request = {"name": NAME, "updateId": update["id"]}
    assert aws.eks.describe_update(**request)["update"]["status"] == "InProgress"
    aws.pass_time(19)
    assert cluster_status(aws) == "ACTIVE"
    aws.pass_time(1)
    assert cluster_status(aws) == "UPDATING"


def test_a_second_change_is_refused_although_the_first_is_not_seen(aws: Lab) -> None:
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    assert cluster_status(aws) == "ACTIVE"
    code, _, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.26")
    assert code == "ResourceInUseException"


def test_a_new_group_is_not_found_and_not_listed_at_first(aws: Lab) -> None:
    assert aws.new_group()["status"] == "CREATING"
    assert refusal(aws.group, "green")[0] == "ResourceNotFoundException"
    assert aws.groups() == ["workers"]
    aws.pass_time(20)
    assert aws.group("green")["status"] == "CREATING"
    assert aws.groups() == ["green", "workers"]


def test_a_group_that_is_being_deleted_looks_active_at_first(aws: Lab) -> None:
    aws.delete()
    assert aws.group()["status"] == "ACTIVE"
    aws.pass_time(20)
    assert aws.group()["status"] == "DELETING"


def test_a_config_change_is_not_seen_at_first(aws: Lab) -> None:
    before = aws.group()
    aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName="workers", scalingConfig={"maxSize": 7}
    )
    assert aws.group() == before
    aws.pass_time(16)
    assert aws.asg()["MaxSize"] == 7
    assert aws.group() == before
    aws.pass_time(5)
    assert (aws.group()["status"], aws.group()["scalingConfig"]["maxSize"]) == ("ACTIVE", 7)


def test_an_addon_shows_its_old_version_and_state_at_first(aws: Lab) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    listed = aws.eks.list_addons(clusterName=NAME)["addons"]
    code = refusal(aws.eks.describe_addon, clusterName=NAME, addonName="coredns")[0]
    assert (listed, code) == ([], "ResourceNotFoundException")
    aws.pass_time(100)
    aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
    assert addon(aws) == ("ACTIVE", OLD)
    aws.pass_time(20)
    assert addon(aws) == ("UPDATING", OLD)


def test_a_refused_change_makes_nothing_late(aws: Lab) -> None:
    refusal(aws.eks.update_cluster_version, name=NAME, version="9.99")
    aws.rehearsal.world.faults.lag_seconds = 0
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    assert cluster_status(aws) == "UPDATING"


def test_without_the_fault_everything_is_seen_at_once(aws: Lab) -> None:
    aws.rehearsal.world.faults.lag_seconds = 0
    aws.new_group()
    assert aws.group("green")["status"] == "CREATING"
