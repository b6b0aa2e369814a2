"""An old node loses its machine while its node object stays: worker and triggerer ask EC2."""

from collections.abc import Iterator

import boto3
import pytest

from include.eks_upgrade.aws.ended_instances import PER_FILTER, read_ended
from include.rehearsal.aws import interference
from include.rehearsal.workloads import App
from tests.airflow.drain.drain_lab import CLUSTER, DrainLab, drain_lab

ONE_EACH = App("shop", "web", 4)


@pytest.fixture
def lab() -> Iterator[DrainLab]:
    with drain_lab(ONE_EACH) as made:
        yield made


def old_node(lab: DrainLab) -> str:
    """An old node with a pod on it."""
    with lab.rehearsal.clock.lock:
        pods = lab.rehearsal.world.clusters[CLUSTER].store.list("pods")
        left = lab.left()
        return str(next(p["spec"]["nodeName"] for p in pods if p["metadata"]["name"] in left))


def lose(lab: DrainLab) -> tuple[str, str]:
    """A node without a machine, which has been silent for a while; its name and instance."""
    node = old_node(lab)
    (instance,) = interference.lose_instances(lab.rehearsal.world, CLUSTER, [node])
    lab.rehearsal.clock.advance(60)
    return node, instance


def test_a_node_that_has_no_machine_when_the_drain_begins_is_left_out(lab: DrainLab) -> None:
    node, instance = lose(lab)
    result = lab.drain(lab.run())
    told = [each["what"] for each in result["obstacles"]]
    assert f"node {node} is not Ready, and its instance {instance} is terminated" in told


async def test_the_triggerer_asks_ec2_as_well(lab: DrainLab) -> None:
    node, _ = lose(lab)
    event = await lab.trigger().ended()
    assert event["state"] == "done"
    assert any(node in each["what"] for each in event["data"]["obstacles"])
    assert len(lab.rehearsal.world.journal.entries(operation="DescribeInstances")) > 0


def test_ec2_is_asked_by_filters_and_forgets_without_an_error(lab: DrainLab) -> None:
    _, instance = lose(lab)
    ec2 = boto3.client("ec2", region_name=lab.rehearsal.world.region)
    living = [
        one["InstanceId"]
        for many in ec2.describe_instances()["Reservations"]
        for one in many["Instances"]
        if one["State"]["Name"] == "running"
    ]
    unknown = [f"i-{number:017x}" for number in range(2 * PER_FILTER)]
    assert read_ended(ec2, [instance, *living, *unknown]) == {instance, *unknown}
    assert read_ended(ec2, []) == frozenset()
