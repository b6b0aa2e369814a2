"""kube-proxy's mode, as its ConfigMap or its own flags tell it."""

import pytest

from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.kube.readings.components import COMPONENTS, components_of
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE, ProxyMode, proxy_mode
from include.eks_upgrade.planning.preflight.nodes.systems.kube_proxy_mode import CHECK
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen


def told(target, config):
    mode = proxy_mode(None if config is None else {"data": {"config": config}})
    return found(CHECK, seen(target, readings={PROXY_MODE.name: mode, COMPONENTS.name: ()}))


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


def daemonset(*arguments, name="kube-proxy", image="602401143452.dkr.ecr/eks/kube-proxy:v1.34.1"):
    container = {"name": name, "image": image, "command": list(arguments)}
    raw = {
        "metadata": {"namespace": "kube-system", "name": name},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    return tuple(components_of("DaemonSet", raw))


CONFIG = "--config=/var/lib/kube-proxy-config/config"
FLAGS = [
    pytest.param(["kube-proxy", "--proxy-mode=ipvs"], id="a flag"),
    pytest.param(["kube-proxy", "--v=2", "--proxy-mode", "ipvs"], id="a flag and a word"),
    pytest.param(["kube-proxy", "--proxy_mode=IPVS"], id="an underscore and great letters"),
    pytest.param(["/bin/sh", "-c", "exec kube-proxy --proxy-mode='ipvs' --v=2"], id="a shell"),
]


@pytest.mark.parametrize("arguments", FLAGS)
def test_ipvs_by_flag_warns_where_no_file_is_given(arguments):
    readings = {COMPONENTS.name: daemonset(*arguments)}
    ((severity, subject, what),) = found(CHECK, seen("1.35", readings=readings))
    assert (severity, subject) == ("warns", "DaemonSet kube-system/kube-proxy")
    assert "its --proxy-mode is ipvs" in what


HARMLESS = [
    pytest.param(
        ["kube-proxy", CONFIG, "--proxy-mode=ipvs"], "", id="with a file, flags are nothing"
    ),
    pytest.param(["kube-proxy", "--proxy-mode=iptables"], "ipvs", id="without one, the file is"),
    pytest.param(["kube-proxy", "--proxy-mode"], "", id="a flag that says nothing"),
    pytest.param(["kube-proxy", CONFIG, "--v=2"], "iptables", id="as EKS runs it"),
    pytest.param([], "", id="no arguments at all"),
]


@pytest.mark.parametrize(("arguments", "mode"), HARMLESS)
def test_what_kube_proxy_takes_no_notice_of_is_silent(arguments, mode):
    readings = {COMPONENTS.name: daemonset(*arguments), PROXY_MODE.name: ProxyMode(mode, "map")}
    assert found(CHECK, seen("1.36", readings=readings)) == []


def test_without_the_right_to_read_workloads_the_file_is_judged_and_the_rest_not_known():
    readings = {
        COMPONENTS.name: NotRead("the caller may not list daemonsets"),
        PROXY_MODE.name: ProxyMode("ipvs", "ConfigMap kube-system/kube-proxy-config"),
    }
    told = outcome(CHECK, seen("1.35", readings=readings))
    assert [one.subject for one in told.findings] == ["ConfigMap kube-system/kube-proxy-config"]
    assert "may not list daemonsets" in told.unknown


def test_before_it_is_deprecated_it_is_silent():
    assert told("1.34", "mode: ipvs") == []


def test_without_the_right_to_read_it_it_is_not_known():
    given = seen(
        "1.35",
        readings={PROXY_MODE.name: NotRead("the caller may not get it"), COMPONENTS.name: ()},
    )
    assert "the caller may not get it" in outcome(CHECK, given).unknown
