import pytest

from include.eks_upgrade.common.grouping import GivenPod, pod_groups


def pods(family: str, count: int) -> list[GivenPod]:
    name = family.partition(" ")[2] or "ops/bare"
    return [GivenPod(f"{name}-{number}", family) for number in range(count)]


AGENTS = [
    *pods("DaemonSet kube-system/aws-node", 4),
    *pods("DaemonSet kube-system/ebs-csi-node", 2),
    *pods("DaemonSet kube-system/kube-proxy", 3),
]
CASES = [
    pytest.param([], [], id="none"),
    pytest.param(
        AGENTS,
        [
            "9 DaemonSet pods of 3 DaemonSets (kube-system/aws-node: 4, "
            "kube-system/kube-proxy: 3, kube-system/ebs-csi-node: 2)"
        ],
        id="several-owners-of-a-kind-the-largest-first",
    ),
    pytest.param(pods("Deployment shop/web", 3), ["3 pods of Deployment shop/web"], id="one-owner"),
    pytest.param(
        pods("Deployment shop/web", 1), ["Deployment pod shop/web-0"], id="a-single-pod-by-name"
    ),
    pytest.param(
        [*pods("StatefulSet db/pg", 2), *pods("", 2), *pods("Rollout shop/web", 1)],
        [
            "2 pods of StatefulSet db/pg",
            "2 pods without controller (ops/bare-0, ops/bare-1)",
            "Rollout pod shop/web-0",
        ],
        id="each-kind-by-itself-also-kinds-of-others",
    ),
    pytest.param(pods("", 1), ["pod without controller ops/bare-0"], id="one-without-controller"),
    pytest.param(
        [pod for n in range(40) for pod in pods(f"Deployment d/a{n:02}", 50)],
        [
            "2000 Deployment pods of 40 Deployments (d/a00: 50, d/a01: 50, d/a02: 50, d/a03: 50, "
            "d/a04: 50 and 35 more)"
        ],
        id="many",
    ),
]


@pytest.mark.parametrize(("given", "said"), CASES)
def test_pods_are_said_in_one_phrase_for_each_kind_of_owner(
    given: list[GivenPod], said: list[str]
) -> None:
    assert pod_groups(given) == said


def test_mixed_pods_of_one_kind_stand_together_wherever_they_come() -> None:
    mixed = [pod for pair in zip(pods("Job a/x", 2), pods("Deployment a/y", 2), strict=True)
             for pod in pair]  # fmt: skip
    assert pod_groups(mixed) == ["2 pods of Job a/x", "2 pods of Deployment a/y"]
