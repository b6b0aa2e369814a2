"""What the group's instances are: their architecture and accelerator, which the image must fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.instance_types import instance_types

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_NODE_ARCHITECTURES = {"x86_64", "arm64"}


@dataclass(frozen=True)
class Hardware:
    """Architecture (`x86_64` or `arm64`) and accelerator (`nvidia`, `neuron` or '')."""

    architecture: str
    accelerator: str = ""


def hardware(ec2: "EC2Client", group: Raw, template: Raw | None) -> Hardware | Problem:
    """Ask EC2 what the group's instance types are.

    Args:
        ec2: client of the cluster's region.
        group: raw node group.
        template: raw LaunchTemplateVersion it uses, or None.
    """
    types = instance_types(group, template)
    subject = f"node group {group['nodegroupName']}"
    with aws_errors_about(f"instance types of {subject}"):
        try:
            # The model's type is a list of literals that grows every week; ours is a plain str.
            answer = ec2.describe_instance_types(InstanceTypes=types)  # type: ignore[arg-type]
        except ClientError as error:
            if error_code(error) != "InvalidInstanceType":
                raise
            return Problem(
                subject,
                f"EC2 does not offer its instance types here ({', '.join(types)})",
                "replace the group by hand with types that the region offers",
            )
    return judge_hardware(answer["InstanceTypes"], subject)


def judge_hardware(raw: Sequence[Raw], subject: str) -> Hardware | Problem:
    """The one architecture that all the types (raw DescribeInstanceTypes entries) share."""
    shared = set(_NODE_ARCHITECTURES)
    for entry in raw:
        shared &= set(entry.get("ProcessorInfo", {}).get("SupportedArchitectures", ()))
    if len(shared) != 1:
        types = ", ".join(str(entry.get("InstanceType")) for entry in raw) or "none"
        return Problem(
            subject,
            f"its instance types have no single architecture ({types})",
            "split it by hand into groups of one architecture each",
        )
    return Hardware(shared.pop(), _accelerator(raw))


def _accelerator(raw: Sequence[Raw]) -> str:
    for entry in raw:
        makers = {gpu.get("Manufacturer") for gpu in entry.get("GpuInfo", {}).get("Gpus", ())}
        if "NVIDIA" in makers:
            return "nvidia"
        if entry.get("NeuronInfo") or entry.get("InferenceAcceleratorInfo"):
            return "neuron"
    return ""
