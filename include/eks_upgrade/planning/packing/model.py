"""What is packed, where to, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from include.eks_upgrade.kube.pod_facts.needs import Apart, HostPort

Amounts = Mapping[str, float]
"""By resource: cores, bytes, pieces."""

SLACK = 1e-6
"""Sums of fractions differ in their last digits."""


@dataclass(frozen=True)
class Bin:
    """A node that there will be, or one that only counts as a place.

    Attributes:
        name: no two have the same.
        gives: what it has for pods. A resource that is not named is not judged.
        places: by label, where it is: its zone, its own name. For anti-affinity and spread.
        zone: empty where it is not known.
        group: the old node group that it stands for; empty for a node that stays.
    """

    name: str
    gives: Amounts = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    group: str = ""


@dataclass(frozen=True)
class Item:
    """A pod.

    Attributes:
        asks: of its node.
        bins: where it may be put, by position in the list of bins; those to be tried first in
            front.
        counted: positions of all bins that its spread constraints count as places.
        home: the bin that stands for the node of today.
    """

    name: str
    asks: Amounts = field(default_factory=dict)
    bins: tuple[int, ...] = ()
    counted: tuple[int, ...] = ()
    home: int | None = None
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[HostPort, ...] = ()
    apart: tuple[Apart, ...] = ()
    spread: tuple[Apart, ...] = ()


@dataclass(frozen=True)
class Present:
    """A pod that stays where it is."""

    bin: int
    namespace: str
    labels: Mapping[str, str]


class Why(StrEnum):
    """What kept a pod from the last bin that had something for it."""

    ROOM = "room"
    PORT = "port"
    APART = "apart"
    SPREAD = "spread"


@dataclass(frozen=True)
class Left:
    """Why a pod was put nowhere, and by which rule, where one kept it away."""

    why: Why
    rule: Apart | None = None


@dataclass(frozen=True)
class Packing:
    """What came of it.

    Attributes:
        at: by position of the item, that of its bin.
        left: by position of the item, why it has none.
    """

    at: Mapping[int, int]
    left: Mapping[int, Left]
