"""kube-proxy's mode, as its ConfigMap tells it."""

import pytest

from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE, proxy_mode
from include.eks_upgrade.planning.preflight.nodes.kube_proxy_mode import CHECK
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen


def told(target, config):
    mode = proxy_mode(None if config is None else {"data": {"config": config}})
    return found(CHECK, seen(target, readings={PROXY_MODE.name: mode}))


@pytest.mark.parametrize("config", ["mode: ipvs", 'mode: "IPVS"\nipvs:\n  scheduler: rr'])
def test_ipvs_warns_with_both_sources(config):
    ((severity, subject, what),) = told("1.35", config)
    assert (severity, subject) == ("warns", "ConfigMap kube-system/kube-proxy-config")
    assert "AWS says with 1.36" in what
    assert "1.40 (KEP-5495)" in what


@pytest.mark.parametrize(
    "config", [None, "", "mode: iptables", "mode: nftables", "mode: null", "- a list", "{broken"]
)
def test_any_other_mode_or_none_is_silent(config):
    assert told("1.36", config) == []


def test_before_it_is_deprecated_it_is_silent():
    assert told("1.34", "mode: ipvs") == []


def test_without_the_right_to_read_it_it_is_not_known():
    given = seen("1.35", readings={PROXY_MODE.name: NotRead("the caller may not get it")})
    assert "the caller may not get it" in outcome(CHECK, given).unknown
