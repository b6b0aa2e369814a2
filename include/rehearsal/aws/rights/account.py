"""What the simulated account has of the things that calls name: ARNs, tags, launch templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from include.rehearsal.aws.rights.policy import Resource

NEW = "new"
"""What stands for an id that AWS gives only in its answer."""
USER = "rehearsal"
"""The IAM user that the rehearsal's own access keys belong to."""


@dataclass(frozen=True)
class Caller:
    """Who signs a call.

    Attributes:
        principal: ARN of the role or user, by which policies are told.
        arn: as GetCallerIdentity shows it: of a role's session, or of the user.
        account: the account it belongs to.
    """

    principal: str
    arn: str
    account: str


def caller_of(key_id: str, account: str, region: str) -> Caller:
    """Whose access key this is; a key that moto did not make is the rehearsal's own user."""
    for backends in sts_backends.values():
        for backend in backends.values():
            for role in backend.assumed_roles:
                if role.access_key_id == key_id:
                    return Caller(role.role_arn, role.arn, role.account_id)
    partition = get_partition(region)
    user = iam_backends[account][partition].get_user_from_access_key_id(key_id)
    arn = user.arn if user else f"arn:{partition}:iam::{account}:user/{USER}"
    return Caller(arn, arn, account)


@dataclass(frozen=True)
class Account:
    """One region of an account. Read under the world's lock."""

    number: str
    region: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`."""
        return str(get_partition(self.region))

    def arn(self, service: str, path: str) -> str:
        """An ARN of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{path}"

    def role(self, name: str) -> str:
        """The ARN of a role, with its path if IAM knows it; an ARN is given back."""
        if name.startswith("arn:"):
            return name
        for role in iam_backends[self.number][self.partition].roles.values():
            if role.name == name:
                return str(role.arn)
        return f"arn:{self.partition}:iam::{self.number}:role/{name}"

    def cluster(self, name: str) -> Resource:
        """A cluster with its tags."""
        return self._tagged("eks", f"cluster/{name}", self._cluster(name).get("tags"))

    def node_group(self, cluster: str, name: str) -> Resource:
        """A node group with its tags; a new one has no id yet."""
        state = self._state(cluster)
        raw = state.groups[name].raw if state and name in state.groups else {}
        arn = raw.get("nodegroupArn") or self.arn("eks", f"nodegroup/{cluster}/{name}/{NEW}")
        return _with_tags(str(arn), "aws", raw.get("tags"))

    def addon(self, cluster: str, name: str) -> Resource:
        """An add-on."""
        return Resource(self.arn("eks", f"addon/{cluster}/{name}/{NEW}"))

    def access_entry(self, cluster: str, principal: str) -> Resource:
        """The access entry of a role; its ARN has the account and the name of the role."""
        _, _, _, _, number, path = [*principal.split(":", 5), *[""] * 6][:6]
        kind, _, name = path.partition("/")
        return Resource(self.arn("eks", f"access-entry/{cluster}/{kind}/{number}/{name}/{NEW}"))

    def key(self, name: str) -> str:
        """The ARN of a KMS key of this account."""
        return self.arn("kms", f"key/{name}")

    def auto_scaling_group(self, name: str) -> Resource:
        """An Auto Scaling group with its tags; EKS has put its own on it."""
        found = autoscaling_backends[self.number][self.region].autoscaling_groups.get(name)
        number = found.arn.split(":")[6] if found else NEW
        tags = {tag["Key"]: tag.get("Value", "") for tag in found.tags} if found else {}
        arn = self.arn("autoscaling", f"autoScalingGroup:{number}:autoScalingGroupName/{name}")
        return _with_tags(arn, "autoscaling", tags)

    def launch_template(self, name: str) -> Resource:
        """A launch template, by its id or name, with its tags."""
        found = self._template(name)
        template_id = found.id if found else name
        tags = {}
        if found:
            tags = self._ec2().describe_tags(filters={"resource-id": [template_id]})
            tags = {tag["key"]: tag["value"] for tag in tags}
        return _with_tags(self.arn("ec2", f"launch-template/{template_id}"), "ec2", tags)

    def template_data(self, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """LaunchTemplateData of the version that an EKS launchTemplate names; {} if it is not."""
        found = self._template(str(spec.get("id") or spec.get("name")))
        wanted = str(spec.get("version") or "$Default")
        numbers = [str(each.number) for each in found.versions] if found else []
        if not found or (not wanted.startswith("$") and wanted not in numbers):
            return {}
        data: Mapping[str, Any] = found.get_version(wanted).data
        return data

    def _template(self, name: str) -> Any:
        ec2 = self._ec2()
        return ec2.launch_templates.get(ec2.launch_template_name_to_ids.get(name, name))

    def _ec2(self) -> Any:
        return ec2_backends[self.number][self.region]

    def _state(self, cluster: str) -> Any:
        return eks_backends[self.number][self.region].clusters.get(cluster)

    def _cluster(self, name: str) -> Mapping[str, Any]:
        state = self._state(name)
        return state.raw if state else {}

    def _tagged(self, service: str, path: str, tags: Mapping[str, str] | None) -> Resource:
        return _with_tags(self.arn(service, path), "aws", tags)


def _with_tags(arn: str, service: str, tags: Mapping[str, str] | None) -> Resource:
    """The condition keys of a resource's tags: AWS's global one, and that of the service."""
    prefixes = dict.fromkeys(("aws", service))
    context = {
        f"{prefix}:ResourceTag/{key}": value
        for prefix in prefixes
        for key, value in (tags or {}).items()
    }
    return Resource(arn, context)
