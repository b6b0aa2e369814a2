"""A cluster whose tags were changed since the plan."""

from typing import Any

import pytest

from include.eks_upgrade.fleet.running.retagged import out_of_fleet, planned_otherwise
from tests.eks_upgrade.fleet.builders import cluster, fleet_file

FILE = fleet_file(
    clusters={"exclude": [{"tags": {"upgrades": "by-hand"}}]},
    rings=[
        {"name": "some", "percent": 10},
        {"name": "canary", "clusters": {"tags": {"ring": "canary"}}},
        {"name": "main", "clusters": {"tags": {"ring": "main*"}}},
        {"name": "late"},
    ],
    overrides=[
        {"clusters": {"tags": {"env": "prod"}}, "parameters": {"drain_timeout_minutes": 180}}
    ],
)
NOW: list[Any] = [
    pytest.param("main", {}, "", id="as it was"),
    pytest.param("main", {"owner": "Ada"}, "", id="a tag that chooses nothing"),
    pytest.param("main", {"ring": "main-2"}, "", id="another tag that means the same ring"),
    pytest.param("main", {"ring": "x"}, "ring 'main' does not mean it any more", id="of no ring"),
    pytest.param("main", {"ring": "canary"}, "it is in ring 'canary' now", id="of an earlier ring"),
    pytest.param("late", {"ring": "canary"}, "it is in ring 'canary' now", id="not left any more"),
    pytest.param("main", {"env": "prod"}, "with them its overrides", id="other parameters"),
]


@pytest.mark.parametrize(("ring", "tags", "why"), NOW)
def test_another_ring_or_other_parameters_are_for_the_next_run(
    ring: str, tags: dict[str, str], why: str
) -> None:
    planned = cluster(tags={"ring": ring})
    said = planned_otherwise(FILE, ring, planned, cluster(tags={"ring": ring, **tags}))
    assert why in said
    assert bool(said) == bool(why)


def test_who_takes_a_cluster_out_by_a_tag_does_not_see_it_upgraded() -> None:
    assert "does not mean it any more" in out_of_fleet(FILE, cluster(tags={"upgrades": "by-hand"}))
    assert out_of_fleet(FILE, cluster(tags={"upgrades": "yes"})) == ""
