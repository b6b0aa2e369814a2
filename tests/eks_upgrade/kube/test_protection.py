"""Which pods their owners want left alone, and for how long."""

import pytest

from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.owner import Owner

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
KARPENTER = "karpenter.sh/do-not-disrupt"
OLD = "karpenter.sh/do-not-evict"
STARTED = 1_764_115_200.0  # 2025-11-26T00:00:00Z


def pod(annotations, started="2025-11-26T00:00:00Z", **owner):
    owners = [{"controller": True, "uid": "u", **owner}] if owner else []
    meta = {"namespace": "shop", "name": "p", "annotations": annotations, "ownerReferences": owners}
    return Pod.from_raw({"metadata": meta, "status": {"startTime": started} if started else {}})


@pytest.mark.parametrize(
    ("annotations", "by", "seconds"),
    [
        pytest.param({SAFE: "false"}, f"{SAFE}: false", None, id="not safe to evict"),
        pytest.param({SAFE: " False "}, f"{SAFE}: False", None, id="written by hand"),
        pytest.param({KARPENTER: "true"}, f"{KARPENTER}: true", None, id="not to be disrupted"),
        pytest.param({KARPENTER: "30m"}, f"{KARPENTER}: 30m", 1800, id="for half an hour"),
        pytest.param({KARPENTER: "1h30m"}, f"{KARPENTER}: 1h30m", 5400, id="for longer"),
        pytest.param({OLD: "true"}, f"{OLD}: true", None, id="Karpenter's older word"),
        pytest.param({KARPENTER: "5m", SAFE: "false"}, f"{SAFE}: false", None, id="longest holds"),
        pytest.param({KARPENTER: "5m", OLD: "2h"}, f"{OLD}: 2h", 7200, id="the longer of two"),
    ],
)
def test_a_pod_says_what_protects_it_and_until_when(annotations, by, seconds):
    found = pod(annotations)
    until = None if seconds is None else STARTED + seconds
    assert (found.protected_by, found.protected_until) == (by, until)
    assert found.is_protected(STARTED + 1)
    assert found.is_protected(STARTED + 1e6) is (until is None)


@pytest.mark.parametrize(
    "annotations",
    [
        None,
        {},
        {SAFE: "true"},
        {SAFE: ""},
        {KARPENTER: "false"},
        {KARPENTER: ""},
        {KARPENTER: "0"},
        {KARPENTER: "-5m"},
        {KARPENTER: "soon"},
        {"karpenter.sh/do-not-consolidate": "true"},
    ],
    ids=str,
)
def test_what_the_autoscalers_would_not_heed_protects_nothing(annotations):
    found = pod(annotations)
    assert (found.protected_by, found.is_protected(STARTED)) == ("", False)


def test_a_pod_that_has_not_started_has_its_whole_time_before_it():
    found = pod({KARPENTER: "5m"}, started=None)
    assert (found.protected_until, found.is_protected(STARTED)) == (None, True)


@pytest.mark.parametrize(
    ("kind", "version", "of_job"),
    [
        ("Job", "batch/v1", True),
        ("Job", "batch/v1beta1", True),
        ("Job", "kubeflow.org/v1", False),
        ("ReplicaSet", "apps/v1", False),
    ],
)
def test_only_kubernetes_own_jobs_are_jobs(kind, version, of_job):
    assert pod({}, kind=kind, name="j", apiVersion=version).of_job is of_job


def test_a_job_is_told_by_kind_and_api_alone():
    assert Owner("Job", "j", api_version="batch/v1").job
    assert not Pod(namespace="shop", name="bare").of_job
