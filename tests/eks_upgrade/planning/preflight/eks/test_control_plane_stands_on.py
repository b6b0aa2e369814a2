"""What a control plane stands on: security groups, its role, its key."""

import json

import pytest

from include.eks_upgrade.aws.readings.cluster_surroundings import (
    CLUSTER_ROLE,
    ENCRYPTION_KEYS,
    SECURITY_GROUPS,
)
from include.eks_upgrade.planning.preflight.eks import (
    cluster_role,
    encryption_key,
    security_groups,
)
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, outcome, told

ROLE = "arn:aws:iam::111122223333:role/teams/demo-cluster"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234"
NETWORK = {
    "subnetIds": ["subnet-a", "subnet-b"],
    "securityGroupIds": ["sg-1", "sg-2", "sg-1"],
    "clusterSecurityGroupId": "sg-own",
}


def statement(**changes):
    usual = {
        "Effect": "Allow",
        "Principal": {"Service": "eks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {**usual, **changes}


def role(*statements, **changes):
    document = {"Version": "2012-10-17", "Statement": list(statements) or [statement()]}
    return {"Arn": ROLE, "AssumeRolePolicyDocument": document, **changes}


@pytest.fixture
def facts(make_facts, make_cluster):
    raw = make_cluster(
        roleArn=ROLE,
        resourcesVpcConfig=NETWORK,
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": KEY}}],
    )
    return make_facts(cluster=raw)


def test_security_groups_that_exist_say_nothing(facts):
    there = frozenset({"sg-1", "sg-2", "sg-own", "sg-else"})
    assert told(outcome(security_groups.CHECK, facts, {SECURITY_GROUPS: there})) == []


def test_each_security_group_that_is_gone_blocks_once(facts):
    found = outcome(security_groups.CHECK, facts, {SECURITY_GROUPS: frozenset({"sg-2"})})
    assert [one.subject for one in found.findings] == ["security group sg-1",
                                                        "security group sg-own"]  # fmt: skip
    assert {str(one.severity) for one in found.findings} == {"blocks"}
    assert "update-cluster-config" in found.findings[0].remedy
    assert "AWS support" in found.findings[1].remedy


@pytest.mark.parametrize(
    ("check", "reading"),
    [
        pytest.param(security_groups.CHECK, SECURITY_GROUPS, id="security groups"),
        pytest.param(cluster_role.CHECK, CLUSTER_ROLE, id="role"),
        pytest.param(encryption_key.CHECK, ENCRYPTION_KEYS, id="key"),
    ],
)
def test_without_the_right_it_is_not_known(facts, check, reading):
    found = outcome(check, facts, {reading: DENIED})
    assert found.findings == ()
    assert found.unknown == f"{reading.what} could not be read: {DENIED.why}"


@pytest.mark.parametrize("check", [security_groups.CHECK, cluster_role.CHECK, encryption_key.CHECK])
def test_where_the_control_plane_stays_nothing_is_asked(facts, check):
    found = outcome(check, facts, target="1.25")
    assert (found.findings, found.unknown) == ((), "")


def test_a_cluster_that_names_no_security_group_needs_none(make_facts):
    found = outcome(security_groups.CHECK, make_facts())
    assert (found.findings, found.unknown) == ((), "")


TRUSTED = [
    pytest.param(role(), id="as EKS's console makes it"),
    pytest.param(role(statement(Principal={"Service": ["ec2.amazonaws.com", "eks.amazonaws.com"]})),
                 id="several services"),
    pytest.param(role(statement(Action=["sts:TagSession", "sts:AssumeRole"])), id="actions"),
    pytest.param(role(statement(Action="sts:*")), id="every action"),
    pytest.param(role(statement(Condition={"ArnLike": {"aws:SourceArn": "arn:*"}})), id="a test"),
    pytest.param(role(statement(Principal="*")), id="everybody"),
    pytest.param({"Arn": ROLE, "AssumeRolePolicyDocument": json.dumps(
        {"Statement": statement()})}, id="text with one statement"),
]  # fmt: skip


@pytest.mark.parametrize("found", TRUSTED)
def test_a_role_that_eks_may_assume_says_nothing(facts, found):
    assert told(outcome(cluster_role.CHECK, facts, {CLUSTER_ROLE: found})) == []


UNTRUSTED = [
    pytest.param(role(statement(Principal={"Service": "ec2.amazonaws.com"})), id="another service"),
    pytest.param(role(statement(Principal={"AWS": "arn:aws:iam::1:root"})), id="an account"),
    pytest.param(role(statement(Action="sts:TagSession")), id="another action"),
    pytest.param(role(statement(), statement(Effect="Deny")), id="denied besides"),
    pytest.param({"Arn": ROLE}, id="no document"),
]


@pytest.mark.parametrize("found", UNTRUSTED)
def test_a_role_that_eks_may_not_assume_blocks(facts, found):
    (only,) = told(outcome(cluster_role.CHECK, facts, {CLUSTER_ROLE: found}))
    assert only.startswith(f"blocks role {ROLE}: its trust policy does not let eks.amazonaws.com")


def test_a_role_that_is_gone_blocks_and_so_does_another_of_its_name(facts):
    for found in (None, role(Arn=ROLE.replace("teams/", ""))):
        (only,) = told(outcome(cluster_role.CHECK, facts, {CLUSTER_ROLE: found}))
        assert "IAM has no such role" in only


def test_a_trust_policy_that_is_no_json_is_not_known(facts):
    found = outcome(cluster_role.CHECK, facts, {CLUSTER_ROLE: role(AssumeRolePolicyDocument="{")})
    assert found.unknown == "the trust policy of the cluster's role is no JSON"


STATES = [
    ("Enabled", []),
    ("Disabled", ["blocks"]),
    ("PendingDeletion", ["blocks"]),
    ("Unavailable", ["blocks"]),
    ("", ["blocks"]),
    ("Updating", ["warns"]),
    ("SomethingNew", ["blocks"]),
]


@pytest.mark.parametrize(("state", "severities"), STATES)
def test_a_key_that_cannot_be_used_blocks(facts, state, severities):
    found = outcome(encryption_key.CHECK, facts, {ENCRYPTION_KEYS: {KEY: state}})
    assert [str(one.severity) for one in found.findings] == severities
    assert all(KEY in one.subject for one in found.findings)


def test_the_remedy_of_a_key_is_a_command(facts):
    found = outcome(encryption_key.CHECK, facts, {ENCRYPTION_KEYS: {KEY: "Disabled"}})
    assert found.findings[0].remedy == f"enable it: aws kms enable-key --key-id {KEY}"


def test_a_cluster_without_a_key_of_its_own_is_not_asked_about(make_facts):
    assert outcome(encryption_key.CHECK, make_facts()).unknown == ""
