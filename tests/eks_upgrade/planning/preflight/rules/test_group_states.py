"""Node groups that are not well: what the plan refuses, and what it tells and does all the same."""

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan

NO_CAPACITY = {"issues": [{"code": "AsgInstanceLaunchFailures", "message": "no capacity",
                           "resourceIds": ["asg-1"]}]}  # fmt: skip


def plan_of(request, facts):
    return make_plan(request, facts, dict.fromkeys(groups_in_need(request, facts)))


def about(plan, name):
    return [one for one in plan.warnings if one.startswith(f"node group {name}")]


def test_a_group_that_is_degraded_is_told_and_replaced(make_request, make_facts, make_group):
    sick = make_group("workers", status="DEGRADED", health=NO_CAPACITY)

    plan = plan_of(make_request(), make_facts(node_groups={"workers": sick}))

    assert [step.replacement for step in plan.node_groups] == ["workers-k126"]
    (warning,) = about(plan, "workers")
    assert "DEGRADED (AsgInstanceLaunchFailures: no capacity (asg-1))" in warning
    assert "replaced all the same" in warning


def test_a_degraded_group_beside_its_replacement_is_a_run_continued(
    make_request, make_facts, make_group
):
    groups = {
        "workers": make_group("workers", status="DEGRADED", health=NO_CAPACITY),
        "workers-k126": make_group("workers-k126", "1.26", status="DEGRADED"),
    }

    plan = plan_of(make_request(), make_facts(node_groups=groups))

    assert any("continues with workers-k126" in line for line in plan.summary)
    (told,) = about(plan, "workers-k126")
    assert "EKS names no health issue" in told
    assert "whether its nodes are Ready" in told


def test_a_group_of_failed_creation_that_has_nodes_is_told_and_replaced(
    make_request, make_facts, make_group
):
    failed = make_group("workers", status="CREATE_FAILED", health=NO_CAPACITY)

    plan = plan_of(make_request(), make_facts(node_groups={"workers": failed}))

    (warning,) = about(plan, "workers")
    assert "CREATE_FAILED (AsgInstanceLaunchFailures" in warning
    assert "EKS takes no taint and no cap of it" in warning


REFUSED = [
    pytest.param("CREATE_FAILED", {}, "delete it, it has no node", id="no node at all"),
    pytest.param("UPDATING", None, "wait until that has come to its end", id="an update runs"),
    pytest.param("CREATING", None, "wait until that has come to its end", id="in the making"),
    pytest.param("DELETE_FAILED", None, "repair what its health", id="somebody deletes it"),
    pytest.param("SLEEPING", None, "wait until that has come to its end", id="a new word of AWS"),
]


@pytest.mark.parametrize(("status", "kubelets", "remedy"), REFUSED)
def test_a_group_that_nothing_can_be_done_with_now_is_refused(
    make_request, make_facts, make_group, status, kubelets, remedy
):
    changes = {} if kubelets is None else {"kubelets": kubelets}
    groups = {"workers": make_group("workers", status=status)}

    with pytest.raises(Refused) as raised:
        plan_of(make_request(), make_facts(node_groups=groups, **changes))

    (problem,) = raised.value.problems
    assert f"its status is {status}" in problem.what
    assert remedy in problem.remedy


@pytest.mark.parametrize("status", ["UPDATING", "DELETING", "DELETE_FAILED", "DEGRADED", "ACTIVE"])
def test_beside_its_replacement_an_old_group_may_be_on_its_way(
    make_request, make_facts, make_group, status
):
    groups = {
        "workers": make_group("workers", status=status),
        "workers-k126": make_group("workers-k126", "1.26"),
    }

    plan = plan_of(make_request(), make_facts(node_groups=groups))

    assert [step.replacement for step in plan.node_groups] == ["workers-k126"]


def test_a_group_that_is_not_chosen_may_be_in_any_state(make_request, make_facts, make_group):
    groups = {
        "workers": make_group("workers"),
        "broken": make_group("broken", status="DELETE_FAILED", health=NO_CAPACITY),
    }

    plan = plan_of(make_request(node_groups=("workers",)), make_facts(node_groups=groups))

    assert [step.name for step in plan.node_groups] == ["workers"]
