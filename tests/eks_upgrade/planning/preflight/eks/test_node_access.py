"""What lets EKS and new nodes into the cluster."""

import json
from pathlib import Path

import pytest
import yaml

from include.eks_upgrade.aws.readings.cluster_surroundings import ACCESS_ENTRIES
from include.eks_upgrade.kube.readings.nodes.node_access import (
    AWS_AUTH,
    MANAGER_ACCESS,
    ManagerAccess,
)
from include.eks_upgrade.planning.preflight.eks import node_manager, node_role_access
from include.eks_upgrade.planning.preflight.eks.node_role_access import without_path
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, outcome, told

RECORDED = Path(__file__).parents[4] / "recordings/aws/kubernetes-clusterrole-eks-node-manager.json"
MANAGER = json.loads(RECORDED.read_text())["answer"]
BINDING = {
    "roleRef": {"kind": "ClusterRole", "name": "eks:node-manager"},
    "subjects": [{"kind": "User", "name": "eks:node-manager"}],
}
ROLE = "arn:aws:iam::123456789012:role/node"
PATHED = "arn:aws:iam::123456789012:role/teams/shop/node"
ROW = {
    "rolearn": ROLE,
    "username": "system:node:{{EC2PrivateDNSName}}",
    "groups": ["system:bootstrappers", "system:nodes"],
}


def manager(make_facts, role=MANAGER, binding=BINDING, **facts):
    read = {MANAGER_ACCESS: ManagerAccess(role, binding)}
    return outcome(node_manager.CHECK, make_facts(**facts), read)


def test_what_eks_has_made_itself_says_nothing(make_facts):
    assert told(manager(make_facts)) == []


def test_a_role_and_a_binding_that_are_gone_block(make_facts):
    found = manager(make_facts, None, None)
    assert [(str(one.severity), one.subject) for one in found.findings] == [
        ("blocks", "ClusterRole eks:node-manager"),
        ("blocks", "ClusterRoleBinding eks:node-manager"),
    ]
    assert (
        "docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html" in found.findings[0].remedy
    )


def test_a_role_that_allows_less_warns_of_what_is_missing(make_facts):
    rules = [rule for rule in MANAGER["rules"] if rule["resources"] != ["pods/eviction"]]
    (only,) = told(manager(make_facts, {**MANAGER, "rules": rules}))
    assert only.startswith(
        "warns ClusterRole eks:node-manager: it does not allow create pods/evict"
    )


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], id="wildcards"),
        pytest.param([*MANAGER["rules"], {"nonResourceURLs": ["/x"], "verbs": ["get"]}], id="more"),
    ],
)
def test_a_role_that_allows_more_says_nothing(make_facts, rules):
    assert told(manager(make_facts, {**MANAGER, "rules": rules})) == []


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param({**BINDING, "subjects": None}, id="nobody"),
        pytest.param({**BINDING, "subjects": [{"kind": "Group", "name": "eks:node-manager"}]},
                     id="a group of that name"),
        pytest.param({**BINDING, "roleRef": {"name": "view"}}, id="another role"),
    ],
)  # fmt: skip
def test_a_binding_of_something_else_blocks(make_facts, binding):
    assert "does not bind" in told(manager(make_facts, MANAGER, binding))[0]


def test_a_run_that_replaces_no_group_does_not_ask(make_facts):
    facts = make_facts(node_groups={})
    for check in (node_manager.CHECK, node_role_access.CHECK):
        assert (outcome(check, facts).findings, outcome(check, facts).unknown) == ((), "")


def test_without_the_right_the_node_manager_is_not_known(make_facts):
    found = outcome(node_manager.CHECK, make_facts(), {MANAGER_ACCESS: DENIED})
    assert "eks:node-manager could not be read" in found.unknown


@pytest.fixture
def access(make_facts, make_cluster, make_group):
    def judged(mode, entries=None, mapped=None, role=ROLE, **group):
        raw = make_cluster(**({"accessConfig": {"authenticationMode": mode}} if mode else {}))
        facts = make_facts(
            cluster=raw, node_groups={"workers": make_group("workers", nodeRole=role, **group)}
        )
        text = yaml.safe_dump(mapped) if isinstance(mapped, list) else mapped
        return outcome(node_role_access.CHECK, facts, {ACCESS_ENTRIES: entries, AWS_AUTH: text})

    return judged


@pytest.mark.parametrize("kind", ["EC2_LINUX", "EC2_WINDOWS", "EC2"])
@pytest.mark.parametrize("mode", ["API", "API_AND_CONFIG_MAP"])
def test_an_access_entry_of_nodes_says_nothing(access, mode, kind):
    assert told(access(mode, {ROLE: kind}, DENIED)) == []


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "", "API_AND_CONFIG_MAP"])
def test_a_role_that_aws_auth_maps_to_nodes_says_nothing(access, mode):
    assert told(access(mode, {}, [ROW])) == []


@pytest.mark.parametrize("kind", ["STANDARD", "FARGATE_LINUX", "HYBRID_LINUX"])
def test_an_entry_of_another_type_blocks_whatever_aws_auth_says(access, kind):
    (only,) = told(access("API_AND_CONFIG_MAP", {ROLE: kind}, [ROW]))
    assert only.startswith(f"blocks role {ROLE}: it is the role of node group workers")
    assert f"of the type {kind}" in only


def test_a_role_without_an_entry_is_told_with_the_command(access):
    found = access("API", {}, amiType="WINDOWS_CORE_2022_x86_64")
    assert told(found)[0].startswith(f"warns role {ROLE}")
    assert f"create-access-entry --cluster-name demo --principal-arn {ROLE} --type EC2_WINDOWS" in (
        found.findings[0].remedy
    )


UNMAPPED = [
    pytest.param(None, "there is no ConfigMap aws-auth", id="no ConfigMap"),
    pytest.param("", "aws-auth does not name it", id="empty"),
    pytest.param("[]", "aws-auth does not name it", id="empty list"),
    pytest.param("a: b", "aws-auth does not name it", id="no list"),
    pytest.param("- {a: [", "is no YAML", id="no YAML"),
    pytest.param([{**ROW, "rolearn": "arn:aws:iam::1:role/x"}], "does not name it", id="another"),
    pytest.param([{**ROW, "groups": ["system:nodes"]}], "as which no node may join", id="groups"),
    pytest.param([{**ROW, "groups": None}], "the groups none", id="no groups"),
    pytest.param([{**ROW, "username": "admin"}], "maps it to the user admin", id="another user"),
]


@pytest.mark.parametrize(("mapped", "words"), UNMAPPED)
def test_a_role_that_aws_auth_does_not_map_to_nodes_is_told(access, mapped, words):
    (only,) = told(access("CONFIG_MAP", DENIED, mapped))
    assert only.startswith("warns role")
    assert words in only


def test_a_role_with_a_path_stands_in_aws_auth_without_it(access):
    assert told(access("CONFIG_MAP", {}, [ROW], role=PATHED)) == []
    found = access("CONFIG_MAP", {}, [{**ROW, "rolearn": PATHED}], role=PATHED)
    assert "with its path, which the authenticator does not take" in told(found)[0]
    assert f"rolearn {ROLE}, username system:node:{{{{EC2PrivateDNSName}}}} and" in (
        found.findings[0].remedy
    )


@pytest.mark.parametrize(
    ("role", "bare"),
    [(PATHED, ROLE), (ROLE, ROLE), ("arn:aws-cn:iam::1:role/a/b", "arn:aws-cn:iam::1:role/b")],
)
def test_the_path_is_taken_out_of_an_arn(role, bare):
    assert without_path(role) == bare


def test_without_the_right_that_its_mode_needs_it_is_not_known(access):
    assert "access entries" in access("API", DENIED, [ROW]).unknown
    assert "aws-auth could not be read" in access("CONFIG_MAP", {}, DENIED).unknown


def test_groups_of_one_role_are_told_together(make_facts, make_cluster, make_group):
    groups = {name: make_group(name) for name in ("a", "b")}
    cluster = make_cluster(accessConfig={"authenticationMode": "API"})
    facts = make_facts(cluster=cluster, node_groups=groups, kubelets={})
    (only,) = told(outcome(node_role_access.CHECK, facts, {ACCESS_ENTRIES: {}}))
    assert "node groups a, b" in only
