"""NodeConfig documents of nodeadm: kept, completed by a second one, read together."""

import base64
import json

import pytest
import yaml

from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from tests.eks_upgrade.nodes.user_data.given import (
    CA,
    CALL,
    ENDPOINT,
    GROUP,
    RECORDED,
    WHOLE,
    judge,
    mime,
    refused,
    script,
    text,
)

BOTH = mime(("text/x-shellscript", script("yum install -y nfs-utils", CALL)),
            ("application/node.eks.aws", WHOLE))  # fmt: skip


@pytest.mark.parametrize("family", ["al2", "al2023"])
def test_a_text_for_both_worlds_is_kept_whole(family):
    assert text(BOTH, family) == BOTH.replace(f"{GROUP}=pool", f"{GROUP}=pool-k133")


INCOMPLETE = [
    pytest.param("kubelet: {config: {maxPods: 20}}", id="only maxPods"),
    pytest.param("cluster: {name: orchid}", id="the name alone"),
    pytest.param("cluster: {}  # orchid", id="a comment"),
    pytest.param("instance: {environment: {tag: {cluster: orchid}}}", id="a tag"),
]


@pytest.mark.parametrize("spec", INCOMPLETE)
def test_a_node_config_that_does_not_join_is_completed_by_a_second_one(spec):
    old = f"apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  {spec}\n"
    first, second = parts_of(text(old, "al2023"))
    assert first.text == old
    assert yaml.safe_load(second.text)["spec"]["cluster"]["certificateAuthority"] == CA


def test_what_completes_a_node_config_leaves_its_flags_where_they_are():
    spec = {"kubelet": {"flags": ["--node-labels=a=b", "--v=2"]}}
    head = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    _, second = parts_of(text(yaml.safe_dump(head), "al2023"))
    found = yaml.safe_load(second.text)["spec"]["kubelet"]["flags"]
    assert found == [f"--node-labels=a=b,{GROUP}=pool-k133,{GROUP}-image=ami-2"]


def test_two_node_configs_join_together():
    recorded = json.loads((RECORDED / "user-data-nodeadm-two-parts.json").read_text())
    old = recorded["answer"]["user_data"]
    for ours, theirs in (("orchid", "my-cluster"), (ENDPOINT, "https://example.com"),
                         (CA, "Y2VydGlmaWNhdGVBdXRob3JpdHk="),
                         ("172.20.0.0/16", "10.100.0.0/16")):  # fmt: skip
        old = old.replace(theirs, ours)
    assert text(old, "al2023") == old


def test_a_node_config_of_a_version_that_nobody_knows_is_kept_with_a_note_and_not_translated():
    old = WHOLE.replace("v1alpha1", "v1beta1").replace(f"{GROUP}=pool", "a=b")
    kept = judge(old, "al2023")
    assert kept.text == old
    assert "a NodeConfig of node.eks.aws/v1beta1" in kept.notes[0]
    assert "a NodeConfig of node.eks.aws/v1beta1" in refused(old, "bottlerocket")


def test_a_part_in_base64_is_read_though_no_header_says_so():
    old = mime(("application/node.eks.aws", base64.encodebytes(WHOLE.encode()).decode()))
    made = text(old, "al2023")
    assert parts_of(made)[0].text.strip() == WHOLE.replace("=pool", "=pool-k133").strip()
    whole = WHOLE.replace(f"{GROUP}=pool", "a=b")
    old = mime(("application/node.eks.aws", base64.encodebytes(whole.encode()).decode()))
    assert text(old, "al2023") == old


@pytest.mark.parametrize("first", ["## template: jinja", "#cloud-config", "#!/bin/bash", "# ours"])
def test_to_nodeadm_the_first_line_is_a_comment_whatever_cloud_init_makes_of_it(first):
    old = f"{first}\n{WHOLE.replace(f'{GROUP}=pool', 'a=b')}"
    assert text(old, "al2023") == old
    assert '"a" = "b"' in text(old, "bottlerocket")


def test_what_stands_beside_a_node_configs_keys_is_for_another_reader():
    old = "#cloud-config\n" + WHOLE + "runcmd: [reboot]\n"
    assert text(old, "al2023") == old.replace("=pool", "=pool-k133")
    assert "runcmd" in refused(old, "bottlerocket")


def test_a_message_of_one_part_is_yaml_to_nodeadm_headers_and_all():
    old = "MIME-Version: 1.0\nContent-Type: application/node.eks.aws\n\n" + WHOLE[4:]
    assert text(old, "al2023") == old.replace("=pool", "=pool-k133")
    assert "[settings.kubernetes]" in text(old, "bottlerocket")
