"""The table of rights inside the cluster: against the files that give them, and what it says."""

from collections.abc import Iterator

import pytest

from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.readings.readers import READERS
from include.eks_upgrade.kube.rights.right import Right, verdict
from include.eks_upgrade.lock import lease
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import (
    missing_problems,
    needed_rights,
)
from include.eks_upgrade.request import UpgradeRequest
from include.eks_upgrade.verification.keeping import LEASES
from tests.permissions.files import DELETE, MANIFESTS, ORDINARY, RESTART, SMOKE_TEST, manifests

Given = tuple[str, str, str, str, str]

PLAIN = UpgradeRequest(cluster="shop")
EVERYTHING = UpgradeRequest(
    cluster="shop",
    smoke_test_image="registry.example.com/test:1",
    drain=DrainOptions(single_replicas="restart", may_delete_blocked_pods=True),
)
NOT_NEEDED = {("list", "batch", "jobs", "", "")}
"""Given for the survey; every task can do without."""

PREFLIGHT = {right for reading in READERS for right in reading.rights}
"""As `list csinodes`; without one of them a check is not known, and all else goes on."""


def given(name: str) -> Iterator[Given]:
    """What a file gives: verb, group, resource, namespace, name."""
    for role in manifests(name):
        for rule in role.get("rules", ()):
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        for one in rule.get("resourceNames", [""]):
                            space = role["metadata"].get("namespace", "")
                            yield verb, group, resource, space, one


def as_given(right: Right) -> Given:
    return right.verb, right.group, right.resource, right.namespace, right.name


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_table_asks_for_what_each_file_gives_and_for_nothing_else(name: str) -> None:
    asked = [as_given(one) for one in needed_rights(EVERYTHING) if one.file == f"{name}.yaml"]
    needed = {one for one in given(name) if f"{one[0]} {one[2]}" not in PREFLIGHT or one in asked}
    assert sorted(asked) == sorted(needed - NOT_NEEDED)


def test_the_ordinary_role_gives_what_the_checks_of_the_preflight_read() -> None:
    there = {f"{verb} {resource}" for verb, _, resource, *_ in given(ORDINARY)}
    assert there >= PREFLIGHT


def test_every_file_of_the_table_is_there() -> None:
    files = {one.file.removesuffix(".yaml") for one in needed_rights(EVERYTHING)}
    assert files == set(MANIFESTS)


def test_the_leases_are_those_of_the_lock_and_of_the_baseline() -> None:
    named = {one.name for one in needed_rights(PLAIN) if one.resource == "leases" and one.name}
    assert named == {lease.NAME, *LEASES}


def drained(**given: object) -> UpgradeRequest:
    return UpgradeRequest(cluster="shop", drain=DrainOptions(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "files"),
    [
        pytest.param(PLAIN, {ORDINARY}, id="nothing more"),
        pytest.param(drained(single_replicas="restart"), {ORDINARY, RESTART}, id="single replicas"),
        pytest.param(
            drained(when_blocked={"never_allowed": "restart"}), {ORDINARY, RESTART}, id="blocked"
        ),
        pytest.param(drained(when_blocked={"never_allowed": "ask"}), {ORDINARY}, id="a person"),
        pytest.param(drained(may_delete_blocked_pods=True), {ORDINARY, DELETE}, id="deleting"),
        pytest.param(
            UpgradeRequest(cluster="shop", smoke_test_image="test:1"),
            {ORDINARY, SMOKE_TEST},
            id="smoke test",
        ),
    ],
)
def test_only_what_the_options_use_is_asked_for(request_: UpgradeRequest, files: set[str]) -> None:
    assert {one.file.removesuffix(".yaml") for one in needed_rights(request_)} == files


def test_the_smoke_test_is_asked_about_in_its_own_namespace() -> None:
    asked = needed_rights(
        UpgradeRequest(cluster="shop", smoke_test_image="t", smoke_test_namespace="probes")
    )
    assert {one.namespace for one in asked if "smoke" in one.file} == {"probes"}


def test_an_older_role_is_told_all_that_it_lacks_in_one_problem() -> None:
    missing = [
        one
        for one in needed_rights(PLAIN)
        if one.name in LEASES or (one.verb, one.resource) == ("watch", "deployments")
    ]
    (problem,) = missing_problems(missing)
    assert str(problem) == (
        "rights in the cluster: the caller may not watch deployments to drain what has no budget;"
        f" get, update, delete leases ({', '.join(LEASES)}) in namespace kube-system for the lock"
        " and the baseline. Remedy: `kubectl apply -f include/permissions/kubernetes.yaml`, by"
        " somebody who may give rights; see docs/permissions.md."
    )


def test_who_lacks_nothing_is_told_nothing() -> None:
    assert missing_problems([]) == ()


def test_all_files_stand_in_one_command() -> None:
    (problem,) = missing_problems(needed_rights(EVERYTHING))
    assert all(f"-f include/permissions/{name}.yaml" in problem.remedy for name in MANIFESTS)
    assert "put that namespace into the last file first" in problem.remedy


def test_a_subresource_is_asked_for_apart_and_what_is_empty_is_left_out() -> None:
    right = Right(verb="create", group="", resource="pods/eviction", purpose="to drain")
    asked = right.review()["spec"]["resourceAttributes"]
    assert asked == {"verb": "create", "resource": "pods", "subresource": "eviction"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param({"allowed": True}, True, id="yes"),
        pytest.param({"allowed": True, "evaluationError": "a role"}, True, id="yes all the same"),
        pytest.param({"allowed": False}, False, id="no"),
        pytest.param({"allowed": False, "denied": True, "reason": "x"}, False, id="denied"),
        pytest.param({"allowed": False, "evaluationError": "not found"}, "not found", id="unread"),
        pytest.param({}, "the answer does not say", id="nothing"),
        pytest.param(None, "the answer does not say", id="no status"),
    ],
)
def test_an_answer_is_a_yes_a_no_or_the_reason_why_it_is_neither(
    status: object, expected: object
) -> None:
    assert verdict({"status": status}) == expected
