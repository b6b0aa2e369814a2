"""A zonal shift in progress, held against the zones of the groups that are replaced."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.aws.readings.zonal_shifts import ZONAL_SHIFTS
from include.eks_upgrade.planning.preflight.eks import zonal_shift
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, outcome, told

ARN = "arn:aws:eks:eu-central-1:123456789012:cluster/demo"
UNTIL = datetime(2026, 11, 26, 20, 30, tzinfo=UTC)


def shift(zone="euc1-az1", **more):
    return {
        "appliedStatus": "APPLIED",
        "zonalShiftId": "zs-1",
        "resourceIdentifier": ARN,
        "awayFrom": zone,
        "expiryTime": UNTIL,
        "startTime": UNTIL,
        "comment": "az1 drops packets.",
        "shiftType": "ZONAL_SHIFT",
        **more,
    }


def resource(*shifts, autoshifts=(), **more):
    return {"appliedWeights": {}, "zonalShifts": [*shifts], "autoshifts": [*autoshifts], **more}


@pytest.fixture
def judged(make_facts, make_cluster, make_group):
    """The check on a cluster whose groups `workers` and `lonely` have two zones and one."""

    def found(read, config=True, groups=("workers",), target="1.26", ids=True):
        subnets = tuple(
            {"SubnetId": f"subnet-{letter}", "AvailabilityZone": f"eu-central-1{letter}"}
            | ({"AvailabilityZoneId": f"euc1-az{number}"} if ids else {})
            for number, letter in enumerate("abc", 1)
        )
        own = {"workers": ["subnet-a", "subnet-b"], "lonely": ["subnet-a"]}
        facts = make_facts(
            cluster=make_cluster(arn=ARN, zonalShiftConfig={"enabled": config}),
            node_groups={one: make_group(one, subnets=own[one]) for one in groups},
            subnets=subnets,
        )
        return outcome(zonal_shift.CHECK, facts, {ZONAL_SHIFTS: read}, target=target)

    return found


def test_a_shift_away_from_a_zone_of_new_nodes_warns_with_its_end_and_its_comment(judged):
    found = judged(resource(shift()))
    assert told(found) == [
        "warns zone euc1-az1: a zonal shift that somebody started leads traffic away from it "
        '(eu-central-1a) until 2026-11-26 20:30 UTC ("az1 drops packets"). EKS has cordoned its '
        "nodes and starts new ones in other zones only: all new nodes of workers will stand in "
        "those, and a pod that is moved and has its volume in this zone finds no node until the "
        "shift ends"
    ]
    assert "cancel-zonal-shift --zonal-shift-id zs-1" in found.findings[0].remedy
    assert ARN in found.findings[0].remedy


def test_a_group_that_has_no_other_zone_blocks_and_those_beside_it_warn(judged):
    blocks, warns = told(judged(resource(shift()), groups=("workers", "lonely")))
    assert blocks.startswith("blocks zone euc1-az1: ")
    assert "new groups of lonely could have nodes nowhere else" in blocks
    assert "all new nodes of workers" in warns


def test_two_shifts_that_leave_a_group_no_zone_block(judged):
    found = judged(resource(shift(), autoshifts=[{"appliedStatus": "APPLIED",
                                                  "awayFrom": "euc1-az2"}]))  # fmt: skip
    assert [str(one.severity) for one in found.findings] == ["blocks", "blocks"]


KINDS = [
    pytest.param("PRACTICE_RUN", "a practice run of ARC", id="practice"),
    pytest.param("FIS_EXPERIMENT", "an experiment of AWS FIS", id="experiment"),
    pytest.param("ZONAL_AUTOSHIFT", "an autoshift of AWS", id="autoshift"),
    pytest.param("LUNAR_SHIFT", "a shift of type LUNAR_SHIFT", id="unknown"),
]


@pytest.mark.parametrize(("kind", "words"), KINDS)
def test_whoever_started_it_is_named_and_only_a_persons_own_can_be_cancelled(judged, kind, words):
    (only,) = judged(resource(shift(shiftType=kind))).findings
    assert words in only.what
    assert "cancel" not in only.remedy


def test_the_end_of_a_practice_run_is_not_told_for_arc_tells_a_wrong_one(judged):
    (only,) = told(judged(resource(shift(shiftType="PRACTICE_RUN"))))
    assert "20:30" not in only


def test_an_autoshift_of_aws_warns_too(judged):
    begun = {"appliedStatus": "APPLIED", "awayFrom": "euc1-az2", "startTime": UNTIL}
    (only,) = told(judged(resource(autoshifts=[begun])))
    assert only.startswith("warns zone euc1-az2: an autoshift of AWS leads")
    assert "(eu-central-1b)" in only


def test_a_zone_that_is_told_by_its_name_is_found(judged):
    (only,) = told(judged(resource(shift("eu-central-1b"))))
    assert only.startswith("warns zone euc1-az2: a zonal shift")


def test_a_shift_warns_where_the_zones_of_the_groups_are_not_known(judged):
    (only,) = told(judged(resource(shift()), ids=False))
    assert only.startswith("warns zone euc1-az1: a zonal shift")


LIGHT = [
    pytest.param(resource(shift("euc1-az3")), "no node group that is replaced", id="other zone"),
    pytest.param(resource(shift(appliedStatus="NOT_APPLIED")), "none is in effect; one may be",
                 id="not in effect"),
    pytest.param(resource(), "none is in effect; one may be started", id="none"),
    pytest.param(resource(zonalAutoshiftStatus="ENABLED"), "AWS may start one", id="autoshift"),
    pytest.param({}, "none is in effect", id="not known to ARC"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "words"), LIGHT)
def test_what_takes_no_zone_from_the_new_nodes_informs(judged, read, words):
    found = judged(read)
    assert words in " ".join(told(found))
    assert {str(one.severity) for one in found.findings} == {"informs"}


def test_a_shift_that_another_one_overrules_is_told_beside_it(judged):
    found = told(judged(resource(shift(appliedStatus="NOT_APPLIED"))))
    assert "not in effect: another one has precedence" in found[1]


def test_it_is_silent_where_shifts_are_off_or_no_node_is_replaced(judged):
    assert judged(DENIED, config=False) == judged(resource(shift()), config=False)
    assert judged(resource(shift()), config=False).findings == ()
    assert judged(resource(shift()), target="1.25").findings == ()


def test_without_the_right_to_ask_it_is_not_known(judged):
    found = judged(DENIED)
    assert (found.findings, "zonal shifts of the cluster could not be read" in found.unknown) == (
        (), True)  # fmt: skip
