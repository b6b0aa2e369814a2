"""A cluster that has not been well for months, in the plan's task: told, and no reason to stop."""

from collections.abc import Iterator
from typing import Any

import pytest
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.rehearsal.aws import interference
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters

NO_CAPACITY = {"code": "AsgInstanceLaunchFailures", "message": "no capacity", "resourceIds": []}
CONFLICT = {"code": "ConfigurationConflict", "message": "Conflicts found", "resourceIds": []}
LOOSE = {
    "my-node": {"eks.amazonaws.com/compute-type": "hybrid"},
    "ip-10-0-0-1": {"karpenter.sh/nodepool": "default"},
    "i-0123456789abcdef0": {"team": "shop"},
}
"""Nodes that no managed node group stands behind, by labels that say it better than their names."""
UNWELL = PlainOptions(
    manifests=tuple(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {},
            "status": {"nodeInfo": {"kubeletVersion": "v1.33.9-eks-abc"}},
        }
        for name, labels in LOOSE.items()
    ),
    template_family="al2023",
    golden=True,
    addons={"coredns": None, "kube-proxy": None},
    made_by=("ManagedBy", "terraform"),
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        scene = plain(rehearsal.world, "unwell", "1.33", 1, UNWELL)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        made = rehearsal.world
        interference.set_node_group_health(made, "unwell", "workers", "DEGRADED", [NO_CAPACITY])
        interference.set_addon_health(made, "unwell", "coredns", "CREATE_FAILED", [CONFLICT])
        interference.set_addon_health(made, "unwell", "kube-proxy", "DEGRADED")
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture(scope="module")
def plan(world: World) -> dict[str, Any]:
    asked = parameters(cluster_name="unwell", region="eu-west-1", replace_custom_image=True)
    run = Run(asked)
    made: dict[str, Any] = run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return made


def told(plan: dict[str, Any], *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in plan["warnings"])


def test_a_degraded_group_is_replaced(plan: dict[str, Any]) -> None:
    assert [step["replacement"] for step in plan["node_groups"]] == ["workers-k134"]
    assert told(plan, "node group workers is DEGRADED (AsgInstanceLaunchFailures: no capacity)")


def test_an_addon_of_failed_creation_is_left_alone_and_a_degraded_one_is_not(
    plan: dict[str, Any],
) -> None:
    moved = {step["name"] for step in [*plan["addons_before"], *plan["addons_after"]]}
    assert moved == {"kube-proxy"}
    assert told(plan, "CREATE_FAILED (ConfigurationConflict", "delete-addon --preserve")


def test_an_image_of_one_s_own_goes_only_because_a_person_said_so(plan: dict[str, Any]) -> None:
    (step,) = plan["node_groups"]
    assert step["image"]["name"].startswith("amazon-eks-node-al2023-x86_64-standard-1.34-")
    assert told(plan, "it replaces ami-", "acme-al2023-eks-node-1.15.", "not in this one")


def test_the_tool_that_made_the_group_is_told(plan: dict[str, Any]) -> None:
    assert told(plan, "workers-k134 seems to be made by Terraform", "ManagedBy=terraform")


def test_nodes_of_no_group_are_told_by_what_their_labels_say(plan: dict[str, Any]) -> None:
    assert told(plan, "1 hybrid node is", "my-node")
    (karpenter,) = [line for line in plan["summary"] if "1 Karpenter node is" in line]
    assert "ip-10-0-0-1" in karpenter
    assert told(plan, "(self-managed)", "i-0123456789abcdef0")
