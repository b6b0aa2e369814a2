"""What a release may lift, and whether it may begin at all: tables."""

from dataclasses import replace

import pytest

from include.eks_upgrade.cleanup.judgement import (
    baseline_sentence,
    baselines_to_drop,
    judge_group,
    marks_without_group,
)
from include.eks_upgrade.kube.objects import EXCLUDED, Node
from include.eks_upgrade.lock.lease import micro_time
from include.eks_upgrade.lock.takeover import Free, Kept, kept_message, may_take
from include.eks_upgrade.nodes.managed.marks import Cap, taint
from include.eks_upgrade.verification.baseline import Baseline, GroupId

RUN = "airflow eks_upgrade manual__1"
NOW = 1_700_000_000.0


def group(status="ACTIVE", maximum=2, mark=None, asg="asg-1"):
    listed = [{"name": asg}] if asg else []
    return {
        "nodegroupName": "workers",
        "status": status,
        "scalingConfig": {"minSize": 1, "maxSize": maximum, "desiredSize": 2},
        "taints": [mark or taint(Cap(10, 2))],
        "resources": {"autoScalingGroups": listed},
    }


def node(name="a", *, mark=RUN, cordoned=True, deleting=False, instance="i-1"):
    return Node(
        name=name,
        cordoned_by=mark,
        unschedulable=cordoned,
        deleting=deleting,
        provider_id=f"aws:///zone/{instance}",
    )


ASG = {"Instances": [{"InstanceId": "i-1", "LifecycleState": "InService"}]}


@pytest.mark.parametrize(
    ("nodes", "lifted", "left"),
    [
        pytest.param([node()], ("a",), (), id="ours"),
        pytest.param([node(mark="")], (), ("node a: cordoned, but not by us",), id="theirs"),
        pytest.param([node(mark="", cordoned=False)], (), (), id="not-cordoned"),
        pytest.param([node(cordoned=False)], ("a",), (), id="a-mark-that-outlived-its-cordon"),
        pytest.param(
            [node(deleting=True)], (), ("node a: its instance is being ended",), id="object-going"
        ),
    ],
)
def test_a_node_is_uncordoned_only_with_our_mark(nodes, lifted, left):
    judged = judge_group(group(), ASG, nodes)
    assert tuple(each.name for each in judged.nodes) == lifted
    assert judged.left == left
    assert len(judged.lifts) - len(judged.config) == len(lifted)


def labelled(by, *, cordon=RUN):
    return replace(node(mark=cordon), labels={EXCLUDED: ""}, excluded_by=by)


@pytest.mark.parametrize(
    ("nodes", "lifts", "left"),
    [
        pytest.param(
            [labelled(RUN)],
            (f"node a: the cordon of '{RUN}'", f"node a: the label {EXCLUDED} of '{RUN}'"),
            (),
            id="both-ours",
        ),
        pytest.param(
            [labelled("")],
            (f"node a: the cordon of '{RUN}'",),
            (f"node a: labelled {EXCLUDED}, but not by us",),
            id="the-label-is-anothers",
        ),
        pytest.param(
            [labelled(RUN, cordon="")],
            (f"node a: the label {EXCLUDED} of '{RUN}'",),
            ("node a: cordoned, but not by us",),
            id="the-cordon-is-anothers",
        ),
        pytest.param(
            [replace(labelled(RUN), deleting=True)],
            (),
            ("node a: its instance is being ended",),
            id="object-going",
        ),
    ],
)
def test_the_label_for_load_balancers_is_lifted_only_with_our_mark(nodes, lifts, left):
    judged = judge_group(group(), ASG, nodes)
    assert tuple(line for each in judged.nodes for line in each.lifts) == lifts
    assert judged.left == left


def test_the_nodes_of_a_group_of_failed_creation_are_uncordoned_and_eks_is_asked_nothing():
    fenced_by_cordons = {**group("CREATE_FAILED"), "taints": []}
    judged = judge_group(fenced_by_cordons, ASG, [node()])
    names = tuple(each.name for each in judged.nodes)
    assert (names, judged.request, judged.left) == (("a",), None, ())


@pytest.mark.parametrize("state", ["Terminating", "Terminating:Wait", "Terminated"])
def test_a_node_whose_instance_ends_stays_cordoned(state):
    asg = {"Instances": [{"InstanceId": "i-1", "LifecycleState": state}]}
    judged = judge_group(group(), asg, [node()])
    assert judged.nodes == ()
    assert judged.left == ("node a: its instance is being ended",)


MARK = taint(Cap(10, 2))
OLD_MARK = {**MARK, "value": "true"}


@pytest.mark.parametrize(
    ("found", "sizes", "left"),
    [
        pytest.param(group(), {"maxSize": 10}, "", id="capped-by-us"),
        pytest.param(group(maximum=6), None, "somebody set it after us", id="set-since"),
        pytest.param(group(mark=taint(Cap(2, 2))), None, "", id="never-capped"),
        pytest.param(group(mark=OLD_MARK), None, "does not say what it was", id="early-version"),
    ],
)
def test_the_taint_goes_and_the_maximum_comes_back_only_if_the_cap_is_ours(found, sizes, left):
    judged = judge_group(found, ASG, [])
    assert judged.request["taints"] == {"removeTaints": found["taints"]}
    assert judged.request.get("scalingConfig") == sizes
    assert left in "".join(judged.left)
    assert bool(left) == bool(judged.left)


@pytest.mark.parametrize(
    ("found", "asg", "why"),
    [
        pytest.param(group("DELETING"), ASG, "it is DELETING", id="deleting"),
        pytest.param(group("DELETE_FAILED"), ASG, "it is DELETE_FAILED", id="half-deleted"),
        pytest.param(group(), None, "Auto Scaling group is gone", id="asg-gone"),
        pytest.param(
            group(), {**ASG, "Status": "Delete in progress"}, "Delete in progress", id="asg-going"
        ),
    ],
)
def test_nothing_comes_back_to_a_group_that_goes(found, asg, why):
    judged = judge_group(found, asg, [node()])
    assert judged.nothing
    assert why in judged.left[0]


def test_a_group_without_our_mark_is_not_told_about_when_it_goes():
    clean = {**group("DELETING"), "taints": []}
    assert judge_group(clean, ASG, [node(mark="")]).left == ()


def test_marked_nodes_of_a_group_that_is_gone_are_left():
    mine = Node(name="a", cordoned_by=RUN, labels={"eks.amazonaws.com/nodegroup": "gone"})
    other = Node(name="b", labels={"eks.amazonaws.com/nodegroup": "gone"})
    assert marks_without_group([mine, other], {"workers"}) == (
        "node a: its node group 'gone' is gone, so the node goes, too",
    )


def lease(holder=RUN, *, age_minutes=10.0, minutes=60):
    spec = {
        "holderIdentity": holder,
        "renewTime": micro_time(NOW - age_minutes * 60),
        "leaseDurationSeconds": minutes * 60,
    }
    return {"spec": spec}


@pytest.mark.parametrize(
    ("found", "state", "typed", "expected"),
    [
        pytest.param(None, "unknown", "", Free, id="no-lock"),
        pytest.param(lease(""), "unknown", "", Free, id="released"),
        pytest.param(lease("me"), "running", "", Free, id="ours"),
        pytest.param(lease(), "ended", "", Free, id="its-run-has-ended"),
        pytest.param(lease(), "unknown", "", Kept, id="not-known-here"),
        pytest.param(lease(age_minutes=61), "unknown", "", Free, id="not-renewed"),
        pytest.param(lease(), "unknown", RUN, Free, id="named-by-a-person"),
        pytest.param(lease(), "unknown", "manual__1", Kept, id="named-in-part"),
        pytest.param(lease(), "running", RUN, Kept, id="named-but-it-runs"),
        pytest.param(lease(age_minutes=61), "running", "", Kept, id="not-renewed-but-it-runs"),
    ],
)
def test_the_lock_is_taken_from_the_dead_alone(found, state, typed, expected):
    assert type(may_take(found, "me", NOW, state=state, typed=typed)) is expected


def test_who_keeps_the_lock_is_told_with_what_to_type():
    kept = may_take(lease(), "me", NOW, state="unknown", typed="x")
    words = kept_message(kept)
    assert f"lock_holder set to exactly: {RUN}." in words
    assert "'x' is not its name" in words
    assert "Nothing was touched" in words


@pytest.mark.parametrize(
    ("groups", "dropped"),
    [
        pytest.param({"workers": group()}, True, id="the group stays, people go on with it"),
        pytest.param({"workers": group("DEGRADED")}, True, id="it stays, though not well"),
        pytest.param({"workers": group("DELETING")}, False, id="it goes"),
        pytest.param({"workers": group("DELETE_FAILED")}, False, id="it was to go"),
        pytest.param({}, True, id="it is gone"),
        pytest.param(
            {"workers": {**group("DELETING"), "nodegroupArn": "a later one"}},
            True,
            id="another of its name goes",
        ),
    ],
)
def test_how_workloads_were_is_kept_only_for_a_group_that_goes(groups, dropped):
    baseline = Baseline("workers", GroupId.of(group()).arn, NOW)
    assert bool(baselines_to_drop(groups, [baseline])) == dropped
    assert baseline_sentence(baseline) == (
        "node group 'workers': how its workloads were at 2023-11-14 22:13 UTC"
    )
