"""Jobs: they end by themselves, and an evicted pod is begun again, counted, ignored or fatal."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.workloads import job
from tests.rehearsal.kube.cluster_lab import ClusterLab, lab

IGNORE = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}
FATAL = {"rules": [{"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget"}]}]}


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


def begin(lab: ClusterLab, work: float, **spec: Any) -> None:
    lab.node("blue-0")
    lab.cluster.apply(job("etl", "import", work, **spec))
    lab.clock.advance(5)


def status(lab: ClusterLab) -> dict[str, Any]:
    found: dict[str, Any] = lab.store.get("jobs", "etl", "import")["status"]
    return found


def ends(lab: ClusterLab) -> list[tuple[str, str]]:
    return [(each["type"], each["reason"]) for each in status(lab).get("conditions", [])]


def evict(lab: ClusterLab) -> None:
    (name,) = lab.names("import")
    lab.cluster.evict("etl", name, {"metadata": {"name": name}})
    lab.clock.advance(5)


def test_a_job_is_complete_when_its_pod_has_succeeded(lab: ClusterLab) -> None:
    begin(lab, work=60)
    (pod,) = lab.pods("import")
    owner = pod["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["apiVersion"], owner["controller"]) == ("Job", "batch/v1", True)
    assert (status(lab)["active"], ends(lab)) == (1, [])
    lab.clock.advance(120)
    assert (status(lab)["succeeded"], status(lab)["active"]) == (1, 0)
    assert ends(lab) == [("Complete", "CompletionsReached")]
    (pod,) = lab.pods("import")  # it stays until somebody takes it away
    assert (pod["status"]["phase"], pod["metadata"].get("finalizers")) == ("Succeeded", [])


def test_as_many_pods_run_side_by_side_as_it_says_until_all_are_done(lab: ClusterLab) -> None:
    begin(lab, work=60, parallelism=2, completions=5)
    assert status(lab)["active"] == 2
    lab.clock.advance(600)
    assert (status(lab)["succeeded"], status(lab)["active"]) == (5, 0)


@pytest.mark.parametrize(
    ("spec", "failed", "end", "again"),
    [
        pytest.param({}, 1, [], True, id="counted and begun again"),
        pytest.param({"backoffLimit": 0}, 1, [("Failed", "BackoffLimitExceeded")], False, id="one"),
        pytest.param({"podFailurePolicy": IGNORE, "backoffLimit": 0}, 0, [], True, id="ignored"),
        pytest.param(
            {"podFailurePolicy": FATAL}, 1, [("Failed", "PodFailurePolicy")], False, id="fatal"
        ),
    ],
)
def test_what_an_eviction_does_to_a_job(
    lab: ClusterLab, spec: dict[str, Any], failed: int, end: list[Any], again: bool
) -> None:
    begin(lab, work=60, **spec)
    before = lab.names("import")
    evict(lab)
    assert (status(lab).get("failed", 0), ends(lab)) == (failed, end)
    assert bool(lab.names("import")) is again
    assert before[0] not in [pod["metadata"]["name"] for pod in lab.pods("import", going=True)]
    lab.clock.advance(300)
    assert (status(lab).get("succeeded", 0) == 1) is again
