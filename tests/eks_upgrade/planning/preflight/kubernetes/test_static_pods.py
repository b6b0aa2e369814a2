"""Static pods on old nodes: they are told, and do not move."""

from dataclasses import replace

import pytest

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes.static_pods import CHECK
from tests.eks_upgrade.planning.group_room import version
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import findings, outcome, seen
from tests.eks_upgrade.planning.survey.small_cluster import daemonset, pod

MIRROR = {"kubernetes.io/config.mirror": "3f2a"}


def static(name: str, on: str, **given):
    return pod(f"{name}-{on}", of="", on=on, annotations=MIRROR, **given)


def with_user_data(given, text: str):
    templates = {"workers": version(text)}
    return replace(given, facts=replace(given.facts, surge=SurgeFacts(templates=templates)))


def test_the_same_file_on_several_nodes_is_told_once():
    (finding,) = findings(CHECK, seen(static("haproxy", "w-1"), static("haproxy", "w-2")))
    assert (finding.severity, finding.subject) == (Severity.WARNS, "static pod shop/haproxy")
    assert "the kubelet of 2 old nodes of workers" in finding.what
    assert "nothing in the group's user data puts it on new nodes" in finding.what


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/bash\ncp haproxy.yaml /srv\n",
        "[settings.kubernetes.static-pods.x]\nenabled = true\n",
    ],
    ids=["its name", "Bottlerocket's setting"],
)
def test_what_user_data_brings_informs(text):
    given = with_user_data(seen(static("haproxy", "w-1")), text)
    assert [one.severity for one in findings(CHECK, given)] == [Severity.INFORMS]


def test_user_data_of_something_else_does_not():
    given = with_user_data(seen(static("haproxy", "w-1")), "#!/bin/bash\necho hello\n")
    assert [one.severity for one in findings(CHECK, given)] == [Severity.WARNS]


SILENT = [
    pytest.param([], id="no pods"),
    pytest.param([pod("web-1")], id="others"),
    pytest.param([pod("log-1", of="DaemonSet log")], id="those of a DaemonSet"),
    pytest.param([static("once", "w-1", phase="Succeeded")], id="one that has ended"),
    pytest.param([pod("x", annotations={"kubernetes.io/config.source": "api"})], id="a like word"),
]


@pytest.mark.parametrize("pods", SILENT)
def test_without_any_it_is_silent(pods):
    assert findings(CHECK, seen(*pods, daemonsets=(daemonset("log"),))) == ()


def test_where_no_group_is_replaced_nothing_is_told():
    assert findings(CHECK, seen(static("haproxy", "w-1"), groups=())) == ()


def test_a_name_that_does_not_end_with_the_nodes_stays_as_it_is():
    odd = pod("odd", of="", on="w-1", annotations=MIRROR)
    assert [one.subject for one in findings(CHECK, seen(odd))] == ["static pod shop/odd"]


def test_without_the_right_to_read_pods_it_is_not_known():
    refused = (Problem("pods", "the caller may not list them", "give the right"),)
    assert "could not all be read" in outcome(CHECK, seen(refused=refused)).unknown
