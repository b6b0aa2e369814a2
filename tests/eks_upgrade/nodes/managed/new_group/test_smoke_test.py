"""The smoke test of new nodes: what its pod tolerates, what cannot be asked."""

import pytest

from include.eks_upgrade.nodes.managed.new_group.smoke_test import (
    smoke_test_problems,
    smoke_test_refusal,
    tolerations_of,
)


def test_it_tolerates_the_taints_of_the_new_group_and_no_others() -> None:
    taints = [
        {"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"},
        {"key": "batch", "effect": "NO_EXECUTE"},
        {"key": "spot", "value": "1", "effect": "PREFER_NO_SCHEDULE"},
    ]
    assert tolerations_of({"taints": taints}) == [
        {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
        {"key": "batch", "operator": "Equal", "value": "", "effect": "NoExecute"},
        {"key": "spot", "operator": "Equal", "value": "1", "effect": "PreferNoSchedule"},
    ]
    assert tolerations_of({}) == []


PROBLEMS = [
    pytest.param("", ["true"], "default", ["smoke_test_command"], id="a command and no image"),
    pytest.param("busy box", [], "default", ["smoke_test_image"], id="a space in the image"),
    pytest.param("busybox", [], "", ["smoke_test_namespace"], id="no namespace"),
    pytest.param("busybox:1.36", ["true"], "default", [], id="whole"),
    pytest.param(
        "busy box", ["true"], "Default", ["smoke_test_image", "smoke_test_namespace"], id="both"
    ),
    pytest.param("", [], "", [], id="no test"),
]


@pytest.mark.parametrize(("image", "command", "namespace", "subjects"), PROBLEMS)
def test_what_cannot_be_asked_is_refused_by_the_plan(
    image: str, command: list[str], namespace: str, subjects: list[str]
) -> None:
    found = smoke_test_problems(image, command, namespace, "")
    assert [problem.subject for problem in found] == subjects


def test_a_refusal_says_what_is_untouched_and_how_to_go_on() -> None:
    told = str(smoke_test_refusal("workers", "workers-k126", "its container ended with 1"))
    assert "node group 'workers' is left as it was" in told
    assert "delete 'workers-k126' and repeat the creation of the new node group" in told
    assert "repeat the smoke test" in told
    assert "smoke_test_image empty does without it" in told
