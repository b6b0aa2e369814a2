"""The pod of the fleet file's `health`: its command, and what is said where it has not passed."""

import pytest

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.health.pod import command_of, pod_problem

SHOP = FleetCluster(
    arn="a",
    name="shop",
    account="111111111111",
    account_name="pay {region}",
    region="eu-west-1",
    version="1.34",
)

WORDS = [
    pytest.param("--quick", "--quick", id="none"),
    pytest.param("{cluster}.{region}", "shop.eu-west-1", id="two in a word"),
    pytest.param("{account}", "pay {region}", id="what is filled in is not filled in itself"),
    pytest.param("${cluster} $(region)", "${cluster} $(region)", id="a shell's own"),
    pytest.param("{} { cluster } {a,b}", "{} { cluster } {a,b}", id="other brackets"),
]


@pytest.mark.parametrize(("written", "filled"), WORDS)
def test_a_word_of_a_command_gets_the_names_of_its_cluster(written: str, filled: str) -> None:
    assert command_of([written, "x"], SHOP) == [filled, "x"]


def test_a_problem_names_the_pod_its_end_and_where_its_output_is() -> None:
    assert pod_problem("default/a-1", "its container ended with exit code 3") == (
        "the test of `health` has not passed (pod default/a-1): its container ended with exit "
        "code 3; its output is in this task's log"
    )
