"""EC2: EKS's images, launch template versions that inherit, nodes that leave."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from include.rehearsal import images
from include.rehearsal.aws.current_world import urls, world
from include.rehearsal.aws.errors import AwsError
from include.rehearsal.aws.image_description import CatalogueAmi

URL_BASES = [r"https?://ec2\.(.+)\.amazonaws\.com(|\.cn)"]


class Ec2Region(EC2Backend):  # type: ignore[misc]  # moto is untyped
    """EC2 of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.deleted_versions: set[tuple[str, int]] = set()
        self.template_tokens: dict[tuple[str, str], tuple[dict[str, Any], Any]] = {}
        self.versions_seen_from: dict[tuple[str, int], float] = {}

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/", Ec2Responses)

    def create_launch_template(self, *args: Any, **kwargs: Any) -> Any:
        """CreateLaunchTemplate; it is seen after the faults' `template_lag_seconds`."""
        template = super().create_launch_template(*args, **kwargs)
        self.made(template.id, 1)
        return template

    def made(self, template_id: str, number: int) -> None:
        """A version has been made now."""
        seen_from = world().clock.now() + world().faults.template_lag_seconds
        self.versions_seen_from[template_id, number] = seen_from

    def is_seen(self, template_id: str, number: int) -> bool:
        """Whether a version is visible yet, to whoever asks, EKS among them.

        What was just made is NotFound for seconds to minutes:
        https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html and
        https://github.com/rancher/rancher/issues/38704 (CreateNodegroup).
        """
        return world().clock.now() >= self.versions_seen_from.get((template_id, number), 0.0)

    def _load_amis(self) -> None:
        for image in images.by_id(self.region_name).values():
            self.amis[image.id] = CatalogueAmi(self, image)

    def terminate_instances(self, instance_ids: list[str]) -> Any:
        """Terminate instances; their nodes leave Kubernetes."""
        ended = super().terminate_instances(instance_ids)
        for instance_id in instance_ids:
            world().instance_gone(instance_id)
        return ended

    def describe_tags(self, filters: dict[str, list[str]] | None = None) -> Any:
        """Tags; the common case of one resource is answered without scanning all of them."""
        wanted = (filters or {}).get("resource-id", [])
        one = bool(filters) and list(filters or {}) == ["resource-id"] and len(wanted) == 1
        if one and not any(c in wanted[0] for c in "*?"):
            return _tags_of(wanted[0], self.tags.get(wanted[0], {}))
        return super().describe_tags(filters)


def _tags_of(resource_id: str, tags: dict[str, str]) -> list[dict[str, str]]:
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix  # noqa: PLC0415 - moto's cycle

    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource_id), "")
    return [
        {"resource_id": resource_id, "key": key, "value": value, "resource_type": kind}
        for key, value in tags.items()
    ]


class Ec2Responses(EC2Response):  # type: ignore[misc]  # moto is untyped
    """The EC2 operations moto gets wrong."""

    def create_launch_template(self) -> ActionResult:
        """CreateLaunchTemplate, with its ClientToken remembered.

        Raises:
            AwsError: IdempotentParameterMismatch for a token seen with other parameters.
        """
        # Copied: moto changes the data as it takes it.
        request = {
            key: deepcopy(self._get_param(key))
            for key in ("LaunchTemplateName", "LaunchTemplateData")
        }
        known = self._known(request)
        if known:
            return ActionResult({"LaunchTemplate": known})
        made = super().create_launch_template()
        self._remember(request, made.result["LaunchTemplate"])
        return made

    def _known(self, request: dict[str, Any]) -> Any:
        """What this operation made for the request's ClientToken before, None without."""
        token = self._get_param("ClientToken")
        known = self.ec2_backend.template_tokens.get((self._get_action(), token)) if token else None
        if known and known[0] != request:
            raise AwsError(
                "IdempotentParameterMismatch",
                "The client token was used before with different parameters.",
            )
        return known[1] if known else None

    def _remember(self, request: dict[str, Any], made: Any) -> None:
        token = self._get_param("ClientToken")
        if token:
            self.ec2_backend.template_tokens[self._get_action(), token] = (request, made)

    def create_launch_template_version(self) -> ActionResult:
        """CreateLaunchTemplateVersion: SourceVersion is merged, ClientToken remembered.

        Raises:
            AwsError: IdempotentParameterMismatch for a token seen with other parameters.
        """
        request = {
            key: self._get_param(key)
            for key in (
                "LaunchTemplateId",
                "LaunchTemplateName",
                "SourceVersion",
                "VersionDescription",
                "LaunchTemplateData",
            )
        }
        known = self._known(request)
        if known:
            return ActionResult({"LaunchTemplateVersion": known})
        version = self._new_version(request)
        self._remember(request, version)
        return ActionResult({"LaunchTemplateVersion": version})

    def delete_launch_template_versions(self) -> ActionResult:
        """DeleteLaunchTemplateVersions, by numbers."""
        template = self._template()
        numbers = [int(one) for one in self._get_param("Versions") or []]
        self.ec2_backend.deleted_versions |= {(template.id, number) for number in numbers}
        deleted = [{"LaunchTemplateId": template.id, "VersionNumber": number} for number in numbers]
        return ActionResult({"SuccessfullyDeletedLaunchTemplateVersions": deleted})

    def describe_launch_template_versions(self) -> ActionResult:
        """DescribeLaunchTemplateVersions; one that is deleted is gone.

        Raises:
            AwsError: InvalidLaunchTemplateId.VersionNotFound when it is asked for by its number.
        """
        template = self._template()
        if not self.ec2_backend.is_seen(template.id, 1):
            raise self._unseen(template)
        for asked in self._get_param("Versions", []):
            if str(asked).isdigit() and not self._shown(template.id, int(asked)):
                raise AwsError(
                    "InvalidLaunchTemplateId.VersionNotFound",
                    f"Could not find the specified version {asked} for the launch template "
                    f"with ID {template.id}.",
                )
        found = super().describe_launch_template_versions()
        listed = found.result["LaunchTemplateVersions"]
        found.result["LaunchTemplateVersions"] = [
            one for one in listed if self._shown(one["LaunchTemplateId"], one["VersionNumber"])
        ]
        return found

    def _shown(self, template_id: str, number: int) -> bool:
        gone = (template_id, number) in self.ec2_backend.deleted_versions
        return not gone and self.ec2_backend.is_seen(template_id, number)

    def _unseen(self, template: Any) -> AwsError:
        """EC2's words for a template that it does not know, by name or by id."""
        name = self._get_param("LaunchTemplateName")
        if name:
            return AwsError(
                "InvalidLaunchTemplateName.NotFoundException",
                "At least one of the launch templates specified in the request does not exist.",
            )
        return AwsError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {template.id}, does not exist.",
        )

    def _template(self) -> Any:
        name = self._get_param("LaunchTemplateName")
        backend = self.ec2_backend
        if name:
            return backend.get_launch_template_by_name(name)
        return backend.get_launch_template(self._get_param("LaunchTemplateId"))

    def describe_capacity_reservations(self) -> ActionResult:
        """DescribeCapacityReservations: all of them, or those of the ids.

        Raises:
            AwsError: InvalidCapacityReservationId.NotFound as soon as one of the ids is gone.
        """
        known, wanted = world().reservations, self._get_param("CapacityReservationIds") or []
        gone = [one for one in wanted if one not in known]
        if gone:
            raise AwsError(
                "InvalidCapacityReservationId.NotFound",
                f"The specified capacity reservation ID '{gone[0]}' does not exist",
            )
        found = [known[one] for one in wanted or sorted(known)]
        return ActionResult({"CapacityReservations": found})

    def describe_instance_type_offerings(self) -> ActionResult:
        """DescribeInstanceTypeOfferings by zone, of the types that are asked for.

        moto's own list knows neither young types nor young regions. Here every zone offers all that
        moto can start, but for what `World.not_offered` names.
        """
        wanted = self._filters_from_querystring().get("instance-type") or sorted(INSTANCE_TYPES)
        zones = sorted(zone.name for zone in self.ec2_backend.describe_availability_zones())
        found = [
            {"InstanceType": name, "LocationType": "availability-zone", "Location": zone}
            for name in wanted
            for zone in zones
            if name in INSTANCE_TYPES and (zone, name) not in world().not_offered
        ]
        return ActionResult({"InstanceTypeOfferings": found})

    def _new_version(self, request: dict[str, Any]) -> dict[str, Any]:
        backend = self.ec2_backend
        name = request["LaunchTemplateName"]
        template = (
            backend.get_launch_template_by_name(name)
            if name
            else backend.get_launch_template(request["LaunchTemplateId"])
        )
        if not backend.is_seen(template.id, 1):
            raise self._unseen(template)
        source = request["SourceVersion"]
        inherited = template.get_version(source).data if source else {}
        given = {k: v for k, v in (request["LaunchTemplateData"] or {}).items() if v is not None}
        if isinstance(given.get("UserData"), str):  # as moto's own parsing would have left it
            given["UserData"] = Base64EncodedString(given["UserData"])
        data = {**inherited, **given}
        self.error_on_dryrun()
        version = template.create_version(data, request["VersionDescription"])
        backend.made(template.id, version.number)
        return {
            "CreateTime": version.create_time,
            "CreatedBy": f"arn:{self.partition}:iam::{self.current_account}:root",
            "DefaultVersion": template.is_default(version),
            "LaunchTemplateData": version.data,
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionDescription": version.description,
            "VersionNumber": version.number,
            "Operator": {"Managed": False},
        }
