"""The rights inside the cluster, asked for by the plan's own operator over HTTPS."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.nodes.replacement import EksCheckReplacementOperator
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import needed_rights
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters
from tests.permissions.files import DELETE, MANIFESTS, ORDINARY, RESTART, SMOKE_TEST, manifests

REVIEWS = "selfsubjectaccessreviews"
RESTARTING = {"single_replicas": "restart"}
DELETING = {"when_never_allowed": "delete", "may_delete_blocked_pods": True}
TESTING = {"smoke_test_image": "registry.example.com/ours/test:1"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal(speed=600.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        options = PlainOptions(addons={}, ami_type="AL2023_x86_64_STANDARD")
        scene = plain(rehearsal.world, "plain", "1.33", 1, options)
        rehearsal.clock.advance(120)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture
def server(world: World) -> Iterator[Any]:
    """The Kubernetes API server, of which everybody may ask everything afterwards."""
    yield world.rehearsal.kube_server
    world.rehearsal.kube_server.allow_all()


def planned(world: World, **given: Any) -> dict[str, Any]:
    run = Run(parameters(cluster_name="plain", region=world.scene.region, **given))
    plan: dict[str, Any] = run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return plan


def refusal(world: World, **given: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        planned(world, **given)
    return str(raised.value)


def without(verb: str, resource: str, *, name: str = "") -> list[dict[str, Any]]:
    """The ordinary manifest, less one right: as an installation has it that was not updated."""
    found = manifests(ORDINARY)
    for rule in [rule for each in found for rule in each.get("rules", ())]:
        if name and name in rule.get("resourceNames", ()):
            rule["resourceNames"].remove(name)
        elif not name and resource in rule["resources"] and "resourceNames" not in rule:
            others = [one for one in rule["resources"] if one != resource]
            same = {**rule, "resources": others}
            rule["resources"] = [resource]
            rule["verbs"] = [one for one in rule["verbs"] if one != verb]
            found[0]["rules"].append(same)
    return found


def test_the_roles_as_they_are_shipped_are_enough(world: World, server: Any) -> None:
    server.grant(manifests(*MANIFESTS))
    warnings = planned(world, **RESTARTING, **DELETING, **TESTING)["warnings"]
    assert "could not be asked" not in str(warnings)


LACKING = [
    pytest.param("watch", "deployments", "", id="watch on Deployments"),
    pytest.param("watch", "statefulsets", "", id="watch on StatefulSets"),
    pytest.param("list", "replicasets", "", id="list of ReplicaSets"),
    pytest.param("list", "persistentvolumes", "", id="list of volumes"),
    pytest.param("patch", "nodes", "", id="cordoning"),
    pytest.param("create", "pods/eviction", "", id="evicting"),
    pytest.param("create", "leases", "", id="making Leases"),
    pytest.param("get, update, delete", "leases", "eks-upgrade-baseline-3", id="one named Lease"),
]


@pytest.mark.parametrize(("verb", "resource", "name"), LACKING)
def test_a_role_that_lacks_one_right_is_refused_before_anything_moves_and_told_which(
    world: World, server: Any, verb: str, resource: str, name: str
) -> None:
    server.grant(without(verb, resource, name=name))
    before = world.fingerprint()
    told = refusal(world)
    named = f" ({name})" if name else ""
    assert f"the caller may not {verb} {resource}{named} " in told
    assert "kubectl apply -f include/permissions/kubernetes.yaml`" in told
    assert ": 1 problem\n" in told
    assert world.fingerprint() == before


POWERS = [
    pytest.param(RESTARTING, RESTART, "get, patch deployments", id="restart"),
    pytest.param(DELETING, DELETE, "delete pods", id="delete"),
    pytest.param(TESTING, SMOKE_TEST, "pods in namespace default", id="smoke test"),
]


@pytest.mark.parametrize(("given", "file", "words"), POWERS)
def test_an_option_whose_file_was_not_applied_is_refused(
    world: World, server: Any, given: dict[str, Any], file: str, words: str
) -> None:
    server.grant(manifests(ORDINARY))
    planned(world)
    told = refusal(world, **given)
    assert words in told
    assert f"kubectl apply -f include/permissions/{file}.yaml`" in told


def test_a_rotation_is_checked_alike(world: World, server: Any) -> None:
    server.grant(without("watch", "deployments"))
    run = Run(parameters(cluster_name="plain", region=world.scene.region))
    with pytest.raises(AirflowFailException, match="may not watch deployments"):
        run.do(
            "check_replacement",
            EksCheckReplacementOperator,
            nodegroup_name="workers",
            replacement_name="workers-new",
            options={},
        )


REFUSED_TESTS = [
    pytest.param(
        {"smoke_test_namespace": "probes"},
        "smoke test in namespace 'probes': Kubernetes would refuse it (404): namespaces \"probes\"",
        id="no namespace",
    ),
    pytest.param(
        {"smoke_test_service_account": "probe"},
        "smoke test in namespace 'default': Kubernetes would refuse it (403):",
        id="no service account",
    ),
]


@pytest.mark.parametrize(("given", "words"), REFUSED_TESTS)
def test_a_smoke_test_that_kubernetes_would_refuse_is_refused_before_anything_moves(
    world: World, given: dict[str, Any], words: str
) -> None:
    before = world.fingerprint()
    told = " ".join(refusal(world, **TESTING, **given).split())
    assert words in told
    assert ": 1 problem " in told
    assert world.fingerprint() == before


def test_a_rotation_tries_the_smoke_test_alike(world: World) -> None:
    run = Run(parameters(cluster_name="plain", region=world.scene.region))
    with pytest.raises(AirflowFailException, match=r"Kubernetes would refuse it \(404\)"):
        run.do(
            "check_replacement",
            EksCheckReplacementOperator,
            nodegroup_name="workers",
            replacement_name="workers-new",
            options={**TESTING, "smoke_test_namespace": "probes"},
        )


def test_a_review_that_is_refused_is_a_warning(world: World, server: Any) -> None:
    server.forbid("create", REVIEWS)
    (warning,) = [one for one in planned(world)["warnings"] if "could not be asked" in one]
    assert f'cannot create resource "{REVIEWS}"' in warning
    assert f"{len(needed_rights(UpgradeRequest(cluster='plain')))} of the rights" in warning
