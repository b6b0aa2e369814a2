"""Waivers that cannot be, have expired, or waive nothing."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(_: Seen) -> Iterator[Finding]:
    """Nothing: `judged.py` judges them, when all other checks have told what they found."""
    yield from ()


CHECK = Check(
    "waivers",
    "Can each waiver be read, does it hold, and does it waive something?",
    "docs/preflight.md",
    _judge,
    may_be_waived=False,
)
