"""The real kubectl and our engine drain clusters that are alike: who is left, who was refused.

Deliberate differences, each with a test of its own below: we tell every reason against a pod,
cordon nothing that we then refuse, never evict what is already terminating, and never evict a pod
that was started again elsewhere under the same name (kubernetes/kubernetes#138229).
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from tests.eks_upgrade.drain.pod_cases import (
    BUDGETS,
    CHANCE,
    OWNERS,
    TOLERATIONS,
    VOLUMES,
    PodCase,
    build,
)
from tests.eks_upgrade.drain.twins import NEW, OURS, SPACE, THEIRS, Ended, Twins, options_of

# Before pytest has collected this file; hypothesis would write its notes into the tree.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "eks-upgrade-hypothesis")

EXAMPLES = int(os.environ.get("DRAIN_EXAMPLES", "45"))
"""Random cases; set the variable to try more than a test run has time for."""

ALL = ("--ignore-daemonsets", "--delete-emptydir-data", "--force")
SELECTORS = (
    "tier=move",
    "tier!=keep",
    "tier in (move,other)",
    "tier notin (keep)",
    "tier",
    "!tier",
)


@pytest.fixture(name="twins", scope="module")
def _twins(tmp_path_factory):
    made = Twins(tmp_path_factory.mktemp("twins"))
    yield made
    made.stop()


async def both(twins, pods, flags, *, patient=False):
    """Both drains at the same time, each of its own cluster."""
    build(twins, pods)
    options = options_of(flags)
    return await asyncio.gather(
        twins.kubectl(flags, patient=patient),
        twins.ours(options, patience=12.0 if patient else 0.8),
    )


def compare(twins, pods, flags):
    """Drain both; what differs is looked at again with more patience before it counts."""
    theirs, ours = twins.run(both(twins, pods, flags))
    if essence(theirs) != essence(ours):
        theirs, ours = twins.run(both(twins, pods, flags, patient=True))
    details = f"kubectl drain {' '.join(flags)}\n{theirs.output}\nours:\n{ours.output}"
    assert essence(ours) == essence(theirs), details
    for pod, reasons in theirs.refused.items():  # its first reason is among ours
        assert reasons <= ours.refused[pod], details
    return theirs, ours


def essence(ended: Ended):
    return {
        "how": ended.how,
        "refused": sorted(ended.refused),
        "left": dict(ended.left),
        "evicted": sorted(ended.evicted),
    }


# --- random cases ---

PODS = st.builds(
    PodCase,
    owner=st.sampled_from(["replicaset", *OWNERS]),
    volumes=st.sampled_from(["none", *VOLUMES]),
    phase=st.sampled_from(["Running", "Running", "Running", "Succeeded", "Failed", "Pending"]),
    ready=st.sampled_from([True, True, False]),
    mirror=st.sampled_from([False, False, False, True]),
    tolerates=st.sampled_from(sorted(TOLERATIONS)),
    budget=st.sampled_from(["none", "none", "allowing", *sorted(BUDGETS.keys() - {CHANCE})]),
    labels=st.sampled_from([{}, {"tier": "move"}, {"tier": "keep"}, {"tier": ""}]),
)


@st.composite
def a_command(draw):
    """Flags of kubectl; mostly all three that let pods go, or most drains would be refused."""
    flags = [flag for flag in ALL if draw(st.sampled_from([True, True, False]))]
    if selector := draw(st.sampled_from(["", "", *SELECTORS])):
        flags.append(f"--pod-selector={selector}")
    flags += draw(st.sampled_from([[], [], [], ["--grace-period=0"], ["--disable-eviction"]]))
    return flags


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(pods=st.lists(PODS, min_size=1, max_size=6), flags=a_command())
def test_random_drains_end_as_kubectls(twins, pods, flags):
    theirs, ours = compare(twins, pods, flags)
    event(theirs.how)
    if theirs.how == "refused":
        assert (ours.evicted, ours.cordoned) == ((), False)
    else:
        assert ours.cordoned
    held = re.findall(r'error when evicting pods/"(\S+)"', theirs.output)
    assert {name for name in held if f"pod shop/{name} on" not in ours.output} == set()


# --- corners by name ---

ROWS = [
    # id, pods, flags, how it ends, names left or refused
    ("nothing-there", [], (), "drained", ""),
    ("finished-daemon-pod-goes", [PodCase("daemonset", phase="Failed")], (), "drained", ""),
    ("daemon-pod-stays", [PodCase("daemonset")], ALL, "drained", "p0"),
    ("daemon-pod-refused", [PodCase("daemonset"), PodCase()], (), "refused", "p0"),
    ("mirror-stays", [PodCase("none", mirror=True, volumes="emptydir")], (), "drained", "p0"),
    ("mirror-of-a-daemonset", [PodCase("daemonset", mirror=True)], (), "refused", "p0"),
    ("mirror-daemon-ignored", [PodCase("daemonset", mirror=True)], ALL, "drained", "p0"),
    ("orphan-is-not-ignored", [PodCase("daemonset-missing")], ALL[:2], "refused", "p0"),
    ("orphan-forced", [PodCase("daemonset-missing")], ("--force",), "drained", ""),
    (
        "forced-orphan-with-data",
        [PodCase("daemonset-missing", volumes="emptydir")],
        ("--force",),
        "refused",
        "p0",
    ),
    ("mirror-orphan", [PodCase("daemonset-missing", mirror=True)], (), "refused", "p0"),
    ("mirror-orphan-forced", [PodCase("daemonset-missing", mirror=True)], ALL, "drained", "p0"),
    ("finished-orphan", [PodCase("daemonset-missing", phase="Succeeded")], (), "drained", ""),
    ("daemonset-elsewhere", [PodCase("daemonset-elsewhere")], ALL[:1], "refused", "p0"),
    ("daemonset-of-another-group", [PodCase("custom-daemonset")], ALL[:1], "drained", ""),
    ("owner-but-no-controller", [PodCase("no-controller")], (), "refused", "p0"),
    ("daemonset-no-controller", [PodCase("daemonset-no-controller")], ALL[:1], "refused", "p0"),
    ("any-controller-is-one", [PodCase("custom"), PodCase("job")], (), "drained", ""),
    ("finished-bare-pod", [PodCase("none", phase="Failed", volumes="both")], (), "drained", ""),
    ("pending-with-data", [PodCase(phase="Pending", volumes="emptydir")], (), "refused", "p0"),
    ("memory-is-data-too", [PodCase(volumes="memory"), PodCase()], (), "refused", "p0"),
    ("no-data", [PodCase(volumes="hostpath"), PodCase(volumes="configmap")], (), "drained", ""),
    ("tolerates-everything", [PodCase(tolerates="all")], (), "drained", ""),
    (
        "the-selected-alone-are-judged",
        [PodCase("none", labels={"tier": "keep"}), PodCase(labels={"tier": "move"})],
        ("--pod-selector=tier=move",),
        "drained",
        "p0",
    ),
    (
        "the-selected-are-refused",
        [PodCase("none", labels={"tier": "move"}), PodCase("none")],
        ("--pod-selector=tier=move",),
        "refused",
        "p0",
    ),
    ("budget-allows", [PodCase(budget="allowing")] * 3, (), "drained", ""),
    ("budget-is-full", [PodCase(budget="tight"), PodCase()], (), "blocked", "p0"),
    ("unready-behind-healthy", [PodCase(budget="tight", ready=False)], (), "drained", ""),
    ("unready-behind-unhealthy", [PodCase(budget="broken", ready=False)], (), "blocked", "p0"),
    ("unready-always-allowed", [PodCase(budget="broken-always", ready=False)], (), "drained", ""),
    ("ready-always-allowed", [PodCase(budget="broken-always")], (), "blocked", "p0"),
    ("pending-asks-no-budget", [PodCase(budget="broken", phase="Pending")], (), "drained", ""),
    ("finished-asks-no-budget", [PodCase(budget="two", phase="Failed")], (), "drained", ""),
    ("two-budgets", [PodCase(budget="two"), PodCase()], (), "blocked", "p0"),
    (
        "deleting-asks-no-budget",
        [PodCase(budget="two"), PodCase(budget="broken")],
        ("--disable-eviction",),
        "drained",
        "",
    ),
    ("stops-in-its-time", [PodCase(grace=5)], (), "drained", ""),
    ("stops-at-once", [PodCase(grace=30)], ("--grace-period=0",), "drained", ""),
]


@pytest.mark.parametrize(
    ("pods", "flags", "how", "named"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_a_corner_ends_as_kubectls_and_as_written_here(twins, pods, flags, how, named):
    theirs, _ = compare(twins, pods, list(flags))
    found = [name.removeprefix(f"{SPACE}/") for name in (theirs.refused or theirs.left)]
    assert (theirs.how, sorted(found)) == (how, named.split())


LABELS = ({}, {"tier": "move"}, {"tier": ""}, {"tier": "3", "in": "move"})
PARTS = ("tier", "tier", "in", "notin", "move", "3", "=", "==", "!=", "!", ">", "(", ")", ",", " ")


def a_requirement():
    """One that can be read; the texts made of `PARTS` mostly cannot."""
    values = st.sampled_from(["(move)", "( move, 3 )", "(3,none)", "(move 3)", "move", "(-x)"])
    return st.one_of(
        st.sampled_from(["tier", "!tier", " in ", "tier=", "tier = move", "in==move", "tier!=3"]),
        st.builds("tier {}{}".format, st.sampled_from(["in ", "in", "notin "]), values),
        st.builds("tier{}{}".format, st.sampled_from("<>"), st.sampled_from(["2", "x", "-1", ""])),
    )


@settings(max_examples=max(1, EXAMPLES // 2), derandomize=True, deadline=None, database=None)
@given(
    text=st.one_of(
        st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join),
        st.lists(a_requirement(), min_size=1, max_size=3).map(",".join),
    )
)
def test_a_pod_selector_selects_or_is_refused_as_by_kubectl(twins, text):
    pods = [PodCase(labels=labels) for labels in LABELS]
    theirs, ours = compare(twins, pods, [f"--pod-selector={text}"])
    if theirs.how == "error":
        assert "must be a valid label selector" in theirs.output
        assert repr(text) in ours.output


def test_a_budget_that_lets_one_pod_go_lets_one_go(twins):
    theirs, ours = twins.run(both(twins, [PodCase(budget=CHANCE)] * 3, []))
    assert (theirs.how, len(theirs.left), len(theirs.evicted)) == ("blocked", 2, 1)
    assert (ours.how, len(ours.left), len(ours.evicted)) == ("blocked", 2, 1)


# --- deliberate differences ---


def test_every_reason_against_a_pod_is_told(twins):
    theirs, ours = twins.run(both(twins, [PodCase("none", volumes="emptydir")], []))
    assert theirs.refused == {"shop/p0": {"delete_emptydir_data"}}
    assert ours.refused == {"shop/p0": {"delete_emptydir_data", "force_unmanaged_pods"}}


def test_what_is_refused_is_not_cordoned(twins):
    theirs, ours = twins.run(both(twins, [PodCase("none"), PodCase()], []))
    assert (theirs.how, theirs.cordoned) == ("refused", True)
    assert (ours.how, ours.cordoned) == ("refused", False)


def test_a_terminating_pod_is_waited_for_and_not_evicted_again(twins):
    pods = [PodCase(terminating=True, grace=30), PodCase()]
    theirs, ours = twins.run(both(twins, pods, [], patient=True))
    assert (theirs.how, sorted(theirs.evicted)) == ("drained", ["p0", "p1"])
    assert (ours.how, ours.evicted) == ("drained", ("p1",))
    assert ours.left == {}


def test_a_terminating_pod_is_no_reason_to_refuse(twins):
    pods = [PodCase("none", volumes="emptydir", terminating=True, grace=30), PodCase()]
    theirs, ours = twins.run(both(twins, pods, [], patient=True))
    assert (theirs.how, sorted(theirs.refused)) == ("refused", ["shop/p0"])
    assert (ours.how, ours.evicted) == ("drained", ("p1",))


async def restarted_meanwhile(twins):
    """Both drains wait for a budget; then the pod is started elsewhere, and the budget goes."""
    drains = asyncio.gather(twins.kubectl([], patient=True), twins.ours(options_of([]), patience=9))
    await twins.until_refused()
    twins.move("p0", NEW)
    twins.take("poddisruptionbudgets", "broken-0")
    return await drains


def test_a_pod_started_again_elsewhere_under_its_name_is_left_alone(twins):
    build(twins, [PodCase("statefulset", budget="broken")])
    theirs, ours = twins.run(restarted_meanwhile(twins))
    assert (theirs.how, ours.how) == ("drained", "drained")
    assert (theirs.evicted, ours.evicted) == (("p0",), ())  # kubectl: by its name, on the new node
    assert len(twins.pods(OURS, NEW)) > len(twins.pods(THEIRS, NEW))


def test_a_dry_run_changes_nothing_and_does_not_wait_for_a_full_budget(twins):
    pods = [PodCase(), PodCase(budget="broken"), PodCase("daemonset")]
    flags = ["--dry-run=server", "--ignore-daemonsets"]
    theirs, ours = twins.run(both(twins, pods, flags))
    assert theirs.left == ours.left
    assert len(ours.left) == 3
    assert (theirs.how, ours.how) == ("blocked", "drained")
    assert (theirs.cordoned, ours.cordoned) == (False, False)
