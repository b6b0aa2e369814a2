"""The messy cluster under real Airflow: refused at first, then upgraded, and what its report tells.

The tests share the two runs. What workloads had is counted in the rehearsal itself, beside what the
product says of it.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from include.local_airflow.demo.scenarios import MESSY
from include.rehearsal.messy.cluster import CLUSTER, messy
from tests.airflow.real.real_lab import RealLab, real_lab
from tests.airflow.real.witness import ReadyWitness

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

FIRST, LAST = "node_group.look_up_ami", "node_group.confirm_gone"
MUST_KEEP = {
    "shop/web": 5,  # of 6: 25 % of its own strategy
    "shop/checkout": 2,  # of 3: its rollout takes none, so one
    "shop/billing": 1,
    "shop/api": 3,  # its budget
    "shop/cache": 1,
    "data/kafka": 2,
    "data/orders": 2,
    "ml/inference": 1,
}
SHARED_BUDGET = {"search/search": 3}
UNWELL_BEFORE = {"ops/dashboard": "Running", "batch/audit": "Pending", "ml/training": "Pending"}


@dataclass
class Seen:
    """What was seen of the refused run and of the one that went through.

    Attributes:
        lowest: by app, and by tier, the fewest Ready pods from the second run's start to its end.
    """

    refusal: str
    refused_changed: bool
    run_id: str
    state: str
    before: Counter[str]
    report: str
    plan: dict[str, Any]
    lowest: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with real_lab(tmp_path_factory.mktemp("airflow"), messy, MESSY) as made:
        yield made
        assert made.rehearsal.clock.failures == []


@pytest.fixture(scope="module")
def seen(lab: RealLab) -> Seen:
    world = standing(lab)
    refused = lab.trigger(
        delete_emptydir_data=False, force_unmanaged_pods=False, replace_custom_image=False
    )
    assert lab.ended(refused) == "failed"
    refusal, changed = lab.xcom(refused, ("plan", -1), "failure"), standing(lab) != world
    with lab.rehearsal.clock.lock:
        store = lab.rehearsal.world.clusters[CLUSTER].store
        apps, tiers = ReadyWitness(store), ReadyWitness(store, "tier")
    before = lasting(lab)
    run_id = lab.trigger()
    state = lab.ended(run_id)
    lowest = tiers.lowest | apps.lowest
    plan = lab.xcom(run_id, ("plan", -1))
    return Seen(refusal, changed, run_id, state, before, lab.report(run_id), plan, lowest)


def standing(lab: RealLab) -> dict[str, Any]:
    """What nobody but an upgrade changes; Jobs come and go by themselves."""
    world = lab.world(CLUSTER)
    return {key: value for key, value in world.items() if key != "pods"}


def lasting(lab: RealLab) -> Counter[str]:
    """Pods by `namespace/app`, without those of the CronJobs."""
    pods = lab.kube("pods", CLUSTER)
    kept = [pod["metadata"] for pod in pods if pod["metadata"]["namespace"] != "batch"]
    return Counter(f"{meta['namespace']}/{meta['labels'].get('app')}" for meta in kept)


def section(report: str, title: str) -> str:
    """A section of a report, up to the next one."""
    return report.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(report: str, title: str) -> list[list[str]]:
    """The rows of the table in a section, without its head."""
    lines = [line for line in section(report, title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_what_the_plan_refuses_it_refuses_at_once_and_in_plain_words(seen: Seen) -> None:
    text = seen.refusal
    assert ": 3 problems\n" in text
    assert "replace_custom_image=true" in text
    assert "acme-al2023-eks-node-1.8." in text
    assert "pod ci/runner-x7k2p" in text
    assert "force_unmanaged_pods" in text
    assert "2 pods of Deployment shop/cache" in text
    assert "delete_emptydir_data" in text
    assert "Traceback" not in text
    assert not seen.refused_changed


def test_the_messy_cluster_goes_through(lab: RealLab, seen: Seen) -> None:
    assert seen.state == "success", failures(lab, seen.run_id)
    world = lab.world(CLUSTER)
    assert world["cluster"] == ("1.26", "ACTIVE")
    assert {name: it[0] for name, it in world["node_groups"].items()} == {
        "system-k126": "ACTIVE",
        "apps-k126": "ACTIVE",
        "batch-k126": "ACTIVE",
    }
    assert {version[:5] for _, version, _ in world["nodes"]} == {"v1.26"}
    assert not [name for name, _, cordoned in world["nodes"] if cordoned]
    assert lab.locks(CLUSTER) == []


def test_only_the_pod_without_a_controller_is_lost(lab: RealLab, seen: Seen) -> None:
    assert seen.before - lasting(lab) == Counter(["ci/runner-x7k2p"])


@pytest.mark.parametrize(("app", "keeps"), (MUST_KEEP | SHARED_BUDGET).items())
def test_no_workload_had_fewer_ready_pods_than_its_budget_allows(
    seen: Seen, app: str, keeps: int
) -> None:
    assert seen.lowest[app] >= keeps


def test_the_job_that_outlasts_patience_is_begun_again(lab: RealLab, seen: Seen) -> None:
    (job,) = [job for job in lab.kube("jobs", CLUSTER) if job["metadata"]["name"] == "import"]
    assert seen.state == "success"
    assert (job["status"]["failed"], job["status"]["active"]) == (1, 1)


def test_no_job_was_failed_by_the_upgrade(lab: RealLab, seen: Seen) -> None:
    ends = [
        each["type"]
        for job in lab.kube("jobs", CLUSTER)
        for each in job["status"].get("conditions", ())
    ]
    assert seen.state == "success"
    assert set(ends) == {"Complete"}


def test_the_report_proves_it(seen: Seen) -> None:
    title = "Ready pods during the drain"
    assert "None of" in section(seen.report, title)
    found = {row[0].split()[-1]: row for row in rows(seen.report, title)}
    assert {*MUST_KEEP, "shop/cart", "ml/notebook"} <= set(found)
    for name, _, lowest, keeps, _ in found.values():
        assert int(lowest) >= int(keeps), name
    assert {name: int(found[name][3]) for name in MUST_KEEP} == MUST_KEEP
    assert "maxUnavailable 25%" in found["shop/web"][4]
    assert "budget shop/api" in found["shop/api"][4]
    assert "one pod at a time" in found["data/orders"][4]


def test_the_canary_went_by_itself_as_the_plan_says(lab: RealLab, seen: Seen) -> None:
    order = "1. system, the canary, by itself; 2. 2 at a time: apps, batch"
    assert any(order in line for line in seen.plan["summary"])
    assert "node group 'system' goes first" in section(seen.report, "Every step")
    found = lab.instances(seen.run_id)
    begun = [found[FIRST, index]["start_date"] for index in range(3)]
    ended = found[LAST, 0]["end_date"]
    assert all(start > ended for start in begun[1:])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("node group system is DEGRADED", id="a group that was not well"),
        pytest.param("made by eksctl", id="eksctl"),
        pytest.param("made by Terraform", id="Terraform"),
        pytest.param("made by CloudFormation", id="CloudFormation"),
        pytest.param("acme-al2023-eks-node-1.7.", id="an image of the team's own"),
        pytest.param("'aws-ebs-csi-driver' has status DEGRADED", id="an add-on that was not well"),
        pytest.param("its status is CREATE_FAILED", id="an add-on that EKS does not update"),
        pytest.param("Deployment shop/cart has a single replica", id="who will be away"),
        pytest.param(
            "CronJob batch/export, CronJob batch/settle, Job batch/import", id="running Jobs"
        ),
        pytest.param("would fail CronJob batch/settle", id="a Job that one eviction fails"),
        pytest.param("karpenter.sh/do-not-disrupt", id="do-not-disrupt"),
        pytest.param("safe-to-evict", id="safe-to-evict"),
    ],
)
def test_the_report_warns_of(seen: Seen, words: str) -> None:
    assert words in section(seen.report, "Warnings")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("protect", id="scale-in protection"),
        pytest.param("eviction after job_patience_minutes", id="a Job that outlasts patience"),
        pytest.param("batch/import-", id="by name"),
        pytest.param("going after the ordinary pods", id="pods to be spared"),
        pytest.param("emptyDir", id="emptyDir"),
        pytest.param("ci/runner-x7k2p", id="a pod without a controller"),
    ],
)
def test_the_report_tells_how_it_passed(seen: Seen, words: str) -> None:
    assert words in section(seen.report, "Obstacles, and how they were passed")


def test_what_was_not_well_before_holds_nothing_up_and_is_no_better(
    lab: RealLab, seen: Seen
) -> None:
    pods = {
        f"{pod['metadata']['namespace']}/{pod['metadata']['labels'].get('app')}": pod["status"]
        for pod in lab.kube("pods", CLUSTER)
    }
    assert seen.state == "success"
    assert {name: pods[name]["phase"] for name in UNWELL_BEFORE} == UNWELL_BEFORE
    addons = lab.world(CLUSTER)["addons"]
    assert addons["aws-ebs-csi-driver"][1] == "DEGRADED"
    assert addons["eks-pod-identity-agent"][1] == "CREATE_FAILED"


def failures(lab: RealLab, run_id: str) -> dict[str, Any]:
    """Why tasks of a run failed, for the message of a failed test."""
    return {
        f"{name}[{index}] {state}": lab.xcom(run_id, (name, index), "failure")
        for (name, index), state in lab.states(run_id).items()
        if state not in ("success", "skipped")
    }
