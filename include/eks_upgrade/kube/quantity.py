"""Quantities of Kubernetes as numbers: `100m`, `2Gi`, `1e3`. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"(?P<number>{_NUMBER})(?P<suffix>[A-Za-z]*)")

_SUFFIXES = {
    "": 1.0,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    **{letter: 1000.0 ** (power + 1) for power, letter in enumerate("kMGTPE")},
    **{f"{letter}i": 1024.0 ** (power + 1) for power, letter in enumerate("KMGTPE")},
}


def quantity(value: Any) -> float | None:
    """A quantity as a number of its unit (cores, bytes, pieces); None where it is none."""
    found = _QUANTITY.fullmatch(str(value).strip())
    if found is None or found["suffix"] not in _SUFFIXES:
        return None
    return float(found["number"]) * _SUFFIXES[found["suffix"]]


def quantities(raw: Mapping[str, Any] | None) -> dict[str, float]:
    """A list of resources by name; what cannot be read is left out."""
    return {
        name: number
        for name, value in (raw or {}).items()
        if (number := quantity(value)) is not None
    }


def shown(resource: str, amount: float) -> str:
    """An amount as people write it: cpu in cores, memory and storage in Gi, others as they are."""
    last = resource.rpartition(".")[2]
    if last in {"memory", "ephemeral-storage", "storage"}:
        return f"{amount / 2**30:.3g}Gi"
    return f"{amount:.4g}"
