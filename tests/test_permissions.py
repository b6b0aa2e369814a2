"""The permission files as documents: against AWS's reference, against each other, and the docs."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from botocore import xform_name

from include.eks_upgrade.nodes.launch_templates.plan import OUR_TAG
from include.eks_upgrade.verification.keeping import LEASES
from include.rehearsal.aws.rights.dependent import TABLE
from include.rehearsal.aws.rights.policy import like, listed
from include.rehearsal.aws.rights.requests import reference
from tests.permissions.documents import TEXT, trust_policy
from tests.permissions.files import (
    FOLDER,
    MANIFESTS,
    NEEDS,
    ORDINARY,
    PLACEHOLDERS,
    POLICIES,
    ROOT,
    manifests,
    policy,
)

LIMIT = 6144
"""Characters of a managed policy without white space:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

Statement = dict[str, Any]
READING = ("Describe", "List", "Get", "Simulate")


STATEMENTS = [
    pytest.param(each, id=f"{name}: {each['Sid']}") for name in POLICIES for each in policy(name)
]


def template(kind: str) -> str:
    """The form of a resource type's ARNs, with a wildcard for each part that varies."""
    return re.sub(r"\$\{\w+\}", "*", reference()["resources"][kind]["arn"])


def fits(pattern: str, kind: str) -> bool:
    """Whether an ARN pattern of ours is one of that type's."""
    if pattern == "KMS_KEY_ARN":
        return kind == "kms:key"
    # A star of IAM goes over slashes, too.
    inside = ("/".join("x" * parts) for parts in range(1, 5))
    return any(like(template(kind), pattern.replace("*", each)) for each in inside)


def types(action: str, *, required: bool = False) -> list[str]:
    service, rows = action.split(":", maxsplit=1)[0], reference()["actions"][action]["resources"]
    return [f"{service}:{kind}" for kind, row in rows.items() if row["required"] or not required]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_allows_single_actions_and_says_what_for(statement: Statement) -> None:
    assert statement["Effect"] == "Allow"
    assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
    assert not [action for action in listed(statement["Action"]) if "*" in action]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_names_resources_wherever_aws_lets_it(statement: Statement) -> None:
    for action in statement["Action"]:
        if statement["Resource"] == "*":
            assert types(action, required=True) == [], action
            assert action.split(":")[1].startswith(("Describe", "List", "Get"))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_its_resources_are_of_the_types_that_its_actions_are_checked_against(
    statement: Statement,
) -> None:
    patterns = [each for each in listed(statement["Resource"]) if each != "*"]
    for action in statement["Action"]:
        # RunInstances is allowed by several statements, each for some of its types.
        if patterns and action != "ec2:RunInstances":
            for kind in types(action, required=True):
                assert any(fits(pattern, kind) for pattern in patterns), (action, kind)
    known = {kind for action in statement["Action"] for kind in types(action)}
    for pattern in patterns:
        assert any(fits(pattern, kind) for kind in known), pattern


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_condition_uses_keys_that_aws_documents_for_the_action(statement: Statement) -> None:
    keys = {key for each in statement.get("Condition", {}).values() for key in each}
    for action in statement["Action"]:
        row = reference()["actions"][action]
        documented = {*row["keys"], *(k for r in row["resources"].values() for k in r["keys"])}
        forms = [re.sub(r"\$\{\w+\}", "*", key) for key in documented]
        assert [key for key in keys if not any(like(form, key) for form in forms)] == []


@pytest.mark.parametrize("statement", STATEMENTS)
def test_auto_scaling_is_changed_only_on_groups_that_carry_the_clusters_name(
    statement: Statement,
) -> None:
    changes = [each for each in statement["Action"] if re.match("autoscaling:(?!Describe)", each)]
    if changes:
        key = "autoscaling:ResourceTag/eks:cluster-name"
        assert statement["Condition"]["StringEquals"][key] == "CLUSTER_NAME"
        assert statement["Resource"].endswith("autoScalingGroupName/eks-*")


def test_roles_are_passed_only_to_eks_and_ec2() -> None:
    passing = [each for n in POLICIES for each in policy(n) if "iam:PassRole" in each["Action"]]
    services = []
    for each in passing:
        assert all(arn.endswith("_ROLE_NAME") for arn in listed(each["Resource"]))
        services.append(each["Condition"]["StringEquals"]["iam:PassedToService"])
    assert services == [
        ["eks.amazonaws.com", "pods.eks.amazonaws.com"],  # roles of add-ons
        ["eks.amazonaws.com", "ec2.amazonaws.com"],  # that of the nodes
    ]


def test_where_there_may_be_several_roles_or_templates_their_list_is_prepared() -> None:
    several = ("ADDON_ROLE_NAME", "NODE_ROLE_NAME", "LAUNCH_TEMPLATE_ID")
    for each in (one for n in POLICIES for one in policy(n)):
        if any(word in str(each["Resource"]) for word in several):
            assert isinstance(each["Resource"], list), each["Sid"]


def test_instances_are_started_from_launch_templates_only() -> None:
    starting = [
        each for n in POLICIES for each in policy(n) if "ec2:RunInstances" in each["Action"]
    ]
    for each in starting:
        condition = str(each.get("Condition"))
        named = ["/LAUNCH_TEMPLATE_ID" in arn for arn in listed(each["Resource"])]
        bound = ("ec2:LaunchTemplate", "ec2:IsLaunchTemplateResource", "ec2:ResourceTag/")
        assert all(named) or any(key in condition for key in bound), each["Sid"]


def test_of_launch_templates_that_are_made_here_only_those_with_our_tag_are_touched() -> None:
    keys = {
        key
        for each in policy("new-launch-template")
        for conditions in each["Condition"].values()
        for key in conditions
    } - {"ec2:CreateAction"}
    assert keys == {f"aws:RequestTag/{OUR_TAG}", f"ec2:ResourceTag/{OUR_TAG}"}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_fits_into_a_managed_policy_of_aws(name: str) -> None:
    text = POLICIES[name].read_text()
    assert len(re.sub(r"\s", "", text)) < LIMIT
    sids = [each["Sid"] for each in json.loads(text)["Statement"]]
    assert len(set(sids)) == len(sids)
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bREGION\b", text)) <= set(PLACEHOLDERS)


def test_the_rungs_of_the_recovery_have_files_of_their_own() -> None:
    homes = {
        "autoscaling:DeleteAutoScalingGroup": {"delete-asg"},
        "autoscaling:SetInstanceProtection": {"unprotect"},
        "autoscaling:UpdateAutoScalingGroup": {"unprotect"},
        "eks:DeleteNodegroup": {"node-groups"},
        "eks:UpdateClusterVersion": {"control-plane"},
    }
    for action, files in homes.items():
        assert {n for n in POLICIES if any(action in s["Action"] for s in policy(n))} == files


def test_reading_alone_changes_nothing() -> None:
    actions = [action for each in policy("read") for action in each["Action"]]
    assert all(action.split(":")[1].startswith(READING) for action in actions)


# --- the code -------------------------------------------------------------------------------------


def sources() -> Iterator[Any]:
    for folder in ("include/eks_upgrade", "plugins", "dags"):
        yield from (ROOT / folder).rglob("*.py")


@cache
def words() -> frozenset[str]:
    """Every attribute (a call on a client) and every string (an operation handed to a pager)."""
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return frozenset(found)


def test_what_is_allowed_is_in_the_code_too_so_that_no_recording_can_invent_it() -> None:
    not_called = {row.action for row in TABLE}
    actions = {action for n in POLICIES for each in policy(n) for action in each["Action"]}
    for action in actions - not_called:
        assert xform_name(action.split(":")[1]) in words(), action


# --- Kubernetes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_binding_names_its_own_role_and_the_group_of_the_access_entry(name: str) -> None:
    documents = manifests(name)
    assert len(documents) % 2 == 0
    for role, binding in list(pairwise(documents))[::2]:
        assert binding["kind"] == f"{role['kind']}Binding"
        assert binding["roleRef"]["kind"] == role["kind"]
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
        (subject,) = binding["subjects"]
        assert (subject["kind"], subject["name"]) == ("Group", "eks-upgrade")
    assert "--kubernetes-groups eks-upgrade" in TEXT


def test_the_leases_of_lock_and_baselines_are_named_and_in_kube_system() -> None:
    role, binding = (
        each for each in manifests(ORDINARY) if each["metadata"]["name"] == "eks-upgrade-lock"
    )
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "kube-system"
    by_name = [rule for rule in role["rules"] if rule["verbs"] != ["create"]]
    assert [rule["resourceNames"] for rule in by_name] == [["eks-upgrade", *LEASES]]
    assert {word for rule in role["rules"] for word in rule["resources"]} == {"leases"}


# --- the documentation ----------------------------------------------------------------------------


def test_every_file_is_in_the_documentation_and_there_are_no_others() -> None:
    linked = set(re.findall(r"\(\.\./include/permissions/([\w.-]+)\)", TEXT))
    assert linked == {path.name for path in FOLDER.iterdir() if path.is_file()}
    of_fleets = set(re.findall(r"\(\.\./include/permissions/fleet/([\w.-]+)\)", TEXT))
    assert of_fleets == {path.name for path in (FOLDER / "fleet").iterdir()}
    assert {name for needed in NEEDS.values() for name in needed} == set(POLICIES)


def test_every_placeholder_is_in_the_example_that_fills_them_in() -> None:
    assert [name for name in PLACEHOLDERS if not re.search(f"s[/,]{name}[/,]", TEXT)] == []


def test_the_trust_policy_asks_for_an_external_id_and_names_one_principal() -> None:
    (statement,) = trust_policy()["Statement"]
    assert statement["Condition"]["StringEquals"]["sts:ExternalId"]
    assert statement["Principal"]["AWS"].startswith("arn:aws:iam::")
