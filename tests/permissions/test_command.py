"""The command that writes the policies and roles of one cluster, and what it writes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from include.eks_upgrade.permissions.cli import main
from include.eks_upgrade.permissions.place import Place, name_with_path
from include.eks_upgrade.permissions.policies import LIMIT, policies_for
from include.eks_upgrade.permissions.read import read_place
from include.eks_upgrade.permissions.write import FORMATS, files_for, shipped_files
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, Scene, plain
from tests.airflow.worker import environment
from tests.permissions.documents import TEXT
from tests.permissions.files import FOLDER, PLACEHOLDERS, POLICIES

A = "111122223333"
SHIPPED = shipped_files(FOLDER)
REGIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def place(partition: str = "aws", **changes: Any) -> Place:
    role = f"arn:{partition}:iam::{A}:role"
    given: dict[str, Any] = {
        "partition": partition,
        "region": REGIONS[partition],
        "account": A,
        "cluster": "payments-prod",
        "role": "teams/eks-upgrade",
        "node_roles": (f"{role}/nodes", f"{role}/gpu/nodes"),
        "addon_roles": (f"{role}/cni", f"{role}/ebs-csi"),
        "cluster_roles": (f"{role}/cluster",),
        "keys": (f"arn:{partition}:kms:{REGIONS[partition]}:{A}:key/1234",),
        "launch_templates": ("lt-0a", "lt-0b"),
        "without_template": True,
        **changes,
    }
    return Place(**given)


def statements(policies: dict[str, Any], sid: str) -> list[dict[str, Any]]:
    found = [one for policy in policies.values() for one in policy["Statement"]]
    return [one for one in found if one["Sid"].startswith(sid)]


@pytest.mark.parametrize("partition", REGIONS)
def test_no_placeholder_is_left_in_any_file_and_every_arn_is_of_the_partition(
    partition: str,
) -> None:
    for name, text in files_for(place(partition), SHIPPED, FORMATS, "ci").items():
        assert [word for word in PLACEHOLDERS if word in text] == [], name
        assert set(re.findall(r"arn:([\w-]+):", text)) <= {partition}, name


def test_each_role_and_each_template_is_named() -> None:
    policies = policies_for(place(), SHIPPED.policies)
    (addons,) = statements(policies, "PassTheRolesOfAddOns")
    assert addons["Resource"] == [f"arn:aws:iam::{A}:role/cni", f"arn:aws:iam::{A}:role/ebs-csi"]
    (nodes,) = statements(policies, "PassTheNodeRole")
    assert nodes["Resource"] == [f"arn:aws:iam::{A}:role/nodes", f"arn:aws:iam::{A}:role/gpu/nodes"]
    (templates,) = statements(policies, "LetEksStartNodesFromTheTemplate")
    assert [arn.rpartition("/")[2] for arn in templates["Resource"]] == ["lt-0a", "lt-0b"]
    (asking,) = statements(policies, "AskIamWhatMayBeDone")
    assert asking["Resource"] == f"arn:aws:iam::{A}:role/teams/eks-upgrade"


LEFT_OUT = [
    pytest.param({"addon_roles": ()}, {"PassTheRolesOfAddOns"}, id="no add-on has a role"),
    pytest.param({"keys": ()}, {"LookAtTheKeyOfItsSecrets"}, id="Secrets have no key of their own"),
    pytest.param(
        {"launch_templates": ()},
        {"AddVersionsToTheGroupsTemplate", "LetEksStartNodesFromTheTemplate"},
        id="templates that are yet to be made",
    ),
    pytest.param(
        {"launch_templates": (), "without_template": False, "node_roles": ()},
        {"LetEksStart", "TagNodesWhileTheyAreStarted", "MakeATagged", "LetEksLookAtTheNodeRole"},
        id="no managed node group",
    ),
    pytest.param({"without_template": False}, {"MakeATagged"}, id="every group has a template"),
]


@pytest.mark.parametrize(("changes", "gone"), LEFT_OUT)
def test_a_statement_that_would_be_about_nothing_is_left_out(
    changes: dict[str, Any], gone: set[str]
) -> None:
    policies = policies_for(place(**changes), SHIPPED.policies)
    for sid in gone:
        assert statements(policies, sid) == [], sid
    assert all(policy["Statement"] for policy in policies.values())


def test_a_policy_that_would_be_too_long_is_parted_and_loses_nothing() -> None:
    many = tuple(f"lt-{number:017x}" for number in range(200))
    policies = policies_for(place(launch_templates=many), SHIPPED.policies)
    assert [name for name in policies if name.startswith("node-groups")][:2] == [
        "node-groups", "node-groups-2",
    ]  # fmt: skip
    for policy in policies.values():
        assert len(json.dumps(policy, separators=(",", ":"))) < LIMIT
    named = [
        arn.rpartition("/")[2]
        for one in statements(policies, "LetEksStartNodesFromTheTemplate")
        for arn in one["Resource"]
    ]
    assert named == list(many)
    sids = [one["Sid"] for policy in policies.values() for one in policy["Statement"]]
    assert len(sids) == len(set(sids))


# --- what tools say of the files -----------------------------------------------------------------


def findings(template: str, region: str) -> list[str]:
    from cfnlint.api import ManualArgs, lint  # a second, which all other tests can do without

    found = lint(template, regions=[region], config=ManualArgs(include_checks=["I"]))
    return [f"{one.rule.id}: {one.message}" for one in found]


@pytest.mark.parametrize("partition", REGIONS)
def test_the_linter_of_aws_has_nothing_to_say_of_the_policies_and_the_template(
    partition: str,
) -> None:
    files = files_for(place(partition), SHIPPED, ["cloudformation"], "ci")
    assert findings(files["cloudformation/eks-upgrade.json"], REGIONS[partition]) == []


WRONG = [
    pytest.param("eks:UpdateAddon", "eks:UpdateAddOnn", "W3037", id="an action that is not there"),
    pytest.param('"Effect": "Allow"', '"Effect": "Alow"', "E3510", id="a word IAM does not know"),
    pytest.param('"Sid"', '"Sidd"', "E3510", id="a key IAM does not know"),
]


@pytest.mark.parametrize(("right", "wrong", "rule"), WRONG)
def test_it_would_see_what_is_wrong(right: str, wrong: str, rule: str) -> None:
    text = files_for(place(), SHIPPED, ["cloudformation"], "ci")["cloudformation/eks-upgrade.json"]
    assert rule in str(findings(text.replace(right, wrong, 1), "eu-west-1"))


def test_what_only_a_parameter_needs_is_attached_only_if_asked_for() -> None:
    files = files_for(place(), SHIPPED, FORMATS, "ci")
    template = json.loads(files["cloudformation/eks-upgrade.json"])
    assert {name: one["Default"] for name, one in template["Parameters"].items()} == {
        "MayUnprotect": "false", "MayDeleteAsg": "false",
    }  # fmt: skip
    conditions = {name: one.get("Condition") for name, one in template["Resources"].items()}
    assert {name for name, each in conditions.items() if each} == {
        "UnprotectPolicy", "DeleteAsgPolicy",
    }  # fmt: skip
    assert template["Resources"]["ReadPolicy"]["Properties"]["Roles"] == ["eks-upgrade"]


def blocks(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The resources of a Terraform file, by kind and name."""
    return {
        (kind.strip('"'), name.strip('"')): body
        for block in hcl2.loads(text)["resource"]
        for kind, named in block.items()
        for name, body in named.items()
    }


def test_the_terraform_is_read_by_a_parser_and_has_the_same_policies() -> None:
    files = files_for(place(), SHIPPED, FORMATS, "ci")
    text = files["terraform/aws.tf"]
    found = blocks(text)
    for name in POLICIES:
        label = f"eks_upgrade_{name.replace('-', '_')}"
        assert ("aws_iam_policy", label) in found
        attached = found["aws_iam_role_policy_attachment", label]
        assert attached["role"].strip('"') == "eks-upgrade"
        assert ("count" in attached) is (name in {"unprotect", "delete-asg"})
    entry = found["aws_eks_access_entry", "eks_upgrade"]
    assert entry["principal_arn"].strip('"') == f"arn:aws:iam::{A}:role/teams/eks-upgrade"
    encoded = re.findall(r"jsonencode\((.*?)\)\n\}", text, re.DOTALL)
    written = [json.loads(files[f"json/iam-{name}.json"]) for name in sorted(POLICIES)]
    assert [json.loads(each) for each in encoded] == written


def test_text_that_terraform_would_take_for_a_template_is_escaped() -> None:
    text = files_for(place(cluster="odd${x}%{y}"), SHIPPED, ["terraform"], "ci")["terraform/aws.tf"]
    assert "odd$${x}%%{y}" in text
    assert "odd${" not in text
    assert hcl2.loads(text)["resource"]


def test_the_kubernetes_roles_are_those_shipped_with_the_smoke_tests_namespace() -> None:
    files = files_for(place(), SHIPPED, FORMATS, "ci")
    for name, shipped in SHIPPED.manifests.items():
        text = files[f"kubernetes/{name}.yaml"]
        changed = name == "kubernetes-smoke-test"
        assert (text != shipped) is changed
        for document in yaml.safe_load_all(text):
            if changed:
                assert document["metadata"]["namespace"] == "ci"
    resources = blocks(files["terraform/kubernetes.tf"])
    assert {kind for kind, _ in resources} == {"kubernetes_manifest"}
    documents = [one for text in SHIPPED.manifests.values() for one in yaml.safe_load_all(text)]
    assert len(resources) == len(documents)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("eks-upgrade", "eks-upgrade"),
        ("/teams/eks-upgrade", "teams/eks-upgrade"),
        (f"arn:aws:iam::{A}:role/teams/eks-upgrade", "teams/eks-upgrade"),
        (f"arn:aws-cn:iam::{A}:role/eks-upgrade", "eks-upgrade"),
    ],
)
def test_the_role_may_be_given_by_name_or_arn(given: str, name: str) -> None:
    assert name_with_path(given) == name


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        options = PlainOptions(template_family="al2023", addons={"vpc-cni": None})
        yield plain(rehearsal.world, "demo", "1.33", 1, options)


def test_the_command_of_the_docs_writes_what_the_cluster_needs(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = re.findall(r"python -m include\.eks_upgrade\.permissions ([^`]*?)\n\n", TEXT)
    words = shown.replace("\\\n", " ").split()
    words[words.index("--cluster") + 1] = scene.cluster
    words[words.index("--out") + 1] = str(tmp_path)
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "1 node role, 0 add-on roles, 1 launch template" in told
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert {line.rpartition(f"{tmp_path}/")[2] for line in told.splitlines()[1:]} == written
    text = (tmp_path / "json" / "iam-node-groups.json").read_text()
    assert f"launch-template/{scene.launch_template}" in text
    assert scene.node_role in text
    assert "PassTheRolesOfAddOns" not in (tmp_path / "json" / "iam-addons.json").read_text()
    assert not (tmp_path / "json" / "iam-new-launch-template.json").exists()


def test_one_format_alone_may_be_asked_for(scene: Scene, tmp_path: Path) -> None:
    given = ["--cluster", "demo", "--role", "r", "--format", "terraform", "--out", str(tmp_path)]
    assert main(given) == 0
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["aws.tf", "kubernetes.tf"]


def test_a_cluster_that_is_not_there_is_told_and_nothing_is_written(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["--cluster", "nobody", "--role", "r", "--out", str(out)]) == 1
    assert "there is no such cluster" in capsys.readouterr().err
    assert not out.exists()


def test_without_the_shipped_files_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="a checkout of the whole project"):
        shipped_files(tmp_path)


class Eks:
    """A cluster whose add-on has its role by a pod identity, and which knows no access entries."""

    def describe_cluster(self, *, name: str) -> dict[str, Any]:
        arn = f"arn:aws-cn:eks:cn-north-1:{A}:cluster/{name}"
        access = {"authenticationMode": "CONFIG_MAP"}
        return {"cluster": {"name": name, "arn": arn, "accessConfig": access}}

    def get_paginator(self, operation: str) -> Any:
        return self if operation == "list_addons" else Nothing()

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"addons": ["ebs"]}]

    def describe_addon(self, **_: Any) -> dict[str, Any]:
        arn = f"arn:aws-cn:eks:cn-north-1:{A}:podidentityassociation/c/a-1"
        return {"addon": {"addonName": "ebs", "podIdentityAssociations": [arn]}}

    def describe_pod_identity_association(
        self,
        *,
        clusterName: str,
        associationId: str,
    ) -> dict[str, Any]:
        assert (clusterName, associationId) == ("c", "a-1")
        return {"association": {"roleArn": f"arn:aws-cn:iam::{A}:role/ebs"}}


class Nothing:
    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{}]


def test_roles_of_pod_identities_are_looked_up_and_the_partition_is_the_clusters() -> None:
    found = read_place(Eks(), None, "c", "up")
    assert found.partition == "aws-cn"
    assert found.addon_roles == (f"arn:aws-cn:iam::{A}:role/ebs",)
    assert found.access_entries is False
    files = files_for(found, SHIPPED, FORMATS, "ci")
    assert "AWS::EKS::AccessEntry" not in files["cloudformation/eks-upgrade.json"]
    assert "pods.eks.amazonaws.com" in files["json/iam-addons.json"]


@pytest.mark.parametrize(
    ("flag", "told"),
    [("--regoin", "; is --region meant?"), ("--Cluster=x", "; is --cluster meant?"), ("--zz", "")],
)
def test_a_flag_that_is_none_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str], flag: str, told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--cluster", "a", "--role", "r", flag])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"there is no {flag}{told}\n")
