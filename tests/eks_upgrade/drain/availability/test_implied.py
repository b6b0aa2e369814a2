"""How many pods a workload without a disruption budget may miss."""

import pytest

from include.eks_upgrade.drain.availability.implied import has_implied_budget, implied_budget
from include.eks_upgrade.kube.workloads.owner import Owner
from include.eks_upgrade.kube.workloads.scale import Scale, scaled
from tests.eks_upgrade.drain.builders import pod


def deployment(replicas, strategy=None, **spec):
    raw = {
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"replicas": replicas, **({"strategy": strategy} if strategy else {}), **spec},
    }
    return Scale.from_raw("Deployment", raw)


def rolling(max_unavailable, max_surge="25%"):
    limits = {"maxUnavailable": max_unavailable, "maxSurge": max_surge}
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def statefulset(replicas, update=None):
    raw = {
        "metadata": {"namespace": "shop", "name": "db"},
        "spec": {"replicas": replicas, **({"updateStrategy": update} if update else {})},
    }
    return Scale.from_raw("StatefulSet", raw)


@pytest.mark.parametrize(
    ("scale", "members", "allowed", "keeps"),
    [
        pytest.param(deployment(6), 6, 1, 5, id="default-of-25-percent-is-rounded-down"),
        pytest.param(deployment(8, rolling("25%")), 8, 2, 6, id="25-percent-of-8"),
        pytest.param(deployment(2, rolling("25%")), 2, 1, 1, id="at-least-one"),
        pytest.param(deployment(6, rolling(0, 1)), 6, 1, 5, id="none-in-its-rollouts-is-still-one"),
        pytest.param(deployment(6, rolling(3)), 6, 3, 3, id="a-number"),
        pytest.param(deployment(6, rolling("3")), 6, 3, 3, id="a-number-in-quotes"),
        pytest.param(deployment(3, rolling(9)), 3, 3, 0, id="more-than-there-are"),
        pytest.param(deployment(4, rolling("100%")), 4, 4, 0, id="all-of-them-as-its-author-says"),
        pytest.param(deployment(5, {"type": "Recreate"}), 5, 1, 4, id="recreate"),
        pytest.param(deployment(1), 1, 1, 0, id="a-single-replica"),
        pytest.param(deployment(0), 1, 1, 0, id="scaled-to-nothing"),
        pytest.param(statefulset(3), 3, 1, 2, id="statefulset"),
        pytest.param(
            statefulset(5, {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}),
            5,
            2,
            3,
            id="statefulset-with-a-limit",
        ),
        pytest.param(
            statefulset(10, {"rollingUpdate": {"maxUnavailable": "25%"}}), 10, 2, 8, id="in-percent"
        ),
        pytest.param(
            statefulset(10, {"rollingUpdate": {"partition": 3}}), 10, 1, 9, id="only-a-partition"
        ),
        pytest.param(statefulset(4, {"type": "OnDelete"}), 4, 1, 3, id="on-delete"),
        pytest.param(None, 5, 1, 4, id="any-other-controller"),
        pytest.param(None, 0, 1, 0, id="any-other-controller-whose-pods-have-all-gone"),
    ],
)
def test_a_workload_misses_what_its_own_controller_allows(scale, members, allowed, keeps):
    budget = implied_budget(scale, members)
    assert (budget.allowed, budget.keeps) == (allowed, keeps)


@pytest.mark.parametrize(
    ("ready", "room"),
    [
        pytest.param(6, 1, id="all-ready"),
        pytest.param(5, 0, id="one-away"),
        pytest.param(4, -1, id="one-more-than-allowed-is-away"),
        pytest.param(9, 1, id="more-than-wanted-will-go-by-themselves"),
    ],
)
def test_the_next_may_go_when_its_replacement_is_ready(ready, room):
    budget = implied_budget(deployment(6), 6)
    assert (budget.room(ready), budget.room(ready, 1)) == (room, room - 1)


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [
        pytest.param("25%", 1, 2, id="a-quarter-of-seven"),
        pytest.param("0%", 0, 0, id="nothing"),
        pytest.param("3", 3, 3, id="a-number-is-not-rounded"),
        pytest.param("100%", 7, 7, id="all"),
    ],
)
def test_percentages_are_rounded_as_kubernetes_does(value, down, up):
    assert (scaled(value, 7, up=False), scaled(value, 7, up=True)) == (down, up)


@pytest.mark.parametrize(
    ("owner", "has"),
    [
        pytest.param(Owner("ReplicaSet", "web-1"), True, id="replicaset"),
        pytest.param(Owner("StatefulSet", "db"), True, id="statefulset"),
        pytest.param(Owner("ReplicationController", "old", "u", "v1"), True, id="controller"),
        pytest.param(Owner("KafkaPool", "k", "u", "kafka.example.com/v1"), True, id="custom"),
        pytest.param(
            Owner("DaemonSet", "d", "u", "apps.kruise.io/v1alpha1"), True, id="others-daemonset"
        ),
        pytest.param(Owner("Job", "j", "u", "batch.volcano.sh/v1alpha1"), True, id="others-job"),
        pytest.param(Owner("Job", "j", "u", "batch/v1"), False, id="job"),
        pytest.param(Owner("DaemonSet", "d"), False, id="daemonset-that-is-gone"),
        pytest.param(None, False, id="no-controller"),
    ],
)
def test_only_workloads_with_pods_to_keep_have_an_implied_budget(owner, has):
    assert has_implied_budget(pod(owner=owner)) is has


@pytest.mark.parametrize(
    ("strategy", "surges"),
    [
        pytest.param(None, True, id="default"),
        pytest.param(rolling(0, 1), True, id="one"),
        pytest.param(rolling(1, 0), False, id="none"),
        pytest.param(rolling(1, "0%"), False, id="no-percent"),
        pytest.param(rolling(0, "1%"), True, id="percent-is-rounded-up"),
        pytest.param({"type": "Recreate"}, False, id="recreate"),
    ],
)
def test_a_restart_leaves_no_gap_when_the_rollout_surges(strategy, surges):
    assert deployment(1, strategy).surges is surges
