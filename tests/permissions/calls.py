"""A recorded call of AWS as IAM sees it: its action, the ARNs it is about, and what goes with it.

Which resources an action is checked against comes from the service authorization reference; their
names come from the call's own parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore.session

from include.rehearsal.journal import Entry
from tests.permissions.iam import Asked, Resource, reference
from tests.permissions.stage import ACCOUNT, Recorded

SERVICES = {
    "eks": "eks",
    "autoscaling": "autoscaling",
    "ec2": "ec2",
    "ssm": "ssm",
    "sts": "sts",
    "service-quotas": "servicequotas",
}
"""By the service's name in botocore: its prefix of actions in IAM."""
NEW = "new"
"""What stands for an id that AWS gives only in its answer."""


def services() -> dict[str, str]:
    """Operation -> prefix of its action; of one name in two services (DeleteTags) the first's."""
    session = botocore.session.get_session()
    found: dict[str, str] = {}
    for service, prefix in SERVICES.items():
        for operation in session.get_service_model(service).operation_names:
            found.setdefault(operation, prefix)
    return found


def requests_of(entry: Entry, recorded: Recorded, services: Mapping[str, str]) -> Iterator[Asked]:
    """The request itself, and those that AWS makes of it in the caller's name."""
    action = f"{services[entry.operation]}:{entry.operation}"
    place = Place(entry.body, recorded)
    yield Asked(action, tuple(place.resources(action)), place.context(action))
    yield from IMPLIED.get(action, _nothing)(entry.body, place)


class Place:
    """ARNs of one call's resources."""

    def __init__(self, body: Mapping[str, Any], recorded: Recorded) -> None:
        self.body, self.recorded = body, recorded
        self.region = recorded.region
        self.cluster = str(body.get("clusterName") or body.get("name") or "")

    def resources(self, action: str) -> Iterator[Resource]:
        """One of each type that the reference requires, or that the call names."""
        service = action.split(":", maxsplit=1)[0]
        for kind, row in reference()["actions"][action]["resources"].items():
            names = self._names(kind)
            if row["required"] or any(names):
                yield from (self._resource(service, kind, name) for name in names or [NEW])

    def arn(self, service: str, path: str) -> str:
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{path}"

    def context(self, action: str) -> dict[str, Any]:
        """The request's own condition keys that the policies use."""
        if action in {"autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"}:
            return {"aws:TagKeys": [tag["Key"] for tag in self.body["Tags"]]}
        return {}

    def _names(self, kind: str) -> list[str]:
        body = self.body
        one = {
            "cluster": self.cluster,
            "nodegroup": body.get("nodegroupName"),
            "addon": body.get("addonName"),
            "autoScalingGroup": body.get("AutoScalingGroupName"),
            "launch-template": body.get("LaunchTemplateId"),
            "parameter": body.get("Name"),
        }[kind]
        tagged = {tag["ResourceId"] for tag in body.get("Tags", ()) if "ResourceId" in tag}
        return [one] if one else sorted(tagged)

    def _resource(self, service: str, kind: str, name: str) -> Resource:
        if kind == "autoScalingGroup":
            return self._asg(name)
        path = {
            "cluster": f"cluster/{name}",
            "nodegroup": f"nodegroup/{self.cluster}/{name}/{NEW}",
            "addon": f"addon/{self.cluster}/{name}/{NEW}",
            "launch-template": f"launch-template/{name}",
            "parameter": f"parameter{name}",
        }[kind]
        arn = self.arn(service, path)
        # AWS's public parameters belong to no account of ours.
        return Resource(arn.replace(f":{ACCOUNT}:", "::") if kind == "parameter" else arn)

    def _asg(self, name: str) -> Resource:
        """With its tags as they were; EKS had put its own on it."""
        tags = self.recorded.asg_tags[name]
        path = f"autoScalingGroup:{self.recorded.asg_ids[name]}:autoScalingGroupName/{name}"
        keys = {f"autoscaling:ResourceTag/{key}": value for key, value in tags.items()}
        return Resource(self.arn("autoscaling", path), keys)


def _nothing(body: Mapping[str, Any], place: Place) -> Iterator[Asked]:
    return iter(())


def _pass_role(role: str, service: str) -> Asked:
    return Asked("iam:PassRole", (Resource(role),), {"iam:PassedToService": service})


def _of_update_addon(body: Mapping[str, Any], place: Place) -> Iterator[Asked]:
    """An add-on's own role is handed to EKS with its update (API_UpdateAddon)."""
    if body.get("serviceAccountRoleArn"):
        yield _pass_role(body["serviceAccountRoleArn"], "eks.amazonaws.com")


def _of_create_nodegroup(body: Mapping[str, Any], place: Place) -> Iterator[Asked]:
    """The node role is handed to EKS, and by it to EC2; tags are set at creation.

    With a launch template EKS asks for the caller's right to start instances from it, and to tag
    them: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
    """
    yield _pass_role(body["nodeRole"], "eks.amazonaws.com")
    yield _pass_role(body["nodeRole"], "ec2.amazonaws.com")
    if body.get("tags"):
        group = f"nodegroup/{place.cluster}/{body['nodegroupName']}/{NEW}"
        yield Asked("eks:TagResource", (Resource(place.arn("eks", group)),))
    template = (body.get("launchTemplate") or {}).get("id")
    if template:
        yield Asked("ec2:RunInstances", tuple(_started(place, template)))
        tagged = [Resource(place.arn("ec2", f"{kind}/{NEW}")) for kind in ("instance", "volume")]
        yield Asked("ec2:CreateTags", tuple(tagged), {"ec2:CreateAction": "RunInstances"})


def _started(place: Place, template: str) -> Iterator[Resource]:
    """What RunInstances is checked against: all that it requires, and the template."""
    kinds = reference()["actions"]["ec2:RunInstances"]["resources"]
    for kind in [kind for kind, row in kinds.items() if row["required"]]:
        arn = place.arn("ec2", f"{kind}/{NEW}")
        # An image's ARN has no account, whosever it is.
        yield Resource(arn.replace(f":{ACCOUNT}:", "::") if kind == "image" else arn)
    yield Resource(place.arn("ec2", f"launch-template/{template}"))


IMPLIED: dict[str, Callable[[Mapping[str, Any], Place], Iterator[Asked]]] = {
    "eks:UpdateAddon": _of_update_addon,
    "eks:CreateNodegroup": _of_create_nodegroup,
}
"""What AWS asks of the caller besides, by the action from which it follows."""
