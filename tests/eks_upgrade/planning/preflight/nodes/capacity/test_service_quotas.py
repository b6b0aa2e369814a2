"""Quotas of families whose codes are not known: found by their names, or told as not known."""

import pytest

from include.eks_upgrade.aws.readings.named_quotas import NAMED_QUOTAS, NamedQuota
from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.planning.preflight.nodes.capacity.service_quotas import CHECK
from tests.eks_upgrade.planning.group_room import instance_type, surge
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

HPC = "hpc7g.4xlarge"


def strange(value: float | None, **readings: object):
    """Two nodes of 16 vCPUs each, of a family that no table here knows."""
    quota = NamedQuota("L-1", "Running On-Demand HPC instances", value or 0)
    named = {("hpc", False): quota} if value is not None else {}
    types = {HPC: instance_type(HPC, 16)}
    return seen(
        image=None,
        group={"instanceTypes": [HPC], "launchTemplate": None},
        facts={"surge": surge(instance_types=types)},
        readings={NAMED_QUOTAS.name: named, **readings},
    )


def test_a_quota_that_was_found_by_its_name_refuses_as_any():
    ((severity, subject, what),) = found(CHECK, strange(20))
    assert (severity, "L-1" in subject) == ("blocks", True)
    assert "20 are allowed, 0 are in use" in what


@pytest.mark.parametrize("value", [32, 768])
def test_with_room_it_is_silent(value):
    assert found(CHECK, strange(value)) == []


def test_a_family_that_no_name_tells_is_not_judged_and_that_is_told():
    ((severity, _, what),) = found(CHECK, strange(None))
    assert severity == "warns"
    assert f"which quota {HPC} counts against is not known" in what


def test_without_the_right_it_is_not_known():
    denied = NotRead("the caller may not servicequotas:ListServiceQuotas")
    told = outcome(CHECK, strange(None, **{NAMED_QUOTAS.name: denied}))
    assert "may not servicequotas:ListServiceQuotas" in told.unknown
    assert [str(one.severity) for one in told.findings] == ["warns"]


def test_known_families_need_no_names():
    denied = {NAMED_QUOTAS.name: NotRead("the caller may not")}
    assert found(CHECK, seen(image=None, readings=denied)) == []
