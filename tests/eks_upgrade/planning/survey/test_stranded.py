"""Pods bound to what goes away with the old nodes."""

from dataclasses import replace

import pytest

from include.eks_upgrade.planning.survey.findings import Findings
from include.eks_upgrade.planning.survey.new_nodes import shapes_of
from include.eks_upgrade.planning.survey.stranded import stranded_pods
from include.eks_upgrade.planning.survey.surveyed import NewGroup
from tests.eks_upgrade.planning.survey.small_cluster import (
    GROUP,
    NODES,
    ZONE,
    by_name,
    daemonset,
    made_for,
    mounting,
    node,
    pod,
    required,
    surveyed,
    term,
    volume,
)

HOSTNAME = "kubernetes.io/hostname"
IMAGE = "eks.amazonaws.com/nodegroup-image"


def selector(**labels):
    return {"nodeSelector": {key.replace("__", "/"): value for key, value in labels.items()}}


def named(key, value):
    return {"nodeSelector": {key: value}}


NOWHERE = [
    pytest.param(named(GROUP, "workers"), "nodegroup=workers", id="selector on the group"),
    pytest.param(named(HOSTNAME, "w-1"), "one node by its name", id="selector on the host name"),
    pytest.param(named(IMAGE, "ami-workers"), "the present image", id="selector on the image"),
    pytest.param(
        required(term(GROUP, "In", "workers", "spare")), "in (spare, workers)", id="affinity In"
    ),
    pytest.param(
        required(term(GROUP, "NotIn", "batch", "workers-k126")), "notin", id="affinity NotIn"
    ),
    pytest.param(required(by_name("In", "w-1")), "one node by its name", id="matchFields"),
    pytest.param(
        required(term(GROUP, "In", "workers"), term(HOSTNAME, "In", "w-2")),
        "one node by its name",
        id="two terms of which neither can hold",
    ),
    pytest.param(
        {**named("team", "shop"), **required(term(GROUP, "In", "workers"))},
        "nodegroup=workers",
        id="a selector that holds beside an affinity that does not",
    ),
    pytest.param(
        required(
            {"matchExpressions": [*term(GROUP, "In", "workers", "batch")["matchExpressions"],
                                  *term("team", "In", "shop")["matchExpressions"]]}
        ),
        "nodegroup in (batch, workers)",
        id="two expressions that hold on no node together",
    ),
    pytest.param(required({}), "there will be none", id="a term without anything selects nothing"),
    pytest.param({**named("gpu", "k80")}, "nodes with gpu=k80", id="a label that no node has"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "words"), NOWHERE)
def test_a_pod_that_fits_on_no_node_afterwards_is_refused_with_what_it_asks_for(spec, words):
    found = stranded_pods(surveyed(pod("web-1", spec=spec)))
    (problem,) = found.problems
    assert problem.subject == "Deployment pod shop/web-1"
    assert words in problem.what
    assert "after the drain of node group workers" in problem.what
    assert problem.remedy.endswith("or accept it: set may_strand_pods to true")
    assert found.warnings == ()


SOMEWHERE = [
    pytest.param({}, id="asks for nothing"),
    pytest.param(named("team", "shop"), id="a label of the group, which is copied"),
    pytest.param(named(ZONE, "eu-west-1b"), id="a zone that the new group covers, too"),
    pytest.param(named(GROUP, "workers-k126"), id="the new group already"),
    pytest.param(named(GROUP, "batch"), id="a group that stays"),
    pytest.param(required(term(GROUP, "In", "workers", "workers-k126")), id="both groups"),
    pytest.param(required(term(GROUP, "In", "workers", "batch")), id="also a group that stays"),
    pytest.param(required(term(GROUP, "NotIn", "batch")), id="all groups but another"),
    pytest.param(required(term(GROUP, "Exists")), id="any managed group"),
    pytest.param(required(term("gpu", "DoesNotExist")), id="a label that is not there"),
    pytest.param(required(by_name("NotIn", "w-1")), id="not this node"),
    pytest.param(
        required(term(GROUP, "In", "workers"), term("team", "In", "shop")),
        id="one of two terms is enough",
    ),
    pytest.param(required(term("made-later", "Like", "x")), id="an operator nobody knows yet"),
    pytest.param(
        {
            "affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 1, "preference": term(GROUP, "In", "workers")}
                    ]
                }
            }
        },
        id="what is only preferred",
    ),
]


@pytest.mark.parametrize("spec", SOMEWHERE)
def test_a_pod_that_fits_on_a_node_afterwards_is_no_problem(spec):
    found = stranded_pods(surveyed(pod("web-1", spec=spec)))
    assert (found.problems, found.warnings) == ((), ())


NOT_JUDGED = [
    pytest.param({"of": ""}, id="a bare pod is gone for good anyway"),
    pytest.param({"of": "DaemonSet agent"}, id="a DaemonSet's, judged by its template"),
    pytest.param({"of": "Job nightly", "phase": "Succeeded"}, id="a finished one"),
]


@pytest.mark.parametrize("given", NOT_JUDGED)
def test_a_pod_that_nothing_would_start_again_elsewhere_is_not_judged(given):
    one = pod("p", spec=named(GROUP, "workers"), **given)
    assert stranded_pods(surveyed(one, daemonsets=(daemonset("agent"),))).problems == ()


def test_pods_that_ask_for_the_same_are_one_problem_by_workload():
    spec = named(GROUP, "workers")
    pods = [pod(f"web-{n}", spec=spec) for n in range(4)]
    pods += [pod("api-1", of="Deployment api", spec=spec, on="w-2")]
    pods += [pod("db-0", of="StatefulSet db", spec=spec)]
    (problem,) = stranded_pods(surveyed(*pods)).problems
    assert "5 Deployment pods of 2 Deployments (shop/web: 4, shop/api: 1)" in problem.subject
    assert "StatefulSet pod shop/db-0" in problem.subject
    assert "required node affinity, key eks.amazonaws.com/nodegroup, operator In" in problem.remedy


def test_it_is_a_warning_when_the_parameter_allows_it():
    one = pod("web-1", spec=named(GROUP, "workers"))
    found = stranded_pods(surveyed(one, may_strand=True))
    assert found.problems == ()
    assert "Deployment pod shop/web-1 will find no node (may_strand_pods allows it)" in str(
        found.warnings
    )


def test_a_node_that_is_cordoned_takes_no_pod():
    cordoned = replace(NODES[2], unschedulable=True)
    one = pod("web-1", spec=required(term(GROUP, "In", "workers", "batch")))
    assert stranded_pods(surveyed(one, nodes=(*NODES[:2], cordoned))).problems


def test_a_group_with_a_taint_takes_only_those_that_tolerate_it():
    tainted = replace(NODES[2], taints=(("gpu", "NoSchedule"),))
    spec = required(term(GROUP, "In", "workers", "batch"))
    tolerant = {**spec, "tolerations": [{"key": "gpu", "operator": "Exists"}]}
    nodes = (*NODES[:2], tainted)
    assert stranded_pods(surveyed(pod("a", spec=spec), nodes=nodes)).problems
    assert not stranded_pods(surveyed(pod("a", spec=tolerant), nodes=nodes)).problems


def test_the_taints_of_the_new_nodes_are_those_of_the_group_and_not_of_a_fence():
    fenced = tuple(
        replace(each, unschedulable=True, taints=(("eks-upgrade/replaced", "NoSchedule"),))
        for each in NODES[:2]
    )
    one = pod("web-1", spec=named("team", "shop"))
    assert not stranded_pods(surveyed(one, nodes=fenced)).problems
    own = NewGroup(name="n", labels={"team": "shop"}, taints=(("dedicated", "NoExecute"),))
    assert stranded_pods(surveyed(one, new=own)).problems


def test_nodes_that_will_be_alike_are_one_kind_of_node():
    many = tuple(node(f"w-{n}", "workers", "ab"[n % 2]) for n in range(100))
    assert len(shapes_of(surveyed(nodes=many))) == 2


DOUBTFUL = [
    pytest.param("disk", "ssd", id="a label without a domain"),
    pytest.param("acme.example/disk", "ssd", id="a label of a company"),
    pytest.param("node-role.kubernetes.io/db", "", id="a role, which no kubelet may set"),
]


@pytest.mark.parametrize(("key", "value"), DOUBTFUL)
def test_a_label_of_unknown_origin_is_a_warning(key, value):
    old = replace(NODES[0], labels={**NODES[0].labels, key: value})
    found = stranded_pods(surveyed(pod("web-1", spec=named(key, value)), nodes=(old, *NODES[1:])))
    assert found.problems == ()
    (warning,) = found.warnings
    assert f"Deployment pod shop/web-1 ask for nodes with {key}" in warning
    assert "not if it was set by hand" in warning


KNOWN = [
    "node.kubernetes.io/instance-type",
    "eks.amazonaws.com/capacityType",
    "feature.node.kubernetes.io/cpu-model.id",
    "nvidia.com/gpu.product",
    "topology.ebs.csi.aws.com/zone",
    "topology.k8s.aws/zone-id",
]


@pytest.mark.parametrize("key", KNOWN)
def test_a_label_that_comes_by_itself_is_no_warning(key):
    old = replace(NODES[0], labels={**NODES[0].labels, key: "x"})
    found = stranded_pods(surveyed(pod("web-1", spec=named(key, "x")), nodes=(old, *NODES[1:])))
    assert (found.problems, found.warnings) == ((), ())


# --- volumes --------------------------------------------------------------------------------------

LOCAL = volume("pv-1", "local", term(HOSTNAME, "In", "w-1"))
DRIVER_KEY = "topology.topolvm.io/node"
VOLUMES = [
    pytest.param(LOCAL, "a volume (local)", id="local"),
    pytest.param(
        volume("pv-1", "hostPath", term(HOSTNAME, "In", "w-1")), "(hostPath)", id="hostPath"
    ),
    pytest.param(
        volume("pv-1", "csi", term(DRIVER_KEY, "In", "w-1")), "(csi)", id="a driver's own key"
    ),
    pytest.param(volume("pv-1", "local", by_name("In", "w-1")), "(local)", id="matchFields"),
]


@pytest.mark.parametrize(("found", "words"), VOLUMES)
def test_a_volume_on_the_disk_of_an_old_node_keeps_its_pod_from_ever_running_again(found, words):
    old = replace(NODES[0], labels={**NODES[0].labels, DRIVER_KEY: "w-1"})
    one = pod("db-0", of="StatefulSet db", spec=mounting("data-db-0"))
    facts = surveyed(one, nodes=(old, *NODES[1:]), volumes={("shop", "data-db-0"): found})
    (problem,) = stranded_pods(facts).problems
    assert problem.subject == "StatefulSet pod shop/db-0"
    assert words in problem.what
    assert "delete the claim" in problem.remedy


REACHED = [
    pytest.param(volume("pv-1", "csi"), id="from anywhere"),
    pytest.param(volume("pv-1", "csi", term(ZONE, "In", "eu-west-1a")), id="from its zone"),
    pytest.param(
        volume("pv-1", "csi", term("topology.unknown/zone", "In", "a")),
        id="by a label that its own node does not show: not understood, so not judged",
    ),
]


@pytest.mark.parametrize("found", REACHED)
def test_a_volume_that_new_nodes_reach_is_no_problem(found):
    one = pod("db-0", of="StatefulSet db", spec=mounting("data"))
    facts = surveyed(one, volumes={("shop", "data"): found})
    assert stranded_pods(facts).problems == ()


def test_a_volume_in_a_zone_that_nothing_covers_any_more_is_one():
    one = pod("db-0", of="StatefulSet db", spec={**mounting("data"), **named(ZONE, "eu-west-1b")})
    facts = surveyed(
        one, volumes={("shop", "data"): volume("pv", "csi", term(ZONE, "In", "eu-west-1a"))}
    )
    assert len(stranded_pods(facts).problems) == 1


def test_an_ephemeral_volume_has_a_claim_named_after_its_pod():
    spec = {"volumes": [{"name": "scratch", "ephemeral": {}}]}
    one = pod("db-0", of="StatefulSet db", spec=spec)
    facts = surveyed(one, volumes={("shop", "db-0-scratch"): LOCAL})
    assert len(stranded_pods(facts).problems) == 1


def test_a_claim_of_the_same_name_in_another_namespace_is_another():
    one = pod("db-0", of="StatefulSet db", spec=mounting("data"))
    assert stranded_pods(surveyed(one, volumes={("bank", "data"): LOCAL})).problems == ()


def test_a_host_path_that_names_no_node_is_a_warning_because_its_data_stays_behind():
    one = pod("db-0", of="StatefulSet db", spec=mounting("data"))
    found = stranded_pods(surveyed(one, volumes={("shop", "data"): volume("pv", "hostPath")}))
    assert found.problems == ()
    assert "whose data is on the disk of its node and stays there" in found.warnings[0]


# --- DaemonSets -----------------------------------------------------------------------------------


def test_a_daemonset_that_is_bound_to_the_old_group_is_a_warning():
    both = required(term(GROUP, "In", "workers", "batch"))
    daemons = (
        daemonset("agent"),
        daemonset("driver", nodeSelector={GROUP: "workers"}),
        daemonset("exporter", **both),
        daemonset("elsewhere", nodeSelector={GROUP: "batch"}),
        daemonset("of-team", nodeSelector={"team": "shop"}),
    )
    found = stranded_pods(surveyed(daemonsets=daemons))
    assert found.problems == ()
    assert [warning.partition(" runs")[0] for warning in found.warnings] == [
        "DaemonSet shop/driver",
        "DaemonSet shop/exporter",
    ]
    assert "runs on 2 old nodes and will not run on those that replace them" in found.warnings[0]


def test_the_pods_of_a_daemonset_of_others_are_at_home_on_every_node():
    one = pod("agent-1", of="AdvancedDaemonSet agent", spec=made_for("w-1"))
    assert stranded_pods(surveyed(one)) == Findings()
    assert surveyed(one).moving == ()
    assert surveyed(one, options={"ignore_daemonsets": False}).moving == (one,)
    refusing = surveyed(one, options={"ignore_daemonsets": False})
    assert stranded_pods(refusing) == Findings()


# --- Paths of a node ------------------------------------------------------------------------------


def on_the_disk(path, *, read_only=False, **more):
    mount = {"name": "disk", "mountPath": "/data", "readOnly": read_only}
    container = {"name": "c", "image": "app:1", "volumeMounts": [mount]}
    found = {"name": "disk", "hostPath": {"path": path, **more}}
    return {"containers": [container], "volumes": [found]}


def test_what_pods_write_to_the_disk_of_their_node_is_said_to_stay_behind():
    pods = [pod(f"db-{n}", of="StatefulSet db", spec=on_the_disk("/mnt/db")) for n in range(2)]
    (line,) = stranded_pods(surveyed(*pods)).warnings
    assert "2 pods of StatefulSet shop/db may write to /mnt/db of the node's own disk" in line


@pytest.mark.parametrize(
    ("spec", "owner"),
    [
        pytest.param(on_the_disk("/mnt/db", read_only=True), "StatefulSet db", id="only read"),
        pytest.param(on_the_disk("/var/run/docker.sock"), "StatefulSet db", id="of the system"),
        pytest.param(on_the_disk("/mnt/a.sock", type="Socket"), "StatefulSet db", id="socket"),
        pytest.param(on_the_disk("/mnt/db"), "DaemonSet agent", id="of a DaemonSet"),
        pytest.param({"volumes": on_the_disk("/mnt/db")["volumes"]}, "Job j", id="not mounted"),
    ],
)
def test_a_path_of_a_node_that_holds_nothing_of_a_workloads_is_not_worth_a_word(spec, owner):
    daemons = (daemonset("agent"),)
    assert stranded_pods(surveyed(pod("p", of=owner, spec=spec), daemonsets=daemons)).warnings == ()
