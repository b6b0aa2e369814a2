"""Overrides that are right one by one and that a run would refuse together."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.fleet.choice.overrides import refused_together
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.plan import Action
from tests.eks_upgrade.fleet.file.fleet_text import PATH, text_with

OVERRIDES = """
  - parameters: {ami_source: image_id, ami_id: ami-0123456789abcdef0}
  - {clusters: {names: [shop]}, parameters: {ami_source: eks_optimized}}"""
NIGHT = "- {name: night, start: '0 1 * * *', duration_minutes: 240}"


def cluster(name: str) -> FleetCluster:
    return FleetCluster(
        arn=f"arn:aws:eks:eu-west-1:111111111111:cluster/{name}",
        name=name,
        account="111111111111",
        account_name="payments",
        region="eu-west-1",
        version="1.34",
    )


def test_a_cluster_whose_overrides_contradict_is_skipped_with_the_reason_and_no_other() -> None:
    file = read_fleet_file(PATH, text_with(overrides=OVERRIDES, windows=NIGHT))
    found = Found(
        (cluster("shop"), cluster("search")),
        newest={"eu-west-1": "1.36"},
        offered={"eu-west-1": ("1.34", "1.35", "1.36")},
    )
    plan = make_plan(file, found, datetime(2026, 11, 28, 1, 0, tzinfo=UTC))
    by_title = {each.title: each for each in plan.clusters}
    assert by_title["payments/eu-west-1/search"].action is Action.RUN
    shop = by_title["payments/eu-west-1/shop"]
    assert shop.action is Action.SKIP
    assert shop.why.startswith("a run would refuse its overrides together: ami_id: ami-0123")
    assert "ami_source is eks_optimized" in shop.why


@pytest.mark.parametrize(
    "parameters", [{}, {"extra_nodes": 1}, {"may_unprotect": True, "may_delete_asg": True}]
)
def test_what_a_run_takes_is_not_refused(parameters: dict[str, object]) -> None:
    assert refused_together(parameters) == ""
