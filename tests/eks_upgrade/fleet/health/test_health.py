"""What counts against a cluster after its upgrade, and what was so before or passes by itself."""

import pytest

from include.eks_upgrade.fleet.file.model import Probe
from include.eks_upgrade.fleet.health.cloud import cloud_problems, node_problems
from include.eks_upgrade.fleet.health.known import Known, groups_of
from include.eks_upgrade.fleet.health.probes import Address, Answered, addresses, probe_problem
from include.eks_upgrade.fleet.health.standing import Standing
from include.eks_upgrade.fleet.health.workloads import new_problems, unwell, unwell_in
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Node
from include.eks_upgrade.verification.baseline import Baseline, Before
from include.eks_upgrade.verification.cluster import BrokenBefore
from tests.eks_upgrade.verification import builders

BEGAN, NOW = 1000.0, 10_000.0
KNOWN = Known(version="1.35", began=BEGAN, groups={"workers": "1.35"})


def cluster(version="1.35", status="ACTIVE", *issues):
    return {"version": version, "status": status, "health": {"issues": list(issues)}}


def issues(codes):
    return {"issues": [{"code": code, "message": "no", "resourceIds": []} for code in codes]}


def group(name="workers", version="1.35", status="ACTIVE", size=1, *codes):
    return {
        "nodegroupName": name,
        "version": version,
        "status": status,
        "scalingConfig": {"desiredSize": size},
        "health": {
            "issues": [{"code": code, "message": "no", "resourceIds": []} for code in codes]
        },
    }


def addon(status="ACTIVE", *codes):
    return {
        "status": status,
        "health": {
            "issues": [{"code": code, "message": "no", "resourceIds": []} for code in codes]
        },
    }


SICK = addon("DEGRADED", "InsufficientNumberOfReplicas")
OUT = {"code": "ClusterUnreachable", "message": "no", "resourceIds": []}
IPS = "DEGRADED; InsufficientFreeAddresses: no"

CLOUD = {
    "all is well": ((cluster(), {"workers": group()}, {"coredns": addon()}), []),
    "the control plane is behind": (
        (cluster("1.34"), {"workers": group()}, {}),
        ["the control plane is at 1.34, not at 1.35"],
    ),
    "the cluster is not active": (
        (cluster(status="FAILED"), {"workers": group()}, {}),
        ["the cluster is FAILED"],
    ),
    "EKS has something to say of the cluster": (
        (cluster("1.35", "ACTIVE", OUT), {"workers": group()}, {}),
        ["EKS says of the cluster: ClusterUnreachable: no"],
    ),
    "an add-on is sick": (
        (cluster(), {"workers": group()}, {"coredns": SICK}),
        ["add-on 'coredns' became DEGRADED (InsufficientNumberOfReplicas: no)"],
    ),
    "an add-on is being updated": (
        (cluster(), {"workers": group()}, {"coredns": addon("UPDATING")}),
        [],
    ),
    "a group is sick": (
        (cluster(), {"workers": group("workers", "1.35", "DEGRADED", 1, "Ec2Sick")}, {}),
        ["node group 'workers' became DEGRADED (Ec2Sick: no)"],
    ),
    "a group is gone": ((cluster(), {}, {}), ["node group 'workers' is gone"]),
    "a group is behind": (
        (cluster(), {"workers": group(version="1.34")}, {}),
        ["node group 'workers' is at 1.34, not at 1.35"],
    ),
    "a group without a version": (
        (cluster(), {"workers": group(version=None)}, {}),
        ["node group 'workers' is at None, not at 1.35"],
    ),
    "a group that nobody wanted to upgrade stays behind": (
        (cluster(), {"workers": group(), "other": group("other", "1.33")}, {}),
        [],
    ),
}


@pytest.mark.parametrize(("seen", "told"), CLOUD.values(), ids=CLOUD)
def test_what_AWS_says_of_a_cluster_counts(seen, told):
    assert list(cloud_problems(*seen, KNOWN).values()) == told


BEFORE = {
    "as sick as before": ("DEGRADED; InsufficientNumberOfReplicas: no", "DEGRADED", False),
    "sicker than before": ("DEGRADED; InsufficientNumberOfReplicas: no", "CREATE_FAILED", True),
    "well again": ("CREATE_FAILED; InsufficientNumberOfReplicas: no", "ACTIVE", False),
}


@pytest.mark.parametrize(("before", "now", "counts"), BEFORE.values(), ids=BEFORE)
def test_what_was_broken_before_the_run_is_no_fault_of_it(before, now, counts):
    known = Known(version="1.35", began=BEGAN, before=BrokenBefore({"coredns": before}, {}))
    assert bool(cloud_problems(cluster(), {}, {"coredns": addon(now)}, known)) is counts


def node(name="n1", of="workers", kubelet="v1.35.2-eks-1", *, ready=True, deleting=False):
    labels = {NODE_GROUP_LABEL: of} if of else {}
    return Node(name=name, labels=labels, kubelet_version=kubelet, ready=ready, deleting=deleting)


NODES = {
    "all is well": ([node()], []),
    "one is not Ready": ([node(), node("n2", ready=False)], ["node n2 of workers is not Ready"]),
    "one is old": (
        [node(), node("n2", kubelet="v1.34.9-eks-1")],
        ["node n2 of workers runs kubelet v1.34.9-eks-1, not 1.35"],
    ),
    "one that goes away anyhow": ([node(), node("n2", ready=False, deleting=True)], []),
    "a node of a group that stays behind": ([node(), node("n2", "other", "v1.33.1")], []),
    "a node of nobody's group may be of any version": ([node(), node("n2", "", "v1.32.0")], []),
    "a node of nobody's group has to be Ready": (
        [node(), node("n2", "", ready=False)],
        ["node n2 is not Ready"],
    ),
    "a group that wants nodes has none": ([], ["node group 'workers' wants nodes and has none"]),
}


@pytest.mark.parametrize(("nodes", "told"), NODES.values(), ids=NODES)
def test_nodes_have_to_be_ready_and_at_the_minor_of_their_group(nodes, told):
    groups = {"workers": group(), "other": group("other", "1.33", size=0)}
    assert list(node_problems(nodes, groups, KNOWN).values()) == told


def controller(name="web", ready=2, wanted=2, **spec):
    status = {"readyReplicas": ready, "updatedReplicas": wanted}
    meta = {"namespace": "shop", "name": name}
    return {"metadata": meta, "spec": {"replicas": wanted, **spec}, "status": status}


def daemon(ready, wanted):
    status = {"numberReady": ready, "desiredNumberScheduled": wanted}
    return {"metadata": {"namespace": "kube-system", "name": "cni"}, "status": status}


def restarted(at, times=5):
    ended = {"terminated": {"finishedAt": at}}
    return {"state": {"running": {}}, "lastState": ended, "restartCount": times}


LOOP = "back-off 5m0s restarting failed container=db"
WORKLOADS = {
    "all is well": (({"deployments": [controller()]}, [builders.web(1), builders.web(2)]), []),
    "fewer than wanted": (
        ({"deployments": [controller(ready=1)]}, [builders.web(1), builders.lost(builders.web(2))]),
        [
            "Deployment shop/web has 1 of 2 Ready pods: pod shop/web-5c9-2 "
            "(Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.)"
        ],
    ),
    "no pod at all, as when a webhook refuses each": (
        ({"deployments": [controller(ready=None)]}, []),
        ["Deployment shop/web has 0 of 2 Ready pods"],
    ),
    "scaled to nothing": (({"deployments": [controller(ready=0, wanted=0)]}, []), []),
    "a StatefulSet": (
        ({"statefulsets": [controller("db", 0, 1)]}, []),
        ["StatefulSet shop/db has 0 of 1 Ready pods"],
    ),
    "a DaemonSet": (
        ({"daemonsets": [daemon(2, 3)]}, []),
        ["DaemonSet kube-system/cni has 2 of 3 Ready pods"],
    ),
    "a crash loop of a kind that nobody can ask": (
        ({}, [builders.crashed(builders.database())]),
        [
            "Cluster.postgresql.cnpg.io shop/db crashes in a loop: pod shop/db-1 "
            f"(CrashLoopBackOff: {LOOP})"
        ],
    ),
    "a crash loop of a pod that nothing owns": (
        ({}, [builders.crashed(builders.pod("alone"))]),
        [f"Pod shop/alone crashes in a loop: pod shop/alone (CrashLoopBackOff: {LOOP})"],
    ),
    "it runs between two crashes": (
        ({}, [builders.pod("alone", containers=[restarted("1970-01-01T02:45:00Z")])]),
        ["Pod shop/alone crashes in a loop: pod shop/alone"],
    ),
    "it crashed at its start and has been calm since": (
        ({}, [builders.pod("alone", containers=[restarted("1970-01-01T01:00:00Z")])]),
        [],
    ),
    "a Job that cannot start": (
        ({}, [builders.lost(builders.job("report"))]),
        [
            "Job shop/report has a pod that cannot start: shop/report-x7k "
            "(Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.)"
        ],
    ),
}


@pytest.mark.parametrize(("seen", "told"), WORKLOADS.values(), ids=WORKLOADS)
def test_workloads_have_what_their_controllers_want(seen, told):
    controllers, pods = seen
    assert list(unwell(controllers, builders.tally(*pods), BEGAN, NOW).values()) == told


def test_crashes_before_the_upgrade_began_do_not_count():
    pods = builders.tally(builders.pod("alone", containers=[restarted("1970-01-01T02:45:00Z")]))
    assert not unwell({}, pods, 9_950.0, NOW)


@pytest.mark.parametrize(
    ("before", "ready", "counts"),
    [({}, 1, True), ({"a": 1}, 1, False), ({"a": 1}, 0, True), ({"a": 0}, 0, False)],
    ids=["was well", "as before", "fewer than before", "had none before"],
)
def test_what_was_not_well_before_counts_only_when_it_is_worse(before, ready, counts):
    assert bool(new_problems({"a": "a is short"}, before, {"a": ready})) is counts


def test_a_baseline_knows_what_crashed_before():
    kept = Baseline("old", "arn", 1.0, {"a": Before(2, crashing=True), "b": Before(1)})
    assert unwell_in([kept]) == {"a": 2}


def test_a_problem_counts_when_every_look_of_some_minutes_has_found_it():
    looks = Standing(180.0)
    assert looks.look({"a": "A"}, 0.0) is None
    assert looks.look({"a": "A", "b": "B"}, 100.0) is None
    assert looks.look({"a": "A", "b": "B"}, 200.0) is None, "b has not stood for so long"
    assert looks.look({"a": "A", "b": "B"}, 280.0) == ("A", "B")


def test_a_look_that_finds_nothing_is_enough():
    looks = Standing(180.0)
    looks.look({"a": "A"}, 0.0)
    assert looks.look({}, 20.0) == ()


def test_what_comes_and_goes_does_not_keep_the_answer_for_ever():
    looks = Standing(60.0)
    answers = [looks.look({f"n{at}": "new", "a": "A"}, float(at)) for at in range(0, 260, 20)]
    assert answers[:12] == [None] * 12
    assert answers[12] == ("A",)


def test_without_minutes_one_look_decides():
    assert Standing(0.0).look({"a": "A"}, 5.0) == ("A",)


def test_names_of_the_cluster_are_filled_into_addresses():
    probes = [Probe(url="https://{cluster}.{region}.example.com/{account}?of={cluster}&t=s3cret")]
    (found,) = addresses(probes, cluster="shop", region="eu-west-1", account="our team")
    assert found.url == "https://shop.eu-west-1.example.com/our%20team?of=shop&t=s3cret"
    assert found.shown == "https://shop.eu-west-1.example.com/our%20team"


ANSWERS = {
    "as it should be": (Answered(status=200, seconds=0.1), ""),
    "another status": (
        Answered(status=503, seconds=2.04),
        "http://a/b answers 503 after 2.0 s, not 200",
    ),
    "a page for signing in": (
        Answered(status=302, leads_to="https://login/x"),
        "http://a/b answers 302 and leads to https://login/x after 0.0 s, not 200",
    ),
    "none": (
        Answered(failure="none within 10 s"),
        "http://a/b gives no answer: none within 10 s",
    ),
}


@pytest.mark.parametrize(("answer", "told"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_other_than_the_good_one_is_told_without_secrets(answer, told):
    assert probe_problem(Address(url="http://me:pw@a/b?token=x"), answer) == told


def test_what_is_known_survives_the_way_through_json():
    known = Known(
        version="1.35",
        began=BEGAN,
        before=BrokenBefore({"coredns": IPS}, {}),
        groups={"workers": "1.35"},
        unwell={"Deployment shop/web": 1},
    )
    assert Known.from_json(known.as_json()) == known


@pytest.mark.parametrize("odd", [None, "", [], ["text"], [{"name": "a"}]])
def test_a_plan_of_another_release_knows_of_no_group(odd):
    assert groups_of(odd) == {}


def test_a_plans_groups_are_known_by_their_new_names():
    row = {"name": "blue", "replacement": "blue-135", "to_version": "1.35"}
    assert groups_of([row]) == {"blue-135": "1.35"}
