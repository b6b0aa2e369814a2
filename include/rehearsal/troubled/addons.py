"""The add-ons of the troubled cluster."""

import copy
import json
from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.aws.eks.addon_schemas import schema_of
from include.rehearsal.world import World

VERSIONS: dict[str, str | None] = {"vpc-cni": "v1.20.4-eksbuild.1", "coredns": None}
"""Not kube-proxy, which somebody installed by hand."""
SETTING, VALUES = "ENI_CONFIG_LABEL_DEF", {"env": {"ENI_CONFIG_LABEL_DEF": "team"}}
CONFIGURATIONS = {"vpc-cni": json.dumps(VALUES)}
NEXT = ("vpc-cni", "v1.21.1-eksbuild.1")
NOT_READY = {
    "code": "InsufficientNumberOfReplicas",
    "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    "resourceIds": [],
}


def trouble_the_addons(world: World, cluster: str) -> None:
    """The next version of the CNI does not take a setting any more; CoreDNS is not well."""
    with world.clock.lock:
        schema: dict[str, Any] = copy.deepcopy(schema_of(*NEXT))
        del schema["definitions"]["Env"]["properties"][SETTING]
        world.addon_schemas[NEXT] = schema
    interference.set_addon_health(world, cluster, "coredns", "DEGRADED", [NOT_READY])
