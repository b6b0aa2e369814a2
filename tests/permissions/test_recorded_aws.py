"""The IAM policies against every call of whole runs: all that is called is allowed, no more is."""

import pytest

from include.rehearsal.aws.rights.dependent import TABLE
from include.rehearsal.aws.rights.policy import Asked, allows, decide
from tests.permissions.files import NEEDS, POLICIES, granted, policy
from tests.permissions.stage import Judged
from tests.permissions.stories import GROUP_TAG, recorded

BOUND_TO_NO_CLUSTER = {
    # These know no resource: it is AWS's word that they are all or nothing.
    *policy("read")[0]["Action"],
    *policy("preflight")[0]["Action"],
    # Names of AWS's own public images.
    "ssm:GetParameter",
    # The template is yet to be made, so there is nothing to name; a file of its own.
    "ec2:CreateLaunchTemplate",
    # Only in the act of starting an instance, which itself is bound.
    "ec2:CreateTags",
    # The account's one role for EKS's node groups, and the caller's own rights.
    "iam:CreateServiceLinkedRole",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
}

pytestmark = pytest.mark.timeout(900)  # the first test plays all the runs


def of(part: str) -> list[Judged]:
    return [one for one in recorded().judged if one.part == part]


def refused(part: str, policies: tuple[str, ...]) -> set[str]:
    """What of a part's calls these policies, with the cluster's names, do not allow."""
    rights = {name: granted(policies, names) for name, names in recorded().names.items()}
    return {str(one.asked) for one in of(part) if not allows(rights[one.cluster], one.asked)}


def test_every_part_of_the_work_is_in_the_recording() -> None:
    assert {one.part for one in recorded().judged} == set(NEEDS)
    on_aws = [call.entry for call in recorded().calls if call.entry.side == "aws"]
    changing = [entry for entry in on_aws if entry.changes]
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
    for one in recorded().judged:
        if one.part not in users or one.asked.action != action:
            continue
        statement = granted((name,), recorded().names[one.cluster])[number]
        if any(decide([statement], one.asked, each) == "allowed" for each in one.asked.judged):
            return
    pytest.fail(f"{action} is allowed, and in no recorded run anybody needed it")


def test_the_policies_of_one_cluster_open_nothing_of_another() -> None:
    other = {
        "CLUSTER_NAME": "other",
        "NODE_ROLE_NAME": "other-nodes",
        "ADDON_ROLE_NAME": "other-addon",
        "LAUNCH_TEMPLATE_ID": "lt-other",
        "CLUSTER_ROLE_NAME": "other-cluster",
        "KMS_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/other",
    }
    everything = tuple(name for name in POLICIES if name != "new-launch-template")
    rights = {
        name: granted(everything, {**names, **other}) for name, names in recorded().names.items()
    }
    opened = {
        one.asked.action for one in recorded().judged if allows(rights[one.cluster], one.asked)
    }
    assert opened <= BOUND_TO_NO_CLUSTER
    assert {"eks:DeleteNodegroup", "eks:DescribeCluster"}.isdisjoint(opened)
    assert any(
        one.asked.action == "autoscaling:DeleteAutoScalingGroup" for one in recorded().judged
    )


STOLEN = [
    "eks:cluster-name",
    "eks:nodegroup-name",
    "aws:cloudformation:stack",
    "kubernetes.io/cluster/x",
]


@pytest.mark.parametrize("key", STOLEN)
def test_tags_by_which_an_auto_scaling_group_is_known_may_not_be_written(key: str) -> None:
    tagging = "autoscaling:CreateOrUpdateTags"
    one, *_ = [
        each
        for each in recorded().judged
        if each.asked.action == tagging and each.asked.context["aws:TagKeys"] == [GROUP_TAG]
    ]
    statements = granted(("node-groups",), recorded().names[one.cluster])
    stolen = {"aws:TagKeys": [GROUP_TAG, key]}
    assert allows(statements, one.asked)
    assert not allows(statements, Asked(tagging, one.asked.resources, stolen))


NEVER_SENT = "it names pod identities"
"""An update leaves pod identities out, which keeps them; that their roles may be passed is there
for an EKS that looks at what is kept."""


def test_every_dependent_right_of_the_table_was_asked_in_the_runs() -> None:
    rows = [row for row in TABLE if row.when != NEVER_SENT]
    actions = {(one.asked.action, one.asked.context.get("iam:PassedToService"))
               for one in recorded().judged}  # fmt: skip
    for row in rows:
        assert (row.action, row.context.get("iam:PassedToService")) in actions, row


DEPENDENT = [
    pytest.param(row.action, row.resource, id=f"{row.action} on {row.resource or 'all'}")
    for row in TABLE
    if row.call == "eks:CreateNodegroup" and row.action != "ec2:DescribeSubnets"
]


@pytest.mark.parametrize(("action", "resource"), DEPENDENT)
def test_a_policy_that_lacks_a_dependent_right_of_create_nodegroup_would_be_refused(
    action: str, resource: str
) -> None:
    """The other direction: each of them is allowed by this one policy, and by nothing beside it."""
    parts = ("node group", "node group with a new template")
    asked = [one for part in parts for one in of(part) if one.asked.action == action]
    assert asked, resource
    for one in asked:
        names = recorded().names[one.cluster]
        kept = [each for each in granted(NEEDS[one.part], names) if action not in each["Action"]]
        assert not allows(kept, one.asked)


PLANNED = {"demo", "bare"}
"""Clusters whose whole upgrade is in the recording, its plan included."""


def simulated() -> set[str]:
    """The actions of which the plans asked IAM."""
    asked = [
        call.entry.body
        for call in recorded().calls
        if call.entry.operation == "SimulatePrincipalPolicy" and call.cluster in PLANNED
    ]
    return {str(action) for body in asked for action in body["ActionNames"]}


def test_the_plan_asks_for_every_right_that_first_counts_after_it() -> None:
    judged = [one for one in recorded().judged if one.cluster in PLANNED]
    at_once = {one.asked.action for one in judged if one.part == "look"}
    later = {one.asked.action for one in judged if one.part != "look"} - at_once
    # The account's first node group: where a group is to be replaced, there is one already.
    assert later - simulated() == {"iam:CreateServiceLinkedRole"}


def test_the_plan_asks_for_no_right_that_nobody_needs() -> None:
    assert simulated() <= {one.asked.action for one in recorded().judged}
