"""A call as IAM sees it: its action, the ARNs it is about, what goes with it, and what follows.

Which resources an action is checked against comes from the service authorization reference; their
names come from the call's own parameters.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.rights.account import NEW, Account
from include.rehearsal.aws.rights.dependent import (
    NODE_GROUP_ROLE,
    NODE_GROUP_SERVICE,
    TABLE,
    DependentRight,
)
from include.rehearsal.aws.rights.policy import Asked, Context, Resource

REFERENCE = Path(__file__).parent / "service_authorization.json"
PREFIXES: Final = {"service-quotas": "servicequotas"}
"""Prefixes of actions that differ from the service's name in botocore."""


@cache
def reference() -> dict[str, Any]:
    """The service authorization reference, as far as it is kept beside this file."""
    found: dict[str, Any] = json.loads(REFERENCE.read_text())
    return found


@dataclass(frozen=True)
class Question:
    """One request that AWS judges because of a call; `row` is None for the call itself."""

    asked: Asked
    row: DependentRight | None = None


def questions(
    service: str, operation: str, body: Mapping[str, Any], account: Account
) -> Iterator[Question]:
    """The call itself, and those that AWS makes of it in the caller's name."""
    action = f"{PREFIXES.get(service, service)}:{operation}"
    call = _Call(action, body, account)
    yield Question(Asked(action, tuple(call.resources()), call.context()))
    for row in TABLE:
        if row.call == action and call.has(row.when):
            about = tuple(call.dependent(row))
            context = {**call.common(), **row.context, **call.request_tags(row)}
            yield Question(Asked(row.action, about, context), row)


class _Call:
    """The parameters of one call."""

    def __init__(self, action: str, body: Mapping[str, Any], account: Account) -> None:
        self.action, self.body, self.account = action, body, account
        self.cluster = str(body.get("clusterName") or body.get("name") or "")

    def resources(self) -> Iterator[Resource]:
        """One of each type that the reference requires, or that the call names."""
        rows = reference()["actions"].get(self.action, {"resources": {}})["resources"]
        for kind, row in rows.items():
            names = self._names(kind)
            if row["required"] or any(names):
                yield from (self._resource(kind, name) for name in names or [NEW])

    def common(self) -> Context:
        """What goes with every request."""
        return {"aws:RequestedRegion": self.account.region, "ec2:Region": self.account.region}

    def context(self) -> Context:
        """The request's own condition keys."""
        tags = _tags_in(self.body)
        return {
            **self.common(),
            **self._of_arc(),
            **({"aws:TagKeys": list(tags), **_request_tags(tags)} if tags else {}),
        }

    def _of_arc(self) -> Context:
        """ARC is bound by this key: its reference knows no ARN of a cluster.

        https://docs.aws.amazon.com/r53recovery/latest/dg/security_iam_service-with-iam-zonal-shift.html
        """
        asked = self.body.get("resourceIdentifier")
        return {"arc-zonal-shift:ResourceIdentifier": str(asked)} if asked else {}

    def request_tags(self, row: DependentRight) -> Context:
        """The tags that a dependent request sets."""
        if row.action == "ec2:CreateTags" and "RunInstances" in row.context.values():
            tags = _specified(self._template().get("TagSpecifications"))
        elif row.action in {"ec2:CreateTags", "eks:TagResource"}:
            tags = _tags_in(self.body)
        else:
            return {}
        return {"aws:TagKeys": list(tags), **_request_tags(tags)} if tags else {}

    def has(self, when: str) -> bool:
        """Whether the call is one of those that a row is about."""
        conditions: dict[str, Callable[[], Any]] = {
            "always": lambda: True,
            "no node group was ever made in the account": lambda: (
                NODE_GROUP_SERVICE not in world().service_linked_roles
            ),
            "it names a launch template": lambda: self.body.get("launchTemplate"),
            "it names tags": lambda: _tags_in(self.body),
            "it names a role": lambda: self.body.get("serviceAccountRoleArn"),
            "it names pod identities": lambda: self.body.get("podIdentityAssociations"),
        }
        return bool(conditions[when]())

    def dependent(self, row: DependentRight) -> Iterator[Resource]:
        """What a dependent right is asked on."""
        account, body = self.account, self.body
        group = str(body.get("nodegroupName"))
        service_role = f"aws-service-role/{NODE_GROUP_SERVICE}/{NODE_GROUP_ROLE}"
        found: dict[str, Callable[[], list[Resource]]] = {
            "": list,
            "node role": lambda: [Resource(account.role(str(body["nodeRole"])))],
            "service-linked role": lambda: [Resource(account.role(service_role))],
            "add-on role": lambda: [Resource(account.role(str(body["serviceAccountRoleArn"])))],
            "pod identity roles": lambda: [
                Resource(account.role(str(one["roleArn"])))
                for one in body["podIdentityAssociations"]
            ],
            "new node group": lambda: [account.node_group(self.cluster, group)],
            "new launch template": lambda: [Resource(account.arn("ec2", f"launch-template/{NEW}"))],
            "what is started": lambda: list(self._started()),
            "what is tagged at its start": lambda: [
                Resource(account.arn("ec2", f"{kind}/{NEW}")) for kind in ("instance", "volume")
            ],
        }
        yield from found[row.resource]()

    def _template(self) -> Mapping[str, Any]:
        return self.account.template_data(self.body.get("launchTemplate") or {})

    def _started(self) -> Iterator[Resource]:
        """What RunInstances is checked against: all that it requires, and what is named besides.

        A resource that the template names carries `ec2:IsLaunchTemplateResource`: `true`. What EKS
        adds (subnets, the cluster's security group, its own image) is not the template's.
        """
        spec, data = self.body["launchTemplate"], self._template()
        template = self.account.launch_template(str(spec.get("id") or spec.get("name")))
        rows = reference()["actions"]["ec2:RunInstances"]["resources"]
        required = [kind for kind, row in rows.items() if row["required"]]
        for kind in dict.fromkeys([*required, "volume", *_named_in(data)]):
            arn = self.account.arn("ec2", f"{kind}/{NEW}")
            # An image's ARN has no account, whosever it is.
            arn = arn.replace(f":{self.account.number}:", "::") if kind == "image" else arn
            yield Resource(arn, _of_template(template, named=kind in _named_in(data)))
        yield replace(template, context={**template.context, **_of_template(template, named=True)})

    def _names(self, kind: str) -> list[str]:
        body = self.body
        one = {
            "cluster": self.cluster,
            "nodegroup": body.get("nodegroupName"),
            "addon": body.get("addonName"),
            "autoScalingGroup": body.get("AutoScalingGroupName"),
            "launch-template": body.get("LaunchTemplateId") or self._known_template(),
            "parameter": body.get("Name"),
            "access-entry": body.get("principalArn"),
            "key": body.get("KeyId"),
            "role": body.get("RoleArn") or body.get("RoleName") or body.get("PolicySourceArn"),
        }.get(kind)
        tagged = {
            tag["ResourceId"]
            for tag in body.get("Tags") or ()
            if isinstance(tag, dict) and "ResourceId" in tag
        }
        return [str(one)] if one else sorted(tagged)

    def _known_template(self) -> str:
        """A template's name stands for one that is there, but for the one that is to be made."""
        making = self.action == "ec2:CreateLaunchTemplate"
        return "" if making else str(self.body.get("LaunchTemplateName") or "")

    def _resource(self, kind: str, name: str) -> Resource:
        account = self.account
        found: dict[str, Callable[[], Resource]] = {
            "cluster": lambda: account.cluster(name),
            "nodegroup": lambda: account.node_group(self.cluster, name),
            "addon": lambda: account.addon(self.cluster, name),
            "autoScalingGroup": lambda: account.auto_scaling_group(name),
            "launch-template": lambda: account.launch_template(name),
            # AWS's public parameters belong to no account of ours.
            "parameter": lambda: Resource(
                account.arn("ssm", f"parameter{name}").replace(f":{account.number}:", "::")
            ),
            "role": lambda: Resource(account.role(name)),
            "access-entry": lambda: account.access_entry(self.cluster, name),
            "key": lambda: Resource(name if name.startswith("arn:") else account.key(name)),
        }
        if kind in found:
            return found[kind]()
        return Resource(account.arn(self.action.split(":")[0], f"{kind}/{name}"))


def _of_template(template: Resource, *, named: bool) -> Context:
    return {
        "ec2:LaunchTemplate": template.arn,
        "ec2:IsLaunchTemplateResource": "true" if named else "false",
    }


def _named_in(data: Mapping[str, Any]) -> list[str]:
    """The types of resources that a launch template names itself."""
    interfaces = data.get("NetworkInterfaces") or []
    reservation = (data.get("CapacityReservationSpecification") or {}).get(
        "CapacityReservationTarget"
    ) or {}
    named = {
        "image": data.get("ImageId"),
        "key-pair": data.get("KeyName"),
        "security-group": data.get("SecurityGroupIds")
        or any(one.get("Groups") for one in interfaces),
        "network-interface": interfaces,
        "volume": data.get("BlockDeviceMappings"),
        "placement-group": (data.get("Placement") or {}).get("GroupName"),
        "capacity-reservation": reservation.get("CapacityReservationId"),
    }
    return [kind for kind, value in named.items() if value]


def _tags_in(body: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a call sets, however its service writes them."""
    tags = body.get("tags") or body.get("Tags") or {}
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()} | _specified(
            body.get("TagSpecifications")
        )
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags if isinstance(tag, dict)}


def _specified(specifications: Any) -> dict[str, str]:
    """The tags of EC2's TagSpecifications."""
    return {
        str(tag["Key"]): str(tag.get("Value", ""))
        for one in specifications or ()
        for tag in one.get("Tags") or ()
    }


def _request_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()}
