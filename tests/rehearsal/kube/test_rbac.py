"""Rights from manifests: who is let through, and in which words the others are refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.rehearsal.kube.auth.rbac import ResourceAttributes, grants_of
from tests.rehearsal.kube.cluster_lab import recorded
from tests.rehearsal.kube.kube_lab import KEY_ID, Lab, pod

PERMISSIONS = Path(__file__).parents[3] / "include" / "permissions" / "kubernetes.yaml"
MERGE = {"Content-Type": "application/merge-patch+json"}
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"


def rule(verbs: str, resources: str, *, group: str = "", names: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {
        "apiGroups": [group],
        "resources": resources.split(),
        "verbs": verbs.split(),
    }
    return {**made, "resourceNames": names.split()} if names else made


def bound(*rules: dict[str, Any], namespace: str = "", to: str = "Group") -> list[dict[str, Any]]:
    """A role with these rules and its binding to `team`."""
    scope = {"namespace": namespace} if namespace else {}
    kind = "Role" if namespace else "ClusterRole"
    meta = {"name": "drainer", **scope}
    reference = {"kind": kind, "name": "drainer"}
    subjects = [{"kind": to, "name": "team"}]
    return [
        {"kind": kind, "metadata": meta, "rules": list(rules)},
        {"kind": f"{kind}Binding", "metadata": meta, "roleRef": reference, "subjects": subjects},
    ]


@pytest.mark.parametrize(
    ("given", "attributes", "allowed"),
    [
        pytest.param(
            rule("list", "pods"), ResourceAttributes("list", "", "pods"), True, id="as it says"
        ),
        pytest.param(
            rule("list", "pods"), ResourceAttributes("watch", "", "pods"), False, id="another verb"
        ),
        pytest.param(
            rule("list", "pods"), ResourceAttributes("list", "", "nodes"), False, id="another kind"
        ),
        pytest.param(
            rule("list", "pods"), ResourceAttributes("list", "apps", "pods"), False, id="group"
        ),
        pytest.param(
            rule("*", "pods"), ResourceAttributes("patch", "", "pods"), True, id="every verb"
        ),
        pytest.param(
            rule("list", "*"), ResourceAttributes("list", "", "nodes"), True, id="every kind"
        ),
        pytest.param(
            rule("list", "pods", group="*"),
            ResourceAttributes("list", "x", "pods"),
            True,
            id="every group",
        ),
        pytest.param(
            rule("create", "pods"),
            ResourceAttributes("create", "", "pods/eviction"),
            False,
            id="a kind is not its subresource",
        ),
        pytest.param(
            rule("create", "*/eviction"),
            ResourceAttributes("create", "", "pods/eviction"),
            True,
            id="a subresource of every kind",
        ),
        pytest.param(
            rule("get", "pods", names="a b"),
            ResourceAttributes("get", "", "pods", "x", "b"),
            True,
            id="named",
        ),
        pytest.param(
            rule("get", "pods", names="a"),
            ResourceAttributes("get", "", "pods", "x", "b"),
            False,
            id="unnamed",
        ),
        pytest.param(
            rule("list", "pods", names="a"),
            ResourceAttributes("list", "", "pods"),
            False,
            id="all of a name",
        ),
    ],
)
def test_what_a_rule_allows(
    given: dict[str, Any], attributes: ResourceAttributes, *, allowed: bool
) -> None:
    assert grants_of(bound(given)).allows("me", {"team"}, attributes) is allowed


def test_a_role_holds_in_its_namespace_only() -> None:
    grants = grants_of(bound(rule("list", "pods"), namespace="shop"))
    assert grants.allows("me", {"team"}, ResourceAttributes("list", "", "pods", "shop"))
    assert not grants.allows("me", {"team"}, ResourceAttributes("list", "", "pods", "other"))
    assert not grants.allows("me", {"team"}, ResourceAttributes("list", "", "pods"))


def test_a_cluster_role_can_be_bound_in_a_namespace() -> None:
    role, binding = bound(rule("list", "pods"))
    binding = {**binding, "kind": "RoleBinding"}
    binding["metadata"] = {"name": "drainer", "namespace": "shop"}
    grants = grants_of([role, binding])
    assert grants.allows("me", {"team"}, ResourceAttributes("list", "", "pods", "shop"))
    assert not grants.allows("me", {"team"}, ResourceAttributes("list", "", "pods"))


def test_only_the_bound_get_anything() -> None:
    attributes = ResourceAttributes("list", "", "pods")
    by_group = grants_of(bound(rule("list", "pods")))
    by_user = grants_of(bound(rule("list", "pods"), to="User"))
    assert not by_group.allows("team", {"others"}, attributes)
    assert by_user.allows("team", (), attributes)
    assert not by_user.allows("me", {"team"}, attributes)


def test_a_binding_to_no_role_is_an_error() -> None:
    with pytest.raises(ValueError, match="drainer refers to ClusterRole drainer: not there"):
        grants_of(bound(rule("list", "pods"))[1:])


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.server.access.user = "viewer"
    made.add_node("blue-0")
    with made.clock.lock:
        made.cluster.apply(pod("mine", namespace="default"))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.mark.parametrize("exchange", recorded("forbidden"), ids=lambda each: each["note"])
def test_a_caller_who_may_only_list_nodes_is_refused_as_recorded(
    lab: Lab, exchange: dict[str, Any]
) -> None:
    lab.server.grant(bound(rule("list", "nodes")))
    attributes, answered = exchange["request"], exchange["response"]
    status, body = lab.request(
        attributes["method"],
        attributes["path"],
        attributes["body"],
        query=attributes["query"],
        headers={"Content-Type": attributes["content_type"]},
    )
    assert status == answered["status"]
    if status == 403:
        assert body == answered["body"]


def test_the_manifests_of_this_project_give_what_a_drain_needs_and_no_more(lab: Lab) -> None:
    lab.server.grant(yaml.safe_load_all(PERMISSIONS.read_text()))
    patch = {"spec": {"unschedulable": True}}
    lease = {"metadata": {"name": "lock"}, "spec": {"holderIdentity": "me"}}
    system = LEASES.format("kube-system")
    evict = "/api/v1/namespaces/default/pods/mine/eviction"
    assert lab.request("PATCH", "/api/v1/nodes/blue-0", patch, headers=MERGE)[0] == 200
    assert lab.request("POST", evict, {})[0] == 201
    assert lab.request("POST", system, lease)[0] == 201
    assert lab.request("POST", LEASES.format("default"), lease)[0] == 403
    assert lab.request("DELETE", "/api/v1/nodes/blue-0")[0] == 403
    assert lab.request("GET", "/api/v1/configmaps")[0] == 403


def test_without_a_grant_everything_is_allowed_and_again_when_all_are_taken_back(lab: Lab) -> None:
    assert lab.request("GET", "/api/v1/configmaps")[0] == 200
    lab.server.grant(bound(rule("list", "nodes")))
    assert lab.request("GET", "/api/v1/configmaps")[0] == 403
    lab.server.allow_all()
    assert lab.request("GET", "/api/v1/configmaps")[0] == 200


def test_a_caller_is_in_the_groups_that_are_bound_unless_told_otherwise(lab: Lab) -> None:
    lab.server.grant(bound(rule("list", "nodes")))
    assert lab.server.groups_of(KEY_ID) == {"team"}
    assert lab.request("GET", "/api/v1/nodes")[0] == 200
    lab.server.put_in_groups(KEY_ID, ["others"])
    assert lab.request("GET", "/api/v1/nodes")[0] == 403


def test_a_grant_can_be_one_clusters_alone(lab: Lab) -> None:
    lab.server.grant(bound(rule("list", "nodes")), cluster="other")
    assert lab.request("GET", "/api/v1/configmaps")[0] == 200


def test_a_second_grant_adds_to_the_first(lab: Lab) -> None:
    lab.server.grant(bound(rule("list", "nodes")))
    lab.server.grant(bound(rule("list", "configmaps")))
    assert lab.request("GET", "/api/v1/nodes")[0] == 200
    assert lab.request("GET", "/api/v1/configmaps")[0] == 200


def test_a_list_of_one_name_is_allowed_to_who_may_see_that_name(lab: Lab) -> None:
    lab.server.grant(bound(rule("list watch", "nodes", names="blue-0")))
    one = {"fieldSelector": "metadata.name=blue-0"}
    assert lab.request("GET", "/api/v1/nodes", query=one)[0] == 200
    assert lab.request("GET", "/api/v1/nodes")[0] == 403


def test_discovery_and_health_need_no_grant(lab: Lab) -> None:
    lab.server.grant(bound(rule("list", "nodes")))
    for path in ("/version", "/healthz", "/api", "/apis", "/api/v1", "/apis/apps/v1"):
        assert lab.request("GET", path)[0] == 200, path


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        pytest.param({"verb": "list", "resource": "nodes"}, True, id="given"),
        pytest.param({"verb": "patch", "resource": "nodes"}, False, id="not given"),
        pytest.param(
            {"verb": "create", "resource": "pods", "subresource": "eviction", "namespace": "a"},
            True,
            id="subresource",
        ),
        pytest.param({"verb": "create", "resource": "pods", "namespace": "a"}, False, id="kind"),
        pytest.param(
            {"verb": "get", "resource": "nodes", "name": "blue-0"}, True, id="the name given"
        ),
        pytest.param(
            {"verb": "get", "resource": "nodes", "name": "blue-1"}, False, id="another name"
        ),
        pytest.param({"verb": "list", "resource": "nodes", "group": "apps"}, False, id="group"),
    ],
)
def test_a_caller_who_asks_what_it_may_is_told_the_truth(
    lab: Lab, attributes: dict[str, str], *, allowed: bool
) -> None:
    lab.server.grant(
        bound(
            rule("list", "nodes"),
            rule("get", "nodes", names="blue-0"),
            rule("create", "pods/eviction"),
        )
    )
    body = {"spec": {"resourceAttributes": attributes}}
    status, answer = lab.request("POST", REVIEWS, body)
    assert (status, answer["status"]) == (201, {"allowed": allowed})


def test_everybody_may_ask_what_it_may_unless_that_is_taken_away(lab: Lab) -> None:
    body = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}
    lab.server.grant(bound())
    assert lab.request("POST", REVIEWS, body)[0] == 201
    lab.server.forbid("create", "selfsubjectaccessreviews")
    status, answer = lab.request("POST", REVIEWS, body)
    assert status == 403
    assert answer["message"].startswith(
        "selfsubjectaccessreviews.authorization.k8s.io is forbidden"
    )
