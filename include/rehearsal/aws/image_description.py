"""An image as DescribeImages shows it.

Source: tests/recordings/aws/describe-images-*.json. moto's own images have tags, product codes and
a magnetic disk, which no image of EKS has, and lack what all of them have.
"""

from typing import Any

from moto.ec2.models.amis import Ami

from include.rehearsal.images import Image, image_id

SECOND = "%Y-%m-%dT%H:%M:%S.000Z"


class CatalogueAmi(Ami):  # type: ignore[misc]  # moto is untyped
    """An image of the catalogue, with the filters moto answers with HTTP 500."""

    ena_support = True
    platform_details = "Linux/UNIX"
    usage_operation = "RunInstances"
    sriov_net_support = "simple"

    def __init__(self, backend: Any, image: Image) -> None:
        super().__init__(
            backend,
            image.id,
            name=image.name,
            description=image.description,
            owner_id=image.owner or backend.account_id,
            owner_alias=None if image.private else "amazon",
            public=not image.private,
            virtualization_type="hvm",
            architecture=image.architecture,
            creation_date=image.created,
            image_location=f"{backend.account_id if image.private else 'amazon'}/{image.name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name="/dev/xvda",
            region_name=f"{backend.region_name}a",
        )
        self.family = image.family
        self.product_codes = None
        self.boot_mode = "uefi-preferred" if image.family == "al2023" else None
        self.imds_support = "v2.0" if image.family == "al2023" else None
        if not image.private:
            self.source_image_id = image_id(backend.region_name, f"made from {image.name}")
            self.source_image_region = backend.region_name
            self.free_tier_eligible = True
        self.deprecation_time = f"{image.deprecated:{SECOND}}" if image.deprecated else None

    def get_tags(self) -> list[dict[str, str]] | None:
        """Its tags; None without any, so that the field is not there."""
        return super().get_tags() or None

    tags = property(get_tags)

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """One disk, of the kind that its family has."""
        faster = {"Iops": 3000, "Throughput": 125} if self.family == "al2023" else {}
        disk = {
            "DeleteOnTermination": True,
            "SnapshotId": self.ebs_snapshot.id,
            "VolumeSize": 20,
            "VolumeType": "gp3" if faster else "gp2",
            "Encrypted": False,
            **faster,
        }
        return [{"DeviceName": self.root_device_name, "Ebs": disk}]

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        """The value a DescribeImages filter compares with."""
        own = {
            "root-device-type": self.root_device_type,
            "image-type": self.image_type,
            "hypervisor": self.hypervisor,
            "ena-support": "true",
            "description": self.description,
        }
        if filter_name in own:
            return own[filter_name]
        return super().get_filter_value(filter_name, method_name)
