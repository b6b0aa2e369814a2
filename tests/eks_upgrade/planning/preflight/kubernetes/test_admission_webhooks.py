"""Admission webhooks: who stops the upgrade, whom the upgrade silences, and who is left alone."""

from typing import Any

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.readings.api.services import Backend, Endpoint, ServiceName
from include.eks_upgrade.kube.readings.api.webhooks import WEBHOOKS, Webhook, Webhooks
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes.api.admission_webhooks import CHECK
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import (
    DENIED,
    findings,
    outcome,
    seen,
    severities,
)
from tests.eks_upgrade.planning.survey.small_cluster import pod

SERVICE = ServiceName("policy", "guard")
SILENT = Backend()
ELSEWHERE = Backend((Endpoint("b-1", "guard-1"),))
ON_OLD = Backend((Endpoint("w-1", "guard-1"),))
BOTH_ON_OLD = Backend((Endpoint("w-1", "guard-1"), Endpoint("w-2", "guard-2")))
WEB = pod("web-1", labels={"tier": "front"})
SHOP = {"kubernetes.io/metadata.name": "shop", "team": "shop"}


def rule(*resources: str, on: tuple[str, ...] = ("CREATE",), group: str = "", **more: Any):
    return {
        "operations": list(on),
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "resources": list(resources),
        **more,
    }


PODS = rule("pods")


def webhook(*rules: dict[str, Any], url: bool = False, **fields: Any) -> Webhook:
    service = {"namespace": SERVICE.namespace, "name": SERVICE.name}
    raw = {
        "name": "guard.example.com",
        "clientConfig": {"url": "https://127.0.0.1:9"} if url else {"service": service},
        "rules": list(rules or (PODS,)),
        **fields,
    }
    kind = "ValidatingWebhookConfiguration"
    (found,) = Webhook.all_from_raw(kind, {"metadata": {"name": "guard"}, "webhooks": [raw]})
    return found


def found(*hooks: Webhook, behind: Backend = SILENT, pods=(WEB,), **given: Any):
    known = Webhooks(hooks, {SERVICE: behind}, {"shop": SHOP, "kube-system": {}})
    return findings(CHECK, seen(*pods, readings={WEBHOOKS: known}, **given))


DANGEROUS = [
    pytest.param(PODS, "no pod is started anew", id="pods"),
    pytest.param(rule("*"), "no pod is started anew", id="all resources"),
    pytest.param(rule("*/*", on=("*",), group="*"), "no pod is evicted", id="all of all"),
    pytest.param(rule("pods/eviction"), "no pod is evicted", id="evictions"),
    pytest.param(rule("pods/*"), "no pod is bound to a node", id="parts of pods"),
    pytest.param(rule("pods", on=("DELETE",)), "no pod that has stopped goes away", id="deletion"),
    pytest.param(rule("nodes"), "no new node joins", id="new nodes"),
    pytest.param(rule("nodes", on=("UPDATE",)), "no node is cordoned", id="cordons"),
    pytest.param(
        rule("leases", on=("UPDATE",), group="coordination.k8s.io"), "renews its lease", id="leases"
    ),
]


@pytest.mark.parametrize(("asked", "told"), DANGEROUS)
def test_one_that_fails_closed_without_an_endpoint_blocks_what_the_upgrade_needs(asked, told):
    (finding,) = found(webhook(asked))
    assert finding.severity is Severity.BLOCKS
    assert finding.subject == "webhook guard/guard.example.com"
    assert told in finding.what
    assert "Service policy/guard has no endpoint that is ready" in finding.what
    assert "delete the ValidatingWebhookConfiguration guard" in finding.remedy


HARMLESS = [
    pytest.param(rule("deployments", group="apps"), id="other resources"),
    pytest.param(rule("pods", on=("UPDATE",)), id="pods that change"),
    pytest.param(rule("pods", group="metrics.k8s.io"), id="pods of another API"),
    pytest.param(rule("pods/log", "pods/exec"), id="other parts of pods"),
    pytest.param(rule("pods", scope="Cluster"), id="objects in no namespace"),
    pytest.param(rule("nodes", scope="Namespaced"), id="nodes, which are in no namespace"),
    pytest.param(rule("pods", apiVersions=["v1beta1"]), id="another version"),
]


@pytest.mark.parametrize("asked", HARMLESS)
def test_one_that_is_asked_about_nothing_of_it_is_left_alone(asked):
    assert found(webhook(asked)) == ()


SELECTED = [
    pytest.param({"namespaceSelector": {"matchLabels": {"team": "shop"}}}, 1, id="its namespace"),
    pytest.param({"namespaceSelector": {"matchLabels": {"team": "other"}}}, 0, id="another one"),
    pytest.param(
        {
            "namespaceSelector": {
                "matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["shop"]}
                ]
            }
        },
        0,
        id="all but its namespace",
    ),
    pytest.param({"objectSelector": {"matchLabels": {"tier": "front"}}}, 1, id="its labels"),
    pytest.param({"objectSelector": {"matchLabels": {"tier": "back"}}}, 0, id="other labels"),
]


@pytest.mark.parametrize(("fields", "count"), SELECTED)
def test_selectors_say_whether_it_is_asked_about_the_pods_that_move(fields, count):
    assert len(found(webhook(**fields))) == count


def test_a_namespace_that_was_not_listed_has_its_own_name_as_a_label():
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}
    known = Webhooks((webhook(**named),), {}, {})
    assert len(findings(CHECK, seen(WEB, readings={WEBHOOKS: known}))) == 1


def test_what_match_conditions_let_through_is_not_known_so_it_only_warns():
    (finding,) = found(webhook(matchConditions=[{"name": "a", "expression": "true"}]))
    assert finding.severity is Severity.WARNS
    assert "as far as its matchConditions let it" in finding.what


def test_one_whose_only_endpoint_is_on_an_old_node_is_a_warning():
    (finding,) = found(webhook(), behind=ON_OLD)
    assert finding.severity is Severity.WARNS
    assert "its only endpoint runs on nodes that are drained" in finding.what
    assert "own pods" not in finding.what


def test_and_all_the_more_when_it_is_asked_about_its_own_pods():
    own = SurveyedPod(Pod(namespace="policy", name="guard-1", node="w-1"))
    (finding,) = found(webhook(), behind=ON_OLD, pods=(own,))
    assert "its own pods (policy/guard-1) are among them" in finding.what


def test_two_replicas_on_old_nodes_are_told_and_warned_of_when_budgets_are_not_asked():
    assert severities(found(webhook(), behind=BOTH_ON_OLD)) == [Severity.INFORMS]
    at_once = {"disable_eviction": True}
    assert severities(found(webhook(), behind=BOTH_ON_OLD, drain=at_once)) == [Severity.WARNS]


def test_one_with_an_endpoint_that_stays_is_left_alone():
    assert found(webhook(), behind=ELSEWHERE) == ()
    both = Backend((*ON_OLD.ready, *ELSEWHERE.ready))
    assert found(webhook(), behind=both) == ()


def test_one_that_is_called_by_an_address_is_told_and_not_judged():
    (finding,) = found(webhook(url=True))
    assert finding.severity is Severity.INFORMS
    assert "cannot be judged here" in finding.what


def test_one_that_is_ignored_when_silent_is_told_of_only_when_it_is_waited_for_long():
    assert found(webhook(failurePolicy="Ignore")) == ()
    (finding,) = found(webhook(failurePolicy="Ignore", timeoutSeconds=30))
    assert finding.severity is Severity.INFORMS
    assert "up to 30 s" in finding.what


def test_many_are_capped():
    told = found(*(webhook() for _ in range(40)))
    assert (len(told), told[-1].subject) == (26, "15 more webhooks")


def test_without_a_group_to_replace_nothing_is_asked():
    assert findings(CHECK, seen(WEB, groups=())) == ()


def test_without_the_right_it_is_not_known():
    told = outcome(CHECK, seen(WEB, readings={WEBHOOKS: DENIED}))
    assert told.unknown == "the admission webhooks could not be read: the caller may not"


def test_also_when_the_pods_could_not_be_read():
    known = seen(WEB, readings={WEBHOOKS: Webhooks()}, refused=(Problem("pods", "x", "y"),))
    assert "could not all be read" in outcome(CHECK, known).unknown
