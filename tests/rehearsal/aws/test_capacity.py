"""What an account has for one more node: quotas, addresses, reserved capacity."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from include.rehearsal.aws.quotas import GROUPS_PER_CLUSTER, NODES_PER_GROUP, ON_DEMAND_VCPUS
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

ACCOUNT = "123456789012"


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def quotas(aws: Lab) -> Any:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    return aws.rehearsal.session().client("service-quotas", endpoint_url=url)


def last_activity(aws: Lab, name: str) -> str:
    asg = aws.group(name)["resources"]["autoScalingGroups"][0]["name"]
    found = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=asg)["Activities"]
    return str(found[0]["StatusMessage"])


def test_a_quota_that_was_never_changed_is_known_as_awss_default_only(aws: Lab) -> None:
    asked = {"ServiceCode": "eks", "QuotaCode": GROUPS_PER_CLUSTER}
    client = quotas(aws)
    assert refusal(lambda: client.get_service_quota(**asked))[0] == "NoSuchResourceException"
    assert client.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 30
    aws.rehearsal.world.quotas[GROUPS_PER_CLUSTER] = 40
    assert client.get_service_quota(**asked)["Quota"]["Value"] == 40
    operations = [entry.operation for entry in aws.rehearsal.world.journal.entries()]
    assert operations.count("GetServiceQuota") == 2


@pytest.mark.parametrize("code", [GROUPS_PER_CLUSTER, NODES_PER_GROUP])
def test_a_group_beyond_a_quota_is_refused(aws: Lab, code: str) -> None:
    aws.rehearsal.world.quotas[code] = 1
    sizes = {"minSize": 2, "maxSize": 2, "desiredSize": 2}
    found = refusal(lambda: aws.new_group(scalingConfig=sizes))
    assert found[0] == "ResourceLimitExceededException"


def test_no_node_starts_beyond_the_vcpus_of_the_account(aws: Lab) -> None:
    aws.rehearsal.world.quotas[ON_DEMAND_VCPUS] = 4
    aws.new_group(instanceTypes=["m5.large"])
    assert "VcpuLimitExceeded" in last_activity(aws, "green")


def test_no_node_starts_in_a_subnet_without_addresses(aws: Lab) -> None:
    with aws.rehearsal.clock.lock:
        backend = ec2_backends[ACCOUNT]["eu-west-1"]
        for subnet in aws.scene.subnets:
            found = backend.get_subnet(subnet)
            found._available_ip_addresses -= found.available_ip_address_count
    aws.new_group()
    assert "InsufficientFreeAddressesInSubnet" in last_activity(aws, "green")


def test_a_targeted_reservation_has_room_for_so_many_nodes(aws: Lab) -> None:
    reservation = {
        "CapacityReservationId": "cr-1",
        "InstanceType": "m5.large",
        "State": "active",
        "TotalInstanceCount": 2,
        "AvailableInstanceCount": 1,
    }
    aws.rehearsal.world.reservations["cr-1"] = reservation
    target = {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}
    data = {"InstanceType": "m5.large", "CapacityReservationSpecification": target}
    made = aws.ec2.create_launch_template(LaunchTemplateName="r", LaunchTemplateData=data)
    template = {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}
    sizes = {"minSize": 2, "maxSize": 2, "desiredSize": 2}
    aws.new_group(launchTemplate=template, scalingConfig=sizes)
    (found,) = aws.ec2.describe_capacity_reservations()["CapacityReservations"]
    assert found["AvailableInstanceCount"] == 0
    assert "ReservationCapacityExceeded" in last_activity(aws, "green")
    asked = {"CapacityReservationIds": ["cr-9"]}
    code, _, _ = refusal(lambda: aws.ec2.describe_capacity_reservations(**asked))
    assert code == "InvalidCapacityReservationId.NotFound"


def test_a_deleted_version_of_a_template_is_not_found(aws: Lab) -> None:
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="t", LaunchTemplateData={"InstanceType": "m5.large"}
    )
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    spec = {"id": template, "version": "7"}
    code, text, _ = refusal(lambda: aws.new_group(launchTemplate=spec))
    assert (code, "could not be found" in text) == ("InvalidParameterException", True)
    gone = {"id": "lt-0123456789abcdef0", "version": "1"}
    assert "could not be found" in refusal(lambda: aws.new_group(launchTemplate=gone))[1]
