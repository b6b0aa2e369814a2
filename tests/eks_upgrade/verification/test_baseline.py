"""What is written down before the first cordon, and that it can be read again."""

import pytest

from include.eks_upgrade.verification.baseline import Baseline, Before, GroupId, take
from tests.eks_upgrade.planning.survey.small_cluster import made_for
from tests.eks_upgrade.verification.builders import (
    NEW,
    OLD,
    crashed,
    database,
    job,
    lost,
    owner,
    pod,
    tally,
    web,
)

GROUP = GroupId("workers", "arn:aws:eks:eu-west-1:1:nodegroup/demo/workers/8cc1")
NOW = 1_764_000_000.0


def taken(*raws, tops=None):
    return take(GROUP, tally(*raws), {OLD}, tops or {}, NOW)


def test_ready_pods_count_wherever_they_run_and_only_of_workloads_on_the_group():
    other = pod("api-0", owner("StatefulSet", "api"), NEW)
    found = taken(web(1, OLD), web(2, NEW), web(3, OLD, ready=False), other)
    assert found.workloads == {"Deployment shop/web": Before(2)}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(pod("agent", owner("DaemonSet", "agent"), OLD), id="DaemonSet"),
        pytest.param(
            pod(
                "kp",
                owner("Node", OLD, "v1"),
                OLD,
                annotations={"kubernetes.io/config.mirror": "x"},
            ),
            id="static pod",
        ),
        pytest.param(pod("shell", None, OLD), id="nobody's"),
        pytest.param(job("done", OLD, phase="Succeeded", ready=False), id="finished"),
        pytest.param(web(1, NEW), id="on another node"),
    ],
)
def test_what_a_drain_does_not_replace_is_not_written_down(raw):
    assert taken(raw).workloads == {}


def test_a_daemon_set_of_others_is_a_workload_only_where_its_pods_may_be_anywhere():
    of_others = owner("DaemonSet", "agent", "apps.kruise.io/v1alpha1")
    anywhere = pod("agent", of_others, OLD)
    assert list(taken(anywhere).workloads) == ["DaemonSet.apps.kruise.io shop/agent"]
    assert taken(pod("agent", of_others, OLD, spec=made_for(OLD))).workloads == {}


def test_what_is_broken_already_is_written_down():
    tick, next_tick = "Job shop/report-28571234", "Job shop/report-28571235"
    top = "CronJob shop/report"
    found = taken(
        crashed(database(OLD)),
        job("report-28571234", OLD),
        lost(job("report-28571235")),
        tops={tick: top, next_tick: top},
    )
    assert found.workloads == {
        "Cluster.postgresql.cnpg.io shop/db": Before(0, crashing=True),
        top: Before(0, short_lived=True, stuck=True),
    }


@pytest.mark.parametrize(
    ("minutes", "crashing"), [pytest.param(5, True, id="lately"), (600, False)]
)
def test_what_happens_to_run_between_two_crashes_crashes_in_a_loop(minutes, crashing):
    ended = f"2025-11-24T{(16 * 60 - minutes) // 60:02}:{-minutes % 60:02}:00Z"
    container = {"restartCount": 9, "lastState": {"terminated": {"finishedAt": ended}}}
    found = take(GROUP, tally(database(OLD, containers=[container])), {OLD}, {}, NOW)
    assert found.workloads["Cluster.postgresql.cnpg.io shop/db"].crashing == crashing


def test_it_is_read_as_it_was_written():
    workloads = {
        "Deployment shop/web": Before(3),
        "CronJob shop/report": Before(0, short_lived=True, stuck=True),
        "Cluster.postgresql.cnpg.io shop/db": Before(1, crashing=True),
    }
    baseline = Baseline(GROUP.name, GROUP.arn, NOW, workloads)
    assert Baseline.from_text(baseline.as_text()) == baseline


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "7", '{"workloads": "?"}', "{"])
def test_what_cannot_be_read_is_no_baseline(text):
    assert Baseline.from_text(text) is None


def test_what_a_later_release_adds_is_passed_over():
    text = Baseline(GROUP.name, GROUP.arn, NOW, {"Deployment shop/web": Before(3)}).as_text()
    later = text.replace('"v": 1', '"v": 2, "more": [1]')
    read = Baseline.from_text(later)
    assert read is not None
    assert read.workloads == {"Deployment shop/web": Before(3)}


def test_two_thousand_workloads_take_less_than_sixty_kilobytes():
    names = [f"Deployment team-{n % 40}/service-{n * 7919 % 10007}" for n in range(2000)]
    text = Baseline(GROUP.name, GROUP.arn, NOW, {name: Before(3) for name in names}).as_text()
    assert len(text) < 60_000
