"""Which requests of an upgrade a webhook may stop, and whether it is asked about them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.readings.api.webhooks import Webhook, Webhooks
from include.eks_upgrade.planning.survey.surveyed import Surveyed

LEASES = "kube-node-lease"


@dataclass(frozen=True, slots=True)
class Request:
    """A kind of request without which an upgrade does not get on.

    Attributes:
        without: what does not happen where it is refused.
    """

    operation: str
    resource: str
    without: str
    group: str = ""
    namespaced: bool = True


NEW_PODS = Request("CREATE", "pods", "no pod is started anew")
ABOUT_PODS = (
    NEW_PODS,
    Request("CREATE", "pods/eviction", "no pod is evicted"),
    Request("CREATE", "pods/binding", "no pod is bound to a node"),
    Request("DELETE", "pods", "no pod that has stopped goes away"),
)
ABOUT_NODES = (
    Request("CREATE", "nodes", "no new node joins", namespaced=False),
    Request("UPDATE", "nodes", "no node is cordoned", namespaced=False),
)
ABOUT_LEASES = Request(
    "UPDATE",
    "leases",
    "no kubelet renews its lease, and nodes become NotReady",
    "coordination.k8s.io",
)


def stopped_requests(hook: Webhook, hooks: Webhooks, surveyed: Surveyed) -> Iterator[Request]:
    """The requests of this upgrade that are refused when a webhook that fails closed is silent."""
    # Those of DaemonSets are among them: new nodes need such pods to become Ready.
    pods = [one.pod for one in surveyed.facts.pods]
    for request in ABOUT_PODS:
        if _asks(hook, request) and asks_about(hook, hooks, pods):
            yield request
    # The new nodes' labels are not known before they are there; they are like those of the old.
    nodes = [node.labels for node in surveyed.targets.values()]
    for request in ABOUT_NODES:
        if _asks(hook, request) and any(map(hook.selects, nodes)):
            yield request
    if _asks(hook, ABOUT_LEASES) and hook.selects_in(hooks.labels_of(LEASES), {}):
        yield ABOUT_LEASES


def asks_about(hook: Webhook, hooks: Webhooks, pods: Iterable[Pod]) -> bool:
    """Whether it is asked about one of these pods."""
    return next(asked_about(hook, hooks, pods), None) is not None


def asked_about(hook: Webhook, hooks: Webhooks, pods: Iterable[Pod]) -> Iterator[Pod]:
    """Those of these pods that it is asked about."""
    for pod in pods:
        if hook.selects_in(hooks.labels_of(pod.namespace), pod.labels):
            yield pod


def _asks(hook: Webhook, request: Request) -> bool:
    return hook.asks(
        request.operation, request.group, request.resource, namespaced=request.namespaced
    )
