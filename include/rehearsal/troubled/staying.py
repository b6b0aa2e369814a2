"""Workloads of the troubled cluster that the old nodes cannot simply be emptied of."""

from include.rehearsal.troubled.groups import TOOLS, WORKERS
from include.rehearsal.workloads import (
    App,
    Manifest,
    bare_pod,
    deployment,
    in_pool,
    job,
    with_pod_spec,
)

_BUSY = {"cpu": "1", "memory": "1Gi"}


def staying() -> list[Manifest]:
    """All of them."""
    return [
        bare_pod("ops", "debug-shell"),
        # The one pod that its budget demands is the only one there is.
        *deployment(App("data", "queue", 1, {"minAvailable": 1})),
        # New nodes belong to a group of another name.
        *with_pod_spec(
            deployment(App("data", "search", 1)),
            nodeSelector={"eks.amazonaws.com/nodegroup": "workers"},
        ),
        in_pool(job("batch", "import", 7 * 24 * 3600, backoffLimit=0), TOOLS),
        *_hungry(),
        *_undisturbed(),
        *_airflow(),
    ]


def static_pod(node: Manifest) -> Manifest:
    """The mirror of a pod that a node's kubelet runs from a file which nothing of today writes."""
    meta = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    made = bare_pod("kube-system", f"node-audit-{meta['name']}")
    made["metadata"] |= {
        "annotations": {"kubernetes.io/config.mirror": "0123456789abcdef"},
        "ownerReferences": [{**owner, "controller": True}],
    }
    made["spec"] |= {"nodeName": meta["name"], "tolerations": [{"operator": "Exists"}]}
    return made


def _hungry() -> list[Manifest]:
    """Three pods, each of which takes half of a node of `workers`; two nodes are to be there."""
    made = in_pool(deployment(App("shop", "recommend", 3))[0], WORKERS)
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": _BUSY}
    return [made]


def _undisturbed() -> list[Manifest]:
    """A notebook whose owner has asked the autoscaler to leave it alone."""
    made = deployment(App("ml", "notebook", 1))
    notes = made[0]["spec"]["template"]["metadata"]["annotations"]
    notes["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false"
    return made


def _airflow() -> list[Manifest]:
    """The scheduler of an Airflow, which may be the one that runs the upgrade."""
    made = deployment(App("airflow", "scheduler", 1))
    template = made[0]["spec"]["template"]
    template["metadata"]["labels"] |= {"tier": "airflow", "component": "scheduler"}
    template["spec"]["containers"][0]["image"] = "apache/airflow:3.3.0"
    return made
