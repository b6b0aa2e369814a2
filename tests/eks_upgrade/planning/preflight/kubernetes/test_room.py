"""Whether what moves fits on the new nodes: together, apart from one another, and by its ports."""

from typing import Any

import pytest

from include.eks_upgrade.kube.readings.node_rooms import NODE_ROOMS, NodeRoom
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes import host_ports, room, spread
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import DENIED, findings, outcome, seen
from tests.eks_upgrade.planning.survey.small_cluster import daemonset, other_pod, pod

HOST = "kubernetes.io/hostname"
OWN = {"matchLabels": {"app": "web"}}


def node_room(name: str, group: str = "workers", **more: str) -> NodeRoom:
    allocatable = {"cpu": "2", "memory": "8Gi", "pods": "10", **more}
    return NodeRoom.from_raw(
        {
            "metadata": {"name": name, "labels": {"eks.amazonaws.com/nodegroup": group}},
            "status": {"allocatable": allocatable},
        }
    )


ROOMS = (node_room("w-1"), node_room("w-2"), node_room("b-1", "batch"))


def asking(cpu: str = "0", memory: str = "0", **more: str) -> dict[str, Any]:
    requests = {"cpu": cpu, "memory": memory, **{k.replace("__", "/"): v for k, v in more.items()}}
    return {"containers": [{"name": "c", "image": "a", "resources": {"requests": requests}}]}


def fitted(*pods, rooms=ROOMS, **given: Any):
    return findings(room.CHECK, seen(*pods, readings={NODE_ROOMS: rooms}, **given))


SHORT = [
    pytest.param(asking("1"), "cpu: 3 asked for, 2 there", id="cpu"),
    pytest.param(asking(memory="3Gi"), "memory: 9Gi asked for, 8Gi there", id="memory"),
]


@pytest.mark.parametrize(("spec", "told"), SHORT)
def test_pods_that_do_not_fit_on_fewer_nodes_are_a_warning(spec, told):
    pods = [pod(f"web-{n}", on=f"w-{n % 2 + 1}", spec=spec) for n in range(3)]
    assert fitted(*pods) == ()
    (finding,) = fitted(*pods, nodes=1)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "node group workers")
    assert told in finding.what
    assert fitted(*pods, nodes=1, extra_nodes=1) == ()


def test_so_are_too_many_pods_and_too_few_devices():
    many = [pod(f"web-{n}") for n in range(11)]
    (finding,) = fitted(*many, nodes=1)
    assert "pods: 11 asked for, 10 there" in finding.what
    gpu = {"nvidia.com/gpu": "1"}
    rooms = (node_room("w-1", **gpu), node_room("w-2", **gpu))
    pods = [pod(f"web-{n}", on=f"w-{n}", spec=asking(nvidia__gpu="1")) for n in (1, 2)]
    for one in pods:
        one.needs.requests["nvidia.com/gpu"] = 1.0
    assert "nvidia.com/gpu: 2 asked for, 1 there" in fitted(*pods, rooms=rooms, nodes=1)[0].what


def test_what_daemonsets_take_of_each_node_is_taken_off():
    agents = [pod(f"log-{n}", of="DaemonSet log", on=f"w-{n}", spec=asking("500m")) for n in (1, 2)]
    pods = [pod(f"web-{n}", on=f"w-{n % 2 + 1}", spec=asking("900m")) for n in range(2)]
    assert fitted(*pods, *agents, daemonsets=(daemonset("log"),)) == ()
    (finding,) = fitted(*pods, *agents, daemonsets=(daemonset("log"),), nodes=1)
    assert "cpu: 1.8 asked for, 1.5 there" in finding.what


def test_finished_pods_need_no_room_and_a_group_without_nodes_is_not_judged():
    done = [pod(f"job-{n}", of="Job a", phase="Succeeded", spec=asking("2")) for n in range(3)]
    assert fitted(*done, nodes=1) == ()
    assert fitted(pod("web-1", spec=asking("9")), rooms=()) == ()


def test_without_the_right_it_is_not_known():
    assert "how much room" in outcome(room.CHECK, seen(readings={NODE_ROOMS: DENIED})).unknown


# --- apart ----------------------------------------------------------------------------------------


def apart(topology: str = HOST, **more: Any) -> dict[str, Any]:
    term = {"topologyKey": topology, "labelSelector": OWN, **more}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return {"affinity": {"podAntiAffinity": required}}


def spreading(topology: str = HOST, **more: Any) -> dict[str, Any]:
    one = {"maxSkew": 1, "topologyKey": topology, "whenUnsatisfiable": "DoNotSchedule"}
    return {"topologySpreadConstraints": [{**one, "labelSelector": OWN, **more}]}


def webs(count: int, spec: dict[str, Any]):
    return [pod(f"web-{n}", on=f"w-{n % 2 + 1}", spec=spec) for n in range(count)]


def spread_over(*pods, **given: Any):
    return findings(spread.CHECK, seen(*pods, **given))


def test_pods_that_keep_apart_need_as_many_nodes_as_they_are():
    pods = webs(3, apart())
    (finding,) = spread_over(*pods, nodes=1)
    assert finding.severity is Severity.WARNS
    assert finding.subject == "Deployment shop/web"
    # One new node, and b-1, which stays and takes one.
    assert "3 of its pods move from node group workers, and 2 nodes may take one" in finding.what
    assert spread_over(*pods, nodes=2) == ()
    assert spread_over(*pods, nodes=1, extra_nodes=1) == ()


def test_a_node_that_stays_takes_none_where_it_has_one_already():
    (finding,) = spread_over(*webs(3, apart()), nodes=2, elsewhere=(other_pod("web-9"),))
    assert "2 nodes may take one" in finding.what


def test_pods_that_spread_over_nodes_get_no_second_one_on_a_new_node_while_old_ones_stand():
    pods = webs(6, spreading())
    (finding,) = spread_over(*pods, nodes=2)
    assert "there is room for 3 of its 6 pods" in finding.what
    assert "set nodeTaintsPolicy: Honor" in finding.remedy


ROOMY = [
    pytest.param(webs(3, spreading()), id="enough nodes"),
    pytest.param(webs(6, spreading(maxSkew=2)), id="a greater skew"),
    pytest.param(webs(6, spreading(nodeTaintsPolicy="Honor")), id="cordoned nodes do not count"),
    pytest.param(webs(6, spreading(whenUnsatisfiable="ScheduleAnyway")), id="a mere wish"),
    pytest.param(webs(6, spreading("topology.kubernetes.io/zone")), id="over zones"),
    pytest.param(webs(6, spreading(labelSelector=None)), id="no selector"),
    pytest.param(webs(6, apart("topology.kubernetes.io/zone")), id="apart in zones"),
    pytest.param(webs(6, apart(labelSelector={"matchLabels": {"app": "x"}})), id="from others"),
    pytest.param(webs(6, apart(namespaces=["elsewhere"])), id="from those of another namespace"),
    pytest.param(webs(6, {}), id="nothing is said"),
]


@pytest.mark.parametrize("pods", ROOMY)
def test_others_find_a_place(pods):
    assert spread_over(*pods, nodes=2) == ()


def test_a_spread_by_the_pods_own_version_counts_that_version_only():
    own = spreading(matchLabelKeys=["pod-template-hash"])
    old = [
        other_pod(f"old-{n}", of="StatefulSet web", labels={"pod-template-hash": "0"})
        for n in range(3)
    ]
    assert spread_over(*webs(3, own), nodes=2, elsewhere=tuple(old)) == ()


# --- host ports -----------------------------------------------------------------------------------


def on_port(port: int, **more: Any) -> dict[str, Any]:
    ports = [{"containerPort": 80, "hostPort": port, **more}]
    return {"containers": [{"name": "c", "image": "a", "ports": ports}]}


def test_pods_with_a_port_of_their_node_need_as_many_nodes():
    pods = webs(4, on_port(8080))
    (finding,) = findings(host_ports.CHECK, seen(*pods, nodes=2))
    assert (finding.severity, finding.subject) == (Severity.WARNS, "host port 8080/TCP")
    assert "there will be 3 for them, and 1 of these pods find none" in finding.what
    assert findings(host_ports.CHECK, seen(*pods, nodes=3)) == ()


def test_ports_of_different_protocols_are_different_ones_and_daemonsets_do_not_count():
    pods = [*webs(3, on_port(53)), *webs(3, on_port(53, protocol="UDP"))]
    assert findings(host_ports.CHECK, seen(*pods, nodes=2)) == ()
    agents = [pod(f"a-{n}", of="DaemonSet log", on="w-1", spec=on_port(9100)) for n in range(9)]
    given = seen(*agents, nodes=1, daemonsets=(daemonset("log"),))
    assert findings(host_ports.CHECK, given) == ()
