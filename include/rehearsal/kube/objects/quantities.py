"""Quantities (`100m`, `2Gi`) and int-or-percent fields (`25%`) as numbers."""

from functools import lru_cache
from typing import Any

_SUFFIXES = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


@lru_cache(maxsize=4096)
def quantity(text: str) -> float:
    """A Kubernetes quantity (`100m`, `1k`, `2Gi`) as a number of its unit."""
    for length in (2, 1):
        if text[-length:] in _SUFFIXES:
            return float(text[:-length]) * _SUFFIXES[text[-length:]]
    return float(text)


def scaled(value: Any, total: int, *, up: bool) -> int:
    """An int-or-percent field as a count of `total`, percentages rounded up or down.

    Source: apimachinery's `intstr.GetScaledValueFromIntOrPercent`.
    """
    if isinstance(value, str) and value.endswith("%"):
        product = int(value[:-1]) * total
        return -(-product // 100) if up else product // 100
    return int(value)
