"""The task `plan` on a messy account: what new groups would not get is said beforehand."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from moto.ec2.models import ec2_backends

from include.rehearsal.aws.quotas import GROUPS_PER_CLUSTER, ON_DEMAND_VCPUS
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, Scene, plain
from tests.airflow.worker import Run, environment, parameters

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[Rehearsal, Scene]]:
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        options = PlainOptions(template_family="al2023", groups=("one", "two"))
        scene = plain(rehearsal.world, "plain", "1.33", 2, options)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield rehearsal, scene
        assert rehearsal.clock.failures == []


@pytest.fixture
def rehearsal(account: tuple[Rehearsal, Scene]) -> Iterator[Rehearsal]:
    yield account[0]
    world = account[0].world
    world.quotas.clear()
    world.faults.calls.lift()
    with world.clock.lock:
        for subnet in account[1].subnets:
            found = ec2_backends[ACCOUNT]["eu-west-1"].get_subnet(subnet)
            found._available_ip_addresses = found.cidr.num_addresses - 5


def plan(**given: Any) -> dict[str, Any]:
    run = Run(parameters(cluster_name="plain", **given))
    run.do("plan", EksPlanUpgradeOperator, options=run.params)
    found: dict[str, Any] = run.done["plan"]
    return found


def refused(**given: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        plan(**given)
    return str(raised.value)


def test_where_there_is_room_the_plan_says_nothing_of_it(rehearsal: Rehearsal) -> None:
    warnings = plan()["warnings"]
    assert not [one for one in warnings if "address" in one or "quota" in one], warnings


def test_quotas_and_addresses_that_do_not_suffice_are_refused_at_once(
    rehearsal: Rehearsal, account: tuple[Rehearsal, Scene]
) -> None:
    rehearsal.world.quotas |= {GROUPS_PER_CLUSTER: 3, ON_DEMAND_VCPUS: 9}
    with rehearsal.world.clock.lock:
        for subnet in account[1].subnets:
            found = ec2_backends[ACCOUNT]["eu-west-1"].get_subnet(subnet)
            found._available_ip_addresses -= found.available_ip_address_count - 1
    text = refused()
    for words in (
        "3 are allowed, 2 are there and 2 are made beside them",
        "9 are allowed, 8 are in use",
        "2 free addresses",
    ):
        assert words in text
    assert "Traceback" not in text


@pytest.mark.parametrize("operation", ["GetServiceQuota", "GetAWSDefaultServiceQuota"])
def test_quotas_that_nobody_may_ask_are_a_warning(rehearsal: Rehearsal, operation: str) -> None:
    rehearsal.world.quotas[GROUPS_PER_CLUSTER] = 3
    rehearsal.world.faults.add(
        "error", operation, code="AccessDeniedException", message="no such luck", status=400
    )
    if operation == "GetServiceQuota":
        (warning,) = [one for one in plan()["warnings"] if "could not be asked" in one]
        assert "no such luck" in warning
    else:
        assert "3 are allowed" in refused()


def test_a_version_that_is_gone_is_refused_for_each_group(
    rehearsal: Rehearsal, account: tuple[Rehearsal, Scene]
) -> None:
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    ec2: Any = rehearsal.session().client("ec2", endpoint_url=url)
    template = {"LaunchTemplateId": account[1].launch_template}
    ec2.create_launch_template_version(**template, LaunchTemplateData={}, SourceVersion="1")
    ec2.delete_launch_template_versions(**template, Versions=["1"])
    ec2.close()
    text = refused()
    for group in ("one", "two"):
        assert f"node group {group}: version 1 of its launch template" in text
