"""What a cluster itself costs by the hour: a dated table, for the plan's prediction and the fleet.

The bill follows the version and the calendar, not the support policy: a cluster whose policy is
STANDARD pays for extended support as well until EKS has upgraded it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MONTH_HOURS = 730
"""Hours of a month, as AWS counts them in its price examples."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for one cluster and hour, and where that is written.

    Attributes:
        standard: while its minor is in standard support.
        extended: in extended support, all in all.
        since: from when on it has been so.
        checked: when somebody last read it there.
        source: the page.
    """

    standard: float
    extended: float
    since: str
    checked: str
    source: str


PRICES = {
    "aws": Price(
        standard=0.10,
        extended=0.60,
        since="2024-04-01",
        checked="2026-11-25",
        source="https://aws.amazon.com/blogs/containers/"
        "amazon-eks-extended-support-for-kubernetes-versions-pricing",
    ),
}
"""By partition. China has prices of its own, in yuan, and those of GovCloud and of other partitions
were not found in a document of AWS: there the dollars are unknown."""

OWN = ("standard", "extended")
"""Names under which a person gives other prices of a cluster than these."""


def price_in(arn: str, own: Mapping[str, float] | None = None) -> Price | None:
    """The price of a cluster, by its ARN; None: it is not known here.

    Args:
        arn: of the cluster; its partition decides.
        own: prices that a person gave, by the names of `OWN`; they go before the table's.
    """
    known = PRICES.get(arn.partition(":")[2].partition(":")[0])
    given = {name: float(own[name]) for name in OWN if own and name in own}
    table = {"standard": known.standard, "extended": known.extended} if known else {}
    both = {**table, **given}
    if not given or len(both) < len(OWN):
        return known
    source = "as was given (dollars_per_hour)"
    return Price(**both, since="", checked="", source=source)
