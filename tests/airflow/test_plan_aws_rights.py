"""The rights in AWS, asked for by the plan's own operator of the rehearsal's IAM."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.nodes.replacement import EksCheckReplacementOperator
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters
from tests.faults.lab import BEHIND
from tests.permissions.files import NEEDS, POLICIES, granted
from tests.permissions.stage import ACCOUNT

ROLE, PATH = "eks-upgrade", "/teams/payments/"
NODE_POLICIES = ("read", "control-plane", "addons", "node-groups")
SLR = "role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup"


class Caller:
    """The worker's role, of which policies are told."""

    def __init__(self, rehearsal: Rehearsal, patch: pytest.MonkeyPatch, scene: Any) -> None:
        self.callers, self.patch, self.scene = rehearsal.world.callers, patch, scene
        url = rehearsal.environment["AWS_ENDPOINT_URL"]
        self.iam, self.sts = (
            rehearsal.session().client(name, endpoint_url=url) for name in ("iam", "sts")
        )
        for name, path in ((ROLE, PATH), (f"{ROLE}-plain", "/")):
            self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument="{}")

    def arn(self, role: str = ROLE, path: str = PATH) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role{path}{role}"

    def assume(self, arn: str) -> None:
        """The worker has a session of this role."""
        found = self.sts.assume_role(RoleArn=arn, RoleSessionName="run")["Credentials"]
        self.patch.setenv("AWS_ACCESS_KEY_ID", found["AccessKeyId"])
        self.patch.setenv("AWS_SECRET_ACCESS_KEY", found["SecretAccessKey"])
        self.patch.setenv("AWS_SESSION_TOKEN", found["SessionToken"])

    def may(
        self, *policies: str, without: tuple[str, str] = ("", ""), arn: str = "", **names: str
    ) -> None:
        """What the role may do: shipped policies, less one action on some resources."""
        arn = arn or self.arn()
        known = {
            "REGION": self.scene.region,
            "ACCOUNT_ID": ACCOUNT,
            "CLUSTER_NAME": self.scene.cluster,
            "NODE_ROLE_NAME": self.scene.node_role.rpartition("/")[2],
            "ADDON_ROLE_NAME": "vpc-cni",
            "LAUNCH_TEMPLATE_ID": str(self.scene.launch_template),
            "UPGRADE_ROLE_NAME": arn.partition(":role/")[2],
            **names,
        }
        action, resource = without
        statements = granted(policies, known)
        for each in statements:
            if resource in str(each["Resource"]) or not resource:
                each["Action"] = [one for one in each["Action"] if one != action] or ["none:None"]
        self.callers.policies[arn] = tuple(statements)
        self.assume(arn)


@pytest.fixture(scope="module")
def lab() -> Iterator[tuple[World, Caller]]:
    with Rehearsal(speed=600.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        options = PlainOptions(template_family="al2", addons=BEHIND)
        scene = plain(rehearsal.world, "plain", "1.25", 1, options)
        rehearsal.clock.advance(120)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield World(rehearsal, scene), Caller(rehearsal, patch, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture
def world(lab: tuple[World, Caller]) -> World:
    return lab[0]


@pytest.fixture
def caller(lab: tuple[World, Caller]) -> Iterator[Caller]:
    """Nobody is denied anything afterwards."""
    yield lab[1]
    lab[1].callers.allow_all()


def planned(world: World, **given: Any) -> dict[str, Any]:
    run = Run(parameters(cluster_name="plain", region=world.scene.region, **given))
    plan: dict[str, Any] = run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return plan


def refusal(world: World, **given: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        planned(world, **given)
    return str(raised.value)


def unasked(plan: dict[str, Any]) -> list[str]:
    return [each for each in plan["warnings"] if "rights in AWS" in each]


def test_the_policies_as_they_are_shipped_are_enough(world: World, caller: Caller) -> None:
    caller.may(*NODE_POLICIES)
    assert unasked(planned(world)) == []


LACKING = [
    pytest.param("iam:GetRole", SLR, id="looking at the service-linked role"),
    pytest.param("iam:GetRole", "role/plain", id="looking at the node role"),
    pytest.param("iam:ListAttachedRolePolicies", "", id="looking at its policies"),
    pytest.param("iam:PassRole", "role/plain", id="passing the node role"),
    pytest.param("ec2:RunInstances", "launch-template/lt-", id="starting from the template"),
    pytest.param("ec2:RunInstances", "subnet/", id="starting in the subnets"),
    pytest.param("ec2:CreateTags", "", id="tagging what is started"),
    pytest.param("ec2:CreateLaunchTemplateVersion", "", id="a version of the template"),
    pytest.param("eks:TagResource", "", id="tagging the new group"),
    pytest.param("eks:UpdateClusterVersion", "", id="the control plane"),
    pytest.param("eks:UpdateAddon", "", id="add-ons"),
    pytest.param("eks:UpdateNodegroupConfig", "", id="the fence"),
    pytest.param("eks:DeleteNodegroup", "", id="the deletion"),
    pytest.param("autoscaling:DescribeScheduledActions", "", id="a look that comes later"),
]


@pytest.mark.parametrize(("action", "resource"), LACKING)
def test_a_role_that_lacks_one_right_is_refused_before_anything_moves_and_told_which(
    world: World, caller: Caller, action: str, resource: str
) -> None:
    caller.may(*NODE_POLICIES, without=(action, resource))
    before = world.fingerprint()
    told = refusal(world)
    assert "IAM says that the caller may not" in told
    assert action in told
    assert ": 1 problem\n" in told
    assert world.fingerprint() == before


def test_all_that_is_missing_is_told_at_once(world: World, caller: Caller) -> None:
    caller.may("read")
    told = refusal(world, may_unprotect=True, may_delete_asg=True)
    for name in ("control-plane", "addons", "node-groups", "unprotect", "delete-asg"):
        assert f"iam-{name}.json" in told
    assert ": 1 problem\n" in told


def test_a_role_is_found_by_its_name_whatever_its_path(world: World, caller: Caller) -> None:
    caller.may(*NODE_POLICIES, without=("eks:DeleteNodegroup", ""))
    assert "eks:DeleteNodegroup" in refusal(world)


def test_without_the_right_to_look_at_itself_a_role_is_taken_to_have_no_path(
    world: World, caller: Caller
) -> None:
    own = caller.arn(f"{ROLE}-plain", "/")
    caller.may(*NODE_POLICIES, without=("iam:GetRole", f":role/{ROLE}-plain"), arn=own)
    assert unasked(planned(world)) == []
    caller.may(*NODE_POLICIES, without=("iam:GetRole", f"{PATH}{ROLE}"))
    (warning,) = unasked(planned(world))
    assert "could not be asked" in warning


def test_a_simulation_that_is_not_allowed_is_a_note_and_no_refusal(
    world: World, caller: Caller
) -> None:
    caller.may("read", without=("iam:SimulatePrincipalPolicy", ""))
    (warning,) = unasked(planned(world))
    assert "could not be asked" in warning
    assert "iam:SimulatePrincipalPolicy" in warning


def test_what_the_organization_denies_is_told_as_its_policy(world: World, caller: Caller) -> None:
    caller.may(*NODE_POLICIES)
    caller.callers.guardrails = (
        {"Effect": "Deny", "Action": "eks:CreateNodegroup", "Resource": "*"},
    )
    told = refusal(world)
    assert "eks:CreateNodegroup" in told
    assert "denied by a service control policy of the organization" in told


def test_a_policy_whose_conditions_ask_for_more_than_is_known_is_a_note(
    world: World, caller: Caller
) -> None:
    caller.may(*NODE_POLICIES)
    statements = list(caller.callers.policies[caller.arn()])
    (number,) = [n for n, one in enumerate(statements) if "eks:DeleteNodegroup" in one["Action"]]
    office = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    statements[number] = {**statements[number], "Condition": office}
    caller.callers.policies[caller.arn()] = tuple(statements)
    (warning,) = unasked(planned(world))
    assert "aws:SourceVpc" in warning
    assert "eks:DeleteNodegroup" in warning


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "SimulatePrincipalPolicy", "GetRole"])
def test_an_iam_that_does_not_answer_is_a_note(
    world: World, caller: Caller, operation: str
) -> None:
    caller.may(*NODE_POLICIES)
    world.rehearsal.world.faults.add("http500", operation)
    try:
        (warning,) = unasked(planned(world))
    finally:
        world.rehearsal.world.faults.calls.lift()
    assert "could not be asked" in warning


def test_a_caller_of_whom_nothing_is_told_may_do_everything(world: World, caller: Caller) -> None:
    caller.assume(caller.arn())
    assert unasked(planned(world)) == []


def test_a_rotation_is_checked_alike(world: World, caller: Caller) -> None:
    caller.may(*NODE_POLICIES, without=("iam:GetRole", SLR))
    run = Run(parameters(cluster_name="plain", region=world.scene.region))
    with pytest.raises(AirflowFailException, match="iam:GetRole"):
        run.do(
            "check_replacement",
            EksCheckReplacementOperator,
            nodegroup_name="workers",
            replacement_name="workers-new",
            options={},
        )


def test_every_policy_is_one_that_a_plan_may_name() -> None:
    assert set(NODE_POLICIES) < set(POLICIES) == {n for many in NEEDS.values() for n in many}
