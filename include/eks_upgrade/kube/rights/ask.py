"""Asking the API server which rights the caller has; every user may, and nothing is changed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.errors import shortened
from include.eks_upgrade.kube.rights.right import Right, verdict


@dataclass(frozen=True)
class Asked:
    """What came of it.

    Attributes:
        missing: rights that the caller lacks.
        unknown: at most one sentence, about rights that could not be asked for.
    """

    missing: tuple[Right, ...] = ()
    unknown: tuple[str, ...] = ()


async def ask_rights(client: KubeClient, rights: Collection[Right]) -> Asked:
    """Ask for each right by itself, all side by side; raises nothing for a missing answer."""
    answers = await asyncio.gather(*(_ask(client, right) for right in rights))
    silent = [answer for answer in answers if isinstance(answer, str)]
    return Asked(
        tuple(right for right, answer in zip(rights, answers, strict=True) if answer is False),
        (_unknown(len(silent), silent[0]),) if silent else (),
    )


async def _ask(client: KubeClient, right: Right) -> bool | str:
    try:
        return verdict(await client.review_access(right.review()))
    except UpgradeError as error:
        return str(error)


def _unknown(count: int, why: str) -> str:
    return (
        f"whether the caller has {count} of the rights that this run needs in the cluster could not"
        f" be asked: {shortened(why)}; compare docs/permissions.md"
    )
