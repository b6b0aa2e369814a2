"""User data of other people's groups: carried over whole, or refused with what cannot be."""

import base64
import gzip
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.mime import compress, parts_of, text_of
from include.eks_upgrade.nodes.launch_templates.user_data.renew import (
    Change,
    NewUserData,
    judge_user_data,
)

CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----\norchid's\n-----END").decode()
ENDPOINT = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com"
CLUSTER = {
    "name": "orchid",
    "endpoint": ENDPOINT,
    "certificateAuthority": {"data": CA},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
}
CHANGE = Change("pool", "pool-k133", "ami-1", "ami-2")
GROUP = "eks.amazonaws.com/nodegroup"
CALL = "/etc/eks/bootstrap.sh orchid"
RECORDED = Path(__file__).parents[2] / "recordings" / "aws"


def judge(old, family, **changes):
    change = replace(CHANGE, **changes)
    return judge_user_data(old, family=family, network=Network.of(CLUSTER), change=change)


def text(old, family, **changes):
    judged = judge(old, family, **changes)
    assert isinstance(judged, NewUserData), judged
    return judged.text


def refused(old, family, **changes):
    judged = judge(old, family, **changes)
    assert isinstance(judged, Problem), judged.text
    return str(judged)


def script(*lines):
    return "#!/bin/bash\n" + "\n".join(lines) + "\n"


def node_config(user_data):
    (part,) = [p for p in parts_of(user_data) if p.content_type == "application/node.eks.aws"]
    return yaml.safe_load(part.text)["spec"]


def flags(user_data):
    return dict(flag.split("=", 1) for flag in node_config(user_data)["kubelet"]["flags"])


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


@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
def test_no_refusal_prints_a_certificate(family):
    call = f"K={CA} /etc/eks/bootstrap.sh orchid --b64-cluster-ca {CA} && reboot"
    old = script(f"export B64_CLUSTER_CA={CA}", "curl x | bash", call)
    assert CA not in refused(old, family)


def test_a_script_that_only_edits_bootstrap_sh_is_completed_in_its_family_and_refused_in_another():
    old = script("sed -i 's/x/orchid/' /etc/eks/bootstrap.sh")
    kept, joining = parts_of(text(old, "al2"))
    assert (kept.text, "bootstrap.sh orchid" in joining.text) == (old, True)
    assert "sed -i" in refused(old, "al2023")


TAINTS = [
    pytest.param("dedicated:NoSchedule", "dedicated=:NoSchedule", {"dedicated": [":NoSchedule"]},
                 id="without a value"),
    pytest.param("a=1:NoSchedule,a=2:NoExecute", "a=1:NoSchedule,a=2:NoExecute",
                 {"a": ["1:NoSchedule", "2:NoExecute"]}, id="two effects of a key"),
    pytest.param("a=1:NoSchedule --register-with-taints=b=2:NoExecute", "b=2:NoExecute",
                 {"b": ["2:NoExecute"]}, id="the last flag counts"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kubelet", "setting"), TAINTS)
def test_taints_are_values_and_not_text(given, kubelet, setting):
    old = script(f"{CALL} --kubelet-extra-args '--register-with-taints={given}'")
    assert flags(text(old, "al2023"))["--register-with-taints"] == kubelet
    settings = tomllib.loads(text(old, "bottlerocket"))["settings"]["kubernetes"]
    assert settings["node-taints"] == setting


def test_a_taint_of_the_group_and_of_the_script_is_registered_once():
    old = script(f"{CALL} --kubelet-extra-args --register-with-taints=dedicated=a:NoSchedule")
    group = [{"key": "dedicated", "value": "a", "effect": "NO_SCHEDULE"}]
    made = text(old, "al2023", taints=group)
    assert flags(made)["--register-with-taints"] == "dedicated=a:NoSchedule"
    other = [{"key": "dedicated", "value": "new", "effect": "NO_SCHEDULE"}]
    assert "dedicated=new:NoSchedule" in refused(old, "al2023", taints=other)


@pytest.mark.parametrize(
    "label",
    ["host=$(hostname)", "host=`hostname`", "${NODE_LABELS}", "a=${B:-c}", "zone=$1"],
)
@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
def test_what_only_a_shell_knows_is_refused(label, family):
    old = script(f'{CALL} --kubelet-extra-args "--node-labels={label}"')
    assert "only a shell knows" in refused(old, family)


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


WHOLE = f"""---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: orchid
    apiServerEndpoint: {ENDPOINT}
    certificateAuthority: {CA}
    cidr: 172.20.0.0/16
  kubelet:
    flags:
    - --node-labels={GROUP}=pool
"""


def mime(*parts, headers=""):
    text = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'
    for kind, body in parts:
        text += f"--//\nContent-Type: {kind}\n{headers}\n{body}\n"
    return text + "--//--\n"


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


def test_what_completes_a_node_config_says_its_flags_again():
    spec = {"kubelet": {"flags": ["--node-labels=a=b", "--v=2"]}}
    head = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    _, second = parts_of(text(yaml.safe_dump(head), "al2023"))
    found = yaml.safe_load(second.text)["spec"]["kubelet"]["flags"]
    assert found == ["--v=2", f"--node-labels=a=b,{GROUP}=pool-k133,{GROUP}-image=ami-2"]


def test_two_node_configs_join_together():
    recorded = json.loads((RECORDED / "user-data-nodeadm-two-parts.json").read_text())
    old = recorded["answer"]["user_data"]
    for ours, theirs in (("orchid", "my-cluster"), (ENDPOINT, "https://example.com"),
                         (CA, "Y2VydGlmaWNhdGVBdXRob3JpdHk="),
                         ("172.20.0.0/16", "10.100.0.0/16")):  # fmt: skip
        old = old.replace(theirs, ours)
    assert text(old, "al2023") == old


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param(script(CALL.replace("orchid", "other")), "al2", id="script, same family"),
        pytest.param(script(CALL.replace("orchid", "other")), "al2023", id="script, another"),
        pytest.param(WHOLE.replace("orchid", "other"), "al2023", id="NodeConfig"),
        pytest.param('settings.kubernetes.cluster-name = "other"\n', "bottlerocket", id="TOML"),
    ],
)
def test_user_data_of_another_cluster_is_refused(old, family):
    assert "does not name orchid" in refused(old, family)


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param(script(f"{CALL} --b64-cluster-ca QUJD"), "al2", id="script"),
        pytest.param(script("CA=QUJD", f"{CALL} --b64-cluster-ca $CA"), "al2", id="variable"),
        pytest.param(script(f"{CALL} --b64-cluster-ca QUJD"), "al2023", id="another family"),
        pytest.param(WHOLE.replace(CA, "QUJD"), "al2023", id="NodeConfig"),
        pytest.param('[settings.kubernetes]\ncluster-certificate = "QUJD"\n', "bottlerocket",
                     id="TOML"),
    ],
)  # fmt: skip
def test_a_certificate_that_is_not_the_clusters_is_refused(old, family):
    assert "certificate authority in it is not that of cluster orchid" in refused(old, family)


def test_a_name_that_only_the_node_knows_is_kept_with_a_note():
    old = script("CLUSTER=$(cat /c)", '/etc/eks/bootstrap.sh "$CLUSTER" --b64-cluster-ca $CA')
    judged = judge(old, "al2")
    assert judged.text == old
    assert "only a shell on the node knows" in judged.notes[0]


DOTTED = (
    'settings.kubernetes.cluster-name = "orchid"\n'
    f'settings.kubernetes.api-server = "{ENDPOINT}"\n'
    f'settings.kubernetes.cluster-certificate = "{CA}"\n'
)


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(DOTTED + f'settings.kubernetes.node-labels."{GROUP}" = "pool"\n', id="dotted"),
        pytest.param("[settings.kubernetes]\n" + DOTTED.replace("settings.kubernetes.", "")
                     + f'node-labels = {{"{GROUP}" = "pool"}}\n', id="table"),
        pytest.param("[settings]\n" + DOTTED.replace("settings.", "")
                     + f'kubernetes.node-labels."{GROUP}" = "pool"\n', id="dotted in a table"),
    ],
)  # fmt: skip
def test_toml_is_toml_however_its_tables_are_written(old):
    kept = text(old, "bottlerocket")
    assert kept == old.replace('"pool"', '"pool-k133"')
    assert flags(text(old, "al2023"))["--node-labels"].startswith(f"{GROUP}=pool-k133")


@pytest.mark.parametrize(
    "old",
    [
        pytest.param("[settings.kubernetes]\nmax-pods = 20\n", id="table"),
        pytest.param('settings.kubernetes.cluster-name = "orchid"\n', id="the name alone"),
        pytest.param("[settings.ntp]\ntime-servers = []\n", id="nothing of Kubernetes"),
    ],
)
def test_settings_that_do_not_join_are_completed(old):
    before, after = tomllib.loads(old)["settings"], tomllib.loads(text(old, "bottlerocket"))
    found = after["settings"]["kubernetes"]
    assert (found["cluster-name"], found["api-server"]) == ("orchid", ENDPOINT)
    assert found["cluster-certificate"] == CA
    for key, value in before.items():
        assert after["settings"][key] | value == after["settings"][key]


def test_settings_that_cannot_be_completed_are_refused_with_what_is_missing():
    old = 'settings = {kubernetes = {cluster-name = "orchid"}}\n'
    assert "endpoint, certificate authority" in refused(old, "bottlerocket")


def test_headers_of_parts_survive():
    headers = 'X-Merge-Type: list(append)\nContent-Disposition: attachment; filename="a.sh"\n'
    old = mime(("text/x-shellscript", script("yum install -y nfs-utils")), headers=headers)
    made = text(old, "al2")
    for header in headers.splitlines():
        assert header in made


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_encoded_parts_are_read_and_renewed(encoding):
    plain = script("# für später", f"{CALL} --kubelet-extra-args '--node-labels={GROUP}=pool'")
    body = {
        "base64": base64.encodebytes(plain.encode()).decode(),
        "quoted-printable": plain.replace("=", "=3D").replace("ü", "=C3=BC").replace("ä", "=C3=A4"),
    }[encoding]
    head = f"Content-Transfer-Encoding: {encoding}\nX-Own: kept\n"
    old = mime(("text/x-shellscript; charset=utf-8", body), headers=head)
    made = text(old, "al2")
    (part,) = parts_of(made)
    assert part.text.strip() == plain.replace("=pool", "=pool-k133").strip()
    assert "X-Own: kept" in made


def test_an_encoded_part_with_nothing_to_renew_stays_as_it_is():
    body = base64.encodebytes(script(CALL).encode()).decode()
    old = mime(("text/x-shellscript", body), headers="Content-Transfer-Encoding: base64\n")
    assert text(old, "al2") == old


def test_letters_beyond_ascii_survive():
    old = mime(("text/x-shellscript", script("# größer", "yum install -y nfs-utils")))
    assert "größer" in text(old, "al2")


def test_gzip_is_read_and_the_same_text_gives_the_same_bytes():
    old = script(CALL)
    assert text_of(gzip.compress(old.encode())) == text_of(compress(old)) == old
    assert compress(old) == compress(old)
    assert "not text" in refused(text_of(b"\x1f\x8bnonsense"), "al2")
    assert "not text" in refused(text_of(b"\xff\xfe\x00"), "al2")


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


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param("[settings.kubernetes]\ncluster-name = orchid\n", "bottlerocket", id="TOML"),
        pytest.param("# ours\nsettings.kubernetes = {\n", "bottlerocket", id="dotted TOML"),
        pytest.param(mime(("application/node.eks.aws", "kind: [\n")), "al2023", id="NodeConfig"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(old, family):
    assert "that cannot be read, so nobody" in refused(old, family)


def test_a_template_of_cloud_inits_is_kept_in_its_family_and_refused_in_another():
    old = f"## template: jinja\n#!/bin/bash\n{CALL}\n"
    assert text(old, "al2") == old
    assert "text/jinja2" in refused(old, "al2023")


@pytest.mark.parametrize("old", ["", "   \n", None, "#!/bin/bash\n# nothing yet\n"])
@pytest.mark.parametrize("family", ["al2", "al2023", "bottlerocket", "ubuntu"])
def test_nothing_is_written_new_for_every_family(old, family):
    assert "orchid" in text(old, family)


def test_a_family_that_nobody_knows_is_refused():
    assert "windows" in refused("<powershell>x</powershell>", "windows")
