"""What each recording found in its cluster, built again in the rehearsal's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rehearsal.kube.kube_lab import Lab, budget, deployment, pod

RECORDINGS = Path(__file__).parents[2] / "recordings"


def recorded(scenario: str) -> list[dict[str, Any]]:
    return json.loads((RECORDINGS / f"{scenario}.json").read_text())["exchanges"]


def apply(lab: Lab, *manifests: dict[str, Any]) -> None:
    with lab.clock.lock:
        for each in manifests:
            lab.cluster.apply(each)
    lab.settle()


def noted(workload: dict[str, Any], **notes: str) -> dict[str, Any]:
    template = workload["spec"].get("template", workload)
    template["metadata"]["annotations"] = {
        f"rehearsal/{key.replace('_', '-')}": value for key, value in notes.items()
    }
    return workload


def labelled(workload: dict[str, Any], **labels: str) -> dict[str, Any]:
    workload["spec"]["selector"]["matchLabels"] = labels
    workload["spec"]["template"]["metadata"]["labels"] = labels
    return workload


def put_recorded(lab: Lab, scenario: str) -> None:
    """The objects a recording lists or shows, as they are, without controllers' second thoughts."""
    for exchange in recorded(scenario):
        body = exchange["response"]["body"]
        plural = exchange["request"]["path"].split("/")[3]
        for item in body.get("items", [body]) if isinstance(body, dict) else ():
            meta = item.get("metadata", {})
            if meta.get("name") and "creationTimestamp" in meta:
                with lab.clock.lock:
                    known = lab.cluster.store.find(plural, meta.get("namespace"), meta["name"])
                    if known is None:
                        lab.cluster.store.create(plural, {**item, "metadata": {**meta}})


def cordon(lab: Lab) -> None:
    body = recorded("cordon")[0]["response"]["body"]
    lab.put("nodes", body)


def lists(lab: Lab) -> None:
    put_recorded(lab, "lists")


def unschedulable(lab: Lab) -> None:
    for number in range(3):
        lab.add_node(f"blue-{number}")
    big = pod("big", namespace="stuck")
    big["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1k"}}
    apply(lab, big, pod("picky", namespace="stuck", nodeSelector={"gpu": "yes"}))


def without_budget(lab: Lab) -> None:
    lab.add_node("blue-0")
    apply(lab, pod("lone", namespace="evict-free"))


def with_budget(lab: Lab) -> None:
    lab.add_node("blue-0")
    web = deployment("web", 3, namespace="budget")
    apply(lab, web, budget("web", "web", namespace="budget", minAvailable=2))


def budget_of_zero(lab: Lab) -> None:
    lab.add_node("blue-0")
    db = deployment("db", 1, namespace="zero")
    apply(lab, db, budget("never", "db", namespace="zero", maxUnavailable=0))


def two_budgets(lab: Lab) -> None:
    lab.add_node("blue-0")
    covers = [budget(name, "x", namespace="twice", maxUnavailable=1) for name in ("one", "two")]
    apply(lab, deployment("x", 3, namespace="twice"), *covers)


def crash_looping(lab: Lab) -> None:
    lab.add_node("blue-0")
    for name, policy in (("strict", None), ("allow", "AlwaysAllow")):
        labels = {"crash": "yes", "policy": name}
        workload = labelled(deployment(name, 2, namespace="crash"), **labels)
        cover = budget(name, name, namespace="crash", maxUnavailable=1)
        cover["spec"]["selector"]["matchLabels"] = labels
        if policy:
            cover["spec"]["unhealthyPodEvictionPolicy"] = policy
        apply(lab, noted(workload, crash_loop="true"), cover)


def finished_and_pending(lab: Lab) -> None:
    lab.add_node("blue-0")
    done = noted(pod("done", namespace="finished"), succeed_after="1")
    apply(lab, done, pod("waiting", namespace="finished", nodeSelector={"gpu": "yes"}))
    for name in ("done", "waiting"):
        apply(lab, budget(name, name, namespace="finished", maxUnavailable=0))


def options(lab: Lab) -> None:
    lab.add_node("blue-0")
    apply(lab, pod("g", namespace="evict-grace"), pod("u", namespace="evict-grace"))


def closing(lab: Lab) -> None:
    lab.add_node("blue-0")
    apply(lab, deployment("c", 1, namespace="closing"))
    with lab.clock.lock:
        lab.cluster.delete("namespaces", None, "closing", {})


def stateful(lab: Lab) -> None:
    lab.add_node("blue-0")
    db = {**deployment("db", 1, namespace="sts"), "kind": "StatefulSet"}
    db["spec"]["serviceName"] = "db"
    apply(lab, db)


def rollout(lab: Lab) -> None:
    lab.add_node("blue-0")
    lab.add_node("blue-1")
    template = recorded("rollout-restart")[0]["response"]["body"]["spec"]["template"]["spec"]
    solo = deployment("solo", 1, namespace="rollout", affinity=template["affinity"])
    apply(lab, solo, budget("solo", "solo", namespace="rollout", minAvailable=1))


def watched(lab: Lab) -> None:
    lab.add_node("blue-0")
    web = deployment("w", 2, namespace="watch")
    apply(lab, web, budget("w", "w", namespace="watch", maxUnavailable=1))


def forbidden(lab: Lab) -> None:
    lab.server.access.user = "viewer"
    for rule in (
        ("patch", "nodes"),
        ("create", "pods/eviction"),
        ("list", "poddisruptionbudgets"),
        ("watch", "pods"),
        ("list", "leases"),
    ):
        lab.server.forbid(*rule)


def nothing(_: Lab) -> None:
    """A fresh cluster will do."""


SETUPS: dict[str, Callable[[Lab], None]] = {
    "cordon": cordon,
    "errors": nothing,
    "evict-budget-of-zero": budget_of_zero,
    "evict-closing-namespace": closing,
    "evict-crash-looping": crash_looping,
    "evict-finished-and-pending": finished_and_pending,
    "evict-options": options,
    "evict-two-budgets": two_budgets,
    "evict-with-budget": with_budget,
    "evict-without-budget": without_budget,
    "forbidden": forbidden,
    "lease": nothing,
    "lists": lists,
    "statefulset": stateful,
    "unschedulable": unschedulable,
    "watch": watched,
    "rollout-restart": rollout,
}
# Simulated seconds that pass before an exchange: the recording waited there too.
