"""The policies and the access entry as a CloudFormation template, in JSON. Pure."""

from collections.abc import Mapping
from typing import Any

from include.eks_upgrade.permissions.place import Place
from include.eks_upgrade.permissions.policies import OPTIONAL, Policy

GROUP = "eks-upgrade"
"""The Kubernetes group that the roles in the cluster are bound to."""


def cloudformation(place: Place, policies: Mapping[str, Policy]) -> dict[str, Any]:
    """A template that attaches the policies to the role, and lets it into the cluster.

    What only a parameter of the upgrade needs is attached if the template's parameter of that
    name says so.
    """
    parameters = {option: power for option, power in OPTIONAL.items() if option in policies}
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Rights of the role {place.role} to upgrade the cluster {place.cluster}",
    }
    if parameters:
        template["Parameters"] = {
            _pascal(power): {
                "Type": "String",
                "AllowedValues": ["true", "false"],
                "Default": "false",
                "Description": f"Whether upgrades may use {power}",
            }
            for power in parameters.values()
        }
        template["Conditions"] = {
            f"{_pascal(power)}IsSet": {"Fn::Equals": [{"Ref": _pascal(power)}, "true"]}
            for power in parameters.values()
        }
    template["Resources"] = {
        f"{_pascal(name)}Policy": _policy(place, name, policy) for name, policy in policies.items()
    }
    if place.access_entries:
        template["Resources"]["AccessEntry"] = {
            "Type": "AWS::EKS::AccessEntry",
            "Properties": {
                "ClusterName": place.cluster,
                "PrincipalArn": place.role_arn,
                "KubernetesGroups": [GROUP],
                "Type": "STANDARD",
            },
        }
    return template


def _policy(place: Place, name: str, policy: Policy) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "Description": f"eks-upgrade of {place.cluster}: {name}",
            "Roles": [place.role_name],
            "PolicyDocument": policy,
        },
    }
    power = OPTIONAL.get(name.rstrip("-0123456789"))
    return {"Condition": f"{_pascal(power)}IsSet", **resource} if power else resource


def _pascal(name: str) -> str:
    """`may_delete_asg`, `node-groups-2` as CloudFormation names things: `MayDeleteAsg`."""
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
