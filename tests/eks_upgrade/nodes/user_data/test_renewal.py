import base64
import tomllib
from email import message_from_string

import pytest
import yaml

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.labels import registered_labels
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.renew import Change, renew_user_data

CLUSTER = {
    "name": "demo",
    "endpoint": "https://demo.example",
    "certificateAuthority": {"data": "Q0E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
}
TAINTS = [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}]
CHANGE = Change("workers", "workers-k126", "ami-1", "ami-2", {"team": "a"}, TAINTS)
LABEL = "eks.amazonaws.com/nodegroup"
SCRIPT = (
    "#!/bin/bash\nset -ex\n"
    "/etc/eks/bootstrap.sh demo --b64-cluster-ca Q0E= --kubelet-extra-args "
    f"'--node-labels={LABEL}-image=ami-1,{LABEL}=workers,own=1 "
    "--register-with-taints=old=:NoExecute'\n"
)
NODE_CONFIG = """apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster: {name: demo, apiServerEndpoint: "https://demo.example",
    certificateAuthority: Q0E=, cidr: 172.20.0.0/16}
  kubelet:
    flags: ["--node-labels=eks.amazonaws.com/nodegroup=workers"]
"""


def renew(old, family, *, cluster=CLUSTER):
    return renew_user_data(old, family=family, network=Network.of(cluster), change=CHANGE)


def test_the_same_family_is_kept_but_for_the_two_names():
    assert renew(SCRIPT, "al2") == SCRIPT.replace("=workers", "=workers-k126").replace(
        "ami-1", "ami-2"
    )


def test_another_name_that_begins_alike_is_not_renewed():
    text = SCRIPT + f"# {LABEL}=workers-two workers\n"
    assert renew(text, "al2").endswith(f"# {LABEL}=workers-two workers\n")


def test_a_renewed_text_is_not_renewed_again():
    once = renew(SCRIPT, "al2")
    assert renew(once, "al2") == once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(SCRIPT.replace("demo", "other"), "does not name demo", id="other cluster"),
        pytest.param("\ufffd\x08\ufffd", "not text", id="compressed"),
    ],
)
def test_user_data_that_cannot_be_kept_is_a_problem(text, words):
    assert words in str(renew(text, "al2"))


def test_a_cluster_name_in_a_variable_is_trusted():
    text = '#!/bin/bash\nC=$(cat /c)\n/etc/eks/bootstrap.sh "$C"\n'
    assert renew(text, "al2") == text


def test_an_encoded_part_is_decoded_and_renewed():
    body = base64.b64encode(SCRIPT.encode()).decode()
    mime = (
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\n'
        f"Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n{body}\n--B--\n"
    )
    (part,) = parts_of(renew(mime, "al2"))
    assert f"{LABEL}=workers-k126" in part.text


def test_nothing_becomes_a_bootstrap_script():
    (part,) = parts_of(renew(None, "al2"))
    assert part.content_type == "text/x-shellscript"
    for words in (
        "/etc/eks/bootstrap.sh demo --apiserver-endpoint https://demo.example",
        "--b64-cluster-ca Q0E= --dns-cluster-ip 172.20.0.10",
        f"--node-labels=team=a,{LABEL}=workers-k126,{LABEL}-image=ami-2",
        "--register-with-taints=gpu=yes:NoSchedule",
    ):
        assert words in part.text


def test_a_plain_bootstrap_becomes_a_node_config_with_its_own_labels_and_taints():
    renewed = renew(SCRIPT, "al2023")
    assert message_from_string(renewed).get_content_type() == "multipart/mixed"
    (part,) = parts_of(renewed)
    assert part.content_type == "application/node.eks.aws"
    spec = yaml.safe_load(part.text)["spec"]
    assert spec["cluster"] == {
        "name": "demo",
        "apiServerEndpoint": "https://demo.example",
        "certificateAuthority": "Q0E=",
        "cidr": "172.20.0.0/16",
    }
    assert spec["kubelet"]["flags"] == [
        f"--node-labels=own=1,team=a,{LABEL}=workers-k126,{LABEL}-image=ami-2",
        "--register-with-taints=old=:NoExecute,gpu=yes:NoSchedule",
    ]


@pytest.mark.parametrize(
    ("text", "family", "words"),
    [
        pytest.param(SCRIPT + "yum install -y audit\n", "al2023", "yum install", id="command"),
        pytest.param(SCRIPT.replace("--b64", "--use-max-pods false --b64"), "al2023",
                     "--use-max-pods false", id="bootstrap argument"),
        pytest.param(SCRIPT.replace("'--node", "'--max-pods=9 --node"), "al2023",
                     "--max-pods=9", id="kubelet flag"),
        pytest.param(NODE_CONFIG + "  containerd: {config: x}\n", "al2", "spec.containerd",
                     id="NodeConfig"),
        pytest.param('[settings.kubernetes]\ncluster-name = "demo"\n[settings.ntp]\na = 1\n',
                     "al2023", "settings.ntp", id="Bottlerocket"),
    ],
)  # fmt: skip
def test_more_than_a_bootstrap_is_not_lost_in_another_family(text, family, words):
    problem = renew(text, family)
    assert isinstance(problem, Problem)
    assert words in problem.what


def test_a_script_that_does_not_join_is_kept_before_the_bootstrap():
    parts = parts_of(renew("#!/bin/bash\nyum install -y audit\n", "al2"))
    assert ["audit" in parts[0].text, "bootstrap.sh demo" in parts[1].text] == [True, True]


def test_bottlerocket_settings_are_kept_and_written():
    text = f'[settings.kubernetes]\ncluster-name = "demo"\n[x]\n"{LABEL}" = "workers"\n'
    assert f'"{LABEL}" = "workers-k126"' in renew(text, "bottlerocket")
    made = tomllib.loads(renew(None, "bottlerocket"))["settings"]["kubernetes"]
    assert made["cluster-dns-ip"] == "172.20.0.10"
    assert made["node-labels"][LABEL] == "workers-k126"
    assert made["node-taints"] == {"gpu": ["yes:NoSchedule"]}


def test_a_node_config_of_the_same_family_is_renewed():
    assert "nodegroup=workers-k126" in renew(NODE_CONFIG, "al2023")


def test_an_ipv6_cluster_gets_ipv6_arguments():
    six = {"serviceIpv6Cidr": "fd30:1::/108", "ipFamily": "ipv6"}
    text = renew(None, "al2", cluster={**CLUSTER, "kubernetesNetworkConfig": six})
    assert "--dns-cluster-ip fd30:1::a --ip-family ipv6 --service-ipv6-cidr fd30:1::/108" in text


def test_labels_a_kubelet_may_not_set_are_left_to_eks():
    labels = {
        "node-role.kubernetes.io/w": "",
        "node.kubernetes.io/x": "1",
        "a.k8s.io/b": "",
        "c": "2",
    }
    assert registered_labels(labels) == {"node.kubernetes.io/x": "1", "c": "2"}
