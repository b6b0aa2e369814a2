"""Whether quotas and reserved capacity have room for a group to be made."""

import pytest

from tests.eks_upgrade.planning.group_room import OURS, TEMPLATE, instance_type, subnet, version

# --- quotas ---------------------------------------------------------------------------------


def running(kind="m5.large", cores=1, **more):
    cpu = {"CoreCount": cores, "ThreadsPerCore": 2}
    return {"InstanceType": kind, "CpuOptions": cpu, **more}


@pytest.mark.parametrize(
    ("quotas", "told"),
    [
        pytest.param({"L-6D54EA21": 1}, "1 are allowed, 1 are there and 1 are made", id="groups"),
        pytest.param({"L-BD136A63": 1}, "replacement of pool starts with 2", id="nodes"),
        pytest.param({"L-1216C47A": 7}, "7 are allowed, 4 are in use and new groups", id="vCPU"),
    ],
)
def test_a_quota_that_would_be_passed_is_refused(problems, quotas, told):
    (problem,) = problems(quotas=quotas, instances=(running(), running()))
    assert told in problem.what
    assert "Service Quotas" in problem.remedy


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"instances": (running(), running())}, id="exactly enough"),
        pytest.param({"instances": tuple([running(InstanceLifecycle="spot")] * 9)}, id="spot"),
        pytest.param({"instances": tuple([running("g5.xlarge")] * 9)}, id="another family"),
        pytest.param({"instances": tuple([running(Placement={"Tenancy": "host"})] * 9)}, id="host"),
        pytest.param({"instances": (), "quotas": {}}, id="quota not asked"),
        pytest.param({"instances": None}, id="instances not asked"),
    ],
)
def test_what_counts_against_another_quota_or_is_not_known_refuses_nothing(plan, changes):
    assert plan(**{"quotas": {"L-1216C47A": 8}, **changes})


def test_spot_groups_meet_the_quota_of_spot(problems):
    spot = {"pool": {"capacityType": "SPOT"}}
    (problem,) = problems(spot, quotas={"L-34B43A08": 3, "L-1216C47A": 0})
    assert "Spot" in problem.subject


def test_the_smallest_type_refuses_and_the_largest_warns(plan, problems):
    types = {"pool": {"instanceTypes": ["m5.large", "m5.4xlarge"]}}
    known = {name: instance_type(name, vcpus) for name, vcpus in (("m5.large", 2),
                                                                  ("m5.4xlarge", 16))}  # fmt: skip
    (warning,) = plan(types, instance_types=known, quotas={"L-1216C47A": 8}).warnings
    assert "the largest of their types" in warning
    assert problems(types, instance_types=known, quotas={"L-1216C47A": 3})


def test_a_family_without_a_known_quota_is_told(plan):
    types = {"pool": {"instanceTypes": ["hpc7g.4xlarge"]}}
    (warning,) = plan(types, instance_types={}).warnings
    assert "hpc7g.4xlarge" in warning


def test_what_could_not_be_asked_is_a_warning(plan):
    assert plan(unknown=("quotas could not be asked",)).warnings == ("quotas could not be asked",)


def test_as_many_groups_count_as_are_replaced_at_the_same_time(plan, problems):
    pools = {
        name: {"scalingConfig": {"minSize": 1, "maxSize": 9, "desiredSize": nodes}}
        for name, nodes in (("small", 1), ("large", 8), ("middle", 4), ("other", 2))
    }
    quotas = {"L-1216C47A": 24, "L-6D54EA21": 6}
    assert plan(pools, quotas=quotas)  # two at a time: 8 and 4 nodes of 2 vCPUs
    (vcpus, groups) = problems(pools, quotas=quotas, options={"max_groups_at_once": 3})[::-1]
    assert "need 28 more (large 16, middle 8, other 4)" in vcpus.what
    assert "4 are there and 3 are made" in groups.what


def test_a_group_whose_replacement_stands_needs_nothing_more(plan, make_group):
    standing = make_group("pool-k126", "1.26", tags=OURS)
    assert plan(new={"pool-k126": standing}, quotas={"L-6D54EA21": 1}, subnets={"subnet-a":
                subnet(0)})  # fmt: skip


# --- reserved capacity ----------------------------------------------------------------------

TARGET = {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}
BLOCK = {"InstanceMarketOptions": {"MarketType": "capacity-block"}}


def reservation(free=2, **more):
    usual = {"State": "active", "InstanceType": "m5.large", "TotalInstanceCount": 4}
    return {"cr-1": {**usual, "AvailableInstanceCount": free, **more}}


def bound(**data):
    return {"pool": version(ImageId=None, UserData=None, InstanceType=None,
                            CapacityReservationSpecification=TARGET, **data)}  # fmt: skip


@pytest.mark.parametrize(
    ("templates", "fields", "reservations", "told"),
    [
        pytest.param(bound(), {}, reservation(1), "1 is free", id="too little room"),
        pytest.param(bound(), {}, {}, "does not exist: no node", id="gone"),
        pytest.param(bound(), {}, reservation(State="expired"), "is expired", id="expired"),
        pytest.param(bound(), {}, reservation(InstanceType="c5.large"), "for c5.large",
                     id="another type"),
        pytest.param(bound(**BLOCK), {}, reservation(0), "leave it out of node_groups",
                     id="Capacity Block of the template"),
        pytest.param(bound(), {"capacityType": "CAPACITY_BLOCK"}, reservation(0),
                     "Capacity Block cr-1", id="Capacity Block of the group"),
        pytest.param({}, {"capacityType": "CAPACITY_BLOCK"}, {}, "does not say in which",
                     id="a block without a name"),
    ],
)  # fmt: skip
def test_reserved_capacity_without_room_is_refused(problems, templates, fields, reservations, told):
    used = {"launchTemplate": TEMPLATE} if templates else {}
    (problem,) = problems(
        {"pool": {**used, **fields}}, templates=templates, reservations=reservations
    )
    assert told in str(problem)


def test_two_groups_share_what_a_reservation_has(problems):
    pools = {name: {"launchTemplate": TEMPLATE} for name in ("one", "two")}
    templates = {name: bound()["pool"] for name in pools}
    (problem,) = problems(pools, templates=templates, reservations=reservation(3))
    assert "need 4 (one 2, two 2)" in problem.what


def test_reserved_capacity_with_room_is_no_reason(plan):
    pools = {"pool": {"launchTemplate": TEMPLATE}}
    assert plan(pools, templates=bound(), reservations=reservation(2)).warnings == ()
    assert plan(pools, templates=bound(), reservations=None)


@pytest.mark.parametrize(
    ("specification", "told"),
    [
        ({"CapacityReservationTarget": {"CapacityReservationResourceGroupArn": "arn:g"}}, "arn:g"),
        ({"CapacityReservationPreference": "capacity-reservations-only"}, "open capacity"),
    ],
)
def test_reserved_capacity_that_cannot_be_counted_is_told(plan, specification, told):
    of = version(ImageId=None, UserData=None, InstanceType=None,
                 CapacityReservationSpecification=specification)  # fmt: skip
    (warning,) = plan({"pool": {"launchTemplate": TEMPLATE}}, templates={"pool": of}).warnings
    assert told in warning
