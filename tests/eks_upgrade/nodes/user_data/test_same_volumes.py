"""Random volumes of a template: images and pods get the disk that they had, in every family."""

from hypothesis import given
from hypothesis import strategies as st

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.volumes import move_volumes

# https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html and bottlerocket.dev
PODS_ARE_ON = {"al2": "/dev/xvda", "al2023": "/dev/xvda", "bottlerocket": "/dev/xvdb"}

DISKS = st.dictionaries(
    st.sampled_from(("VolumeSize", "VolumeType", "Iops", "Throughput", "Encrypted", "KmsKeyId")),
    st.sampled_from((8, 200, "gp3", True, "key")),
    min_size=1,
)
TEMPLATES = st.dictionaries(
    st.sampled_from(("/dev/xvda", "/dev/xvdb", "/dev/sdf")), DISKS, max_size=3
)
FAMILIES = st.sampled_from(sorted(PODS_ARE_ON))


@given(template=TEMPLATES, before=FAMILIES, after=FAMILIES)
def test_images_and_pods_get_the_disk_that_they_had(template, before, after):
    mappings = [{"DeviceName": device, "Ebs": disk} for device, disk in template.items()]
    moved = move_volumes(mappings, before, after, "pool")
    if isinstance(moved, Problem):
        assert PODS_ARE_ON[after] in template
        return
    made = template if moved is None else {one["DeviceName"]: one["Ebs"] for one in moved}
    had = template.get(PODS_ARE_ON[before])
    if had is not None:
        assert made[PODS_ARE_ON[after]] == had
    assert made.get("/dev/sdf") == template.get("/dev/sdf")
