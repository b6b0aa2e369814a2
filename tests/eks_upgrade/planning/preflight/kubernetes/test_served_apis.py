"""APIs that do not answer, and custom resources that nobody converts."""

import pytest

from include.eks_upgrade.kube.readings.api.api_services import API_SERVICES, ApiService
from include.eks_upgrade.kube.readings.api.conversions import CONVERSIONS, Conversion, Conversions
from include.eks_upgrade.kube.readings.api.services import Backend, Endpoint, ServiceName
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes.api import api_services, conversion_webhooks
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import (
    DENIED,
    findings,
    outcome,
    seen,
)

METRICS = "v1beta1.metrics.k8s.io"
SERVICE = ServiceName("cert-manager", "webhook")


def api_service(status: str = "", service: bool = True) -> ApiService:
    behind = {"namespace": "kube-system", "name": "metrics-server"}
    conditions = [{"type": "Available", "status": status, "reason": "MissingEndpoints"}]
    return ApiService.from_raw(
        {
            "metadata": {"name": METRICS},
            "spec": {"service": behind} if service else {},
            "status": {"conditions": conditions} if status else {},
        }
    )


def test_an_api_that_is_down_is_a_warning_with_its_service_and_why():
    given = seen(readings={API_SERVICES: (api_service("False"),)})
    (finding,) = findings(api_services.CHECK, given)
    assert (finding.severity, finding.subject) == (Severity.WARNS, f"APIService {METRICS}")
    assert "(Service kube-system/metrics-server): MissingEndpoints" in finding.what


@pytest.mark.parametrize("status", ["True", "Unknown", ""])
def test_one_that_is_up_or_not_judged_yet_is_left_alone(status):
    given = seen(readings={API_SERVICES: (api_service(status), api_service("True", service=False))})
    assert findings(api_services.CHECK, given) == ()


def definition(*served: str, strategy: str = "Webhook", stored: tuple[str, ...] = (), url=False):
    service = {"service": {"namespace": SERVICE.namespace, "name": SERVICE.name}}
    config = {"url": "https://example.com"} if url else service
    return Conversion.from_raw(
        {
            "metadata": {"name": "certificates.cert-manager.io"},
            "spec": {
                "versions": [{"name": one, "served": True} for one in served],
                "conversion": {"strategy": strategy, "webhook": {"clientConfig": config}},
            },
            "status": {"storedVersions": list(stored)},
        }
    )


def converted(one: Conversion | None, *ready: Endpoint):
    assert one is not None
    known = Conversions((one,), {SERVICE: Backend(ready)})
    return findings(conversion_webhooks.CHECK, seen(readings={CONVERSIONS: known}))


CONVERTED = [
    pytest.param(definition("v1", "v1beta1"), id="two versions are served"),
    pytest.param(definition("v1", stored=("v1beta1",)), id="an older one is stored"),
]


@pytest.mark.parametrize("one", CONVERTED)
def test_custom_resources_that_nobody_converts_are_a_warning(one):
    (finding,) = converted(one)
    assert finding.severity is Severity.WARNS
    assert finding.subject == "definition certificates.cert-manager.io"
    assert "between v1, v1beta1 by Service cert-manager/webhook" in finding.what


SPARED = [
    pytest.param(definition("v1"), (), id="there is one version only"),
    pytest.param(definition("v1", "v2", url=True), (), id="an address is called"),
    pytest.param(definition("v1", "v2"), (Endpoint("b-1", "a"),), id="somebody answers"),
]


@pytest.mark.parametrize(("one", "ready"), SPARED)
def test_others_are_left_alone(one, ready):
    assert converted(one, *ready) == ()


def test_a_definition_without_a_conversion_webhook_is_none():
    assert definition("v1", "v2", strategy="None") is None


@pytest.mark.parametrize(
    ("check", "reading"),
    [(api_services.CHECK, API_SERVICES), (conversion_webhooks.CHECK, CONVERSIONS)],
    ids=["APIs", "conversions"],
)
def test_without_the_right_it_is_not_known(check, reading):
    assert "the caller may not" in outcome(check, seen(readings={reading: DENIED})).unknown
