"""What is worse than before at one look: the table of cases, each with its neighbours."""

import pytest

from include.eks_upgrade.verification.baseline import GroupId, take
from include.eks_upgrade.verification.compare import explained, suspects, worse
from include.eks_upgrade.verification.wanted import (
    GONE,
    UNKNOWN,
    Wanted,
    of_deployment,
    of_statefulset,
)
from tests.eks_upgrade.verification.builders import (
    OLD,
    crashed,
    database,
    gated,
    job,
    lost,
    owner,
    pod,
    starting,
    tally,
    waiting,
    web,
)

WEB, DB, REPORT = (
    "Deployment shop/web",
    "Cluster.postgresql.cnpg.io shop/db",
    "CronJob shop/report",
)
TICKS = {f"Job shop/report-{number}": REPORT for number in range(3)}
THREE = [web(1, OLD), web(2, OLD), web(3)]


def compared(before, now, wanted=UNKNOWN):
    """What is worse, by workload, and what is less and explained."""
    baseline = take(GroupId("workers", "arn"), tally(*before), {OLD}, TICKS, 1000.0)
    seen = tally(*now)
    wishes = dict.fromkeys(suspects(baseline, seen), wanted)
    found = worse(baseline, seen, wishes, TICKS)
    return {name: each.what for name, each in found.items()}, explained(baseline, seen, wishes)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(THREE, [web(4), web(5), web(6)], id="all Ready under other names"),
        pytest.param(
            THREE, [web(4), web(5), web(6), lost(web(7))], id="one more that finds no node"
        ),
        pytest.param([crashed(database(OLD))], [crashed(database())], id="crashed before, too"),
        pytest.param(
            [job("report-0", OLD), lost(job("report-1"))],
            [lost(job("report-1")), lost(job("report-2"))],
            id="a CronJob that has found no node for weeks makes a new Job",
        ),
        pytest.param([job("build-0", OLD)], [], id="a Job that has ended and is gone"),
        pytest.param(
            [job("report-0", OLD)], [starting(job("report-1"))], id="the next tick starts"
        ),
        pytest.param(
            [job("build-0", OLD)],
            [lost(job("build-1"))],
            id="another Job, which was not here before",
        ),
        pytest.param(THREE, [*THREE, starting(pod("ci-1"))], id="a CI runner starts this second"),
        pytest.param(THREE, [*THREE, lost(pod("ci-1"))], id="a pod that nobody owns finds no node"),
        pytest.param(THREE, [*THREE, crashed(database())], id="a workload that is new"),
        pytest.param([pod("shell", None, OLD)], [], id="a pod that nobody starts again"),
        pytest.param(
            [
                pod(
                    "r-1",
                    owner("EphemeralRunner", "r-1", "actions.github.com/v1"),
                    OLD,
                    restart="Never",
                )
            ],
            [],
            id="a runner's custom resource that has done its work",
        ),
        pytest.param(
            [database(OLD)],
            [gated(database())],
            id="gated on purpose",
        ),
    ],
)
def test_no_damage(before, now):
    assert compared(before, now)[0] == {}


@pytest.mark.parametrize(
    ("before", "now", "name", "what"),
    [
        pytest.param(
            THREE,
            [web(4), web(5), lost(web(6))],
            WEB,
            "has 2 of 3 Ready pods: pod shop/web-5c9-6 "
            "(Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.)",
            id="a pod finds no node",
        ),
        pytest.param(
            [database(OLD)],
            [crashed(database())],
            DB,
            "has 0 of 1 Ready pods: pod shop/db-1 "
            "(CrashLoopBackOff: back-off 5m0s restarting failed container=db)",
            id="a pod of a custom resource crashes on its new node",
        ),
        pytest.param(
            [database(OLD)],
            [],
            DB,
            "has 0 of 1 Ready pods: it has no other pod",
            id="never came back",
        ),
        pytest.param(
            THREE, [web(4), web(5), starting(web(6))], WEB, "it is starting", id="still starting"
        ),
        pytest.param(
            THREE,
            [web(4), web(5), web(6, ready=False)],
            WEB,
            "it runs and is not Ready",
            id="a probe",
        ),
        pytest.param(
            THREE,
            [web(4), web(5), web(6, deleted=True)],
            WEB,
            "it is being removed",
            id="about to go",
        ),
        pytest.param(
            [database(OLD)],
            [database(), crashed(pod("db-2", owner("Cluster", "db", "postgresql.cnpg.io/v1")))],
            DB,
            "crashes in a loop: pod shop/db-2",
            id="enough are Ready, and one crashes",
        ),
        pytest.param(
            [job("report-0", OLD)],
            [lost(job("report-1"))],
            REPORT,
            "has a pod that cannot start: pod shop/report-1-x7k (Unschedulable",
            id="a CronJob finds no node any more",
        ),
        pytest.param(
            [job("report-0", OLD)],
            [
                job(
                    "report-1",
                    ready=False,
                    phase="Pending",
                    containers=[waiting("ImagePullBackOff")],
                )
            ],
            REPORT,
            "ImagePullBackOff",
            id="a Job without its image",
        ),
        pytest.param(
            [job("build-0", OLD)],
            [lost(job("build-0"))],
            "Job shop/build-0",
            "cannot start",
            id="Job",
        ),
        pytest.param(
            [*THREE, pod("web-x", owner("Web", "web", "acme.io/v1"), OLD)],
            THREE,
            "Web.acme.io shop/web",
            "has 0 of 1",
            id="workloads of one name and other kinds are told apart",
        ),
    ],
)
def test_damage(before, now, name, what):
    found, _ = compared(before, now)
    assert list(found) == [name]
    assert what in found[name]


@pytest.mark.parametrize(
    ("wanted", "less"),
    [
        pytest.param(Wanted(2), "it was scaled to 2 meanwhile", id="scaled down"),
        pytest.param(Wanted(0), "it was scaled to 0 meanwhile", id="scaled to nothing"),
        pytest.param(GONE, "it has been deleted meanwhile", id="deleted"),
        pytest.param(Wanted(3, 1, "its rollout is going on"), "its rollout", id="rolling out"),
    ],
)
def test_less_than_before_is_no_damage_when_the_workload_wants_it_so(wanted, less):
    found, notes = compared(THREE, [web(4), web(5)], wanted)
    assert found == {}
    (note,) = notes
    assert note.startswith("Deployment shop/web: 2 of 3 Ready pods, for ")
    assert less in note


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted(3), id="as many as before"),
        pytest.param(Wanted(9), id="more than before"),
        pytest.param(Wanted(3, 0, "its rollout is going on"), id="a rollout that may miss none"),
        pytest.param(Wanted(4, 1, "its rollout is going on"), id="a rollout that hung before, too"),
        pytest.param(UNKNOWN, id="a kind that cannot be asked"),
    ],
)
def test_less_than_before_is_damage_when_the_workload_wants_more(wanted):
    assert "has 2 of 3 Ready pods" in compared(THREE, [web(4), web(5)], wanted)[0][WEB]


def test_scaled_up_since_it_needs_no_more_than_it_had():
    now = [web(n) for n in range(3)] + [lost(web(n)) for n in range(3, 9)]
    assert compared(THREE, now, Wanted(9))[0] == {}


def test_what_crashes_in_a_rollout_is_the_rollouts_matter():
    now = [web(4), web(5), web(6), crashed(web(7))]
    assert compared(THREE, now, Wanted(3, 1, "its rollout is going on"))[0] == {}
    assert "crashes in a loop" in compared(THREE, now, Wanted(3))[0][WEB]


def deployment(rule=None, *, replicas=8, updated=8, seen=2, kind="RollingUpdate"):
    strategy = {"type": kind} | ({"rollingUpdate": {"maxUnavailable": rule}} if rule else {})
    return {
        "metadata": {"name": "web", "namespace": "shop", "generation": 2},
        "spec": {"replicas": replicas, "strategy": strategy},
        "status": {"observedGeneration": seen, "updatedReplicas": updated},
    }


@pytest.mark.parametrize(
    ("raw", "replicas", "away"),
    [
        pytest.param(deployment("25%"), 8, 0, id="settled"),
        pytest.param(deployment("25%", updated=3), 8, 2, id="rolling by percent"),
        pytest.param(deployment("30%", updated=3), 8, 2, id="rounded down"),
        pytest.param(deployment(1, updated=3), 8, 1, id="rolling by number"),
        pytest.param(deployment(updated=3), 8, 2, id="Kubernetes' own default"),
        pytest.param(deployment("25%", seen=1), 8, 2, id="just changed, not seen yet"),
        pytest.param(deployment(kind="Recreate", updated=0), 8, 8, id="Recreate takes all away"),
        pytest.param(deployment(replicas=0, updated=0), 0, 0, id="scaled to nothing"),
        pytest.param(
            {"metadata": {}, "spec": {}, "status": {"updatedReplicas": 1}}, 1, 0, id="bare"
        ),
    ],
)
def test_what_a_deployment_wants(raw, replicas, away):
    wanted = of_deployment(raw)
    assert (wanted.replicas, wanted.away) == (replicas, away)


def statefulset(current="a", update="b", **strategy):
    return {
        "metadata": {"generation": 1},
        "spec": {"replicas": 3, "updateStrategy": strategy},
        "status": {
            "observedGeneration": 1,
            "currentRevision": current,
            "updateRevision": update,
        },
    }


@pytest.mark.parametrize(
    ("raw", "away"),
    [
        pytest.param(statefulset("a", "a"), 0, id="settled"),
        pytest.param(statefulset(), 1, id="rolling, one at a time"),
        pytest.param(statefulset(rollingUpdate={"maxUnavailable": 2}), 2, id="two at a time"),
        pytest.param(statefulset(type="OnDelete"), 0, id="OnDelete waits for people"),
        pytest.param(statefulset(rollingUpdate={"partition": 2}), 0, id="a partition waits, too"),
    ],
)
def test_what_a_stateful_set_wants(raw, away):
    wanted = of_statefulset(raw)
    assert (wanted.replicas, wanted.away) == (3, away)
