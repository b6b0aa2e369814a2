"""The second cluster: what cannot be so in the first at the same time.

It is at the end of its support, its nodes run Amazon Linux 2, and EKS is at work on it.
"""

from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.aws.eks.updates import Change, begin_once
from include.rehearsal.scenario import PlainOptions, Scene, plain
from include.rehearsal.world import World

CLUSTER, VERSION = "troubled-old", "1.31"
OLD_API = "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas"
AMAZON_LINUX_2 = {
    "name": "Amazon Linux 2 compatibility",
    "status": "ERROR",
    "kubernetesVersion": "1.33",
    "reason": "Amazon Linux 2 nodes detected.",
    "recommendation": "Migrate to Amazon Linux 2023 or Bottlerocket.",
}
"""About a minor after the next one; that EKS shows it so early, and in ERROR, is assumed."""
WEEKS = 21 * 24 * 3600.0
"""Hours are usual; but a rehearsal at sixty times the speed is to meet it, too."""


def troubled_old(world: World) -> Scene:
    """The cluster, with one node; call it with the clock's lock free."""
    scene = plain(world, CLUSTER, VERSION, 1, PlainOptions(ami_type="AL2_x86_64"))
    with world.clock.lock:
        state = interference.region_of(CLUSTER).cluster(CLUSTER)
        for one in (_insight(world), AMAZON_LINUX_2):
            world.faults.insights.append({**one, "cluster": CLUSTER})
        kind = Change("AssociateEncryptionConfig", {}, WEEKS, lambda: None, lambda _: None)
        begin_once(state, {}, lambda: kind)
    return scene


def _insight(world: World) -> dict[str, Any]:
    """Two clients still call an API that goes away with the next minor; one of them only reads."""
    last = world.clock.datetime()
    clients = [
        {"userAgent": agent, "numberOfRequestsLast30Days": calls, "lastRequestTime": last}
        for agent, calls in (("helm/v3.9.0", 4), ("kube-state-metrics/v2.1.0", 8640))
    ]
    detail = {"usage": OLD_API, "stopServingVersion": "1.32", "clientStats": clients}
    return {
        "name": "Deprecated APIs removed in Kubernetes v1.32",
        "status": "ERROR",
        "kubernetesVersion": "1.32",
        "reason": "Deprecated API usage detected within the last 30 days.",
        "categorySpecificSummary": {"deprecationDetails": [detail]},
    }
