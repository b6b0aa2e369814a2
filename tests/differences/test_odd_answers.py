"""Answers of AWS that say the usual in an unusual way."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.nodes.managed.deletion import deletion_outcome, gone_outcome
from include.eks_upgrade.nodes.managed.new_group.readiness import create_failed_message
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Evidence, diagnosis
from include.rehearsal.aws import interference
from tests.rehearsal.aws.aws_lab import Lab, lab

NAME, GROUP = "plain", "workers"


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab() as made:
        yield made


@pytest.mark.parametrize("operation", ["DescribeCluster", "DescribeNodegroup"])
def test_24_a_cluster_that_is_gone_under_the_code_of_a_client_error_is_gone(
    aws: Lab, operation: str
) -> None:
    aws.rehearsal.world.faults.add(
        "error",
        operation,
        code="ClientException",
        message=f"No cluster found for name: {NAME}.",
        status=400,
    )
    read: Any = {
        "DescribeCluster": lambda: read_cluster(aws.eks, NAME),
        "DescribeNodegroup": lambda: read_node_group(aws.eks, NAME, GROUP),
    }[operation]
    assert read() is None
    assert aws.rehearsal.world.faults.calls.active()[0].struck == 1


ODD = [
    pytest.param([{"code": "Unknown", "message": "m", "resourceIds": None}], "m", id="ids null"),
    pytest.param([{"code": "Unknown", "message": "m"}], "m", id="no ids"),
    pytest.param(
        [{"code": "NodeCreationFailure", "message": "m", "resourceIds": ["DUMMY_1f2e"]}],
        "m",
        id="a stand-in for an id",
    ),
    pytest.param(
        [
            {"code": "NodeCreationFailure", "message": "first", "resourceIds": ["i-1"]},
            {"code": "AccessDenied", "message": "second", "resourceIds": None},
        ],
        "second",
        id="two side by side",
    ),
    pytest.param([{"code": None, "message": None, "resourceIds": []}], "no message", id="nothing"),
]


@pytest.mark.parametrize(("issues", "words"), ODD)
def test_24_odd_health_issues_are_told_by_every_reader(
    aws: Lab, issues: list[dict[str, Any]], words: str
) -> None:
    for status in ("CREATE_FAILED", "DELETE_FAILED", "DEGRADED"):
        interference.set_node_group_health(aws.rehearsal.world, NAME, GROUP, status, issues)
        group = aws.group()
        told = [
            health_text(group),
            create_failed_message(group),
            deletion_outcome(group, since=0, now=0, stall_minutes=1).detail,
        ]
        assert all(words in one for one in told), told
        assert not any("DUMMY" in one for one in told)
        assert gone_outcome(group, None, []).detail
        assert len(diagnosis(Evidence(NAME, GROUP, group)).guards) == len(issues)
