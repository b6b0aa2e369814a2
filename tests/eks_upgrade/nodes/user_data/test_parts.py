"""Parts of a message: which node reads them, which none reads, and how they are read together."""

import base64

import pytest

from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from tests.eks_upgrade.nodes.user_data.given import (
    CALL,
    CHANGE,
    WHOLE,
    judge,
    mime,
    refused,
    script,
    text,
)

ARGUMENTS = f"{CALL} --kubelet-extra-args"

HEAD = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'

READ_BY_NO_NODE = [
    pytest.param(f"\n#!/bin/bash\n{CALL}\n", "does not begin with #!", id="empty line first"),
    pytest.param(f"{CALL}\n", "kind that no node reads", id="no first line"),
    pytest.param(
        base64.b64encode(script(CALL).encode()).decode(),
        "kind that no node reads",
        id="encoded twice",
    ),
    pytest.param(
        "\n" + mime(("text/x-shellscript", script(CALL))),
        "kind that no node reads",
        id="MIME behind an empty line",
    ),
    pytest.param(
        mime(("text/x-shellscript", "yum install -y x\n")),
        "does not begin with #!",
        id="part without #!",
    ),
    pytest.param(
        mime(
            ("text/x-shellscript", base64.b64encode(b"#!/bin/bash\n\xff\xfe").decode()),
            headers="Content-Transfer-Encoding: base64\n",
        ),
        "that is not text",
        id="part that is not text",
    ),
    pytest.param(
        "#cloud-config\nruncmd: [\n", "cloud-config that cannot be read", id="broken cloud-config"
    ),
    pytest.param(
        mime(("application/node.eks.aws", "apiVersion: node.eks.aws/v1alpha1\nkind: Pod\n")),
        "another kind (Pod)",
        id="kind that is no NodeConfig",
    ),
    pytest.param(
        HEAD + "--another\nContent-Type: text/x-shellscript\n\n" + script(CALL) + "--another--\n",
        "no part begins with its boundary",
        id="another boundary",
    ),
    pytest.param(HEAD, "no part begins with its boundary", id="message without parts"),
    pytest.param(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n" + script(CALL),
        "no part begins with its boundary",
        id="message that names no boundary",
    ),
    pytest.param(
        f"{HEAD}--//\nContent-Type: application/node.eks.aws\n\n{WHOLE}",
        "the last boundary is missing",
        id="NodeConfig in a message that does not end",
    ),
    pytest.param(
        HEAD.replace("//", "outer")
        + "--outer\n"
        + mime(("application/node.eks.aws", WHOLE)).partition("\n")[2]
        + "--outer--\n",
        "it is nested",
        id="NodeConfig in a message within the message",
    ),
    pytest.param(
        HEAD.replace("multipart/mixed", "application/node.eks.aws") + WHOLE,
        "another kind (None)",
        id="headers before a NodeConfig that begins with ---",
    ),
    pytest.param(
        "<powershell>\nGet-Date\n</powershell>\n", "text for Windows", id="text for Windows"
    ),
    pytest.param(
        mime(("application/node.eks.aws", WHOLE.replace("flags:\n    -", "flags:"))),
        "cannot be read",
        id="flags that are no list",
    ),
]


@pytest.mark.parametrize("family", ["al2", "al2023", "bottlerocket", "ubuntu"])
@pytest.mark.parametrize(("old", "named"), READ_BY_NO_NODE)
def test_what_no_node_reads_is_refused_for_every_family(old, named, family):
    assert named in refused(old, family)


def test_a_script_in_a_message_that_does_not_end_is_run_all_the_same():
    old = f"{HEAD}--//\nContent-Type: text/x-shellscript\n\n{script(CALL)}"
    assert text(old, "al2") == old


def test_a_message_of_one_part_is_completed_as_a_message_of_two():
    old = "MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/bash\nyum install -y x\n"
    first, second = parts_of(text(old, "al2"))
    assert ["yum" in first.text, CALL in second.text] == [True, True]


def document(**spec):
    return str({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})


def test_a_node_config_counts_by_the_type_of_its_part_and_by_its_first_document():
    for parts in (
        [("text/cloud-config", WHOLE)],
        [("text/x-shellscript", script("true")), ("text/plain", WHOLE)],
    ):
        assert len(parts_of(text(mime(*parts), "al2023"))) == len(parts) + 1
    late = WHOLE + "---\n" + document(kubelet={"flags": ["--v=2"]}) + "\n"
    assert "document 2" in refused(late, "bottlerocket")


def test_flags_of_node_configs_are_read_as_one_line_in_which_the_last_taints_count():
    parts = [
        ("application/node.eks.aws", WHOLE),
        (
            "application/node.eks.aws",
            document(kubelet={"flags": ["--node-labels a=b --register-with-taints=x=:NoExecute"]}),
        ),
        (
            "application/node.eks.aws",
            document(kubelet={"flags": ["--register-with-taints", "y=:NoExecute"]}),
        ),
    ]
    made = text(mime(*parts), "bottlerocket")
    assert '"a" = "b"' in made
    assert made.endswith('[settings.kubernetes.node-taints]\n"y" = [":NoExecute"]\n')


def test_labels_of_a_script_that_the_node_config_beside_it_does_not_have_are_told():
    both = mime(
        ("text/x-shellscript", script(f"{ARGUMENTS} --node-labels=team=a")),
        ("application/node.eks.aws", WHOLE),
    )
    assert "team=a" in judge(both, "al2023").notes[0]
    assert "team=a" in refused(both, "bottlerocket")


def test_a_call_that_is_none_is_completed_where_eks_joined_the_old_nodes():
    old = script("cp /etc/eks/bootstrap.sh /etc/eks/bootstrap.bak")
    assert text(old, "al2", old_image=None, old_family="al2").count(CALL) == 1
    assert CHANGE.old_family == ""


@pytest.mark.parametrize("family", ["al2023", "bottlerocket", "al2"])
def test_of_two_node_configs_the_later_ones_cluster_is_the_nodes(family):
    of_daisy = ("application/node.eks.aws", document(cluster={"name": "daisy"}))
    of_orchid = ("application/node.eks.aws", WHOLE)
    assert "orchid" in text(mime(of_daisy, of_orchid), family)
    assert "it names daisy" in refused(mime(of_orchid, of_daisy), family)
