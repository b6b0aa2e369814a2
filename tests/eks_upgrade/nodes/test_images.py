import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.hardware import judge_hardware
from include.eks_upgrade.nodes.images.image import Image, family_of
from include.eks_upgrade.nodes.images.ssm_parameter import ImageVariant, parameter_name
from include.eks_upgrade.nodes.images.suitability import Wanted, judge_image, pick_newest

AL2 = "amazon-eks-node-1.26-v20230501"


def told(image):
    """The minor that an image tells to a group that is to run 1.26."""
    return Wanted("workers", "x86_64", "al2", "1.26").version_told_by(image).minor


@pytest.mark.parametrize(
    ("name", "family", "version"),
    [
        pytest.param(AL2, "al2", "1.26", id="AL2"),
        pytest.param("amazon-eks-arm64-node-1.26-v20230501", "al2", "1.26", id="AL2 arm64"),
        pytest.param("amazon-eks-gpu-node-1.26-v20230501", "al2", "1.26", id="AL2 GPU"),
        pytest.param("amazon-eks-node-al2023-x86_64-standard-1.33-v20250501", "al2023", "1.33",
                     id="AL2023"),
        pytest.param("amazon-eks-node-al2023-x86_64-nvidia-1.36-v20260714", "al2023", "1.36",
                     id="AL2023 NVIDIA"),
        pytest.param("bottlerocket-aws-k8s-1.26-x86_64-v1.19.2-abc", "bottlerocket", "1.26",
                     id="Bottlerocket"),
        pytest.param("ubuntu-eks/k8s_1.26/images/hvm-ssd/ubuntu-focal-20.04-amd64", "ubuntu",
                     "1.26", id="Ubuntu"),
        pytest.param("Windows_Server-2022-English-Core-EKS_Optimized-1.26-2024.01.09", "windows",
                     "1.26", id="Windows"),
        pytest.param("acme-amzn2-eks-v1.26-golden", "al2", "1.26", id="golden image"),
        pytest.param("acme-golden-7", "", "", id="tells nothing"),
        pytest.param("acme-1.25-and-1.26", "", "", id="two versions tell nothing"),
    ],
)  # fmt: skip
def test_an_image_name_tells_family_and_version(name, family, version):
    assert (family_of({"Name": name}), told({"Name": name})) == (family, version)


def test_a_description_tells_what_the_name_does_not():
    image = {"Name": "x", "Description": "EKS AmazonLinux2 image, (k8s: 1.26.15, containerd: 1.7)"}
    assert (family_of(image), told(image)) == ("al2", "1.26")


SSM = "/aws/service/eks/optimized-ami/"


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        pytest.param(ImageVariant("al2", "x86_64", "1.26", AL2),
                     SSM + "1.26/amazon-linux-2/recommended/image_id", id="AL2"),
        pytest.param(ImageVariant("al2", "arm64", "1.26"),
                     SSM + "1.26/amazon-linux-2-arm64/recommended/image_id", id="AL2 arm64"),
        pytest.param(ImageVariant("al2", "x86_64", "1.26", "amazon-eks-gpu-node-1.25-v1"),
                     SSM + "1.26/amazon-linux-2-gpu/recommended/image_id", id="AL2 GPU"),
        pytest.param(ImageVariant("al2023", "arm64", "1.33", AL2),
                     SSM + "1.33/amazon-linux-2023/arm64/standard/recommended/image_id",
                     id="AL2023"),
        pytest.param(ImageVariant("al2023", "x86_64", "1.33", "", "neuron"),
                     SSM + "1.33/amazon-linux-2023/x86_64/neuron/recommended/image_id",
                     id="accelerator of the instances"),
        pytest.param(ImageVariant("bottlerocket", "x86_64", "1.26",
                                  "bottlerocket-aws-k8s-1.25-fips-x"),
                     "/aws/service/bottlerocket/aws-k8s-1.26-fips/x86_64/latest/image_id",
                     id="Bottlerocket FIPS"),
        pytest.param(ImageVariant("ubuntu", "x86_64", "1.29",
                                  "ubuntu-eks/k8s_1.28/ubuntu-jammy-22.04-x"),
                     "/aws/service/canonical/ubuntu/eks/22.04/1.29/stable/current/amd64/hvm/"
                     "ebs-gp2/ami-id", id="Ubuntu"),
    ],
)  # fmt: skip
def test_each_maker_has_its_public_parameter(kind, parameter):
    assert parameter_name(kind) == parameter


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(ImageVariant("al2", "x86_64", "1.33"), id="AL2 has ended"),
        pytest.param(ImageVariant("windows", "x86_64", "1.26"), id="Windows"),
        pytest.param(
            ImageVariant("ubuntu", "x86_64", "1.26", "mine"), id="Ubuntu of unknown release"
        ),
    ],
)
def test_a_kind_without_public_parameter_is_a_problem(kind):
    assert isinstance(parameter_name(kind), Problem)


def raw(**changes):
    return {"ImageId": "ami-2", "Name": AL2, "State": "available", "Architecture": "x86_64",
            "CreationDate": "2023-05-01T00:00:00.000Z", **changes}  # fmt: skip


WANTED = Wanted("workers", "x86_64", "al2", "1.26")


@pytest.mark.parametrize(
    ("image", "wanted", "words"),
    [
        pytest.param(raw(State="pending"), WANTED, "its state is pending", id="not available"),
        pytest.param(raw(Architecture="arm64"), WANTED, "for arm64", id="architecture"),
        pytest.param(raw(Name="amazon-eks-node-1.27-v1"), WANTED, "says Kubernetes 1.27",
                     id="newer"),
        pytest.param(raw(Name="amazon-eks-node-1.25-v1"), WANTED, "says Kubernetes 1.25",
                     id="older"),
        pytest.param(raw(Name="acme-al2023"), WANTED, "set ami_family to al2023", id="family"),
        pytest.param(raw(Name="acme"), Wanted("w", "x86_64", "", "1.26"), "tells its family",
                     id="no family known"),
        pytest.param(raw(Platform="windows"), WANTED, "Windows", id="Windows"),
    ],
)  # fmt: skip
def test_an_image_that_does_not_fit_is_a_problem(image, wanted, words):
    problem = judge_image(image, wanted, "here")
    assert isinstance(problem, Problem)
    assert words in str(problem)


def test_an_image_that_fits_carries_its_notes_through_json():
    image = judge_image(raw(Name="acme", DeprecationTime="2025-05-01"), WANTED, "here")
    assert isinstance(image, Image)
    assert image.family == "al2"
    assert len(image.notes) == 1
    assert Image.from_json(image.as_json()) == image


def test_the_newest_usable_image_is_picked():
    images = [
        raw(ImageId="ami-old", CreationDate="2023-01-01"),
        raw(ImageId="ami-new", CreationDate="2023-09-01"),
        raw(ImageId="ami-arm", CreationDate="2024-01-01", Architecture="arm64"),
        raw(ImageId="ami-127", CreationDate="2024-01-01", Name="amazon-eks-node-1.27-v1"),
        raw(ImageId="ami-soon", CreationDate="2024-01-01", State="pending"),
    ]
    assert pick_newest(images, WANTED, "x-*", "self")["ImageId"] == "ami-new"
    problem = pick_newest(images[2:], WANTED, "x-*", "self")
    assert "3 images of self" in str(problem)


def types(*architectures, **more):
    return [{"InstanceType": f"t{i}", "ProcessorInfo": {"SupportedArchitectures": list(one)},
             **more} for i, one in enumerate(architectures)]  # fmt: skip


def test_instance_types_must_share_one_architecture():
    assert judge_hardware(types(["i386", "x86_64"], ["x86_64"]), "g").architecture == "x86_64"
    assert isinstance(judge_hardware(types(["arm64"], ["x86_64"]), "g"), Problem)
    gpu = judge_hardware(types(["x86_64"], GpuInfo={"Gpus": [{"Manufacturer": "NVIDIA"}]}), "g")
    assert gpu.accelerator == "nvidia"


GROUP = {"nodegroupName": "workers", "amiType": "CUSTOM", "instanceTypes": ["m5.large"],
         "releaseVersion": "ami-1"}  # fmt: skip


def seen_hardware(stub):
    found = {"InstanceTypes": types(["x86_64"])}
    stub.add_response("describe_instance_types", found, {"InstanceTypes": ["m5.large"]})


def seen_image(stub, **changes):
    image = raw(**changes)
    stub.add_response("describe_images", {"Images": [image]}, {"ImageIds": [image["ImageId"]]})


def test_a_custom_group_gets_the_newest_image_of_its_kind(aws):
    clients, ec2, ssm = aws
    seen_hardware(ec2)
    seen_image(ec2, ImageId="ami-1", Name="amazon-eks-node-1.25-v1", ImageOwnerAlias="amazon")
    name = SSM + "1.26/amazon-linux-2/recommended/image_id"
    ssm.add_response("get_parameter", {"Parameter": {"Value": "ami-2"}}, {"Name": name})
    seen_image(ec2)
    image = find_image(clients, AmiChoice(), GROUP, "1.26")
    assert isinstance(image, Image)
    assert (image.id, image.family, image.source) == ("ami-2", "al2", f"SSM parameter {name}")


def test_a_kind_that_nobody_publishes_is_a_problem(aws):
    clients, ec2, ssm = aws
    seen_hardware(ec2)
    seen_image(ec2, ImageId="ami-1", Name="amazon-eks-node-1.25-v1")
    ssm.add_client_error("get_parameter", "ParameterNotFound")
    assert "no public parameter" in str(find_image(clients, AmiChoice(), GROUP, "1.26"))


def test_an_unknown_image_id_is_a_problem_with_a_remedy(aws):
    clients, ec2, _ = aws
    seen_hardware(ec2)
    seen_image(ec2, ImageId="ami-1", Name="amazon-eks-node-1.25-v1")
    ec2.add_client_error("describe_images", "InvalidAMIID.NotFound")
    choice = AmiChoice(source="image_id", image_id="ami-9")
    problem = find_image(clients, choice, GROUP, "1.26")
    assert isinstance(problem, Problem)
    assert "ami-9" in problem.subject


def test_a_name_pattern_is_filled_in_and_tells_how_many_matched(aws):
    clients, ec2, _ = aws
    seen_hardware(ec2)
    seen_image(ec2, ImageId="ami-1", Name="amazon-eks-node-1.25-v1")
    expected = {"Owners": ["self"], "IncludeDeprecated": True,
                "Filters": [{"Name": "name", "Values": ["acme-1.26-x86_64-*"]}]}  # fmt: skip
    ec2.add_response("describe_images", {"Images": [raw(), raw(ImageId="ami-0")]}, expected)
    pattern = "acme-{version}-{architecture}-*"
    choice = AmiChoice(source="name_pattern", name_pattern=pattern, owner="self")
    image = find_image(clients, choice, GROUP, "1.26")
    assert isinstance(image, Image)
    assert "newest of 2 images" in image.source


@pytest.mark.parametrize(
    ("ami_type", "family", "to_version", "is_problem"),
    [
        pytest.param("AL2_x86_64", "same", "1.26", False, id="EKS chooses"),
        pytest.param("AL2_x86_64", "al2023", "1.33", False, id="EKS chooses another family"),
        pytest.param("AL2_x86_64", "same", "1.33", True, id="AL2 has ended"),
        pytest.param("AL2023_x86_64_STANDARD", "al2", "1.26", True, id="no way back"),
    ],
)
def test_without_a_custom_image_eks_chooses(aws, ami_type, family, to_version, is_problem):
    group = {"nodegroupName": "workers", "amiType": ami_type}
    found = find_image(aws[0], AmiChoice(family=family), group, to_version)
    assert isinstance(found, Problem) if is_problem else found is None
