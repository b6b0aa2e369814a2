"""Where baselines are kept: annotations of Leases in kube-system, beside the cluster's lock.

A baseline has to outlive Airflow's database and every node of the old group: the autoscaler takes
drained nodes away while they are still verified. The cluster itself keeps it, in objects of the
kind for which the lock already needs its rights; why not elsewhere: docs/decisions/baseline.md.

Each write is a compare-and-swap, and the first baseline of a node group is the one that counts.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from include.eks_upgrade.common.errors import Problem, Refused, Unreachable
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.lock.lease import NAMESPACE
from include.eks_upgrade.verification.baseline import Baseline, GroupId

LEASES: Final = tuple(f"eks-upgrade-baseline-{number}" for number in range(8))
"""Names of the Leases. More than one: an object holds 256 KiB of annotations, and thirty groups
that are fenced in the same moment do not all want to write the same one."""

PREFIX: Final = "eks-upgrade/baseline-"
MAX_ANNOTATIONS: Final = 256 * 1024
"""Bytes of all annotations of an object (`TotalAnnotationSizeLimitB` of apimachinery)."""

TRIES: Final = 12
PAUSE_SECONDS: Final = 0.25
"""Longest pause before the next try; each waits a part of it that chance chooses."""


async def first_baseline(
    client: KubeClient, group: GroupId, take: Callable[[], Awaitable[Baseline]]
) -> tuple[Baseline, bool]:
    """The first baseline of a node group, taken and written now if there is none yet.

    Args:
        client: the cluster.
        group: which node group.
        take: looks at the cluster.

    Returns:
        The baseline, and whether it is new.

    Raises:
        Refused: it does not fit, or rights are missing; nothing was written.
        Unreachable: others wrote each time in between.
    """
    taken: Baseline | None = None
    for _ in range(TRIES):
        lease = await client.lease(_lease_of(group))
        kept = _read(lease, group)
        if kept is not None:
            return kept, False
        taken = taken or await take()
        if await _written(client, lease, _lease_of(group), {_key(group): taken.as_text()}):
            return taken, True
    raise _overrun(_lease_of(group))


async def read_baseline(client: KubeClient, group: GroupId) -> Baseline | None:
    """The baseline of a node group; None when none was taken, or nobody can read it."""
    return _read(await client.lease(_lease_of(group)), group)


async def read_baselines(client: KubeClient) -> list[Baseline]:
    """Every baseline that is kept in the cluster."""
    leases = [await client.lease(name) for name in LEASES]
    found = [Baseline.from_text(text) for lease in leases for text in _ours(lease).values()]
    return sorted((each for each in found if each is not None), key=lambda each: each.group)


async def forget_baselines(client: KubeClient, drop: Callable[[Baseline], bool]) -> list[Baseline]:
    """Take away every baseline that `drop` says; harmless when run twice.

    Raises:
        Unreachable: others wrote each time in between.
    """
    found = [await _forget(client, name, drop) for name in LEASES]
    return [each for dropped in found for each in dropped]


async def _forget(
    client: KubeClient, name: str, drop: Callable[[Baseline], bool]
) -> list[Baseline]:
    for _ in range(TRIES):
        lease = await client.lease(name)
        read = {key: Baseline.from_text(text) for key, text in _ours(lease).items()}
        going = {key: each for key, each in read.items() if each is not None and drop(each)}
        if lease is None or not going:
            return []
        empty = going.keys() == _annotations(lease).keys()
        if await (
            client.delete_lease(lease)
            if empty
            else _written(client, lease, name, dict.fromkeys(going))
        ):
            return list(going.values())
    raise _overrun(name)


async def _written(
    client: KubeClient, lease: Raw | None, name: str, changes: dict[str, str | None]
) -> bool:
    """Write annotations; None takes one away. False when another was quicker, after a pause."""
    kept = {**_annotations(lease), **changes}
    annotations = {key: text for key, text in kept.items() if text is not None}
    size = sum(len(key) + len(text) for key, text in annotations.items())
    if size > MAX_ANNOTATIONS:
        raise _too_large(name, size)
    meta: dict[str, Any] = dict((lease or {}).get("metadata") or {})
    wanted = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "spec": {},
        **(lease or {}),
        "metadata": {**meta, "name": name, "namespace": NAMESPACE, "annotations": annotations},
    }
    done = await (client.replace_lease(wanted) if lease else client.create_lease(wanted))
    if done is None:
        await asyncio.sleep(random.uniform(0.0, PAUSE_SECONDS))  # noqa: S311 - no secret
    return done is not None


def _read(lease: Raw | None, group: GroupId) -> Baseline | None:
    found = Baseline.from_text(_ours(lease).get(_key(group), ""))
    return found if found is not None and found.group_id == group else None


def _ours(lease: Raw | None) -> dict[str, str]:
    return {k: text for k, text in _annotations(lease).items() if k.startswith(PREFIX)}


def _annotations(lease: Raw | None) -> dict[str, str]:
    return dict(((lease or {}).get("metadata") or {}).get("annotations") or {})


def _key(group: GroupId) -> str:
    """An annotation's name; node groups may be named as no annotation may."""
    return PREFIX + _digest(group)


def _lease_of(group: GroupId) -> str:
    return LEASES[int(_digest(group), 16) % len(LEASES)]


def _digest(group: GroupId) -> str:
    return hashlib.sha256(group.arn.encode()).hexdigest()[:32]


def _overrun(name: str) -> Unreachable:
    return Unreachable(
        f"the baseline of workloads (Lease {NAMESPACE}/{name}) was changed by others {TRIES} times"
        " while it was being written. Try again in a minute"
    )


def _too_large(name: str, size: int) -> Refused:
    problem = Problem(
        f"Lease {NAMESPACE}/{name}",
        f"{size} bytes of baselines do not fit into the {MAX_ANNOTATIONS} that an object holds",
        "replace fewer node groups at once; what finished groups left goes with the release",
    )
    return Refused("how the workloads are now cannot be written down", [problem])
