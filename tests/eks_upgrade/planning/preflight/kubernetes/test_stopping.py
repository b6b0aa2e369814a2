"""Pods that take long to stop, pods that are held, and images that cannot be pulled again."""

from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes import finalizers, slow_to_stop
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes import images
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.images import (
    left_place,
    written_out,
)
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import findings, seen
from tests.eks_upgrade.planning.survey.small_cluster import NOW, daemonset, pod

HOUR = 3600


def stopping(grace: int, hook: dict[str, Any] | None = None, **given: Any):
    container = {"name": "c", "image": "a"} | ({"lifecycle": {"preStop": hook}} if hook else {})
    spec = {"terminationGracePeriodSeconds": grace, "containers": [container]}
    return findings(slow_to_stop.CHECK, seen(pod("web-1", spec=spec), **given))


def test_a_pod_that_may_outlast_the_drain_is_a_warning():
    (finding,) = stopping(3 * HOUR)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "Deployment shop/web")
    assert "10800 s to stop (terminationGracePeriodSeconds)" in finding.what
    assert "limit of 120 min (drain_timeout_minutes)" in finding.what
    assert stopping(2 * HOUR) == ()


LONG = [
    pytest.param({"sleep": {"seconds": 9000}}, id="a sleep"),
    pytest.param({"exec": {"command": ["sleep", "9000"]}}, id="a command"),
    pytest.param({"exec": {"command": ["sh", "-c", "nginx -s quit; sleep 9000"]}}, id="a script"),
]
NOT_SURE = [
    pytest.param({"exec": {"command": ["/app/drain", "--wait"]}}, id="a program"),
    pytest.param({"sleep": {"seconds": 20}}, id="a short sleep"),
    pytest.param({"httpGet": {"port": 80}}, id="a request"),
]


@pytest.mark.parametrize("hook", LONG)
def test_one_whose_hook_waits_longer_for_sure_blocks(hook):
    (finding,) = stopping(3 * HOUR, hook)
    assert finding.severity is Severity.BLOCKS
    assert "preStop hook waits 9000 s for sure" in finding.what


@pytest.mark.parametrize("hook", NOT_SURE)
def test_one_whose_hook_may_end_sooner_does_not(hook):
    (finding,) = stopping(3 * HOUR, hook)
    assert finding.severity is Severity.WARNS
    assert "in which its preStop hook runs, too" in finding.what


def test_the_option_for_all_grace_periods_counts_in_place_of_the_pods_own():
    assert stopping(3 * HOUR, drain={"grace_period_seconds": 60}) == ()
    assert len(stopping(30, drain={"grace_period_seconds": 3 * HOUR})) == 1
    assert len(stopping(300, drain={"timeout_minutes": 2})) == 1


# --- finalizers -----------------------------------------------------------------------------------


def held(*names: str, **fields: Any):
    one = pod("web-1")
    given = replace(one, pod=replace(one.pod, finalizers=names, **fields))
    return findings(finalizers.CHECK, seen(given))


def test_a_finalizer_that_somebody_else_takes_away_is_told():
    (finding,) = held("example.com/cleanup")
    assert (finding.severity, finding.subject) == (
        Severity.INFORMS,
        "finalizer example.com/cleanup",
    )


def test_one_that_holds_a_pod_that_has_stopped_long_ago_is_a_warning():
    (finding,) = held("example.com/cleanup", terminating=True, stops_by=NOW - HOUR)
    assert finding.severity is Severity.WARNS
    assert "the drain would wait for them" in finding.what
    (young,) = held("example.com/cleanup", terminating=True, stops_by=NOW - 5)
    assert young.severity is Severity.INFORMS


@pytest.mark.parametrize("name", sorted(finalizers.ITS_OWN))
def test_those_of_kubernetes_itself_are_left_alone(name):
    assert held(name) == ()


# --- images ---------------------------------------------------------------------------------------

WRITTEN = [
    ("nginx", "docker.io/library/nginx"),
    ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
    ("index.docker.io/bitnami/redis", "docker.io/bitnami/redis"),
    ("localhost/web", "localhost/web"),
    ("registry:5000/web", "registry:5000/web"),
    ("quay.io/x/y@sha256:0", "quay.io/x/y@sha256:0"),
]


@pytest.mark.parametrize(("image", "whole"), WRITTEN)
def test_images_are_written_out(image, whole):
    assert written_out(image) == whole


LEFT = [
    ("k8s.gcr.io/pause:3.9", Severity.WARNS),
    ("gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1", Severity.WARNS),
    ("bitnami/postgresql:15.4.0", Severity.WARNS),
    ("registry.k8s.io/ingress-nginx/controller:v1.9.4@sha256:0", Severity.INFORMS),
]


@pytest.mark.parametrize(("image", "severity"), LEFT)
def test_images_of_places_that_were_left_are_told_with_their_pods(image, severity):
    spec = {"initContainers": [{"name": "i", "image": image}]}
    agent = pod("log-1", of="DaemonSet log", spec=spec)
    given = seen(pod("web-1", spec=spec), agent, daemonsets=(daemonset("log"),))
    (finding,) = findings(images.CHECK, given)
    assert (finding.severity, finding.subject) == (severity, f"image {image}")
    assert "DaemonSet pod shop/log-1, Deployment pod shop/web-1" in finding.what


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "bitnamilegacy/redis",
        "bitnami/redis:latest",
        "bitnami/redis",
        "registry.k8s.io/pause",
        "x/k8s.gcr.io/pause",
    ],
)
def test_others_are_served(image):
    assert left_place(image) is None
