"""The Price List Query API, as far as prices of nodes are asked for: GetProducts of AmazonEC2.

moto has no such service. https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/
API_pricing_GetProducts.html: products are texts of JSON, and filters have to match all.
The prices are the rehearsal's own, by vCPU, and not AWS's.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from moto.ec2.models.instance_types import INSTANCE_TYPES

DOLLARS_PER_VCPU: Final = 0.05
"""Of an hour; round, so that nobody takes it for a price of AWS."""

VERSION: Final = "aws_v1"


def products(body: Mapping[str, Any]) -> dict[str, Any]:
    """GetProducts: one product for a type that is known, on demand under Linux."""
    wanted = {each["Field"]: each["Value"] for each in body.get("Filters") or ()}
    found = INSTANCE_TYPES.get(str(wanted.get("instanceType")))
    known = found is not None and body.get("ServiceCode") == "AmazonEC2"
    listed = [json.dumps(_product(wanted, found))] if known and found else []
    return {"FormatVersion": VERSION, "PriceList": listed}


def _product(wanted: dict[str, str], found: dict[str, Any]) -> dict[str, Any]:
    sku = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16].upper()
    vcpus = found["VCpuInfo"]["DefaultVCpus"]
    hour = {
        "unit": "Hrs",
        "description": f"{wanted['instanceType']} in the rehearsal",
        "pricePerUnit": {"USD": f"{vcpus * DOLLARS_PER_VCPU:.10f}"},
    }
    term = {"sku": sku, "priceDimensions": {f"{sku}.JRTCKXETXF.6YS6EN2CT7": hour}}
    return {
        "product": {"productFamily": "Compute Instance", "attributes": wanted, "sku": sku},
        "serviceCode": "AmazonEC2",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
    }
