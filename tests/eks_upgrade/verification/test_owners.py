"""Whose a pod is: the name that stays the same when the pod is replaced."""

import pytest

from include.eks_upgrade.kube.workloads.owner import Owner
from include.eks_upgrade.verification.owners import guessed_top, of_owner, workload_of
from tests.eks_upgrade.verification.builders import owner

HASH = {"pod-template-hash": "5c9"}
ARGO = {"rollouts-pod-template-hash": "7f4"}


@pytest.mark.parametrize(
    ("own", "labels", "workload"),
    [
        pytest.param(owner("ReplicaSet", "web-5c9"), HASH, "Deployment shop/web", id="Deployment"),
        pytest.param(
            owner("ReplicaSet", "web-7f4"), ARGO, "Rollout.argoproj.io shop/web", id="Argo Rollout"
        ),
        pytest.param(owner("ReplicaSet", "web"), {}, "ReplicaSet shop/web", id="bare ReplicaSet"),
        pytest.param(
            owner("ReplicaSet", "web-5c"), HASH, "ReplicaSet shop/web-5c", id="another hash"
        ),
        pytest.param(owner("StatefulSet", "db"), {}, "StatefulSet shop/db", id="StatefulSet"),
        pytest.param(
            owner("StatefulSet", "db", "apps.kruise.io/v1beta1"),
            {},
            "StatefulSet.apps.kruise.io shop/db",
            id="a StatefulSet of others",
        ),
        pytest.param(
            owner("ReplicaSet", "web-5c9", "acme.io/v1"),
            HASH,
            "ReplicaSet.acme.io shop/web-5c9",
            id="a ReplicaSet of others",
        ),
        pytest.param(
            owner("Cluster", "db", "postgresql.cnpg.io/v1"),
            {},
            "Cluster.postgresql.cnpg.io shop/db",
            id="custom resource",
        ),
        pytest.param(owner("Job", "report-1", "batch/v1"), {}, "Job shop/report-1", id="Job"),
        pytest.param(
            owner("ReplicationController", "old", "v1"),
            {},
            "ReplicationController shop/old",
            id="core group",
        ),
        pytest.param(
            owner("Game", "g", "acme.io/v1", controls=False),
            {},
            "Game.acme.io shop/g",
            id="an owner that does not say it controls",
        ),
        pytest.param(None, {}, "", id="nobody's"),
    ],
)
def test_a_pod_belongs_to(own, labels, workload):
    meta = {"name": "p", "namespace": "shop", "labels": labels}
    assert workload_of(meta | ({"ownerReferences": [own]} if own else {})) == workload


@pytest.mark.parametrize(
    ("job", "top"),
    [
        pytest.param("Job shop/report-28571234", "CronJob shop/report", id="minutes since 1970"),
        pytest.param("Job shop/a-b-1715000000", "CronJob shop/a-b", id="seconds since 1970"),
        pytest.param("Job shop/report-7", "Job shop/report-7", id="a number of its own"),
        pytest.param("Job shop/migrate", "Job shop/migrate", id="no number"),
    ],
)
def test_without_the_right_to_read_jobs_their_names_tell(job, top):
    assert guessed_top(job) == top


def test_what_stands_above_a_job_may_be_anything():
    above = Owner("JobSet", "train", api_version="jobset.x-k8s.io/v1alpha2")
    assert of_owner(above, "ml", {}) == "JobSet.jobset.x-k8s.io ml/train"
