"""The rehearsal answers what a price list is asked for, and the product reads it."""

from collections.abc import Iterator

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.readings.node_prices import PRICES_REGION
from include.eks_upgrade.aws.readings.read_node_prices import read_node_prices
from include.rehearsal.aws.pricing import DOLLARS_PER_VCPU
from tests.eks_upgrade.planning.conftest import facts
from tests.eks_upgrade.planning.group_room import instance_type, surge
from tests.rehearsal.aws.aws_lab import Lab, lab


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def test_the_product_reads_the_price_of_a_type_that_is_known(aws: Lab) -> None:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    session = aws.rehearsal.session()
    pricing = session.client("pricing", region_name=PRICES_REGION, endpoint_url=url)
    clients = AwsClients(
        "eu-central-1", aws.eks, aws.ec2, aws.autoscaling, aws.ssm, pricing=pricing
    )
    types = {name: instance_type(name) for name in ("m5.large", "c99.huge")}
    found = read_node_prices(clients, facts(surge=surge(instance_types=types)))
    assert found == {"m5.large": pytest.approx(2 * DOLLARS_PER_VCPU)}
    operations = [entry.operation for entry in aws.rehearsal.world.journal.entries()]
    assert operations.count("GetProducts") == 2
