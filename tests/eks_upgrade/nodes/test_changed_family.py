"""What a launch template holds for one family of images, when the new nodes are of another."""

import base64
import gzip

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.merged import merged_template_problem
from include.eks_upgrade.nodes.launch_templates.plan import plan_template
from include.eks_upgrade.nodes.launch_templates.version import user_data_in
from include.eks_upgrade.nodes.launch_templates.volumes import move_volumes

CLUSTER = {
    "name": "orchid",
    "endpoint": "https://orchid.example",
    "certificateAuthority": {"data": "Q0E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"},
    "resourcesVpcConfig": {},
}
CALL = "#!/bin/bash\n/etc/eks/bootstrap.sh orchid\n"
LABEL = "eks.amazonaws.com/nodegroup"


def encoded(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def version(user_data="", **data):
    held = {"UserData": encoded(user_data)} if user_data else {}
    return {"LaunchTemplateId": "lt-1", "VersionNumber": 3, "LaunchTemplateData": held | data}


def group(ami_type):
    return {"nodegroupName": "pool", "amiType": ami_type}


def mime(kind, body):
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n'
    return f"{head}--B\nContent-Type: {kind}\n\n{body}\n--B--\n"


@pytest.mark.parametrize(
    "line",
    [
        "sed -i 's/x/y/' /etc/eks/bootstrap.sh",
        "export KUBELET_EXTRA_ARGS=--max-pods=58",
        "jq . kubelet-config.json",
        "amazon-linux-extras install docker",
        "yum install -y nfs-utils",
        "/etc/eks/bootstrap.sh orchid --kubelet-extra-args --node-labels=team=a",
    ],
)
@pytest.mark.parametrize("wrap", [str, lambda text: mime("text/x-shellscript", text)])
@pytest.mark.parametrize("ami_type", ["AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64"])
def test_what_a_script_does_on_amazon_linux_2_is_not_lost_when_eks_chooses_another(
    line, wrap, ami_type
):
    of = version(wrap(f"#!/bin/bash\n{line}\n"))
    problem = merged_template_problem(of, group("AL2_x86_64"), ami_type)
    assert line.split()[0] in problem.what or "team=a" in problem.what
    assert problem.subject == "user data of node group pool"


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        pytest.param(None, "AL2_x86_64", "AL2023_x86_64_STANDARD", id="no template"),
        pytest.param(version(), "AL2_x86_64", "BOTTLEROCKET_x86_64", id="no user data"),
        pytest.param(version(mime("text/x-shellscript", "#!/bin/bash\n# nothing\nset -e\n")),
                     "AL2_x86_64", "AL2023_x86_64_STANDARD", id="idle"),
        pytest.param(version("#!/bin/bash\nyum install -y a\n"), "AL2_x86_64", "AL2_x86_64",
                     id="same family"),
        pytest.param(
            version(mime("application/node.eks.aws", "apiVersion: node.eks.aws/v1alpha1\n"
                         "kind: NodeConfig\nspec: {kubelet: {config: {maxPods: 9}}}\n")),
            "AL2_x86_64", "AL2023_x86_64_STANDARD", id="prepared for the new family"),
        pytest.param(version(BlockDeviceMappings=[{"DeviceName": "/dev/xvda"}]), "AL2_x86_64",
                     "AL2023_x86_64_STANDARD", id="volumes on the same device"),
    ],
)  # fmt: skip
def test_what_fits_is_taken_over(of, before, after):
    assert merged_template_problem(of, group(before), after) is None


def test_volumes_of_a_template_that_is_not_remade_are_refused_for_another_device():
    of = version(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 200}}])
    problem = merged_template_problem(of, group("AL2_x86_64"), "BOTTLEROCKET_x86_64")
    assert "/dev/xvdb" in problem.what


def test_the_old_groups_label_in_user_data_that_eks_merges_is_refused():
    of = version(f'[settings.kubernetes.node-labels]\n"{LABEL}" = "pool"\n')
    kind = "BOTTLEROCKET_x86_64"
    assert LABEL in merged_template_problem(of, group(kind), kind).what


def test_a_script_that_does_nothing_is_refused_where_eks_takes_toml_alone():
    of = version("#!/bin/bash\nset -e\n")
    assert "no TOML" in merged_template_problem(of, group("AL2_x86_64"), "BOTTLEROCKET_x86_64").what


@pytest.mark.parametrize(
    ("text", "before"),
    [
        pytest.param("#!/bin/bash\nset -e\n", "AL2_x86_64", id="script"),
        pytest.param("[settings.kubernetes]\n", "BOTTLEROCKET_x86_64", id="TOML"),
        pytest.param(
            "MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/bash\nset -e\n",
            "AL2_x86_64",
            id="message of one part",
        ),
    ],
)
def test_what_does_nothing_is_refused_where_eks_takes_messages_of_parts_alone(text, before):
    problem = merged_template_problem(version(text), group(before), "AL2023_x86_64_STANDARD")
    assert "no MIME multipart message" in problem.what


def test_the_old_groups_label_in_a_document_for_the_new_family_is_refused():
    config = {"kubelet": {"flags": [f"--node-labels={LABEL}=pool"]}}
    text = str({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": config})
    of = version(mime("application/node.eks.aws", text))
    problem = merged_template_problem(of, group("AL2_x86_64"), "AL2023_x86_64_STANDARD")
    assert LABEL in problem.what


ROOT = {"VolumeSize": 200, "VolumeType": "gp3", "Encrypted": True, "KmsKeyId": "key", "Iops": 4000}
SECRET = {"Encrypted": True, "KmsKeyId": "key"}


def disk(device, **ebs):
    return {"DeviceName": device, "Ebs": ebs}


@pytest.mark.parametrize(
    ("mappings", "before", "after", "moved"),
    [
        pytest.param([disk("/dev/xvda", **ROOT, SnapshotId="snap-1")], "al2", "bottlerocket",
                     [disk("/dev/xvda", **SECRET), disk("/dev/xvdb", **ROOT)], id="there"),
        pytest.param([disk("/dev/xvda", VolumeSize=50)], "al2023", "bottlerocket",
                     [disk("/dev/xvdb", VolumeSize=50)], id="not encrypted"),
        pytest.param([disk("/dev/xvda", VolumeSize=4), disk("/dev/xvdb", **ROOT)], "bottlerocket",
                     "al2023", [disk("/dev/xvda", **ROOT)], id="and the way back"),
        pytest.param([disk("/dev/xvda", VolumeSize=4, **SECRET)], "bottlerocket", "al2023",
                     [disk("/dev/xvda", **SECRET)], id="a small system volume stays small"),
        pytest.param([disk("/dev/xvda", **ROOT), disk("/dev/sdf", VolumeSize=9)], "al2",
                     "bottlerocket", [disk("/dev/xvda", **SECRET), disk("/dev/xvdb", **ROOT),
                                      disk("/dev/sdf", VolumeSize=9)], id="other volumes stay"),
        pytest.param([disk("/dev/xvda", **ROOT)], "al2", "al2023", None, id="the same device"),
        pytest.param([disk("/dev/xvda", **ROOT, SnapshotId="o"), disk("/dev/sdf", SnapshotId="s")],
                     "al2", "al2023", [disk("/dev/xvda", **ROOT), disk("/dev/sdf", SnapshotId="s")],
                     id="the old image's snapshot stays behind, one of data does not"),
        pytest.param([disk("/dev/sda1", SnapshotId="snap-1", VolumeSize=9)], "", "ubuntu",
                     [disk("/dev/sda1", VolumeSize=9)], id="of Ubuntu's root, too"),
        pytest.param([disk("/dev/xvdb", SnapshotId="images")], "bottlerocket", "bottlerocket", None,
                     id="images that Bottlerocket has in advance stay"),
        pytest.param([], "al2", "bottlerocket", None, id="none"),
        pytest.param([disk("/dev/xvda", **ROOT)], "", "bottlerocket", None, id="family unknown"),
    ],
)  # fmt: skip
def test_volumes_follow_to_the_device_of_the_new_family(mappings, before, after, moved):
    assert move_volumes(mappings, before, after, "pool") == moved


def test_a_device_in_use_for_something_else_is_refused():
    both = [disk("/dev/xvda", **ROOT), disk("/dev/xvdb", VolumeSize=9)]
    assert isinstance(move_volumes(both, "al2", "bottlerocket", "pool"), Problem)


def plan(of, family, **snapshot):
    kept = {"name": "pool", "amiType": "CUSTOM", **snapshot}
    return plan_template(CLUSTER, replacement="pool-k133", snapshot=kept, image_id="ami-2",
                         image_family=family, version=of)  # fmt: skip


def test_the_new_version_has_the_volumes_of_the_new_family():
    mappings = [disk("/dev/xvda", VolumeSize=200)]
    of = version(CALL, ImageId="ami-1", BlockDeviceMappings=mappings)
    assert plan(of, "bottlerocket").data["BlockDeviceMappings"] == [
        disk("/dev/xvdb", VolumeSize=200)
    ]
    assert "BlockDeviceMappings" not in plan(of, "al2023").data
    both = version(CALL, ImageId="ami-1", BlockDeviceMappings=[*mappings, disk("/dev/xvdb")])
    assert plan(both, "bottlerocket").subject == "volumes of node group pool"


def test_user_data_that_eks_merged_is_judged_when_the_group_gets_an_image_of_its_own():
    of = version("#!/bin/bash\nyum install -y a\n")
    assert "yum install" in plan(of, "al2023", amiType="AL2_x86_64").what
    assert "bootstrap.sh orchid" in plan(of, "al2", amiType="AL2_x86_64").user_data


def test_compressed_user_data_is_read_and_stays_compressed():
    text = CALL.replace("orchid", f"orchid --kubelet-extra-args --node-labels={LABEL}=pool")
    made = plan(version(gzip.compress(text.encode()), ImageId="ami-1"), "al2")
    raw = base64.b64decode(made.data["UserData"])
    assert gzip.decompress(raw).decode() == made.user_data == text.replace("=pool", "=pool-k133")
    assert user_data_in({"LaunchTemplateData": made.data}) == made.user_data


def test_user_data_that_ec2_would_not_take_is_refused():
    of = version(CALL + "#" * 20_000, ImageId="ami-1")
    assert "EC2 takes 16384" in plan(of, "al2").what


def test_a_note_of_the_user_data_reaches_the_plan():
    of = version("#!/bin/bash\n/etc/eks/bootstrap.sh $(cat /c)\n", ImageId="ami-1")
    assert "only a shell" in plan(of, "al2").notes[0]
