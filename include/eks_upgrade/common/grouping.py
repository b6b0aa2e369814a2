"""Many pods in one line: how many there are, and of which owners.

A node group of any size has the same few DaemonSets on every node. Named pod by pod, what they
have in common drowns what is special.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from include.eks_upgrade.common.text import MAX_LISTED, first_few

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class OwnedPod(Protocol):
    """What is needed of a pod; `Pod` of `kube/objects.py` has it.

    Attributes:
        family: its owner as `Deployment shop/web`; '' for a pod without a controller.
    """

    @property
    def family(self) -> str:
        """Kind, namespace and name of its owner."""
        ...


@dataclass(frozen=True)
class GivenPod:
    """A pod of which no more than this is known.

    Attributes:
        name: `namespace/name`.
    """

    name: str
    family: str = ""

    def __str__(self) -> str:
        return self.name


def by_key(items: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """Items of the same key together, keys in the order in which they first appear."""
    found: dict[K, list[T]] = {}
    for key, item in items:
        found.setdefault(key, []).append(item)
    return found


def owner_kind(pod: OwnedPod) -> str:
    """`DaemonSet`, `Deployment`, a kind of somebody's own, or '' without a controller."""
    return pod.family.partition(" ")[0]


def pod_groups(pods: Iterable[OwnedPod], most: int = MAX_LISTED) -> list[str]:
    """One phrase for each kind of owner, in the order in which the kinds first appear.

    Args:
        pods: whose `str` is `namespace/name`.
        most: owners, or pods without one, that a phrase names; the rest are counted.

    Returns:
        For example `9 DaemonSet pods of 3 DaemonSets (kube-system/aws-node: 3, ...)`,
        `3 pods of Deployment shop/web`, `DaemonSet pod kube-system/aws-node-x`,
        `2 pods without controller (ops/a, ops/b)`.
    """
    kinds = by_key((owner_kind(pod), pod) for pod in pods)
    return [_phrase(kind, found, most) for kind, found in kinds.items()]


def _phrase(kind: str, pods: Sequence[OwnedPod], most: int) -> str:
    if not kind:
        return _without_controller(pods, most)
    if len(pods) == 1:
        return f"{kind} pod {pods[0]}"
    owners = Counter(pod.family.partition(" ")[2] for pod in pods)
    if len(owners) == 1:
        return f"{len(pods)} pods of {pods[0].family}"
    # The largest first: they are what a decision is about.
    named = [f"{name}: {count}" for name, count in owners.most_common()]
    return f"{len(pods)} {kind} pods of {len(owners)} {kind}s ({first_few(named, most)})"


def _without_controller(pods: Sequence[OwnedPod], most: int) -> str:
    if len(pods) == 1:
        return f"pod without controller {pods[0]}"
    return f"{len(pods)} pods without controller ({first_few(pods, most)})"
