"""Which versions of autoscalers fit which minor of Kubernetes. Pure.

Karpenter's table was read on 21 August 2026:
https://karpenter.sh/docs/upgrading/compatibility/ and, for the minors that it has dropped,
`hack/docs/compatibilitymatrix_gen/compatibility.yaml` of
https://github.com/aws/karpenter-provider-aws
"""

import re
from collections.abc import Mapping

from include.eks_upgrade.common.versions import Minor

Version = tuple[int, ...]

KARPENTER_FROM: Mapping[Minor, Version] = {
    Minor(1, 25): (0, 25),
    Minor(1, 26): (0, 28),
    Minor(1, 27): (0, 28),
    Minor(1, 28): (0, 31),
    Minor(1, 29): (0, 34),
    Minor(1, 30): (0, 37),
    Minor(1, 31): (1, 0, 5),
    Minor(1, 32): (1, 2),
    Minor(1, 33): (1, 5),
    Minor(1, 34): (1, 6),
    Minor(1, 35): (1, 9),
    Minor(1, 36): (1, 13),
}
"""The first version of Karpenter that supports a minor."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.].*)?")


def read_version(tag: str) -> Version | None:
    """The numbers of a tag such as `v0.37.1` or `1.6.0-rc.1`; None for one of another form."""
    found = _VERSION.fullmatch(tag)
    return tuple(int(number) for number in found.groups() if number) if found else None


def written(version: Version) -> str:
    """The numbers with their dots."""
    return ".".join(map(str, version))
