"""The Kubernetes roles against whole runs, in which the rehearsal's API server enforced them."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.permissions.files import (
    DELETE,
    FOLDER,
    MANIFESTS,
    ORDINARY,
    RESTART,
    SMOKE_TEST,
    manifests,
)
from tests.permissions.stories import recorded

pytestmark = pytest.mark.timeout(900)  # the first test plays all the runs

Right = tuple[str, str]
CLIENT = FOLDER.parent / "eks_upgrade" / "kube" / "client.py"
REFUSED = 403


def granted(name: str) -> Counter[Right]:
    """(verb, resource) pairs of all roles of a file."""
    return Counter(
        (verb, resource)
        for each in manifests(name)
        for rule in each.get("rules", ())
        for resource in rule["resources"]
        for verb in rule["verbs"]
    )


@cache
def used() -> dict[Right, set[int]]:
    """What was asked, with the answers' statuses."""
    found: dict[Right, set[int]] = {}
    for call in recorded().calls:
        if call.entry.side == "kube":
            verb, _, resource = call.entry.operation.partition(" ")
            found.setdefault((verb, resource), set()).add(call.entry.status)
    return found


def in_code() -> set[Right]:
    """What the client can ask, from the words it names its requests with: `patch nodes`."""
    tree = ast.parse(CLIENT.read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        whats = [each.value for each in node.keywords if each.arg == "what"]
        found |= {str(each.value) for each in whats if isinstance(each, ast.Constant)}
        if ast.unparse(node.func) == "self._get" and isinstance(node.args[0], ast.Constant):
            found.add(f"get {node.args[0].value}")
    return {(verb, resource) for verb, resource in (each.split(" ") for each in found)}


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_right_of_a_role_was_used(name: str) -> None:
    done = {right for right, statuses in used().items() if statuses & {200, 201}}
    assert set(granted(name)) - done == set()


def test_nothing_was_refused_but_the_powers_that_were_left_out_on_purpose() -> None:
    refused = {right for right, statuses in used().items() if REFUSED in statuses}
    assert refused == {("get", "replicasets"), ("delete", "pods")}


def test_no_right_is_given_twice_or_by_a_wildcard() -> None:
    total = sum((granted(name) for name in MANIFESTS), Counter[Right]())
    # Deleting pods: here in the namespace of the smoke test alone, there past budgets anywhere.
    total -= Counter({("delete", "pods"): 1})
    assert [right for right, times in total.items() if times > 1] == []
    assert not {word for right in total for word in right} & {"*", "secrets"}


def test_config_maps_are_readable_by_their_names_alone() -> None:
    rules = [
        rule for name in MANIFESTS for each in manifests(name) for rule in each.get("rules", ())
    ]
    of_maps = [rule for rule in rules if "configmaps" in rule["resources"]]
    assert {name for rule in of_maps for name in rule["resourceNames"]} == {
        "kube-proxy-config",
        "aws-auth",
    }
    assert all(rule["verbs"] == ["get"] for rule in of_maps)


def test_what_the_client_can_ask_was_asked() -> None:
    assert ("patch", "deployments") in in_code()
    assert in_code() <= set(used())


@pytest.mark.parametrize("power", [RESTART, DELETE])
def test_a_power_that_is_missing_ends_the_drain_with_the_right_words(power: str) -> None:
    told = recorded().refusals[power]
    verb, resource = next(iter(granted(power)))
    assert f"Kubernetes forbids `{verb} {resource}`" in told
    assert f'cannot {verb} resource "{resource}"' in told
    assert "docs/permissions.md" in told


def test_the_optional_powers_are_not_in_the_ordinary_role() -> None:
    assert set(granted(ORDINARY)).isdisjoint(
        granted(RESTART) + granted(DELETE) + granted(SMOKE_TEST)
    )
