"""Who answers the API server on the troubled cluster, and who does not."""

from typing import Any

from include.rehearsal.workloads import App, Manifest, deployment

EVERYTHING = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"]}


def silent() -> list[Manifest]:
    """What nobody answers: a webhook, the conversion of custom resources, an aggregated API.

    The webhook is asked about the pods of one namespace only, so that the others get on.
    """
    service = {"namespace": "policy", "name": "guard", "path": "/validate"}
    definition: Manifest = {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "certificates.certs.example.com"},
        "spec": {
            "group": "certs.example.com",
            "names": {"kind": "Certificate", "plural": "certificates"},
            "scope": "Namespaced",
            "versions": [
                {"name": "v1", "served": True, "storage": True},
                {"name": "v1alpha1", "served": True, "storage": False},
            ],
            "conversion": {
                "strategy": "Webhook",
                "webhook": {"clientConfig": {"service": service}},
            },
        },
        "status": {"storedVersions": ["v1", "v1alpha1"]},
    }
    aggregated: Manifest = {
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "service": {"namespace": "kube-system", "name": "metrics-server"},
        },
        "status": {
            "conditions": [
                {
                    "type": "Available",
                    "status": "False",
                    "reason": "MissingEndpoints",
                    "message": "endpoints for service/metrics-server in kube-system have no"
                    ' addresses with port name "https"',
                }
            ]
        },
    }
    return [webhook("guard", service, only="payments"), definition, aggregated]


def injector() -> list[Manifest]:
    """A single pod and its Service, which `injecting` makes a webhook of."""
    behind = {"selector": {"app": "injector"}, "ports": [{"port": 443}]}
    named = {"name": "injector", "namespace": "policy"}
    service = {"kind": "Service", "metadata": named, "spec": behind}
    return [*deployment(App("policy", "injector", 1)), service]


def injecting() -> Manifest:
    """A webhook with that one pod behind it, which is asked about this very pod, too."""
    service = {"namespace": "policy", "name": "injector", "path": "/mutate"}
    return webhook("injector", service, only="policy")


def webhook(name: str, service: dict[str, Any], *, only: str) -> Manifest:
    """One that fails closed and is asked about the new pods of one namespace."""
    spaces = {"matchLabels": {"kubernetes.io/metadata.name": only}}
    hook = {
        "name": f"{name}.example.com",
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "namespaceSelector": spaces,
        "rules": [{**EVERYTHING, "resources": ["pods"]}],
    }
    return {
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [hook],
    }
