"""What a pod takes of its node, as the scheduler counts it."""

from typing import Any

import pytest

from include.eks_upgrade.kube.pod_facts.needs import Needs

META = {"namespace": "shop", "name": "web-1", "labels": {"app": "web"}}


def using(cpu: str, **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}}, **more}


COUNTED = [
    pytest.param({"containers": [using("1"), using("500m")]}, 1.5, id="containers together"),
    pytest.param(
        {"containers": [using("1")], "initContainers": [using("2"), using("1")]},
        2,
        id="an init container that needs more",
    ),
    pytest.param(
        {"containers": [using("1")], "initContainers": [using("500m", restartPolicy="Always")]},
        1.5,
        id="a sidecar beside them",
    ),
    pytest.param(
        {
            "containers": [using("1")],
            "initContainers": [using("500m", restartPolicy="Always"), using("2")],
        },
        2.5,
        id="an init container beside a sidecar",
    ),
    pytest.param({"containers": [using("1")], "overhead": {"cpu": "250m"}}, 1.25, id="overhead"),
    pytest.param(
        {"containers": [using("1")], "resources": {"requests": {"cpu": "3"}}},
        3,
        id="what the pod itself says",
    ),
]


@pytest.mark.parametrize(("spec", "cpu"), COUNTED)
def test_requests_count_as_the_scheduler_counts_them(spec: dict[str, Any], cpu: float) -> None:
    assert Needs.from_raw(META, spec).requests["cpu"] == pytest.approx(cpu)


def test_a_pod_that_asks_for_nothing_needs_nothing() -> None:
    assert Needs.from_raw(META, {"containers": [{"name": "c"}]}) == Needs()
    assert Needs.from_raw(META, {}) == Needs()
