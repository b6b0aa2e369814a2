"""The rights of a fleet: discovery runs with exactly the files of include/permissions/fleet."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import hcl2
import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.discovery.organization import read_organization
from include.eks_upgrade.fleet.discovery.place import Place, members
from include.eks_upgrade.fleet.discovery.read_place import discover_place
from include.rehearsal.aws.rights.policy import like
from include.rehearsal.aws.rights.requests import reference
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CENTRAL, MEMBERS, ROLE, role_arn
from include.rehearsal.places import Place as RehearsedPlace
from include.rehearsal.seeding import Seeder
from tests.permissions.files import FOLDER
from tests.rehearsal.aws.aws_lab import ONCE

FLEET = FOLDER / "fleet"
SEARCH = ACCOUNTS["search"]
PLACE = Place(
    account_name="search",
    account=SEARCH,
    region=CENTRAL,
    aws_conn_id="aws_default",
    role_arn=role_arn("search"),
)
OURS = "arn:aws:iam::123456789012:user/rehearsal"


def policy(name: str, without: str = "") -> dict[str, Any]:
    """A policy for the rehearsed fleet; `without` takes one action out of it."""
    text = (FLEET / f"iam-{name}.json").read_text()
    found = json.loads(text.replace("ACCOUNT_ID", SEARCH).replace("FLEET_ROLE_NAME", ROLE))
    for statement in found["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != without]
    return dict(found)


def actions(name: str) -> list[str]:
    return [action for each in policy(name)["Statement"] for action in each["Action"]]


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    with Rehearsal() as rehearsal:
        build(rehearsal.world, [each for each in MEMBERS if each.place.account == SEARCH])
        yield rehearsal


@pytest.fixture
def fleet(whole: Rehearsal) -> Iterator[Rehearsal]:
    whole.world.callers.grant(OURS, policy("airflow"))
    whole.world.callers.grant(PLACE.role_arn, policy("discovery"))
    yield whole
    whole.world.callers.allow_all()


def client(rehearsal: Rehearsal, used: boto3.Session, service: str) -> Any:
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    return used.client(service, endpoint_url=url, region_name=CENTRAL, config=ONCE)


def assume(rehearsal: Rehearsal, arn: str, **more: str) -> boto3.Session:
    with aws_errors_about("the role"):
        found = client(rehearsal, rehearsal.session(), "sts").assume_role(
            RoleArn=arn, RoleSessionName="discovery", **more
        )["Credentials"]
    return boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def connect(rehearsal: Rehearsal, used: boto3.Session) -> AwsClients:
    made = {
        service: client(rehearsal, used, service)
        for service in ("eks", "ec2", "autoscaling", "ssm", "sts")
    }
    return AwsClients(region=CENTRAL, **made)


def looked(rehearsal: Rehearsal) -> Found:
    return discover_place(PLACE, lambda: connect(rehearsal, assume(rehearsal, PLACE.role_arn)))


def complaints(found: Found) -> str:
    """What discovery could not see, in its own words."""
    unknown = "" if found.newest else "what EKS offers is not known"
    words = [*(each.why for each in found.broken), *(each.unreadable for each in found.clusters)]
    return " ".join([*words, unknown]).strip()


def test_discovery_needs_no_more_than_the_files_allow(fleet):
    found = looked(fleet)
    assert complaints(found) == ""
    assert [each.name for each in found.clusters] == ["ranking", "shop"]
    accounts = read_organization(client(fleet, fleet.session(), "organizations"))
    assert SEARCH in {each.id for each in members(accounts)}


@pytest.mark.parametrize("action", actions("discovery"))
def test_each_right_of_discovery_is_needed(fleet, action):
    fleet.world.callers.grant(PLACE.role_arn, policy("discovery", without=action))
    assert complaints(looked(fleet)) != ""


def test_each_right_of_airflows_own_role_is_needed(fleet):
    for action in actions("airflow"):
        fleet.world.callers.grant(OURS, policy("airflow", without=action))
        if action == "sts:AssumeRole":
            assert "sts:AssumeRole" in complaints(looked(fleet))
        else:
            with pytest.raises(Refused, match="organizations:ListAccounts"):
                read_organization(client(fleet, fleet.session(), "organizations"))


def test_the_fleets_role_alone_may_be_assumed(fleet):
    other = replace(PLACE, role_arn=f"arn:aws:iam::{SEARCH}:role/administrator")
    found = discover_place(other, lambda: connect(fleet, assume(fleet, other.role_arn)))
    assert "not authorized to perform: sts:AssumeRole" in complaints(found)


def test_discovery_may_change_nothing():
    for action in actions("discovery"):
        assert re.match("eks:(List|Describe)", action), action


@pytest.mark.parametrize("name", ["discovery", "airflow"])
def test_the_policies_are_what_aws_documents(name):
    for statement in policy(name)["Statement"]:
        patterns = statement["Resource"]
        for action in statement["Action"]:
            service, kinds = action.split(":")[0], reference()["actions"][action]["resources"]
            required = [kind for kind, row in kinds.items() if row["required"]]
            assert bool(required) is (patterns != "*"), action
            for kind in required:
                form = re.sub(
                    r"\$\{\w+\}", "*", reference()["resources"][f"{service}:{kind}"]["arn"]
                )
                given = [patterns] if isinstance(patterns, str) else patterns
                assert any(like(form, each.replace("*", "x")) for each in given), (action, kind)


# --- the role as templates ------------------------------------------------------------------------

TEMPLATE = FLEET / "role.cloudformation.json"
AIRFLOW = "arn:aws:iam::123456789012:root"


def resolved(value: Any, given: dict[str, str]) -> Any:
    """A part of the template as CloudFormation would make it of these parameters; None: nothing."""
    if isinstance(value, list):
        return [resolved(each, given) for each in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return given.get(value["Ref"])
    if "Fn::Sub" in value:
        partly = value["Fn::Sub"].replace("${AWS::Partition}", "aws")
        return partly.replace("${AWS::AccountId}", SEARCH)
    if "Fn::If" in value:
        _, yes, no = value["Fn::If"]
        return resolved(yes if given["ExternalId"] else no, given)
    pairs = {key: resolved(each, given) for key, each in value.items()}
    return {key: each for key, each in pairs.items() if each is not None}


def role(external_id: str = "") -> dict[str, Any]:
    """The role's properties, as the template makes them."""
    raw = json.loads(TEMPLATE.read_text())["Resources"]["Role"]["Properties"]
    given = {"RoleName": ROLE, "AirflowRoleArn": AIRFLOW, "ExternalId": external_id}
    return dict(resolved(raw, given))


def test_the_template_is_one_that_cloudformation_takes():
    from cfnlint.api import ManualArgs, lint  # a second, which all other tests can do without

    config = ManualArgs(include_checks=["I"])
    assert lint(TEMPLATE.read_text(), regions=["eu-west-1"], config=config) == []


def test_the_templates_role_has_the_rights_of_the_policy():
    (given,) = role()["Policies"]
    assert given["PolicyDocument"] == policy("discovery")


@pytest.mark.parametrize("external_id", ["", "blue-42"])
def test_the_templates_role_lets_airflow_in(fleet, external_id):
    iam = Seeder(fleet.world, RehearsedPlace(SEARCH, CENTRAL)).iam
    name = f"{ROLE}-{external_id or 'plain'}"
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(role(external_id)["AssumeRolePolicyDocument"]),
    )["Role"]["Arn"]
    fleet.world.callers.allow_all(OURS)
    more = {"ExternalId": external_id} if external_id else {}
    assert assume(fleet, made, **more)
    if external_id:
        with pytest.raises(Refused, match="not authorized"):
            assume(fleet, made)


def test_the_terraform_is_read_by_a_parser_and_has_the_same_rights():
    text = (FLEET / "role.tf").read_text()
    found = {kind.strip('"') for block in hcl2.loads(text)["resource"] for kind in block}
    assert found == {"aws_iam_role", "aws_iam_role_policy"}
    assert set(re.findall(r'"(eks:\w+)"', text)) == set(actions("discovery"))
    written = set(re.findall(r"eks:\*:[^\"]*:(\w+/[*/]+)\"", text))
    assert written == {"cluster/*", "nodegroup/*/*/*"}
