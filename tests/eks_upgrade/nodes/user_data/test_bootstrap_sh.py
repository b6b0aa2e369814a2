"""A script that calls bootstrap.sh: what it is read for, kept or written anew."""

import base64
import json
from dataclasses import replace

import pytest

from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.renew import judge_user_data
from tests.eks_upgrade.nodes.user_data.given import (
    CA,
    CALL,
    CHANGE,
    CLUSTER,
    ENDPOINT,
    GROUP,
    RECORDED,
    flags,
    judge,
    node_config,
    refused,
    script,
    text,
)

MORE_THAN_JOINING = [
    pytest.param(script(r"sed -i 's/^set -o errexit/&\nMAX_PODS=58/' /etc/eks/bootstrap.sh", CALL),
                 "sed -i", id="sed on bootstrap.sh"),
    pytest.param(script(CALL + " && /opt/agent/install.sh"), "/opt/agent/install.sh", id="and"),
    pytest.param(script(CALL + " --kubelet-extra-args '--node-labels=a=b'; reboot"), "reboot",
                 id="semicolon"),
    pytest.param(script(CALL + " | tee /var/log/join"), "tee /var/log/join", id="pipe"),
    pytest.param(script(CALL + " > /var/log/join 2>&1"), "> /var/log/join", id="redirect"),
    pytest.param(script(CALL + " &"), "a longer command", id="in the background"),
    pytest.param(script("KUBELET_EXTRA_ARGS=--max-pods=58 USE_MAX_PODS=false " + CALL),
                 "KUBELET_EXTRA_ARGS=…", id="environment of the call"),
    pytest.param(script("export KUBELET_EXTRA_ARGS=--max-pods=58", CALL),
                 "export KUBELET_EXTRA_ARGS", id="exported environment"),
    pytest.param(script("set -e; yum install -y nfs-utils", CALL), "yum install -y nfs-utils",
                 id="behind an idle command"),
    pytest.param(script("if true; then", CALL, "fi"), "if true", id="inside an if"),
    pytest.param(script("cat <<EOF > /etc/motd", "/etc/eks/bootstrap.sh no", "EOF", CALL),
                 "cat", id="here-document"),
    pytest.param(script("MAX_PODS=58", CALL), "MAX_PODS=58", id="variable that feeds nothing here"),
    pytest.param(script(CALL + " --use-max-pods false"), "--use-max-pods false", id="argument"),
    pytest.param(script(CALL + " --dns-cluster-ip 169.254.20.10"), "169.254.20.10",
                 id="a resolver of its own"),
    pytest.param(script(CALL + " --kubelet-extra-args '--node-labels a=b --max-pods 9'"),
                 "--max-pods=9", id="kubelet flag in two words"),
    pytest.param(script("/opt/acme/bootstrap.sh orchid"), "/opt/acme/bootstrap.sh",
                 id="another bootstrap.sh"),
    pytest.param(script("bash -c '/etc/eks/bootstrap.sh orchid'"), "bash -c", id="nested shell"),
    pytest.param("#cloud-config\nruncmd:\n- /etc/eks/bootstrap.sh orchid\n", "text/cloud-config",
                 id="cloud-config"),
]  # fmt: skip


@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
@pytest.mark.parametrize(("old", "named"), MORE_THAN_JOINING)
def test_what_does_more_than_join_is_refused_by_name(old, named, family):
    assert named in refused(old, family)


@pytest.mark.parametrize(("old", "named"), MORE_THAN_JOINING)
def test_in_the_same_family_all_of_it_stays(old, named):
    assert text(old, "al2") == old


@pytest.mark.parametrize(
    "old",
    [
        script("set -ex", "exec > >(tee /var/log/u|logger -t u) 2>&1", "# join", CALL, "exit 0"),
        script("sudo bash -x " + CALL),
        script("B64_CLUSTER_CA=" + CA, f"API={ENDPOINT}", "DNS=172.20.0.10",
               CALL + " --b64-cluster-ca $B64_CLUSTER_CA --apiserver-endpoint \"${API}\" \\",
               "  --dns-cluster-ip $DNS --ip-family ipv4 --service-ipv4-cidr 172.20.0.0/16"),
        script("NAME=orchid", "C=$NAME", "/etc/eks/bootstrap.sh \"$C\""),
        script("CA=$(aws eks describe-cluster)", CALL + " --b64-cluster-ca $CA"),
        script(CALL + "   --kubelet-extra-args \"\""),
    ],
    ids=["idle lines", "sudo bash -x", "variables", "variable of a variable", "asked", "nothing"],
)  # fmt: skip
def test_what_only_joins_is_written_for_the_new_family(old):
    assert node_config(text(old, "al2023"))["cluster"] == {
        "name": "orchid",
        "apiServerEndpoint": ENDPOINT,
        "certificateAuthority": CA,
        "cidr": "172.20.0.0/16",
    }


def test_a_script_that_only_edits_bootstrap_sh_is_completed_in_its_family_and_refused_in_another():
    old = script("sed -i 's/x/orchid/' /etc/eks/bootstrap.sh")
    kept, joining = parts_of(text(old, "al2"))
    assert (kept.text, "bootstrap.sh orchid" in joining.text) == (old, True)
    assert "sed -i" in refused(old, "al2023")


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_the_old_groups_name_by_way_of_a_variable_does_not_reach_the_new_nodes(quote):
    value = f"{quote}pool{quote}"
    for family in ("al2", "ubuntu"):
        old = script(f"NG={value}", f'{CALL} --kubelet-extra-args "--node-labels={GROUP}=$NG"')
        assert "by way of a variable" in refused(old, family)
    assert flags(text(old, "al2023"))["--node-labels"].startswith(f"{GROUP}=pool-k133")


def test_labels_by_way_of_a_variable_are_carried_and_renewed():
    old = script(f'L="team=a,{GROUP}=pool"', f'{CALL} --kubelet-extra-args "--node-labels=$L"')
    assert f"team=a,{GROUP}=pool-k133" in text(old, "al2")
    assert flags(text(old, "al2023"))["--node-labels"].startswith(f"team=a,{GROUP}=pool-k133")


def test_the_most_used_terraform_modules_script_is_carried_over():
    recorded = json.loads((RECORDED / "user-data-terraform-al2.json").read_text())
    old = recorded["answer"]["user_data"].replace("my-cluster", "orchid")
    old = old.replace("https://EXAMPLE0000000000000000000000006.gr7.us-east-1.eks.amazonaws.com",
                      ENDPOINT).replace("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==", CA)  # fmt: skip
    assert flags(text(old, "al2023"))["--node-labels"].startswith("team=shop,")


def test_what_eks_itself_wrote_is_carried_over():
    recorded = json.loads(
        (RECORDED / "get-launch-template-data-eks-managed-china.json").read_text()
    )
    data = recorded["answer"]["LaunchTemplateData"]["UserData"]
    old = base64.b64decode(data).decode().replace("cluster-f", "orchid")
    (part,) = parts_of(old)
    real = dict(line.split("=", 1) for line in part.text.splitlines() if line.startswith("API"))
    cluster = {**CLUSTER, "endpoint": real["API_SERVER_URL"]}
    change = replace(CHANGE, old_name="demo", new_name="demo-k133")
    authority = next(line for line in part.text.splitlines() if line.startswith("B64"))
    cluster["certificateAuthority"] = {"data": authority.split("=", 1)[1]}
    judged = judge_user_data(old, family="al2023", network=Network.of(cluster), change=change)
    labels = flags(judged.text)["--node-labels"]
    assert "eks.amazonaws.com/capacityType=ON_DEMAND" in labels
    assert "sourceLaunchTemplate" not in labels
    assert f"{GROUP}=demo-k133" in labels


@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
def test_a_script_that_cannot_be_read_is_refused_for_another_family(family):
    assert "cannot be read here" in refused(script("echo 'never closed", CALL), family)


def test_a_script_that_cannot_be_read_is_kept_in_its_family_with_a_note():
    old = script("X=$(cat <<EOF", "don't", "EOF", ")", CALL + f" # {GROUP}=pool")
    judged = judge(old, "al2")
    assert judged.text == old.replace("=pool", "=pool-k133")
    assert any("cannot be read here" in note for note in judged.notes)
