"""An instance refresh of an old group's Auto Scaling group, held against the drain to come."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.aws.readings.instance_refreshes import INSTANCE_REFRESHES
from include.eks_upgrade.planning.preflight.nodes.autoscaling import instance_refreshes
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, outcome, told


def refresh(status, **more):
    return {"InstanceRefreshId": "r-1", "Status": status, **more}


@pytest.fixture
def judged(make_facts):
    def found(*refreshes, read=None, target="1.26", **asg):
        named = {"AutoScalingGroupName": "eks-workers", **asg}
        of_all = {"workers": refreshes} if read is None else read
        facts = make_facts(asgs={"workers": named})
        return outcome(instance_refreshes.CHECK, facts, {INSTANCE_REFRESHES: of_all}, target=target)

    return found


def test_a_refresh_in_progress_blocks_with_how_far_it_is(judged):
    begun = datetime(2026, 11, 26, 11, 5, tzinfo=UTC)
    found = judged(refresh("InProgress", StartTime=begun, PercentageComplete=0,
                           StatusReason="Waiting for instances to warm up."))  # fmt: skip
    (only,) = told(found)
    assert only.startswith(
        "blocks node group workers: the instance refresh r-1 of Auto Scaling group eks-workers is "
        "InProgress (since 2026-11-26 11:05 UTC; 0 % done; AWS says: Waiting for instances to "
        "warm up): Auto Scaling replaces nodes of the old group while the run empties them"
    )
    (finding,) = found.findings
    assert finding.passes
    assert "cancel-instance-refresh --auto-scaling-group-name eks-workers" in finding.remedy


STATUSES = [
    pytest.param("Pending", ["blocks"], "whatever disruption budgets allow", id="Pending"),
    pytest.param("RollbackInProgress", ["blocks"], "RollbackInProgress", id="rolled back"),
    pytest.param("Cancelling", ["warns"], "starts no more replacements", id="Cancelling"),
    pytest.param("Baking", ["warns"], "may still be rolled back", id="Baking"),
    pytest.param("Waning", ["warns"], "is Waning: this status is not known here", id="unknown"),
    pytest.param("Successful", [], "", id="Successful"),
    pytest.param("Failed", [], "", id="Failed"),
    pytest.param("Cancelled", [], "", id="Cancelled"),
    pytest.param("RollbackFailed", [], "", id="RollbackFailed"),
    pytest.param("RollbackSuccessful", [], "", id="RollbackSuccessful"),
]


@pytest.mark.parametrize(("status", "severities", "words"), STATUSES)
def test_each_status_weighs_what_it_does_to_the_nodes(judged, status, severities, words):
    found = judged(refresh(status))
    assert [str(one.severity) for one in found.findings] == severities
    assert words in " ".join(told(found))


@pytest.mark.parametrize("process", ["InstanceRefresh", "Launch", "Terminate"])
def test_a_refresh_that_a_suspended_process_halts_only_warns(judged, process):
    (only,) = told(judged(refresh("InProgress"), SuspendedProcesses=[{"ProcessName": process}]))
    assert only.startswith("warns ")
    assert f"it stands still while {process} is suspended" in only


def test_the_one_that_runs_is_found_behind_those_that_have_ended(judged):
    (only,) = told(judged(refresh("Successful"), refresh("Pending", Strategy="ReplaceRootVolume")))
    assert "is Pending (strategy ReplaceRootVolume)" in only


def test_one_that_is_being_cancelled_is_only_waited_for(judged):
    (only,) = judged(refresh("Cancelling")).findings
    assert only.remedy == "run again when it has ended"


def test_without_a_group_to_replace_or_without_its_group_nothing_is_asked(judged, make_facts):
    assert judged(refresh("InProgress"), target="1.25").findings == ()
    nothing = outcome(instance_refreshes.CHECK, make_facts(), {INSTANCE_REFRESHES: DENIED})
    assert (nothing.findings, nothing.unknown) == ((), "")


def test_without_the_right_to_ask_it_is_not_known(judged):
    found = judged(read=DENIED)
    assert "instance refreshes of the old Auto Scaling groups could not be read" in found.unknown
