"""Where pods go, and with which message they stay unscheduled."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.controllers.scheduling.fit import why_not
from include.rehearsal.kube.controllers.scheduling.needs import Load, needs_of, node_view
from include.rehearsal.kube.objects.quantities import quantity
from tests.rehearsal.kube.cluster_lab import (
    ClusterLab,
    deployment,
    lab,
    pod,
    recorded,
    requests,
    workload,
)


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("100m", 0.1, id="milli"),
        pytest.param("1k", 1000, id="kilo"),
        pytest.param("2Gi", 2 * 2**30, id="gibi"),
        pytest.param("1.5", 1.5, id="plain"),
    ],
)
def test_quantities_are_read(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


def a_node(**spec: Any) -> dict[str, Any]:
    allocatable = {"cpu": "2", "memory": "4Gi", "pods": "2"}
    meta = {"name": "n", "labels": {"tier": "gold", "size": "5"}}
    return {"metadata": meta, "spec": spec, "status": {"allocatable": allocatable}}


def required(key: str, operator: str, *values: str) -> dict[str, Any]:
    term = {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}
    return {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}
            }
        }
    }


UNMATCHED = "node(s) didn't match Pod's node affinity/selector"
TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("pod_spec", "node_spec", "load", "reason"),
    [
        pytest.param({}, {}, Load(), None, id="fits"),
        pytest.param(
            {}, {"unschedulable": True}, Load(), "node(s) were unschedulable", id="cordoned"
        ),
        pytest.param({"nodeSelector": {"tier": "gold"}}, {}, Load(), None, id="selector holds"),
        pytest.param({"nodeSelector": {"tier": "tin"}}, {}, Load(), UNMATCHED, id="selector fails"),
        pytest.param(required("tier", "In", "gold"), {}, Load(), None, id="In"),
        pytest.param(required("tier", "NotIn", "gold"), {}, Load(), UNMATCHED, id="NotIn"),
        pytest.param(required("gpu", "Exists"), {}, Load(), UNMATCHED, id="Exists"),
        pytest.param(required("gpu", "DoesNotExist"), {}, Load(), None, id="DoesNotExist"),
        pytest.param(required("size", "Gt", "4"), {}, Load(), None, id="Gt"),
        pytest.param(required("size", "Lt", "5"), {}, Load(), UNMATCHED, id="Lt"),
        pytest.param(
            {},
            {"taints": [TAINT]},
            Load(),
            "node(s) had untolerated taint {team: a}",
            id="taint",
        ),
        pytest.param(
            {"tolerations": [{"key": "team", "value": "a"}]},
            {"taints": [TAINT]},
            Load(),
            None,
            id="tolerated by value",
        ),
        pytest.param(
            {"tolerations": [{"operator": "Exists"}]},
            {"taints": [TAINT], "unschedulable": True},
            Load(),
            None,
            id="tolerates everything, a cordon too",
        ),
        pytest.param(
            {},
            {"taints": [{**TAINT, "effect": "PreferNoSchedule"}]},
            Load(),
            None,
            id="a soft taint keeps nobody away",
        ),
        pytest.param({}, {}, Load(pods=2), "Too many pods", id="full"),
        pytest.param(
            {"containers": requests("500m")},
            {},
            Load(cpu=1.6, pods=1),
            "Insufficient cpu",
            id="too little cpu",
        ),
        pytest.param(
            {"containers": requests("400m")}, {}, Load(cpu=1.6, pods=1), None, id="exactly enough"
        ),
    ],
)
def test_whether_a_pod_fits(
    pod_spec: dict[str, Any], node_spec: dict[str, Any], load: Load, reason: str | None
) -> None:
    spec = {"containers": [{"name": "c"}], **pod_spec}
    needs = needs_of({"metadata": {"name": "p", "namespace": "default"}, "spec": spec})
    assert why_not(needs, node_view(a_node(**node_spec)), load) == reason


@pytest.mark.parametrize(
    ("index", "spec"),
    [
        pytest.param(0, {"containers": requests("1k")}, id="too big for any node"),
        pytest.param(1, {"nodeSelector": {"gpu": "yes"}}, id="no node matches"),
    ],
)
def test_unschedulable_pods_replay(lab: ClusterLab, index: int, spec: dict[str, Any]) -> None:
    for name in ("a", "b", "c"):
        lab.node(name)
    real = recorded("unschedulable")[index]["response"]["body"]["status"]
    lab.cluster.apply(pod("stuck", **spec))
    lab.settle()
    status = lab.store.get("pods", "default", "stuck")["status"]
    mine, theirs = status["conditions"][0], real["conditions"][0]
    assert {**mine, "lastTransitionTime": ""} == {**theirs, "lastTransitionTime": ""}
    assert status["qosClass"] == real["qosClass"]
    event = lab.store.list("events")[0]
    assert [event["reason"], event["message"]] == ["FailedScheduling", theirs["message"]]


def test_a_waiting_pod_is_bound_when_a_node_joins(lab: ClusterLab) -> None:
    lab.cluster.apply(pod("early"))
    lab.settle()
    waiting = lab.store.get("pods", "default", "early")["status"]["conditions"][0]
    assert waiting["message"] == "no nodes available to schedule pods"
    lab.node("late", ready_after=30)
    lab.clock.advance(29)
    assert lab.places("early") == [""]
    lab.settle()
    assert lab.places("early") == ["late"]


def test_a_waiting_pod_is_bound_when_another_makes_room(lab: ClusterLab) -> None:
    lab.node("n", instance_type="m5.large")
    lab.cluster.apply(pod("first", containers=requests("1500m")))
    lab.settle()
    lab.cluster.apply(pod("second", containers=requests("1500m")))
    lab.settle()
    assert lab.places("second") == [""]
    lab.cluster.delete("pods", "default", "first", {})
    lab.settle()
    assert lab.places("second") == ["n"]


def test_replicas_spread_over_equal_nodes(lab: ClusterLab) -> None:
    for name in ("a", "b", "c"):
        lab.node(name)
    lab.cluster.apply(deployment("web", 6))
    lab.settle()
    assert lab.places("web") == ["a", "a", "b", "b", "c", "c"]


def test_a_cordoned_node_gets_nothing_and_keeps_what_it_has(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    lab.cordon("a")
    lab.node("b")
    lab.cluster.apply(deployment("more", 2))
    lab.settle()
    assert lab.places("web") == ["a", "a"]
    assert lab.places("more") == ["b", "b"]


def test_a_soft_taint_is_the_last_choice(lab: ClusterLab) -> None:
    lab.node("a", taints=[{"key": "old", "effect": "PreferNoSchedule"}])
    lab.node("b")
    lab.cluster.apply(deployment("web", 3))
    lab.settle()
    assert lab.places("web") == ["b", "b", "b"]


def anti_affinity(app: str, topology: str) -> dict[str, Any]:
    term = {"topologyKey": topology, "labelSelector": {"matchLabels": {"app": app}}}
    return {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    }


@pytest.mark.parametrize(
    ("topology", "placed"),
    [
        pytest.param("kubernetes.io/hostname", 3, id="one a host"),
        pytest.param("topology.kubernetes.io/zone", 2, id="one a zone"),
    ],
)
def test_pods_that_repel_each_other_stay_apart(lab: ClusterLab, topology: str, placed: int) -> None:
    lab.node("a1", zone="eu-central-1a")
    lab.node("a2", zone="eu-central-1a")
    lab.node("b1", zone="eu-central-1b")
    lab.cluster.apply(deployment("web", 4, spec=anti_affinity("web", topology)))
    lab.settle()
    assert sum(1 for place in lab.places("web") if place) == placed
    waiting = next(p for p in lab.pods("web") if "nodeName" not in p["spec"])
    assert "anti-affinity" in waiting["status"]["conditions"][0]["message"]


def test_a_pod_already_there_keeps_others_away(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("shy", 1, spec=anti_affinity("loud", "kubernetes.io/hostname")))
    lab.settle()
    lab.cluster.apply(deployment("loud", 1))
    lab.settle()
    assert lab.places("loud") == [""]


def test_a_spread_constraint_holds_back_what_would_tilt(lab: ClusterLab) -> None:
    lab.node("a1", zone="eu-central-1a")
    lab.node("b1", zone="eu-central-1b", instance_type="t3.nano")
    constraint = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    lab.cluster.apply(deployment("web", 10, spec={"topologySpreadConstraints": [constraint]}))
    lab.settle()
    # four pods fill the small node; one more is let into the other zone
    assert lab.places("web") == [""] + ["a1"] * 5 + ["b1"] * 4


def test_no_execute_drives_away_what_does_not_tolerate_it(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 1))
    patient = [{"key": "out", "operator": "Exists", "tolerationSeconds": 60}]
    lab.cluster.apply(pod("patient", tolerations=patient))
    lab.cluster.apply(pod("forever", tolerations=[{"operator": "Exists"}]))
    lab.settle()
    lab.taint("a", {"key": "out", "effect": "NoExecute"})
    lab.clock.advance(30)
    assert lab.places("web") == [""]
    assert [lab.places("patient"), lab.places("forever")] == [["a"], ["a"]]
    lab.clock.advance(40)
    assert [lab.places("patient"), lab.places("forever")] == [[], ["a"]]


def test_a_daemon_ignores_the_cordon_but_not_another_taint(lab: ClusterLab) -> None:
    lab.node("a")
    lab.node("b")
    lab.cordon("a")
    lab.taint("b", {"key": "gpu", "effect": "NoSchedule"})
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.settle()
    assert lab.places("agent") == ["a"]


def test_a_pod_that_tolerates_a_cordon_is_put_on_a_cordoned_node(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cordon("a")
    cordon = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}
    lab.cluster.apply(pod("usual"))
    lab.cluster.apply(pod("tough", tolerations=[{**cordon, "effect": "NoSchedule"}]))
    lab.settle()
    assert lab.places("tough") == ["a"]
    assert lab.places("usual") == [""]


def volume(name: str, zone: str) -> list[dict[str, Any]]:
    """A claim, and the volume in a zone that it is bound to."""
    zoned = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [zoned]}]}
    return [
        {
            "kind": "PersistentVolume",
            "metadata": {"name": f"pv-{name}"},
            "spec": {"nodeAffinity": {"required": required}},
        },
        {
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name},
            "spec": {"volumeName": f"pv-{name}"},
        },
    ]


def test_a_pod_follows_its_volume_into_its_zone_or_says_why_it_cannot(lab: ClusterLab) -> None:
    lab.node("a", zone="eu-central-1a")
    for each in volume("data", "eu-central-1b"):
        lab.cluster.apply(each)
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    lab.cluster.apply(pod("db", volumes=[claim]))
    lab.settle()
    found = lab.store.get("pods", "default", "db")["status"]["conditions"][0]
    assert found["message"] == (
        "0/1 nodes are available: 1 node(s) had volume node affinity conflict. "
        "no new claims to deallocate, preemption: 0/1 nodes are available: "
        "1 Preemption is not helpful for scheduling."
    )
    lab.node("b", zone="eu-central-1b")
    lab.settle()
    assert lab.places("db") == ["b"]


def test_a_pod_waits_no_longer_when_its_volume_is_elsewhere_after_all(lab: ClusterLab) -> None:
    lab.node("a", zone="eu-central-1a")
    for each in volume("data", "eu-central-1b"):
        lab.cluster.apply(each)
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    lab.cluster.apply(pod("db", volumes=[claim]))
    lab.settle()
    assert lab.places("db") == [""]
    for each in volume("data", "eu-central-1a"):
        lab.cluster.apply(each)
    lab.settle()
    assert lab.places("db") == ["a"]


def test_a_claim_that_is_not_bound_ties_a_pod_to_no_place(lab: ClusterLab) -> None:
    lab.node("a")
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "nowhere"}}
    lab.cluster.apply(pod("db", volumes=[claim]))
    lab.settle()
    assert lab.places("db") == ["a"]


@pytest.mark.parametrize(
    ("name", "priority"),
    [
        pytest.param("system-cluster-critical", 2_000_000_000, id="cluster"),
        pytest.param("system-node-critical", 2_000_001_000, id="node"),
        pytest.param(None, 0, id="none"),
    ],
)
def test_a_priority_class_is_filled_in_as_a_number(
    lab: ClusterLab, name: str | None, priority: int
) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 1, spec={"priorityClassName": name} if name else {}))
    lab.settle()
    assert lab.pods("web")[0]["spec"]["priority"] == priority
