"""The troubled clusters of the rehearsal show what each check of the preflight looks for.

Every check fires, on one of the two clusters or with parameters that make it, or it stands in a
list with the reason why it cannot.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from include.eks_upgrade.planning.preflight.check import Finding, Outcomes, Severity
from include.eks_upgrade.planning.preflight.checks import CHECKS
from include.eks_upgrade.planning.preflight.judged import judged
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.preflight.verdict import verdict_of
from include.eks_upgrade.planning.preflight.verdict_table import WIDTH, table
from include.eks_upgrade.preflight.look import look
from include.eks_upgrade.preflight.own_chain import own_chain
from include.eks_upgrade.report.preflight import render_preflight
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.environment import Rehearsal
from include.rehearsal.troubled import old
from include.rehearsal.troubled.cluster import CLUSTER, troubled

BLOCKS, WARNS, INFORMS = Severity.BLOCKS, Severity.WARNS, Severity.INFORMS

NO_CLUSTER_SHOWS = {
    "pods_read": "a right that is missing there hides what the other checks find in the pods",
    "component_configuration": "no limits of these settings were published for the rehearsal to "
    "answer: the check says that it does not know",
}
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "options": {"ami_source": "image_id"},
    "waivers": {
        "waivers": [{"check": "budgets", "object": "x", "reason": "y", "until": "2020-01-01"}]
    },
    "target_version": {"target_version": "1.99"},
    "canary_group": {"canary_group": "nobodys"},
    "left_behind": {"node_groups": ["batch"]},
}
"""Checks that ask about the parameters of a run, and parameters with which they fire."""


@dataclass(frozen=True)
class Looked:
    """What was seen of the two clusters, and what all checks say of it."""

    seen: Mapping[str, Seen]
    outcomes: Mapping[str, Outcomes]

    def findings(self, cluster: str) -> Iterator[tuple[str, Finding]]:
        """Each with the name of its check."""
        for one in self.outcomes[cluster].all:
            yield from ((one.check.name, each) for each in one.findings)


@pytest.fixture(scope="module")
def looked() -> Looked:
    seen: dict[str, Seen] = {}
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        troubled(rehearsal.world)
        for name, value in rehearsal.environment.items():
            patch.setenv(name, value)
        for name, target in ((CLUSTER, ""), (old.CLUSTER, "1.33")):
            chain = own_chain(name, region="eu-west-1", profile="", role_arn="")
            request = UpgradeRequest(
                cluster=name,
                target_version=target,
                smoke_test_image="registry.example.com/test:1",
                smoke_test_namespace="nowhere",
            )
            seen[name] = look(request, chain, chain.clients())
        assert rehearsal.clock.failures == []
    return Looked(seen, {name: judged(one) for name, one in seen.items()})


def test_every_check_fires_on_one_of_the_clusters_or_the_list_says_why_not(looked: Looked) -> None:
    fired = {check for name in looked.seen for check, _ in looked.findings(name)}
    silent = {check.name for check in CHECKS} - fired
    assert silent == {*NO_CLUSTER_SHOWS, *PARAMETERS}


@pytest.mark.parametrize("check", PARAMETERS)
def test_a_check_of_the_parameters_fires_with_such_parameters(looked: Looked, check: str) -> None:
    asked = UpgradeRequest.from_params({"cluster_name": CLUSTER, **PARAMETERS[check]})
    again = replace(looked.seen[CLUSTER], request=replace(asked, region="eu-west-1"))
    assert any(one.findings for one in judged(again).all if one.check.name == check)


def test_only_the_limits_that_nobody_has_published_are_not_known(looked: Looked) -> None:
    unknown = {one.check.name for each in looked.outcomes.values() for one in each.all
               if one.unknown}  # fmt: skip
    assert unknown == {"component_configuration"}


def test_nothing_is_told_twice(looked: Looked) -> None:
    for name in looked.seen:
        told = [(one.subject, one.what) for _, one in looked.findings(name)]
        assert len(told) == len(set(told))


def test_each_trouble_is_found_as_heavy_as_it_is(looked: Looked) -> None:
    told = {(check, one.subject, one.severity) for check, one in looked.findings(CLUSTER)}
    assert told >= {
        ("cluster_role", "role arn:aws:iam::123456789012:role/troubled-cluster", BLOCKS),
        ("security_groups", "security group sg-0000000000000dead", BLOCKS),
        ("kubelet_skew", "kubelets", BLOCKS),
        ("eks_node_manager", "ClusterRoleBinding eks:node-manager", BLOCKS),
        ("reserved_capacity", "capacity reservation cr-0ca1abe1e55ba7c40", BLOCKS),
        ("kubelet_arguments", "user data of node group batch", BLOCKS),
        ("addon_configurations", "add-on 'vpc-cni'", BLOCKS),
        ("budgets", "budget data/queue", BLOCKS),
        ("kube_proxy", "DaemonSet kube-system/kube-proxy", BLOCKS),
        ("admission_webhooks", "webhook guard/guard.example.com", BLOCKS),
        ("admission_webhooks", "webhook injector/injector.example.com", WARNS),
        ("conversion_webhooks", "definition certificates.certs.example.com", WARNS),
        ("api_services", "APIService v1beta1.metrics.k8s.io", WARNS),
        ("budgets_with_cron_jobs", "budget shop/web", WARNS),
        ("room", "node group workers", WARNS),
        ("zonal_shift", "zone euw1-az1", WARNS),
        ("instance_refreshes", "node group golden", BLOCKS),
        ("spread", "Deployment shop/web", WARNS),
        ("host_ports", "host port 8080/TCP", WARNS),
        ("volumes", "StatefulSet data/db-b", INFORMS),
        ("volume_attachments", "volume attachment csi-db-a", WARNS),
        ("quotas", "quota shop/pods", WARNS),
        ("autoscalers", "autoscaler shop/web", WARNS),
        ("slow_to_stop", "Deployment payments/settlement", WARNS),
        ("finalizers", "finalizer example.com/deregister", INFORMS),
        ("images", "image k8s.gcr.io/defaultbackend-amd64:1.5", WARNS),
        ("node_autoscalers", "Deployment kube-system/karpenter", WARNS),
        ("node_pools", "node pool batch", WARNS),
        ("amazon_linux_2", "self-managed nodes", WARNS),
        ("template_drift", "node group golden", INFORMS),
        ("static_pods", "static pod kube-system/node-audit", WARNS),
    }


def test_the_second_cluster_shows_what_the_first_cannot_be(looked: Looked) -> None:
    told = {(check, one.severity) for check, one in looked.findings(old.CLUSTER)}
    assert told >= {
        ("cluster_state", BLOCKS),
        ("upgrade_insights", BLOCKS),
        ("later_hops", BLOCKS),
        ("support_dates", WARNS),
    }


def test_each_finding_says_what_and_what_to_do_and_names_its_object(looked: Looked) -> None:
    for name in looked.seen:
        for check, one in looked.findings(name):
            told = (check, one.text)
            assert all((one.subject, one.what)), told
            assert one.remedy or one.whole, told
            assert ".." not in one.text.replace("…", ""), told
            assert "None" not in one.text, told


def test_the_table_keeps_to_a_terminal_and_breaks_no_word(looked: Looked) -> None:
    verdict = verdict_of(looked.seen[CLUSTER], looked.outcomes[CLUSTER])
    wide = [line for line in table(verdict) if len(line) > WIDTH]
    assert [line for line in wide if len(line.split()) > 1] == []
    rendered = render_preflight(verdict.as_json())
    for check in CHECKS:
        assert check.name in rendered.html
        assert check.name in rendered.markdown
