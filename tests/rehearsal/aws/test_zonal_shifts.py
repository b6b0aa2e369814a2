"""What a zonal shift does in the rehearsal, as EKS's documentation has it."""

from collections.abc import Iterator

import pytest

from include.rehearsal.aws import interference
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

HOUR = 3600.0


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab(nodes=4) as made:
        yield made


def zone_of(aws: Lab, subnet: str) -> str:
    (found,) = aws.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    return str(found["AvailabilityZone"])


def cordoned(aws: Lab) -> set[str]:
    return {
        node["metadata"]["labels"]["topology.kubernetes.io/zone"]
        for node in aws.nodes()
        if node["spec"].get("unschedulable")
    }


def zones_of_instances(aws: Lab, group: str) -> set[str]:
    found = aws.asg(group)
    return {one["AvailabilityZone"] for one in (found or {})["Instances"]}


def test_a_shift_cordons_the_zone_and_new_nodes_start_elsewhere_until_it_ends(aws: Lab) -> None:
    zone = zone_of(aws, aws.scene.subnets[0])
    interference.start_zonal_shift(aws.rehearsal.world, "plain", zone, hours=1)
    assert cordoned(aws) == {zone}
    assert "AZRebalance" in {one["ProcessName"] for one in aws.asg()["SuspendedProcesses"]}
    aws.new_group(scalingConfig={"minSize": 0, "maxSize": 4, "desiredSize": 2})
    aws.pass_time(HOUR / 2)
    assert zone not in zones_of_instances(aws, "green")
    aws.pass_time(HOUR / 2)
    assert cordoned(aws) == set()
    assert aws.asg()["SuspendedProcesses"] == []
    assert aws.scene.subnets[0] in aws.asg("green")["VPCZoneIdentifier"]


def test_who_takes_no_part_is_unknown_to_arc(aws: Lab) -> None:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    arc = aws.rehearsal.session().client("arc-zonal-shift", endpoint_url=url)
    arn = aws.eks.describe_cluster(name="plain")["cluster"]["arn"]
    assert refusal(arc.get_managed_resource, resourceIdentifier=arn)[0] == (
        "ResourceNotFoundException")  # fmt: skip
    arc.close()
