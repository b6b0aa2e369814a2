"""What a drain refuses, or is allowed to do, said once for each reason and kind of owner."""

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.drain.filters import FilterResult, filter_pods, objections
from include.eks_upgrade.drain.obstacles import grouped, grouped_obstacles, refuse_if_any
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.owner import Owner
from include.eks_upgrade.kube.workloads.workload import Workload

ALL = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
NONE = DrainOptions(ignore_daemonsets=False)
ALIVE = [
    Workload(kind="DaemonSet", namespace="kube-system", name=name, wanted=3, available=3)
    for name in ("aws-node", "ebs-csi-node", "kube-proxy")
]


def agents(count: int) -> list[Pod]:
    """As many pods of each of the three DaemonSets."""
    return [
        Pod(
            namespace="kube-system",
            name=f"{daemon.name}-{number}",
            node=f"n{number}",
            owner=Owner("DaemonSet", daemon.name),
        )
        for daemon in ALIVE
        for number in range(count)
    ]


def caches(count: int, *, workload: str = "cache") -> list[Pod]:
    """Pods with emptyDir of a Deployment, by way of its ReplicaSet."""
    return [
        Pod(
            namespace="shop",
            name=f"{workload}-5d4f-{number}",
            node="n",
            labels={"pod-template-hash": "5d4f"},
            owner=Owner("ReplicaSet", f"{workload}-5d4f"),
            empty_dir=True,
        )
        for number in range(count)
    ]


def bare(*names: str) -> list[Pod]:
    return [Pod(namespace="ops", name=name, node="n") for name in names]


def results(*pods: Pod, options: DrainOptions = ALL) -> list[FilterResult]:
    return filter_pods(pods, ALIVE, options)


def test_repeated_obstacles_are_one_line_for_each_kind_and_group_of_owners() -> None:
    found = results(*agents(3), *caches(4), *bare("a", "b"))
    lifted = [objection for result in found for objection in result.lifted]
    assert [(one.what, one.passed_by) for one in grouped_obstacles(lifted)] == [
        (
            "9 DaemonSet pods of 3 DaemonSets (kube-system/aws-node: 3, "
            "kube-system/ebs-csi-node: 3, kube-system/kube-proxy: 3)",
            "ignore_daemonsets",
        ),
        ("2 pods without controller (ops/a, ops/b)", "force_unmanaged_pods"),
        ("emptyDir data of 4 pods of Deployment shop/cache", "delete_emptydir_data"),
    ]


def test_a_single_pod_is_named_as_before() -> None:
    (objection,) = objections(caches(1)[0], set())
    (group,) = grouped([objection])
    assert group.obstacle() == objection.obstacle
    assert group.problem() == objection.problem()
    assert group.sentence() == f"a drain without options would refuse {objection}"


def test_pods_whose_daemonset_is_gone_are_not_mixed_with_those_that_never_had_an_owner() -> None:
    orphans = [
        Pod(namespace="d", name=f"old-{n}", node="n", owner=Owner("DaemonSet", "old"))
        for n in range(2)
    ]
    lifted = [reason for pod in (*orphans, *bare("a", "b")) for reason in objections(pod, set())]
    assert [one.what for one in grouped_obstacles(lifted, flags=True)] == [
        "without controller any more: 2 pods of DaemonSet d/old",
        "2 pods without controller (ops/a, ops/b)",
    ]


def test_a_refusal_is_as_short_for_a_thousand_nodes_as_for_three() -> None:
    with pytest.raises(Refused) as refused:
        refuse_if_any("no", results(*agents(1000), *caches(2), options=NONE))
    said = [str(problem) for problem in refused.value.problems]
    assert [line.partition(" (")[0] for line in said] == [
        "3000 DaemonSet pods of 3 DaemonSets",
        "2 pods of Deployment shop/cache: each has an emptyDir volume, whose data is lost with "
        "the pod. Remedy: set delete_emptydir_data to true",
    ]
    assert said[0].endswith("(they then stay on their nodes), or remove the pods.")


def test_a_log_says_how_many_and_whose_with_the_flag_of_kubectl_when_asked() -> None:
    lifted = [reason for result in results(*caches(2)) for reason in result.lifted]
    (group,) = grouped(lifted)
    assert group.sentence(flags=True) == (
        "a drain without options would refuse 2 pods of Deployment shop/cache: each has an "
        "emptyDir volume, whose data is lost with the pod; --delete-emptydir-data lifts this"
    )
