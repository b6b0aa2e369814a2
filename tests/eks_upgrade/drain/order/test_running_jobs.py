"""Pods of running Jobs, and of owners who want them left alone: tables."""

from dataclasses import replace

import pytest

from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.order.precedence import Precedence, precedence_of
from include.eks_upgrade.drain.order.running_jobs import is_awaited
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import pod

BEGAN = 1_000.0
WAITS = DrainOptions(running_jobs="wait", job_patience_minutes=10)
JOB = Owner("Job", "import", api_version="batch/v1")


@pytest.mark.parametrize(
    ("fields", "options", "now", "awaited"),
    [
        pytest.param({}, WAITS, BEGAN, True, id="a running Job"),
        pytest.param({}, WAITS, BEGAN + 599, True, id="within its time"),
        pytest.param({}, WAITS, BEGAN + 600, False, id="its time is over"),
        pytest.param({"phase": "Succeeded"}, WAITS, BEGAN, False, id="it has ended"),
        pytest.param({"phase": "Failed"}, WAITS, BEGAN, False, id="it has failed"),
        pytest.param({"phase": "Pending"}, WAITS, BEGAN, False, id="it has not begun to work"),
        pytest.param({"terminating": True}, WAITS, BEGAN, False, id="it is stopping anyway"),
        pytest.param({"ready": False}, WAITS, BEGAN, True, id="Ready or not"),
        pytest.param({}, replace(WAITS, running_jobs="evict"), BEGAN, False, id="not wanted"),
        pytest.param({"owner": None}, WAITS, BEGAN, False, id="no Job's"),
        pytest.param(
            {"owner": Owner("Job", "x", api_version="kubeflow.org/v1")}, WAITS, BEGAN, False,
            id="a kind of the same name",
        ),
        pytest.param(
            {"owner": Owner("ReplicaSet", "web")}, WAITS, BEGAN, False, id="a Deployment's"
        ),
    ],
)  # fmt: skip
def test_a_pod_that_works_for_a_job_is_waited_for(fields, options, now, awaited):
    found = pod(**{"owner": JOB, **fields})
    assert is_awaited(found, options, began=BEGAN, now=now) is awaited


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        pytest.param({}, Precedence.ORDINARY, id="ordinary"),
        pytest.param({"protected_by": "x: false"}, Precedence.PROTECTED, id="protected"),
        pytest.param(
            {"protected_by": "x: 30m", "protected_until": BEGAN + 1},
            Precedence.PROTECTED,
            id="still",
        ),
        pytest.param(
            {"protected_by": "x: 30m", "protected_until": BEGAN},
            Precedence.ORDINARY,
            id="no longer",
        ),
        pytest.param({"labels": {"k8s-app": "kube-dns"}}, Precedence.CRITICAL, id="critical"),
        pytest.param(
            {"priority": 2_000_000_000, "protected_by": "x: false"}, Precedence.CRITICAL, id="both"
        ),
    ],
)
def test_the_place_of_a_pod(fields, place):
    assert precedence_of(pod(**fields), BEGAN) is place
