"""What is written on a node, and that what others wrote stays as it is."""

import pytest

from include.eks_upgrade.kube.node_marks import cordon, exclude, lift
from include.eks_upgrade.kube.objects import EXCLUDED, EXCLUDED_AT, EXCLUDED_BY, Node

NOW = 1_764_115_200.0
STAMP = "2025-11-26T00:00:00+00:00"
RUN = "airflow eks_upgrade manual__1"
OURS = {EXCLUDED_BY: RUN, EXCLUDED_AT: STAMP}


def node(labels=None, annotations=None, **spec):
    meta = {"name": "a", "labels": labels or {}, "annotations": annotations or {}}
    return Node.from_raw({"metadata": meta, "spec": spec})


def test_a_node_is_labelled_with_who_did_it_and_when_in_one_write():
    assert exclude(node(), RUN, NOW) == {
        "metadata": {"labels": {EXCLUDED: "true"}, "annotations": OURS}
    }


@pytest.mark.parametrize(
    ("labels", "annotations"),
    [
        pytest.param({EXCLUDED: "true"}, OURS, id="labelled by us"),
        pytest.param({EXCLUDED: "true"}, {}, id="labelled by another"),
        pytest.param({EXCLUDED: ""}, {}, id="labelled without a value, as kubeadm does"),
        pytest.param({EXCLUDED: "false"}, {}, id="whatever its value, the label counts"),
    ],
)
def test_a_label_that_is_there_is_left_as_it_is(labels, annotations):
    assert exclude(node(labels, annotations), "another run", NOW + 600) is None


def test_a_label_that_somebody_took_off_is_put_on_again_and_its_time_begins_anew():
    patch = exclude(node({}, OURS), "another run", NOW + 60)
    assert patch["metadata"]["labels"] == {EXCLUDED: "true"}
    assert patch["metadata"]["annotations"][EXCLUDED_AT] == "2025-11-26T00:01:00+00:00"


@pytest.mark.parametrize("time", ["", "yesterday", "2999-01-01T00:00:00+00:00", "17"])
def test_our_label_without_a_time_that_can_be_true_gets_one_of_now(time):
    marked = node({EXCLUDED: "true"}, {EXCLUDED_BY: RUN, EXCLUDED_AT: time})
    patch = exclude(marked, "another run", NOW)
    assert patch == {"metadata": {"annotations": OURS}}


def test_a_cordon_is_lifted_together_with_the_label_and_only_what_is_ours():
    both = node({EXCLUDED: "true"}, {**OURS, "eks-upgrade/cordoned-by": RUN}, unschedulable=True)
    patch = lift(both)
    assert patch["spec"] == {"unschedulable": None}
    assert patch["metadata"]["labels"] == {EXCLUDED: None}
    assert set(patch["metadata"]["annotations"].values()) == {None}
    cordoned = node({EXCLUDED: "true"}, {"eks-upgrade/cordoned-by": RUN}, unschedulable=True)
    assert "labels" not in lift(cordoned)["metadata"]
    labelled = node({EXCLUDED: "true"}, OURS, unschedulable=True)
    assert "spec" not in lift(labelled)
    assert lift(node({EXCLUDED: "true"}, unschedulable=True)) is None


def test_only_an_open_node_is_cordoned():
    assert cordon(node(), RUN)["spec"] == {"unschedulable": True}
    assert cordon(node(unschedulable=True), RUN) is None
