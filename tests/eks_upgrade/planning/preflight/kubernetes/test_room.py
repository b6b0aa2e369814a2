"""Whether what moves fits on the new nodes: together, apart from one another, and by its ports."""

from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.kube.readings.components import COMPONENTS
from include.eks_upgrade.kube.readings.nodes.node_pools import NODE_POOLS, NodePools
from include.eks_upgrade.kube.readings.nodes.node_rooms import NODE_ROOMS, NodeRoom
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes import host_ports, room, spread
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import DENIED, findings, outcome, seen
from tests.eks_upgrade.planning.survey.small_cluster import (
    daemonset,
    mounting,
    other_pod,
    pod,
    term,
    volume,
)

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


ZONE = "topology.kubernetes.io/zone"
NO_AUTOSCALER: dict[Any, Any] = {COMPONENTS: (), NODE_POOLS: NodePools()}


def bound(zone: str, cpu: str) -> dict[str, Any]:
    return {**asking(cpu), "nodeSelector": {ZONE: f"eu-west-1{zone}"}}


def test_what_fits_in_all_may_not_fit_in_pieces():
    """Today one node of 2 cores has one pod, the other two small ones: a third pod of 1.5 more."""
    sizes = ("1500m", "1500m", "1500m")
    pods = [pod(f"web-{n}", on="w-1", spec=asking(cpu)) for n, cpu in enumerate(sizes)]
    rooms = (node_room("w-1", cpu="2500m"), node_room("w-2", cpu="2500m"))
    (finding,) = fitted(*pods, rooms=rooms)
    assert finding.severity is Severity.WARNS
    assert "1 of 3 find no room (Deployment pod shop/web-2)" in finding.what
    assert "Each gives cpu 2.5, memory 8Gi, pods 10 beside DaemonSets" in finding.what
    assert "In all there is enough" in finding.what
    assert "asks for cpu 1.5" in finding.what
    assert "Cluster Autoscaler" in finding.remedy


def test_a_zone_has_its_own_nodes_and_what_is_bound_to_it_goes_nowhere_else():
    pods = [pod(f"web-{n}", on=f"w-{n % 2 + 1}", spec=bound("a", "1")) for n in range(3)]
    (finding,) = fitted(*pods)
    assert "on 2 new nodes (eu-west-1a 1, eu-west-1b 1)" in finding.what
    assert "1 of 3 find no room" in finding.what
    assert fitted(*pods, nodes=4) == ()


def test_so_is_what_has_a_volume_there():
    there = volume("pv-1", "csi", term(ZONE, "In", "eu-west-1a"))
    pods = [pod(f"db-{n}", spec={**asking("1500m"), **mounting(f"data-{n}")}) for n in range(2)]
    volumes = {("shop", f"data-{n}"): there for n in range(2)}
    assert "1 of 2 find no room" in fitted(*pods, volumes=volumes)[0].what
    assert fitted(*pods) == ()


def test_a_node_more_comes_up_where_it_is_needed_and_that_is_luck():
    pods = [pod(f"web-{n}", spec=bound("b", "1")) for n in range(2)]
    (finding,) = fitted(*pods, nodes=1)
    assert "can run in eu-west-1b only" in finding.what
    assert "may come up in any of 2 zones (eu-west-1a, eu-west-1b)" in finding.what
    assert fitted(*pods, nodes=2) == ()


def test_two_zones_need_two_nodes():
    pods = [pod(f"web-{n}", on=f"w-{n}", spec=bound(zone, "1")) for n, zone in ((1, "a"), (2, "b"))]
    (finding,) = fitted(*pods, nodes=1)
    assert "1 of 2 find no room (Deployment pod shop/web-2)" in finding.what


def test_what_a_node_that_stays_in_that_zone_may_take_is_no_matter_of_luck():
    pods = [pod("web-1", spec=bound("a", "1")), pod("web-2", on="w-2", spec=asking("1"))]
    assert fitted(*pods, nodes=1) == ()  # b-1 is there


def test_a_pod_greater_than_every_node_blocks_where_nothing_adds_nodes():
    great = pod("web-1", spec=asking("3"))
    rooms = (node_room("w-1"), node_room("w-2"), node_room("b-1", "batch"))
    (finding,) = findings(room.CHECK, seen(great, readings={NODE_ROOMS: rooms, **NO_AUTOSCALER}))
    assert (finding.severity, finding.subject) == (Severity.BLOCKS, "Deployment shop/web")
    assert "cpu: 3 asked for, 2 is the most that a new node of workers has" in finding.what
    (doubtful,) = fitted(great, rooms=rooms)
    assert doubtful.severity is Severity.WARNS
    assert "unless an autoscaler adds greater ones" in doubtful.what


def test_a_greater_node_that_stays_takes_it_perhaps():
    rooms = (node_room("w-1"), node_room("w-2"), node_room("b-1", "batch", cpu="8"))
    (finding,) = findings(
        room.CHECK,
        seen(pod("web-1", spec=asking("3")), readings={NODE_ROOMS: rooms, **NO_AUTOSCALER}),
    )
    assert (finding.severity, finding.subject) == (Severity.WARNS, "node group workers")


def test_static_pods_of_old_nodes_take_nothing_of_new_ones():
    """They are no objects of the API: each kubelet has its own."""
    static = [
        pod(f"proxy-w-{n}", of="", on=f"w-{n}", spec=asking("1"), annotations=MIRROR)
        for n in (1, 2)
    ]
    pods = [pod(f"web-{n}", on=f"w-{n}", spec=asking("2")) for n in (1, 2)]
    assert fitted(*static, *pods) == ()


MIRROR = {"kubernetes.io/config.mirror": "3f2a"}


TYPES = [
    pytest.param(["m5.large", "m5.xlarge"], "m5.large", 1, id="the smallest of several counts"),
    pytest.param(["m5.xlarge"], "m5.xlarge", 0, id="a type that no node has is reckoned"),
]


@pytest.mark.parametrize(("types", "named", "count"), TYPES)
def test_the_planned_types_count(types, named, count):
    pods = [pod(f"web-{n}", on=f"w-{n}", spec=asking("2")) for n in (1, 2)]
    given = seen(*pods, readings={NODE_ROOMS: (node_room("w-1", cpu="4"),)}, nodes=1)
    raw = {**given.facts.node_groups["workers"], "instanceTypes": types}
    known = {
        name: {"VCpuInfo": {"DefaultVCpus": cores}, "MemoryInfo": {"SizeInMiB": cores * 4096}}
        for name, cores in (("m5.large", 2), ("m5.xlarge", 4), ("m5.2xlarge", 8))
    }
    surge = SurgeFacts(instance_types={one: known[one] for one in types})
    facts = replace(given.facts, node_groups={"workers": raw}, surge=surge)
    found = findings(room.CHECK, replace(given, facts=facts))
    assert len(found) == 1
    assert ("poorest of m5.large, m5.xlarge" in found[0].what) is (count == 1)
    assert f"{named}" in found[0].what or count == 0
    assert "by what EC2 says of it" in found[0].what


def test_devices_that_are_shared_among_pods_are_more_than_ec2_knows_of():
    sharing = pod("web-1", on="w-1", spec=asking("1", **{"nvidia.com/gpu": "3"}))
    rooms = (node_room("w-1", **{"nvidia.com/gpu": "4"}),)
    given = seen(sharing, readings={NODE_ROOMS: rooms, **NO_AUTOSCALER}, nodes=1)
    raw = {**given.facts.node_groups["workers"], "instanceTypes": ["g5.xlarge"]}
    told = {
        "VCpuInfo": {"DefaultVCpus": 4},
        "MemoryInfo": {"SizeInMiB": 16384},
        "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA", "Count": 1}]},
    }
    surge = SurgeFacts(instance_types={"g5.xlarge": told})
    facts = replace(given.facts, node_groups={"workers": raw}, surge=surge)
    found = findings(room.CHECK, replace(given, facts=facts))
    assert [one.severity for one in found] == [Severity.WARNS]


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


def test_pods_apart_in_zones_need_as_many_zones():
    pods = webs(3, apart(ZONE))
    (finding,) = spread_over(*pods, nodes=6)
    assert "its anti-affinity allows one pod in a zone" in finding.what
    assert "2 zones may take one" in finding.what
    assert "preferred anti-affinity" in finding.remedy


def test_a_zone_where_no_new_node_comes_up_holds_a_spread_back():
    """Its old node is cordoned, and stays the emptiest place."""
    pods = webs(4, spreading(ZONE))
    (finding,) = spread_over(*pods, nodes=1)
    assert "there is room for 1 of its 4 pods" in finding.what
    assert spread_over(*webs(4, spreading(ZONE, nodeTaintsPolicy="Honor")), nodes=1) == ()


def test_what_keeps_others_away_is_told_of_those_that_are_kept_away():
    alone = [pod(f"db-{n}", of="StatefulSet db", on=f"w-{n}", spec=apart()) for n in (1, 2)]
    other = pod("web-1", on="w-1")
    assert spread_over(*alone, other, nodes=2) == ()  # b-1 takes web-1
    stay = (other_pod("log-1", of="StatefulSet log"),)
    assert spread_over(*alone, other, nodes=2, elsewhere=stay) == ()


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
    pytest.param(webs(2, apart("topology.kubernetes.io/zone")), id="apart in two zones"),
    pytest.param(webs(6, apart("topology.kubernetes.io/rack")), id="apart in what no node has"),
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
    assert "there will be 3 for them, and 1 of these pods finds none" in finding.what
    assert findings(host_ports.CHECK, seen(*pods, nodes=3)) == ()


def test_where_nothing_adds_nodes_such_pods_block():
    given = seen(*webs(4, on_port(8080)), nodes=2, readings=NO_AUTOSCALER)
    assert [one.severity for one in findings(host_ports.CHECK, given)] == [Severity.BLOCKS]
    auto = replace(given.facts, cluster={**given.facts.cluster, "computeConfig": {"enabled": True}})
    found = findings(host_ports.CHECK, replace(given, facts=auto))
    assert [one.severity for one in found] == [Severity.WARNS]


def test_ports_of_different_protocols_are_different_ones_and_daemonsets_do_not_count():
    pods = [
        *webs(3, on_port(53)),
        *webs(3, on_port(53, protocol="UDP")),
        *webs(3, on_port(54, hostIP="127.0.0.1")),
        *webs(3, on_port(54, hostIP="169.254.20.10")),
        *webs(3, on_port(55, hostIP="0.0.0.0")),
    ]
    assert findings(host_ports.CHECK, seen(*pods, nodes=2)) == ()
    agents = [pod(f"a-{n}", of="DaemonSet log", on="w-1", spec=on_port(9100)) for n in range(9)]
    given = seen(*agents, nodes=1, daemonsets=(daemonset("log"),))
    assert findings(host_ports.CHECK, given) == ()
