"""Jobs on old nodes, and whether they survive an eviction."""

import pytest

from include.eks_upgrade.planning.survey.jobs import running_jobs, why_it_fails
from tests.eks_upgrade.planning.survey.small_cluster import job, pod, surveyed

ON_DISRUPTION = [{"type": "DisruptionTarget", "status": "True"}]


def policy(*rules):
    return {"podFailurePolicy": {"rules": list(rules)}}


def disrupted(action):
    return {"action": action, "onPodConditions": [{"type": "DisruptionTarget"}]}


def ended(action, operator, *values):
    return {"action": action, "onExitCodes": {"operator": operator, "values": list(values)}}


SAFE = [
    pytest.param({}, 0, 1, id="one of six failures"),
    pytest.param({"backoffLimit": 3}, 2, 1, id="the last that it may have"),
    pytest.param({"backoffLimit": 0, **policy(disrupted("Ignore"))}, 0, 1, id="ignored"),
    pytest.param(
        {"backoffLimit": 0, **policy(ended("FailJob", "In", 42), disrupted("Ignore"))},
        0, 1, id="another exit code fails it, disruptions are ignored",
    ),
    pytest.param(
        {"backoffLimit": 6, **policy(ended("Count", "In", 143), disrupted("Ignore"))},
        0, 1, id="a rule that does no harm is passed by",
    ),
    pytest.param({"backoffLimitPerIndex": 1}, 9, 3, id="each index has one failure left"),
    pytest.param({**policy(disrupted("Count"))}, 0, 1, id="counted, with room"),
]  # fmt: skip
FAILS = [
    pytest.param({"backoffLimit": 0}, 0, 1, "its backoffLimit is 0", id="no failure allowed"),
    pytest.param({"backoffLimit": 2}, 2, 1, "2 have failed already", id="used up"),
    pytest.param({}, 0, 7, "each of its 7 pods", id="more pods at once than failures left"),
    pytest.param(
        policy(disrupted("FailJob")), 0, 1, "fails the Job for a pod that was disrupted",
        id="fails on a disruption",
    ),
    pytest.param(
        policy(ended("FailJob", "In", 143)), 0, 1, "for the exit code", id="fails on SIGTERM"
    ),
    pytest.param(
        policy(ended("FailJob", "NotIn", 0)), 0, 1, "for the exit code", id="fails on any code"
    ),
    pytest.param(
        policy(ended("FailJob", "NotIn", 0), disrupted("Ignore")), 0, 1, "for the exit code",
        id="a rule about exit codes comes before the one that would ignore it",
    ),
    pytest.param(
        {"backoffLimitPerIndex": 1, **policy(disrupted("FailIndex"))}, 0, 1, "gives up the index",
        id="gives an index up",
    ),
    pytest.param({"backoffLimitPerIndex": 0}, 0, 1, "PerIndex 0", id="none per index"),
]  # fmt: skip


def pods(number, **given):
    return [pod(f"nightly-{n}", of="Job nightly", **given) for n in range(number)]


@pytest.mark.parametrize(("spec", "failed", "number"), SAFE)
def test_a_job_survives(spec, failed, number):
    assert why_it_fails(job(failed=failed, **spec), pods(number)) == ""


@pytest.mark.parametrize(("spec", "failed", "number", "words"), FAILS)
def test_a_job_would_fail(spec, failed, number, words):
    assert words in why_it_fails(job(failed=failed, **spec), pods(number))


def test_an_index_that_has_used_up_its_failures_is_told():
    noted = {"batch.kubernetes.io/job-index-failure-count": "1"}
    one = job(backoffLimitPerIndex=1)
    assert "an index has used up" in why_it_fails(one, pods(1, annotations=noted))
    assert why_it_fails(one, pods(1, annotations={})) == ""


def test_running_jobs_are_named_by_their_cronjob_and_those_that_fail_by_why():
    known = {
        ("shop", "nightly"): job(owner="report", backoffLimit=0),
        ("shop", "import"): job("import"),
    }
    found = running_jobs(
        surveyed(*pods(1), pod("import-1", of="Job import"), pod("web-1"), jobs=known)
    )
    assert found.problems == ()
    runs, failing = found.warnings
    assert "2 Jobs run on node group workers (CronJob shop/report, Job shop/import)" in runs
    assert "an eviction would fail CronJob shop/report" in failing
    assert "Job shop/import" not in failing
    assert "a pod failure policy that ignores DisruptionTarget makes it safe" in failing


def test_many_jobs_for_the_same_reason_are_one_line():
    names = [f"tick-{n}" for n in range(50)]
    found = running_jobs(
        surveyed(
            *(pod(f"{name}-x", of=f"Job {name}") for name in names),
            jobs={("shop", name): job(name, backoffLimit=0) for name in names},
        )
    )
    assert len(found.warnings) == 2
    assert "and 40 more" in found.warnings[1]


def test_two_jobs_of_one_cronjob_are_named_once():
    names = ("tick-10", "tick-20")
    found = running_jobs(
        surveyed(
            *(pod(f"{name}-x", of=f"Job {name}") for name in names),
            jobs={("shop", name): job(name, owner="tick", backoffLimit=0) for name in names},
        )
    )
    assert found.warnings[1].startswith("an eviction would fail CronJob shop/tick: its pod here")


def test_jobs_that_could_not_be_read_are_still_named():
    (runs,) = running_jobs(surveyed(*pods(2))).warnings
    assert "1 Job runs on node group workers (Job shop/nightly)" in runs


def test_without_jobs_nothing_is_said():
    assert running_jobs(surveyed(pod("web-1"), *pods(1, phase="Succeeded"))).warnings == ()


def test_runs_of_other_controllers_are_named_for_nobody_waits_for_them():
    run = pod("build-1", of="TaskRun build", spec={"restartPolicy": "Never"})
    (line,) = running_jobs(surveyed(run, pod("web-1"))).warnings
    assert "1 pod runs to an end for no Job of Kubernetes' own (TaskRun shop/build)" in line
    both = running_jobs(surveyed(run, *pods(1, spec={"restartPolicy": "Never"}))).warnings
    assert [text.partition(" run")[0] for text in both] == ["1 Job", "1 pod"]
