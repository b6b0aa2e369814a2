"""What an hour of the nodes to come costs on demand, as AWS's own price lists say it. Pure.

The Price List Query API answers in few regions, about all of them; each product is JSON in a text.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from include.eks_upgrade.common.reading import Reading

PRICES_REGION = "us-east-1"
"""One of the regions in which the API answers; the others are eu-central-1 and ap-south-1."""

NODE_PRICES: Reading[Mapping[str, float]] = Reading(
    "node_prices", "the prices of the new nodes", ("pricing:GetProducts",)
)


def hourly_dollars(products: Iterable[str]) -> float | None:
    """The dearest hour of some products; None where none has a price in dollars.

    Args:
        products: as GetProducts answers them: texts of JSON.
    """
    prices = [price for text in products for price in _prices(json.loads(text))]
    return max(prices, default=None)


def _prices(product: Mapping[str, Any]) -> Iterable[float]:
    for offer in (product.get("terms") or {}).get("OnDemand", {}).values():
        for each in (offer.get("priceDimensions") or {}).values():
            dollars = float((each.get("pricePerUnit") or {}).get("USD") or 0)
            # Reserved capacity is listed with hours that cost nothing.
            if each.get("unit") == "Hrs" and dollars > 0:
                yield dollars
