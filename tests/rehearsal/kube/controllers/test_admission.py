"""Webhooks that nobody answers refuse what they are asked about; endpoints follow the pods."""

from typing import Any

import pytest

from include.rehearsal.kube.objects.errors import ApiError
from tests.rehearsal.kube.cluster_lab import ClusterLab, lab, workload

made = pytest.fixture(lab, name="lab")

SERVICE = {
    "kind": "Service",
    "metadata": {"name": "guard"},
    "spec": {"selector": {"app": "guard"}},
}


def webhook(*resources: str, operations: tuple[str, ...] = ("CREATE",), **fields: Any):
    rule = {
        "operations": list(operations),
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "resources": list(resources),
    }
    service = {"namespace": "default", "name": "guard", "path": "/validate"}
    hook = {"name": "guard.example.com", "clientConfig": {"service": service}, "rules": [rule]}
    return {
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "guard"},
        "webhooks": [{**hook, **fields}],
    }


@pytest.fixture
def guarded(lab: ClusterLab) -> ClusterLab:
    """One pod of `guard` behind its Service, and one of `web`."""
    lab.node("one")
    lab.node("two")
    for manifest in (
        SERVICE,
        workload("Deployment", "guard", replicas=1),
        workload("Deployment", "web", replicas=1),
    ):
        lab.cluster.apply(manifest)
    lab.settle()
    return lab


def conditions(lab: ClusterLab) -> list[dict[str, bool]]:
    (one,) = lab.store.list("endpointslices")
    assert one["metadata"]["labels"]["kubernetes.io/service-name"] == "guard"
    return [each["conditions"] for each in one["endpoints"]]


def test_a_service_has_its_ready_pods_behind_it_and_says_which_are_stopping(
    guarded: ClusterLab,
) -> None:
    assert conditions(guarded) == [{"ready": True, "serving": True, "terminating": False}]
    guarded.evict(guarded.names("guard")[0])
    guarded.now()
    first, *_ = conditions(guarded)
    assert first == {"ready": False, "serving": True, "terminating": True}
    guarded.settle()
    assert conditions(guarded) == [{"ready": True, "serving": True, "terminating": False}]


def test_the_slice_of_a_service_goes_with_it(guarded: ClusterLab) -> None:
    guarded.cluster.delete("services", "default", "guard", {})
    guarded.settle()
    assert guarded.store.list("endpointslices") == []


def gone(lab: ClusterLab) -> None:
    """Nobody is behind the Service any more."""
    lab.store.change("deployments", "default", "guard", lambda it: it["spec"].update(replicas=0))
    lab.settle()


def test_a_webhook_that_somebody_answers_refuses_nothing(guarded: ClusterLab) -> None:
    guarded.cluster.apply(webhook("pods", "pods/eviction"))
    guarded.evict(guarded.names("web")[0])
    guarded.settle()
    assert len(guarded.names("web")) == 1


def test_one_that_fails_closed_and_is_silent_refuses_evictions(guarded: ClusterLab) -> None:
    gone(guarded)
    guarded.cluster.apply(webhook("pods/eviction"))
    refusal = guarded.refusal(guarded.names("web")[0])
    assert (refusal.status, refusal.reason) == (500, "InternalError")
    assert 'no endpoints available for service "guard"' in refusal.message
    guarded.cluster.apply(webhook("pods/eviction", failurePolicy="Ignore"))
    guarded.evict(guarded.names("web")[0])


def test_replacements_are_refused_until_it_answers_again(guarded: ClusterLab) -> None:
    gone(guarded)
    # Its own pods are left out, or it would never come back.
    others = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["guard"]}]}
    guarded.cluster.apply(webhook("pods", objectSelector=others))
    guarded.evict(guarded.names("web")[0])
    guarded.clock.advance(120)
    assert guarded.names("web") == []
    guarded.store.change(
        "deployments", "default", "guard", lambda it: it["spec"].update(replicas=1)
    )
    guarded.clock.advance(120)
    assert len(guarded.names("web")) == 1


def test_one_that_is_asked_about_its_own_pods_never_comes_back(guarded: ClusterLab) -> None:
    gone(guarded)
    guarded.cluster.apply(webhook("pods"))
    guarded.store.change(
        "deployments", "default", "guard", lambda it: it["spec"].update(replicas=1)
    )
    guarded.clock.advance(300)
    assert guarded.names("guard") == []


ASKED = [
    pytest.param("nodes", "UPDATE", {"kind": "Node", "metadata": {"name": "one"}}, id="cordons"),
    pytest.param("nodes", "CREATE", {"kind": "Node", "metadata": {"name": "x"}}, id="new nodes"),
    pytest.param(
        "pods", "DELETE", {"metadata": {"name": "web", "namespace": "default"}}, id="deletion"
    ),
]


@pytest.mark.parametrize(("plural", "operation", "obj"), ASKED)
def test_it_refuses_what_its_rules_name_and_nothing_else(
    lab: ClusterLab, plural: str, operation: str, obj: dict[str, Any]
) -> None:
    lab.cluster.apply(webhook(plural, operations=(operation,)))
    with pytest.raises(ApiError) as refusal:
        lab.cluster.admit(operation, plural, obj)
    assert 'service "guard" not found' in refusal.value.message
    lab.cluster.admit("CONNECT", plural, obj)
    lab.cluster.admit(operation, "configmaps", obj)


def test_namespaces_are_selected_by_their_labels(lab: ClusterLab) -> None:
    elsewhere = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    lab.cluster.apply(webhook("pods", namespaceSelector=elsewhere))
    lab.cluster.admit("CREATE", "pods", {"metadata": {"name": "a", "namespace": "default"}})
    with pytest.raises(ApiError):
        lab.cluster.admit("CREATE", "pods", {"metadata": {"name": "a", "namespace": "kube-system"}})


def test_a_webhook_with_side_effects_refuses_a_dry_run_alone(lab: ClusterLab) -> None:
    pod = {"metadata": {"name": "a", "namespace": "default"}}
    lab.cluster.apply(webhook("pods", failurePolicy="Ignore", sideEffects="Some"))
    lab.cluster.admit("CREATE", "pods", pod)
    with pytest.raises(ApiError, match="does not support dry run"):
        lab.cluster.admit("CREATE", "pods", pod, dry_run=True)
    lab.cluster.apply(webhook("pods", failurePolicy="Ignore", sideEffects="NoneOnDryRun"))
    lab.cluster.admit("CREATE", "pods", pod, dry_run=True)


def test_a_pod_wants_a_service_account_that_is_there(lab: ClusterLab) -> None:
    pod = {
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"serviceAccountName": "e2e"},
    }
    with pytest.raises(ApiError) as refusal:
        lab.cluster.admit("CREATE", "pods", pod)
    assert (refusal.value.status, refusal.value.message) == (
        403,
        'pods "a" is forbidden: error looking up service account default/e2e: '
        'serviceaccount "e2e" not found',
    )
    lab.cluster.apply({"kind": "ServiceAccount", "metadata": {"name": "e2e"}})
    lab.cluster.admit("CREATE", "pods", pod)
