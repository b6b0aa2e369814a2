"""What runs on the messy cluster: workloads as they are found in real ones, each with its flaw.

Those that are well are here to show it afterwards; those that are not were so long before.
"""

from typing import Any

from include.rehearsal.workloads import (
    App,
    Manifest,
    bare_pod,
    budget,
    cron_job,
    daemon,
    database,
    deployment,
    gated_pod,
    in_pool,
    job,
    pace,
    stateful_set,
)

SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt"


def workloads() -> list[Manifest]:
    """All of them."""
    return [*_shop(), *_data(), *_jobs(), *_protected(), *_broken(), *_everywhere()]


def _shop() -> list[Manifest]:
    """Deployments: most have no budget."""
    legacy = deployment(App("shop", "billing", 2, ready=20))
    legacy[0]["spec"]["strategy"] = {"type": "Recreate"}
    strict = deployment(App("shop", "checkout", 3, ready=60))
    # No pod less than three, says its rollout, and surges; an eviction cannot surge.
    strict[0]["spec"]["strategy"] = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    return [
        *deployment(App("shop", "web", 6, ready=90, stop=10)),  # slow to become Ready
        *strict,
        *legacy,
        *deployment(App("shop", "api", 4, {"maxUnavailable": 1}, ready=30)),
        *deployment(App("shop", "cart", 1, ready=15)),  # the only one
        *deployment(App("shop", "cache", 2, empty_dir=True)),
        *_under_one_budget(),
    ]


def _under_one_budget() -> list[Manifest]:
    """Two Deployments that share a budget, so that one's pods hold up the other's."""
    made = [
        deployment(App("search", name, 2, ready=20))[0] for name in ("search-query", "search-index")
    ]
    for each in made:
        each["spec"]["template"]["metadata"]["labels"]["tier"] = "search"
    shared = budget(App("search", "search", 4, {"minAvailable": 3}))
    shared["spec"]["selector"] = {"matchLabels": {"tier": "search"}}
    return [*made, shared]


def _data() -> list[Manifest]:
    """Three brokers in order, and three pods of a database that its operator starts again."""
    database_pods = [database("data", "orders") for _ in range(3)]
    for number, pod in enumerate(database_pods, start=1):
        pod["metadata"]["name"] = f"orders-{number}"
        pod["metadata"]["annotations"] |= pace(start=5, ready=40, stop=10)
    return [stateful_set(App("data", "kafka", 3, ready=60, stop=20)), *database_pods]


def _jobs() -> list[Manifest]:
    """Work that ends by itself, work that one eviction fails, work that never found a node."""
    return [
        # Each runs longer than until the next tick: one is always at work.
        cron_job("batch", "export", every=10, work=660, pool="batch"),
        cron_job("batch", "settle", every=10, work=720, pool="batch", backoffLimit=0),
        in_pool(job("batch", "import", work=7 * 86400), "batch"),  # outlasts all patience
        cron_job("batch", "audit", every=15, work=60, pool="gone", policy="Replace"),
        gated_pod("ml", "training"),
        bare_pod("ci", "runner-x7k2p"),
    ]


def _protected() -> list[Manifest]:
    """Pods whose owners want autoscalers to leave them alone."""
    return [
        noted(deployment(App("ml", "notebook", 1))[0], {SAFE_TO_EVICT: "false"}),
        noted(deployment(App("ml", "inference", 2, ready=45))[0], {DO_NOT_DISRUPT: "true"}),
    ]


def _broken() -> list[Manifest]:
    """Was not well long before: its pod crashes in a loop, wherever it runs."""
    return [noted(deployment(App("ops", "dashboard", 1))[0], {"rehearsal/crash-loop": "true"})]


def _everywhere() -> list[Manifest]:
    return [daemon("logging", "log-agent"), daemon("monitoring", "node-exporter")]


def noted(workload: Manifest, annotations: dict[str, Any]) -> Manifest:
    """A workload whose pods carry these annotations as well."""
    workload["spec"]["template"]["metadata"].setdefault("annotations", {}).update(annotations)
    return workload
