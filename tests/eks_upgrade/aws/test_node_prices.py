"""What an hour of a node costs, as AWS's price lists say it; what they do not say is missing."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.readings.node_prices import hourly_dollars
from include.eks_upgrade.aws.readings.read_node_prices import read_node_prices
from tests.eks_upgrade.planning.conftest import facts
from tests.eks_upgrade.planning.group_room import instance_type, surge


def product(*hours: tuple[str, str], unit: str = "Hrs") -> str:
    """A product with on-demand prices, each `(currency, price)`."""
    dimensions = {
        f"d{n}": {"unit": unit, "pricePerUnit": {currency: price}}
        for n, (currency, price) in enumerate(hours)
    }
    return json.dumps({"terms": {"OnDemand": {"sku": {"priceDimensions": dimensions}}}})


HOURS: list[Any] = [
    pytest.param([product(("USD", "0.0960000000"))], 0.096, id="one"),
    pytest.param([product(("USD", "0.1")), product(("USD", "0.2"))], 0.2, id="the dearest of two"),
    pytest.param([product(("USD", "0.0"), ("USD", "0.1"))], 0.1, id="one that costs nothing"),
    pytest.param([product(("USD", "0.0"))], None, id="nothing that costs"),
    pytest.param([product(("CNY", "0.7"))], None, id="not in dollars"),
    pytest.param([product(("USD", "9"), unit="Quantity")], None, id="not by the hour"),
    pytest.param(['{"terms": {"Reserved": {}}}'], None, id="reserved alone"),
    pytest.param(["{}"], None, id="no terms"),
    pytest.param([], None, id="no product"),
]


@pytest.mark.parametrize(("products", "dollars"), HOURS)
def test_the_price_of_an_hour(products: list[str], dollars: float | None) -> None:
    assert hourly_dollars(products) == dollars


class Lists:
    """Price lists that know m5.large."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def get_products(self, *, ServiceCode: str, Filters: list[Any]) -> dict[str, Any]:
        assert ServiceCode == "AmazonEC2"
        self.asked.append({one["Field"]: one["Value"] for one in Filters})
        known = self.asked[-1]["instanceType"] == "m5.large"
        return {"PriceList": [product(("USD", "0.115"))] if known else []}


def clients(pricing: Any) -> AwsClients:
    none: Any = SimpleNamespace()
    return AwsClients("eu-central-1", none, none, none, none, pricing=pricing)


def test_each_type_that_is_to_be_started_is_asked_for_in_its_region() -> None:
    lists = Lists()
    types = {name: instance_type(name) for name in ("m5.large", "c9.huge")}
    known = replace(facts(), surge=surge(instance_types=types))
    assert read_node_prices(clients(lists), known) == {"m5.large": 0.115}
    assert [(one["instanceType"], one["regionCode"]) for one in lists.asked] == [
        ("c9.huge", "eu-central-1"),
        ("m5.large", "eu-central-1"),
    ]
    assert {one["operatingSystem"] for one in lists.asked} == {"Linux"}


def test_without_new_groups_or_a_client_nobody_is_asked() -> None:
    lists = Lists()
    assert read_node_prices(clients(lists), facts()) == {}
    assert read_node_prices(clients(None), replace(facts(), surge=surge())) == {}
    assert lists.asked == []
