"""A new cluster as DescribeCluster shows it, field by field.

Source: the recordings tests/recordings/aws/describe-cluster-*.json. Fields that only some clusters
have (Auto Mode, encryption) are there when the request brings them; `health` is never there.
"""

import base64
from collections.abc import Sequence
from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import EksRegion, new_id, now

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
AS_REQUESTED = (
    "encryptionConfig",
    "computeConfig",
    "storageConfig",
    "zonalShiftConfig",
    "remoteNetworkConfig",
    "kubeApiServerConfig",
    "kubeSchedulerConfig",
    "kubeControllerManagerConfig",
)


def description(
    region: EksRegion,
    request: dict[str, Any],
    version: str,
    subnets: Sequence[Any],
    security_group: str,
) -> dict[str, Any]:
    """The cluster that CreateCluster makes; `subnets` are moto's."""
    name = request["name"]
    entry = catalogue.version_entry(version) or {}
    access = request.get("accessConfig") or {}
    issuer = f"https://oidc.eks.{region.region_name}.amazonaws.com/id/{new_id()[:8].upper()}"
    return {
        "name": name,
        "arn": region.arn("cluster", name),
        "createdAt": now(),
        "version": version,
        "endpoint": world().kube_url(region.key(name)),
        "roleArn": request["roleArn"],
        "resourcesVpcConfig": _network(request, subnets, security_group),
        "kubernetesNetworkConfig": _services(request),
        "logging": {"clusterLogging": _logging(request)},
        "identity": {"oidc": {"issuer": issuer}},
        "status": "CREATING",
        "certificateAuthority": {"data": base64.b64encode(world().kube_ca.encode()).decode()},
        "platformVersion": entry.get("platform", "eks.1"),
        "tags": request.get("tags") or {},
        "accessConfig": {
            "authenticationMode": access.get("authenticationMode", "API_AND_CONFIG_MAP")
        },
        "upgradePolicy": request.get("upgradePolicy") or {"supportType": "EXTENDED"},
        "deletionProtection": bool(request.get("deletionProtection")),
        "controlPlaneScalingConfig": request.get("controlPlaneScalingConfig")
        or {"tier": "standard"},
        **{key: request[key] for key in AS_REQUESTED if request.get(key)},
    }


def _network(
    request: dict[str, Any], subnets: Sequence[Any], security_group: str
) -> dict[str, Any]:
    return {
        "subnetIds": [s.id for s in subnets],
        "securityGroupIds": request["resourcesVpcConfig"].get("securityGroupIds", []),
        "clusterSecurityGroupId": security_group,
        "vpcId": subnets[0].vpc_id,
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
    }


def _services(request: dict[str, Any]) -> dict[str, Any]:
    network = request.get("kubernetesNetworkConfig") or {}
    balancing = network.get("elasticLoadBalancing")
    return {
        "serviceIpv4Cidr": network.get("serviceIpv4Cidr", "172.20.0.0/16"),
        "ipFamily": network.get("ipFamily", "ipv4"),
        **({"elasticLoadBalancing": balancing} if balancing else {}),
    }


def _logging(request: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for the types that are on and one for those that are off."""
    asked = (request.get("logging") or {}).get("clusterLogging") or []
    on = {kind for one in asked if one.get("enabled") for kind in one.get("types") or []}
    halves = (
        {"types": [kind for kind in LOG_TYPES if (kind in on) is enabled], "enabled": enabled}
        for enabled in (True, False)
    )
    return [half for half in halves if half["types"]]
