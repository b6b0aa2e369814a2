"""What is taken back on the side of AWS: an update cancelled, a control plane rolled back."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.aws.updates.outcome import update_outcome
from include.eks_upgrade.common.outcome import Failed, NotYet
from include.rehearsal.aws import interference
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME, DAY = "plain", 86400.0


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab() as made:
        yield made


def upgrade(aws: Lab, *, auto_mode: bool = False, days_ago: float = 2) -> None:
    """Take the cluster from 1.25 to 1.26; its nodes stay behind, so it may go back."""
    interference.set_auto_mode(aws.rehearsal.world, NAME, enabled=auto_mode)
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    aws.pass_time(days_ago * DAY)


def update_of(aws: Lab, update_id: str) -> dict[str, Any]:
    return dict(aws.eks.describe_update(name=NAME, updateId=update_id)["update"])


def version_of(aws: Lab) -> tuple[str, str]:
    cluster = aws.eks.describe_cluster(name=NAME)["cluster"]
    return cluster["version"], cluster["status"]


def test_13_an_update_of_the_control_plane_cannot_be_cancelled(aws: Lab) -> None:
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]["id"]
    code, _, status = refusal(aws.eks.cancel_update, name=NAME, updateId=update)
    assert (code, status) == ("InvalidRequestException", 400)
    assert update_of(aws, update)["status"] == "InProgress"


def test_13_an_update_that_is_cancelling_still_runs_and_is_then_cancelled(aws: Lab) -> None:
    upgrade(aws, auto_mode=True)
    update = aws.eks.update_cluster_version(name=NAME, version="1.25")["update"]["id"]
    aws.eks.cancel_update(name=NAME, updateId=update)
    outcome = update_outcome(update_of(aws, update), "the cluster")
    assert isinstance(outcome, NotYet)
    assert "Cancelling" in outcome.detail
    code, _, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.27")
    assert code == "ResourceInUseException"
    aws.pass_time(600)
    outcome = update_outcome(update_of(aws, update), "the cluster")
    assert isinstance(outcome, Failed)
    assert "is Cancelled" in outcome.detail
    assert version_of(aws) == ("1.26", "ACTIVE")


def test_21_an_upgrade_of_two_days_ago_can_be_rolled_back_and_blocks_others(
    aws: Lab,
) -> None:
    upgrade(aws, days_ago=2)
    update = aws.eks.update_cluster_version(name=NAME, version="1.25")["update"]
    assert (update["type"], version_of(aws)) == ("VersionRollback", ("1.26", "UPDATING"))
    code, message, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.27")
    assert (code, update["id"] in message) == ("ResourceInUseException", True)
    aws.pass_time(700)
    assert update_of(aws, update["id"])["status"] == "Successful"
    assert version_of(aws) == ("1.25", "ACTIVE")


def test_an_upgrade_of_last_week_is_not_rolled_back(aws: Lab) -> None:
    upgrade(aws, days_ago=8)
    code, message, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.25")
    assert code == "InvalidParameterException"
    assert "Unsupported Kubernetes minor version update from 1.26 to 1.25" in message


def test_an_auto_mode_cluster_looks_active_while_its_nodes_go_back_and_takes_no_update(
    aws: Lab,
) -> None:
    upgrade(aws, auto_mode=True)
    aws.eks.update_cluster_version(name=NAME, version="1.25")
    assert version_of(aws) == ("1.26", "ACTIVE")
    code, _, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.27")
    assert code == "ResourceInUseException"
    aws.pass_time(9000)
    assert version_of(aws) == ("1.25", "ACTIVE")
