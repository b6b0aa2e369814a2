"""The permission files against the code: nothing called that is not allowed, and the reverse."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "include" / "permissions"
UPGRADE, UNPROTECT, DELETE_ASG = (
    FOLDER / f"iam-{name}.json" for name in ("upgrade", "unprotect", "delete-asg")
)
POLICIES = (UPGRADE, UNPROTECT, DELETE_ASG)
SERVICES = ("eks", "ec2", "autoscaling", "ssm", "iam", "sts")
# Actions AWS asks of the caller of another one, and where it says so.
IMPLIED = {
    # The node role is handed to EKS; tags are set at creation; a group with a launch template
    # is checked against the caller's right to start and tag instances
    # (https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html).
    "eks:CreateNodegroup": {
        "iam:PassRole",
        "eks:TagResource",
        "ec2:RunInstances",
        "ec2:CreateTags",
    },
    # An add-on's own role is sent along with its update.
    "eks:UpdateAddon": {"iam:PassRole"},
}


@cache
def operations() -> dict[str, set[str]]:
    """Python method name -> IAM actions, from botocore's own models."""
    session = botocore.session.get_session()
    known: defaultdict[str, set[str]] = defaultdict(set)
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            known[xform_name(operation)].add(f"{service}:{operation}")
    return known


def sources() -> Iterator[Path]:
    yield from (ROOT / "include" / "eks_upgrade").rglob("*.py")
    yield from (ROOT / "plugins").rglob("*.py")


def words(tree: ast.Module) -> Iterator[str]:
    """Every attribute (a call on a client) and every string (an operation handed to a pager)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def called() -> dict[str, set[str]]:
    """IAM action -> files that call it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sources():
        for word in words(ast.parse(path.read_text())):
            for action in operations().get(word, ()):
                found[action].add(str(path.relative_to(ROOT)))
    return found


def needed() -> set[str]:
    return set(called()) | {extra for action in called() for extra in IMPLIED.get(action, ())}


def statements(path: Path) -> list[dict[str, Any]]:
    policy = json.loads(path.read_text())
    assert policy["Version"] == "2012-10-17"
    listed: list[dict[str, Any]] = policy["Statement"]
    return listed


def allowed(*paths: Path) -> set[str]:
    return {action for path in paths for each in statements(path) for action in each["Action"]}


def test_the_code_calls_something_at_all() -> None:
    assert {"eks:DescribeCluster", "eks:ListNodegroups", "ec2:DescribeSubnets"} <= set(called())


def test_everything_the_code_calls_is_allowed() -> None:
    missing = needed() - allowed(*POLICIES)
    assert not missing, {action: sorted(called().get(action, ())) for action in missing}


def test_nothing_is_allowed_that_the_code_does_not_call() -> None:
    assert not allowed(*POLICIES) - needed()


def test_no_action_is_allowed_twice_or_by_a_wildcard() -> None:
    listed = [action for path in POLICIES for each in statements(path) for action in each["Action"]]
    # PassRole stands once for node roles and once for the roles of add-ons.
    repeated = {action for action in listed if listed.count(action) > 1}
    assert repeated <= {"iam:PassRole"}
    assert not [action for action in listed if "*" in action]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_statement_allows_and_says_what_it_is_for(path: Path) -> None:
    names = [each["Sid"] for each in statements(path)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in names)
    assert {each["Effect"] for each in statements(path)} == {"Allow"}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_whatever_changes_something_is_bound_to_a_resource(path: Path) -> None:
    for each in statements(path):
        if each["Resource"] == "*":
            verbs = [action.split(":")[1] for action in each["Action"]]
            assert all(verb.startswith(("Describe", "List", "Get")) for verb in verbs), each["Sid"]


@pytest.mark.parametrize("path", [UPGRADE, UNPROTECT, DELETE_ASG], ids=lambda path: path.stem)
def test_auto_scaling_is_changed_only_on_groups_that_carry_the_clusters_name(path: Path) -> None:
    for each in statements(path):
        changes = [
            action
            for action in each["Action"]
            if action.startswith("autoscaling:") and not action.startswith("autoscaling:Describe")
        ]
        if changes:
            key = "autoscaling:ResourceTag/eks:cluster-name"
            assert each["Condition"]["StringEquals"][key] == "CLUSTER_NAME"


def test_roles_are_passed_only_to_eks_and_ec2() -> None:
    passing = [each for each in statements(UPGRADE) if "iam:PassRole" in each["Action"]]
    for each in passing:
        assert each["Resource"] != "*"
        services = set(each["Condition"]["StringEquals"]["iam:PassedToService"])
        assert services <= {"eks.amazonaws.com", "ec2.amazonaws.com"}
    assert passing


def test_the_ladder_of_recovery_has_files_of_its_own() -> None:
    deleting = {"autoscaling:DeleteAutoScalingGroup"}
    lifting = {"autoscaling:SetInstanceProtection", "autoscaling:ResumeProcesses"}
    assert deleting <= allowed(DELETE_ASG)
    assert lifting <= allowed(UNPROTECT)
    assert not (deleting | lifting) & allowed(UPGRADE)
    assert not deleting & allowed(UNPROTECT)


# --- Kubernetes -------------------------------------------------------------------------------


def manifests() -> dict[str, dict[str, Any]]:
    text = (FOLDER / "kubernetes.yaml").read_text()
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


def granted(kind: str) -> set[tuple[str, str]]:
    """(verb, resource) pairs of a role."""
    return {
        (verb, resource)
        for rule in manifests()[kind]["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked_by_code() -> set[tuple[str, str]]:
    """(verb, resource) pairs from the `what` of every request that the client can make.

    `kube.client` names each request as RBAC does: "patch nodes", "create pods/eviction". Those
    that serve every resource ("list {plural}") count for each of its paths; watches count for
    what a Mirror is made for.
    """
    tree = ast.parse((ROOT / "include/eks_upgrade/kube/client.py").read_text())
    whats = {
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "what"
    }
    pairs: set[tuple[str, str]] = set()
    for what in whats:
        if isinstance(what, ast.Constant):
            verb, resource = str(what.value).split(" ")
            pairs.add((verb, resource))
        elif isinstance(what, ast.JoinedStr):
            verb = str(ast.literal_eval(what.values[0])).strip()
            names = mirrored() if verb == "watch" else listed_resources()
            pairs |= {(verb, name) for name in names}
    return pairs


def listed_resources() -> set[str]:
    tree = ast.parse((ROOT / "include/eks_upgrade/kube/client.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PATHS":
            return set(ast.literal_eval(node.value))
    raise AssertionError("kube/client.py has no PATHS")


def mirrored() -> set[str]:
    """Resources a Mirror is made for anywhere in the library."""
    return {
        str(node.args[1].value)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split("[")[0].endswith("Mirror")
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }


def test_kubernetes_roles_grant_exactly_what_the_client_asks() -> None:
    leases = {pair for pair in asked_by_code() if pair[1] == "leases"}
    assert granted("ClusterRole") == asked_by_code() - leases
    assert granted("Role") == leases


def test_leases_are_granted_in_kube_system_alone() -> None:
    assert manifests()["Role"]["metadata"]["namespace"] == "kube-system"
    assert manifests()["RoleBinding"]["metadata"]["namespace"] == "kube-system"


def test_no_rule_uses_a_wildcard_or_touches_secrets() -> None:
    rules = manifests()["ClusterRole"]["rules"] + manifests()["Role"]["rules"]
    words = {word for rule in rules for part in rule.values() for word in part}
    assert not words & {"*", "secrets", "configmaps"}


@pytest.mark.parametrize("kind", ["ClusterRoleBinding", "RoleBinding"])
def test_bindings_name_the_group_of_the_access_entry(kind: str) -> None:
    binding = manifests()[kind]
    (subject,) = binding["subjects"]
    assert (subject["kind"], subject["name"]) == ("Group", "eks-upgrade")
    role = manifests()[binding["roleRef"]["kind"]]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert "--kubernetes-groups eks-upgrade" in (ROOT / "docs" / "permissions.md").read_text()
