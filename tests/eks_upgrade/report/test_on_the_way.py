"""What a report's headline tells of a run that was one hop of several."""

from dataclasses import replace

import pytest

from include.eks_upgrade.planning.hops.model import Hop
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.still_to_come import still_to_come


def hop(start: str, end: str, *rolled: str) -> Hop:
    return Hop(from_version=start, to_version=end, rolled=rolled)


PLAN = Plan(
    cluster="shop",
    region="eu-west-1",
    from_version="1.30",
    to_version="1.31",
    control_plane_needed=True,
    final_version="1.33",
    hops=(hop("1.30", "1.31"), hop("1.31", "1.32"), hop("1.32", "1.33", "api", "workers")),
)
TOLD = {
    "nodes that stay": (
        PLAN,
        "On the way to 1.33, the next run goes to 1.32. Nodes of node groups api, workers stay as "
        "they are until 1.33.",
    ),
    "no nodes at all": (
        replace(PLAN, hops=(hop("1.30", "1.31"), hop("1.31", "1.33"))),
        "On the way to 1.33, the next run goes to 1.32.",
    ),
    "the end of the way": (replace(PLAN, final_version="1.31"), ""),
    "a plan of another release": (replace(PLAN, final_version="", hops=()), ""),
}


@pytest.mark.parametrize(("plan", "told"), TOLD.values(), ids=TOLD)
def test_what_is_still_to_come(plan: Plan, told: str) -> None:
    assert still_to_come(plan) == told
