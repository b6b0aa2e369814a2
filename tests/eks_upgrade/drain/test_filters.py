"""Which pods go: kubectl's own recorded answers, and the corners of its filters.

What the whole engine does with the recordings is in test_recorded_drains.py, and how it compares
with the real kubectl in test_differential.py.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.drain.filters import filter_pod, filter_pods, objections
from include.eks_upgrade.drain.obstacles import refuse_if_any
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.owner import Owner
from include.eks_upgrade.kube.workloads.workload import Workload

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
# A node that does not exist has no pods to judge.
CASES = [
    case for case in json.loads(RECORDING.read_text())["cases"] if case["case"] != "no-such-node"
]


def read(case):
    pods = [Pod.from_raw(raw) for raw in case["pods"]]
    daemons = [
        Workload(kind="DaemonSet", namespace=p.namespace, name=p.owner.name, wanted=1, available=1)
        for p in pods
        if p.owner and p.owner.kind == "DaemonSet"
    ]
    options = {option: flag in case["flags"] for flag, option in FLAGS.items()}
    if "--pod-selector" in case["flags"]:
        options["pod_selector"] = case["flags"][case["flags"].index("--pod-selector") + 1]
    return filter_pods(pods, daemons, DrainOptions(**options))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_filters_as_kubectl_did(case):
    refused = {reason.parameter for result in read(case) for reason in result.refused}
    for parameter, sentence in SENTENCES.items():
        if sentence in case["stderr"]:
            assert parameter in refused
    assert bool(refused) == ("cannot delete" in case["stderr"])


MOVED_ALL = [
    pytest.param(case, id=case["case"])
    for case in CASES
    if case["exit_code"] == 0 and "--dry-run=server" not in case["flags"]
]


@pytest.mark.parametrize("case", MOVED_ALL)
def test_the_pods_that_go_are_those_kubectl_moved(case):
    gone = {raw["metadata"]["name"] for raw in case["pods"]} - set(case["left_on_node"])
    assert {result.pod.name for result in read(case) if result.action == "evict"} == gone


DAEMON = Owner("DaemonSet", "agent")
GONE = Owner("DaemonSet", "gone")
OTHERS = Owner("ExtendedDaemonSetReplicaSet", "agent-4f", "u", "datadoghq.com/v1alpha1")
AT_HOME = {"pinned": True, "tolerates_cordon": True}
AGENTS = [Workload(kind="DaemonSet", namespace="d", name="agent", wanted=1, available=1)]
NONE = DrainOptions(ignore_daemonsets=False)  # as kubectl has it
IGNORE = DrainOptions(ignore_daemonsets=True)
FORCE = replace(NONE, force_unmanaged_pods=True)
EMPTYDIR = replace(NONE, delete_emptydir_data=True)
ALL = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)


def a_pod(name="p", **fields):
    return Pod(namespace="d", name=name, node="n", **fields)


ORPHAN = a_pod("agent-1", owner=GONE)
BOTH = a_pod("both", empty_dir=True)


@pytest.mark.parametrize(
    ("pod", "options", "action"),
    [
        pytest.param(ORPHAN, NONE, "refuse", id="orphan-needs-force"),
        pytest.param(ORPHAN, IGNORE, "refuse", id="ignoring-does-not-help-an-orphan"),
        pytest.param(ORPHAN, FORCE, "evict", id="orphan-forced"),
        pytest.param(
            a_pod(owner=GONE, empty_dir=True), FORCE, "refuse", id="forced-orphan-has-emptydir"
        ),
        pytest.param(a_pod(owner=GONE, mirror=True), NONE, "refuse", id="mirror-orphan"),
        pytest.param(a_pod(owner=GONE, mirror=True), FORCE, "stay", id="mirror-orphan-forced"),
        pytest.param(a_pod(owner=GONE, phase="Failed"), NONE, "evict", id="finished-orphan"),
        pytest.param(BOTH, FORCE, "refuse", id="force-leaves-emptydir"),
        pytest.param(BOTH, EMPTYDIR, "refuse", id="emptydir-leaves-unmanaged"),
        pytest.param(
            a_pod(owner=DAEMON, empty_dir=True), IGNORE, "stay", id="daemon-with-emptydir"
        ),
        pytest.param(a_pod(owner=DAEMON, phase="Succeeded"), NONE, "evict", id="finished-daemon"),
        pytest.param(a_pod(owner=DAEMON, mirror=True), NONE, "refuse", id="mirror-of-a-daemonset"),
        pytest.param(a_pod(owner=DAEMON, mirror=True), IGNORE, "stay", id="mirror-daemon-ignored"),
        pytest.param(
            a_pod(owner=DAEMON, mirror=True, phase="Failed"), NONE, "stay", id="finished-mirror"
        ),
        pytest.param(a_pod(mirror=True, empty_dir=True), NONE, "stay", id="mirror-with-emptydir"),
        pytest.param(a_pod(phase="Failed", empty_dir=True), NONE, "evict", id="failed-loses-none"),
        pytest.param(a_pod(phase="Pending", empty_dir=True), NONE, "refuse", id="pending-might"),
        pytest.param(
            a_pod(owner=Owner("Rollout", "web")), NONE, "evict", id="any-controller-is-one"
        ),
        pytest.param(a_pod(owner=OTHERS, **AT_HOME), NONE, "refuse", id="daemon-of-others"),
        pytest.param(a_pod(owner=OTHERS, **AT_HOME), IGNORE, "stay", id="others-daemon-ignored"),
        pytest.param(a_pod(owner=OTHERS), NONE, "evict", id="others-that-may-be-anywhere"),
        pytest.param(
            a_pod(owner=OTHERS, pinned=True), NONE, "evict", id="others-kept-off-by-the-cordon"
        ),
        pytest.param(
            Pod(namespace="e", name="p", owner=DAEMON), IGNORE, "refuse", id="other-namespace"
        ),
        pytest.param(a_pod(terminating=True, empty_dir=True), NONE, "leaving", id="terminating"),
        pytest.param(a_pod(terminating=True, owner=DAEMON), NONE, "stay", id="terminating-daemon"),
        pytest.param(a_pod(terminating=True, mirror=True), NONE, "stay", id="terminating-mirror"),
        pytest.param(a_pod(terminating=True, owner=GONE), NONE, "leaving", id="terminating-orphan"),
    ],
)
def test_filters_what_is_not_recorded_as_the_filters_of_kubectl_do(pod, options, action):
    assert filter_pods([pod], AGENTS, options)[0].action == action
    assert filter_pod(pod, {("d", "agent")}, options).action == action


def test_all_reasons_against_a_pod_are_named_not_only_the_first():
    orphan = a_pod(owner=GONE, empty_dir=True)
    result = filter_pod(orphan, set(), NONE)
    assert [reason.parameter for reason in result.refused] == [
        "force_unmanaged_pods",
        "delete_emptydir_data",
    ]


def test_a_pod_selector_leaves_out_all_others():
    chosen, other = a_pod("a", labels={"tier": "move"}), a_pod("b", labels={"tier": "keep"})
    options = DrainOptions(force_unmanaged_pods=True, pod_selector="tier in (move)")
    assert [each.pod.name for each in filter_pods([other, chosen], [], options)] == ["a"]
    result = filter_pod(other, set(), options)
    assert (result.action, result.why) == ("stay", "not selected by tier in (move)")
    both = filter_pods([other, chosen], [], DrainOptions(pod_selector="!x,tier"))
    assert [result.pod.name for result in both] == ["a", "b"]
    assert filter_pods([other, chosen], [], DrainOptions(pod_selector="tier=none")) == []


def test_a_pod_selector_that_cannot_be_read_is_refused():
    with pytest.raises(Refused, match="tier in"):
        filter_pods([], [], DrainOptions(pod_selector="tier in"))


def test_a_refusal_names_every_pod_its_reasons_and_the_parameters():
    with pytest.raises(Refused) as refused:
        refuse_if_any("no", filter_pods([BOTH, ORPHAN], [], NONE))
    assert [p.subject for p in refused.value.problems] == ["pod d/agent-1 on n"] + [
        "pod d/both on n"
    ] * 2
    assert "no longer exists" in refused.value.problems[0].what
    assert "set delete_emptydir_data to true" in refused.value.problems[1].remedy


def test_a_refusal_names_the_flags_of_kubectl_when_asked():
    pods = [BOTH, a_pod("agent-2", owner=DAEMON)]
    with pytest.raises(Refused) as refused:
        refuse_if_any("no", filter_pods(pods, AGENTS, NONE), flags=True)
    assert [problem.remedy.split(" (")[0] for problem in refused.value.problems] == [
        "give --ignore-daemonsets",
        "give --delete-emptydir-data",
        "give --force",
    ]
    text = str(refused.value)
    assert not [name for name in FLAGS.values() if name in text]


def test_nothing_refused_raises_nothing():
    refuse_if_any("no", filter_pods([BOTH, ORPHAN], [], ALL))


def test_objections_become_obstacles_passed_by_their_parameter():
    obstacles = [one.obstacle for one in objections(BOTH, set())]
    assert [(o.what, o.passed_by) for o in obstacles] == [
        ("emptyDir data of d/both", "delete_emptydir_data"),
        ("pod without controller d/both", "force_unmanaged_pods"),
    ]


def test_an_objection_says_what_lifts_it_in_either_vocabulary():
    (objection,) = objections(a_pod(), set())
    assert str(objection).endswith("(force_unmanaged_pods lifts this)")
    assert objection.sentence(flags=True).endswith("(--force lifts this)")
    assert objection.as_obstacle(flags=True).passed_by == "--force"
