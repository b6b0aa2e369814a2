"""Which pods go: kubectl's own recorded answers, and the cases it does not record."""

import json
from pathlib import Path

import pytest

from include.eks_upgrade.drain.verdicts import bare_refusals, judge, refuse_if_any
from include.eks_upgrade.errors import Refused
from include.eks_upgrade.kube.objects import Owner, Pod, Workload
from include.eks_upgrade.request import DrainOptions

RECORDING = Path(__file__).parents[2] / "recordings" / "kubectl-drain.json"
FLAGS = {
    "--ignore-daemonsets": "ignore_daemonsets",
    "--delete-emptydir-data": "delete_emptydir_data",
    "--force": "force_unmanaged_pods",
}
SENTENCES = {
    "ignore_daemonsets": "cannot delete DaemonSet-managed Pods",
    "delete_emptydir_data": "cannot delete Pods with local storage",
    "force_unmanaged_pods": "cannot delete Pods that declare no controller",
}
# Not about which pods go: selecting by label, and a node that does not exist.
ELSEWHERE = {"selector", "no-such-node"}
CASES = [
    case for case in json.loads(RECORDING.read_text())["cases"] if case["case"] not in ELSEWHERE
]


def read(case):
    pods = [Pod.from_raw(raw) for raw in case["pods"]]
    daemons = [
        Workload(kind="DaemonSet", namespace=p.namespace, name=p.owner.name, wanted=1, available=1)
        for p in pods
        if p.owner and p.owner.kind == "DaemonSet"
    ]
    options = DrainOptions(**{FLAGS[flag]: True for flag in case["flags"] if flag in FLAGS})
    return judge(pods, daemons, options)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_judges_as_kubectl_did(case):
    verdicts = read(case)
    refused = {reason.parameter for verdict in verdicts for reason in verdict.refused}
    for parameter, sentence in SENTENCES.items():
        if sentence in case["stderr"]:
            assert parameter in refused
    assert bool(refused) == ("cannot delete" in case["stderr"])


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["case"])
        for case in CASES
        if case["exit_code"] == 0 and "--dry-run=server" not in case["flags"]
    ],
)
def test_the_pods_that_stay_are_those_kubectl_left(case):
    stay = [verdict.pod.name for verdict in read(case) if verdict.action == "stay"]
    assert stay == sorted(case["left_on_node"])


ORPHAN = Pod(namespace="d", name="agent-1", node="n", owner=Owner("DaemonSet", "gone"))
BOTH = Pod(namespace="d", name="both", node="n", empty_dir=True)


@pytest.mark.parametrize(
    ("pod", "options", "action"),
    [
        pytest.param(ORPHAN, DrainOptions(), "refuse", id="orphan-needs-force"),
        pytest.param(
            ORPHAN, DrainOptions(ignore_daemonsets=True), "refuse", id="ignoring-does-not-help"
        ),
        pytest.param(ORPHAN, DrainOptions(force_unmanaged_pods=True), "evict", id="orphan-forced"),
        pytest.param(
            BOTH, DrainOptions(force_unmanaged_pods=True), "refuse", id="force-spares-emptydir"
        ),
        pytest.param(
            BOTH, DrainOptions(delete_emptydir_data=True), "refuse", id="emptydir-spares-unmanaged"
        ),
        pytest.param(
            Pod(namespace="d", name="going", terminating=True),
            DrainOptions(),
            "leaving",
            id="terminating-is-waited-for",
        ),
        pytest.param(
            Pod(namespace="d", name="failed", phase="Failed", empty_dir=True),
            DrainOptions(),
            "evict",
            id="failed-loses-nothing",
        ),
    ],
)
def test_judges_what_kubectl_does_not_record(pod, options, action):
    assert judge([pod], [], options)[0].action == action


def test_a_refusal_names_every_pod_its_reasons_and_the_parameters():
    with pytest.raises(Refused) as refused:
        refuse_if_any("no", judge([BOTH, ORPHAN], [], DrainOptions()))
    assert [p.subject for p in refused.value.problems] == ["pod d/agent-1 on n"] + [
        "pod d/both on n"
    ] * 2
    assert "no longer exists" in refused.value.problems[0].what
    assert "delete_emptydir_data" in refused.value.problems[1].remedy


def test_bare_refusals_become_obstacles_passed_by_their_parameter():
    obstacles = [one.obstacle for one in bare_refusals([BOTH], [])]
    assert [(o.what, o.passed_by) for o in obstacles] == [
        ("emptyDir data of d/both", "delete_emptydir_data"),
        ("pod without controller d/both", "force_unmanaged_pods"),
    ]
