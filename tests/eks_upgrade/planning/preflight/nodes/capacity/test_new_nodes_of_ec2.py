"""What new nodes need of EC2: types in their zones, storage, reservations, their template."""

from datetime import timedelta

import pytest

from include.eks_upgrade.aws.readings.group_needs import (
    OFFERINGS,
    STORAGE,
    TEMPLATE_VERSIONS,
    Storage,
    TemplateVersions,
)
from include.eks_upgrade.planning.preflight.nodes.capacity import (
    ebs_storage,
    instance_type_offerings,
    reservations_ending,
)
from include.eks_upgrade.planning.preflight.nodes.launch_templates import template_drift
from tests.eks_upgrade.planning.group_room import subnet, surge, version
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, MOMENT, outcome, told

A, B = "eu-central-1a", "eu-central-1b"
SUBNETS = {
    "subnet-a": subnet(AvailabilityZone=A),
    "subnet-b": subnet(AvailabilityZone=B),
    "subnet-c": subnet(),
}


@pytest.fixture
def facts_of(make_facts, make_group):
    def made(templates=None, reservations=None, **group):
        raw = make_group("workers", **{"subnets": ["subnet-a", "subnet-b"], **group})
        of_groups = surge(subnets=SUBNETS, templates=templates or {}, reservations=reservations)
        return make_facts(node_groups={"workers": raw}, surge=of_groups)

    return made


OFFERED = [
    pytest.param(["m5.large"], {"m5.large": {A, B}}, [], id="everywhere"),
    pytest.param(["m5.large"], {"m5.large": {A, "eu-central-1c"}},
                 ["warns node group workers: EC2 does not offer m5.large in eu-central-1b"],
                 id="in one zone not"),
    pytest.param(["m5.large"], {},
                 ["blocks node group workers: EC2 offers m5.large in none of its zones"],
                 id="nowhere"),
    pytest.param(["m5.large", "p6.big"], {"m5.large": {A, B}, "p6.big": {A}},
                 ["informs node group workers: of its types EC2 does not offer p6.big in "
                  "eu-central-1b"], id="one of two types"),
]  # fmt: skip


@pytest.mark.parametrize(("types", "offered", "expected"), OFFERED)
def test_types_are_held_against_the_zones(facts_of, types, offered, expected):
    read = {OFFERINGS: {name: frozenset(zones) for name, zones in offered.items()}}
    found = told(outcome(instance_type_offerings.CHECK, facts_of(instanceTypes=types), read))
    assert [one[: len(words)] for one, words in zip(found, expected, strict=True)] == expected


def test_the_type_of_a_template_counts_and_not_the_groups(facts_of):
    facts = facts_of({"workers": version(InstanceType="c7g.large")}, instanceTypes=[])
    found = outcome(instance_type_offerings.CHECK, facts, {OFFERINGS: {}})
    assert "c7g.large in none" in told(found)[0]


@pytest.mark.parametrize("subnets", [[], ["subnet-c"], ["subnet-gone"]])
def test_zones_that_are_not_known_are_not_judged(facts_of, subnets):
    found = outcome(instance_type_offerings.CHECK, facts_of(subnets=subnets), {OFFERINGS: {}})
    assert found.findings == ()


DRIFT = [
    pytest.param("3", TemplateVersions(3, 3), [], id="the only one"),
    pytest.param("3", TemplateVersions(3, 7), [], id="the default"),
    pytest.param("7", TemplateVersions(3, 7), [], id="the latest"),
    pytest.param("$Latest", TemplateVersions(3, 7), [], id="moving, told elsewhere"),
    pytest.param("2", TemplateVersions(3, 7), ["version 3 is its default and 7 the latest. The new "
                                               "group starts from version 2, too"], id="behind"),
    pytest.param("2", TemplateVersions(7, 7), ["version 7 is its default and the latest"],
                 id="both"),
    pytest.param("2", None, [], id="the template is gone, told elsewhere"),
]  # fmt: skip


@pytest.mark.parametrize(("used", "versions", "expected"), DRIFT)
def test_a_group_that_is_behind_its_template_is_told(facts_of, used, versions, expected):
    facts = facts_of(launchTemplate={"id": "lt-1", "name": "own", "version": used})
    known = {"lt-1": versions} if versions else {}
    found = told(outcome(template_drift.CHECK, facts, {TEMPLATE_VERSIONS: known}))
    assert len(found) == len(expected)
    assert all(words in one for one, words in zip(found, expected, strict=True))


def test_groups_without_a_template_do_not_ask(facts_of):
    assert outcome(template_drift.CHECK, facts_of()).unknown == ""


def volumes(*sizes, kind="gp3"):
    ebs = [
        {"Ebs": {"VolumeSize": size, **({"VolumeType": kind} if kind else {})}} for size in sizes
    ]
    return {"workers": version(BlockDeviceMappings=ebs)}


STORED = [
    pytest.param(None, {"gp3": Storage(1000, 1.0)}, 1, id="EKS's own volumes"),
    pytest.param(None, {"gp3": Storage(900, 1.0)}, 0, id="they fit"),
    pytest.param(None, {"gp2": Storage(1024, 1.0)}, 0, id="of another type"),
    pytest.param(volumes(50, 100), {"gp3": Storage(800, 1.0)}, 1, id="a template's, all of them"),
    pytest.param(volumes(100), {"gp3": Storage(824, 1.0)}, 0, id="just enough"),
    pytest.param(volumes(200, kind=""), {"gp2": Storage(900, 1.0)}, 1, id="EC2's own type"),
    pytest.param(volumes(200, kind="io2"), {"gp3": Storage(1024, 1.0)}, 0, id="not counted here"),
]


@pytest.mark.parametrize(("templates", "storage", "count"), STORED)
def test_volumes_of_new_nodes_are_counted_against_the_quota(facts_of, templates, storage, count):
    found = outcome(ebs_storage.CHECK, facts_of(templates, diskSize=20), {STORAGE: storage})
    assert len(found.findings) == count
    assert all(one.startswith("warns quota of ") for one in told(found))


TARGETED = {
    "CapacityReservationSpecification": {
        "CapacityReservationTarget": {"CapacityReservationId": "cr-1"}
    }
}


@pytest.mark.parametrize(
    ("hours", "kind", "words"),
    [
        (2, "CAPACITY_BLOCK", ["warns Capacity Block cr-1: node group workers is bound to it, and "
                               "it ends at 2026-11-26 14:00 UTC: EC2 takes its instances away"]),
        (48, "ON_DEMAND", ["warns capacity reservation cr-1"]),
        (100, "ON_DEMAND", []),
        (None, "ON_DEMAND", []),
    ],
)  # fmt: skip
def test_reserved_capacity_that_ends_soon_is_told(facts_of, hours, kind, words):
    end = {"EndDate": MOMENT + timedelta(hours=hours)} if hours else {}
    facts = facts_of({"workers": version(**TARGETED)}, {"cr-1": end}, capacityType=kind)
    found = told(outcome(reservations_ending.CHECK, facts))
    assert [one[: len(part)] for one, part in zip(found, words, strict=True)] == words


def test_reservations_that_were_not_read_are_not_known(facts_of):
    facts = facts_of({"workers": version(**TARGETED)}, None)
    assert "DescribeCapacityReservations" in outcome(reservations_ending.CHECK, facts).unknown


@pytest.mark.parametrize(
    ("check", "reading"),
    [
        pytest.param(instance_type_offerings.CHECK, OFFERINGS, id="offerings"),
        pytest.param(template_drift.CHECK, TEMPLATE_VERSIONS, id="template"),
        pytest.param(ebs_storage.CHECK, STORAGE, id="storage"),
    ],
)
def test_without_the_right_it_is_not_known(facts_of, check, reading):
    facts = facts_of(launchTemplate={"id": "lt-1", "name": "own", "version": "2"})
    assert DENIED.why in outcome(check, facts, {reading: DENIED}).unknown


def test_where_no_group_is_replaced_nothing_is_asked(make_facts):
    for check in (instance_type_offerings, template_drift, ebs_storage, reservations_ending):
        assert outcome(check.CHECK, make_facts(node_groups={}, surge=surge())).unknown == ""
