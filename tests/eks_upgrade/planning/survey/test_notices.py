"""What the plan says of pods without refusing anything: Airflow's own, and protected ones."""

import pytest

from include.eks_upgrade.planning.survey.airflow_pods import airflows_own_pods, part_of_airflow
from include.eks_upgrade.planning.survey.protected import protected_pods
from tests.eks_upgrade.planning.survey.small_cluster import daemonset, pod, surveyed


def image(name):
    return {"containers": [{"name": "c", "image": name}]}


CHART = {"tier": "airflow"}
PARTS = [
    pytest.param({"labels": {**CHART, "component": "scheduler"}}, "scheduler", id="chart"),
    pytest.param({"labels": {**CHART, "component": "api-server"}}, "api-server", id="API"),
    pytest.param({"labels": CHART}, "pod", id="chart without a component"),
    pytest.param(
        {"labels": {"kubernetes_executor": "True", "dag_id": "eks_upgrade"}}, "task", id="executor"
    ),
    pytest.param({"labels": {"kubernetes_pod_operator": "True"}}, "task", id="pod operator"),
    pytest.param({"spec": image("apache/airflow:3.3.2")}, "pod", id="official image"),
    pytest.param({"spec": image("r.example.com/data/my-airflow:1")}, "pod", id="own image"),
    pytest.param({"spec": image("r.example.com/airflow@sha256:0")}, "pod", id="image by digest"),
    pytest.param({"spec": image("quay.io/astronomer/astro-runtime:13")}, "pod", id="Astronomer"),
    pytest.param(
        {"spec": image("apache/airflow:3"), "labels": {"app.kubernetes.io/component": "triggerer"}},
        "triggerer", id="another chart",
    ),
    pytest.param({"spec": image("r.example.com/airflower:1")}, "", id="another word"),
    pytest.param({"labels": {"tier": "web", "component": "scheduler"}}, "", id="other labels"),
    pytest.param({}, "", id="an ordinary pod"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "part"), PARTS)
def test_a_part_of_airflow_is_known_by_labels_or_image(given, part):
    assert part_of_airflow(pod("p", **given)) == part


def test_airflows_own_pods_are_a_loud_warning_with_what_happens_and_what_is_safer():
    chart = {"tier": "airflow", "component": "scheduler"}
    task = {"kubernetes_executor": "True"}
    found = airflows_own_pods(
        surveyed(
            pod("s-1", labels=chart), pod("s-2", labels=chart), pod("task-7", labels=task),
            own_pod="task-7",
        )
    )  # fmt: skip
    assert found.problems == ()
    (warning,) = found.warnings
    assert warning.startswith("AIRFLOW ITSELF RUNS ON NODES THAT ARE REPLACED (node group workers)")
    assert "2 scheduler, 1 task; this very task runs in pod shop/task-7" in warning
    assert "another triggerer takes up a trigger" in warning
    assert "run two triggerers" in warning


def test_this_process_is_found_by_its_host_name_which_a_kubelet_cuts():
    name = "airflow-worker-" + "x" * 60
    assert "this very task" in airflows_own_pods(surveyed(pod(name), own_pod=name[:63])).warnings[0]
    assert airflows_own_pods(surveyed(pod("web-1"), own_pod="elsewhere")).warnings == ()
    assert airflows_own_pods(surveyed(pod("web-1"))).warnings == ()


PROTECTED = [
    pytest.param("cluster-autoscaler.kubernetes.io/safe-to-evict", "false", id="CA"),
    pytest.param("karpenter.sh/do-not-disrupt", "true", id="Karpenter"),
]


@pytest.mark.parametrize(("key", "value"), PROTECTED)
def test_pods_that_ask_not_to_be_disturbed_are_named_by_workload(key, value):
    found = protected_pods(
        surveyed(*(pod(f"web-{n}", annotations={key: value}) for n in range(3)), pod("api-1"))
    )
    assert found.problems == ()
    (warning,) = found.warnings
    assert warning.startswith(f"moved last, as {key}: {value} asks not to be disturbed: ")
    assert warning.endswith(" 3 pods of Deployment shop/web on node group workers")


def test_a_daemonsets_pods_stay_and_are_not_named():
    one = pod("a-1", of="DaemonSet agent", annotations={"karpenter.sh/do-not-disrupt": "true"})
    assert protected_pods(surveyed(one, daemonsets=(daemonset("agent"),))).warnings == ()
