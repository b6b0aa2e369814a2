"""Which clusters a selector of the fleet file means."""

from typing import Any

import pytest

from include.eks_upgrade.fleet.choice.overrides import parameters_of
from include.eks_upgrade.fleet.choice.selection import in_fleet, means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Clusters, FleetFile, Selector

CLUSTER = FleetCluster(
    arn="arn:aws:eks:eu-west-1:111111111111:cluster/prod-shop",
    name="prod-shop",
    account="111111111111",
    account_name="payments",
    region="eu-west-1",
    version="1.33",
    tags={"ring": "canary", "aws:cloudformation:stack-name": "shop [v2]", "empty": ""},
)

FITTING: list[Any] = [
    pytest.param({}, id="nothing said means all"),
    pytest.param({"names": ["prod-shop"]}, id="its name"),
    pytest.param({"names": ["prod-*"]}, id="a star"),
    pytest.param({"names": ["*"]}, id="a star alone"),
    pytest.param({"names": ["prod-sho?"]}, id="a question mark"),
    pytest.param({"names": ["[op]rod-*"]}, id="one of some letters"),
    pytest.param({"names": ["[!x]rod-*"]}, id="none of some letters"),
    pytest.param({"names": ["dev-*", "prod-*"]}, id="one of two patterns"),
    pytest.param({"names": [" prod-* "]}, id="blanks around a pattern"),
    pytest.param({"accounts": ["payments"]}, id="the account by its name"),
    pytest.param({"accounts": ["111111111111"]}, id="the account by its id"),
    pytest.param({"accounts": ["1111*"]}, id="a pattern of its id"),
    pytest.param({"regions": ["eu-*"]}, id="a pattern of regions"),
    pytest.param({"tags": {"ring": "canary"}}, id="a tag"),
    pytest.param({"tags": {"ring": "*"}}, id="any value of a tag"),
    pytest.param({"tags": {"empty": "*"}}, id="a tag with an empty value"),
    pytest.param({"tags": {"aws:cloudformation:stack-name": "shop*"}}, id="a tag with colons"),
    pytest.param({"names": ["prod-*"], "tags": {"ring": "c*"}, "regions": ["*"]}, id="all of it"),
]

OTHER: list[Any] = [
    pytest.param({"names": ["prod"]}, id="a part of its name"),
    pytest.param({"names": ["Prod-*"]}, id="another case"),
    pytest.param({"names": ["prod-shop.*"]}, id="a regular expression"),
    pytest.param({"accounts": ["search"]}, id="another account"),
    pytest.param({"accounts": ["111111"]}, id="a part of its id"),
    pytest.param({"regions": ["eu-central-1"]}, id="another region"),
    pytest.param({"tags": {"ring": "early"}}, id="another value"),
    pytest.param({"tags": {"team": "*"}}, id="a tag that it does not have"),
    pytest.param({"tags": {"Ring": "canary"}}, id="a tag in another case"),
    pytest.param({"tags": {"ring": "canary", "team": "x"}}, id="one tag of two"),
    pytest.param({"names": ["prod-*"], "regions": ["us-*"]}, id="one condition of two"),
]


@pytest.mark.parametrize("selector", FITTING)
def test_a_cluster_is_meant_when_everything_that_is_given_holds(selector: dict[str, Any]) -> None:
    assert means(Selector(**selector), CLUSTER)


@pytest.mark.parametrize("selector", OTHER)
def test_a_cluster_is_not_meant_when_one_thing_does_not_hold(selector: dict[str, Any]) -> None:
    assert not means(Selector(**selector), CLUSTER)


def test_no_selector_means_all() -> None:
    assert means(None, CLUSTER)


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        pytest.param({}, True, id="nothing said"),
        pytest.param({"include": []}, False, id="none included"),
        pytest.param({"include": [{"names": ["dev-*"]}, {"tags": {"ring": "*"}}]}, True, id="two"),
        pytest.param({"exclude": [{"names": ["prod-*"]}]}, False, id="excluded"),
        pytest.param({"exclude": [{"names": ["dev-*"]}]}, True, id="others excluded"),
        pytest.param({"exclude": [{}]}, False, id="all excluded"),
        pytest.param(
            {"include": [{"names": ["prod-shop"]}], "exclude": [{"regions": ["eu-west-1"]}]},
            False,
            id="excluded wins",
        ),
    ],
)
def test_the_fleet_is_what_is_included_and_not_excluded(
    clusters: dict[str, Any], expected: bool
) -> None:
    assert in_fleet(Clusters(**clusters), CLUSTER) is expected


def file_with(*overrides: dict[str, Any]) -> FleetFile:
    return FleetFile.model_validate(
        {
            "accounts": [{"name": "payments", "regions": ["eu-west-1"]}],
            "target": {"newest_minus": 0},
            "rings": [{"name": "canary"}],
            "overrides": list(overrides),
        }
    )


def test_without_overrides_a_run_is_given_nothing() -> None:
    assert parameters_of(file_with(), CLUSTER, "canary") == {}


def test_a_later_override_wins_parameter_by_parameter() -> None:
    file = file_with(
        {"parameters": {"extra_nodes": 1, "drain_timeout_minutes": 60, "node_groups": ["a", "b"]}},
        {"clusters": {"tags": {"ring": "canary"}}, "parameters": {"extra_nodes": 2}},
        {"rings": ["canary"], "parameters": {"node_groups": ["c"]}},
        {"rings": ["late"], "parameters": {"extra_nodes": 8}},
        {"clusters": {"names": ["dev-*"]}, "parameters": {"extra_nodes": 9}},
        {"clusters": {"names": ["dev-*"]}, "rings": ["canary"], "parameters": {"extra_nodes": 10}},
    )
    assert parameters_of(file, CLUSTER, "canary") == {
        "extra_nodes": 2,
        "drain_timeout_minutes": 60,
        "node_groups": ["c"],
    }
    assert parameters_of(file, CLUSTER, "")["node_groups"] == ["a", "b"]


def test_what_is_given_out_can_be_changed_without_changing_the_file() -> None:
    file = file_with({"parameters": {"extra_nodes": 1}})
    parameters_of(file, CLUSTER, "canary")["extra_nodes"] = 7
    assert parameters_of(file, CLUSTER, "canary") == {"extra_nodes": 1}
