"""The IAM policies against every call of whole runs: all that is called is allowed, no more is."""

from functools import cache
from typing import Any

import pytest

from tests.permissions.calls import requests_of, services
from tests.permissions.files import NEEDS, POLICIES, policy
from tests.permissions.iam import Asked, Resource, allows, statements_of
from tests.permissions.stage import Call
from tests.permissions.stories import GROUP_TAG, recorded

ASSUMING = "AssumeRole"
"""The worker's own call, before there is a role: the trust policy answers it (test_accounts)."""

BOUND_TO_NO_CLUSTER = {
    # These know no resource: it is AWS's word that they are all or nothing.
    *policy("read")[0]["Action"],
    # Names of AWS's own public images.
    "ssm:GetParameter",
    # The template is yet to be made, so there is nothing to name; a file of its own.
    "ec2:CreateLaunchTemplate",
    # Only in the act of starting an instance, which itself is bound.
    "ec2:CreateTags",
}

pytestmark = pytest.mark.timeout(900)  # the first test plays all the runs

Known = tuple[Call, Asked]


@cache
def asked() -> tuple[Known, ...]:
    """Every recorded call with each request that AWS judges because of it."""
    names = services()
    return tuple(
        (call, request)
        for call in recorded().calls
        if call.entry.side == "aws" and call.entry.operation != ASSUMING
        for request in requests_of(call.entry, recorded(), names)
    )


def of(part: str) -> list[Known]:
    return [known for known in asked() if known[0].part == part]


def granted(policies: tuple[str, ...], names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        statement
        for name in policies
        for statement in statements_of(POLICIES[name].read_text(), names)
    ]


def refused(part: str, policies: tuple[str, ...]) -> set[str]:
    """What of a part's calls these policies, with the cluster's names, do not allow."""
    rights = {name: granted(policies, names) for name, names in recorded().names.items()}
    return {str(one) for call, one in of(part) if not allows(rights[call.cluster], one)}


def test_every_part_of_the_work_is_in_the_recording() -> None:
    assert {call.part for call, _ in asked()} == set(NEEDS)
    changing = [call.entry for call, _ in asked() if call.entry.changes]
    done = {entry.operation for entry in changing if entry.done}
    assert done == {entry.operation for entry in changing}


@pytest.mark.parametrize("part", NEEDS)
def test_a_part_of_the_work_needs_its_own_policies_only(part: str) -> None:
    assert refused(part, NEEDS[part]) == set()


WITHOUT = [
    pytest.param(part, name, id=f"{part} without {name}")
    for part, needed in NEEDS.items()
    for name in needed
]


@pytest.mark.parametrize(("part", "name"), WITHOUT)
def test_without_one_of_them_it_would_not_come_through(part: str, name: str) -> None:
    assert refused(part, tuple(each for each in NEEDS[part] if each != name))


RIGHTS = [
    pytest.param(name, number, action, id=f"{name}: {action}")
    for name in POLICIES
    for number, statement in enumerate(policy(name))
    for action in statement["Action"]
]


@pytest.mark.parametrize(("name", "number", "action"), RIGHTS)
def test_what_a_policy_allows_is_used_where_the_policy_is_needed(
    name: str, number: int, action: str
) -> None:
    users = {part for part, needed in NEEDS.items() if name in needed}
    for call, one in asked():
        if call.part not in users or one.action != action:
            continue
        statement = granted((name,), recorded().names[call.cluster])[number]
        for resource in one.resources or (Resource("*"),):
            if allows([statement], Asked(action, (resource,), one.context)):
                return
    pytest.fail(f"{action} is allowed, and in no recorded run anybody needed it")


def test_the_policies_of_one_cluster_open_nothing_of_another() -> None:
    other = {
        "CLUSTER_NAME": "other",
        "NODE_ROLE_NAME": "other-nodes",
        "ADDON_ROLE_NAME": "other-addon",
        "LAUNCH_TEMPLATE_ID": "lt-other",
    }
    everything = tuple(name for name in POLICIES if name != "new-launch-template")
    rights = {
        name: granted(everything, {**names, **other}) for name, names in recorded().names.items()
    }
    opened = {one.action for call, one in asked() if allows(rights[call.cluster], one)}
    assert opened <= BOUND_TO_NO_CLUSTER
    assert {"eks:DeleteNodegroup", "eks:DescribeCluster"}.isdisjoint(opened)
    assert any(one.action == "autoscaling:DeleteAutoScalingGroup" for _, one in asked())


STOLEN = [
    "eks:cluster-name",
    "eks:nodegroup-name",
    "aws:cloudformation:stack",
    "kubernetes.io/cluster/x",
]


@pytest.mark.parametrize("key", STOLEN)
def test_tags_by_which_an_auto_scaling_group_is_known_may_not_be_written(key: str) -> None:
    (call, one), *_ = [k for k in asked() if k[1].action == "autoscaling:CreateOrUpdateTags"]
    statements = granted(("node-groups",), recorded().names[call.cluster])
    assert one.context == {"aws:TagKeys": [GROUP_TAG]}
    stolen = {"aws:TagKeys": [GROUP_TAG, key]}
    assert allows(statements, one)
    assert not allows(statements, Asked(one.action, one.resources, stolen))
