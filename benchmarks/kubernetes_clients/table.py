"""Who is compared, and what is printed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Library:
    """A contestant.

    Attributes:
        package: what has to be installed. adapter: the module that uses it.
        modules: what is imported before its client can be used.
    """

    package: str
    adapter: str
    modules: tuple[str, ...]


_OURS = Library(
    "aiohttp", "benchmarks.kubernetes_clients.ours", ("include.eks_upgrade.kube.mirror",)
)
_KR8S = Library("kr8s", "benchmarks.kubernetes_clients.kr8s", ("kr8s.asyncio",))
_LIGHTKUBE = Library(
    "lightkube",
    "benchmarks.kubernetes_clients.lightkube",
    ("lightkube", "lightkube.resources.core_v1", "lightkube.models.meta_v1"),
)
_GENERATED = "benchmarks.kubernetes_clients.generated"
_ASYNCIO = Library(
    "kubernetes_asyncio", _GENERATED, ("kubernetes_asyncio.client", "kubernetes_asyncio.watch")
)
_OFFICIAL = Library("kubernetes.aio", _GENERATED, ("kubernetes.aio.client", "kubernetes.aio.watch"))

LIBRARIES: Mapping[str, Library] = {
    "ours": _OURS,
    "ours, to values": _OURS,
    "lightkube": _LIGHTKUBE,
    "kubernetes_asyncio, raw": _ASYNCIO,
    "kubernetes.aio, raw": _OFFICIAL,
    "kr8s": _KR8S,
    "kubernetes.aio": _OFFICIAL,
    "kubernetes_asyncio": _ASYNCIO,
}
"""Ours first; the others with the costliest last, so that it takes no time from the rest."""

NUMBERS = (
    ("import s", "import_wall", 1.0, "{:.2f}"),
    ("CPU s", "import_cpu", 1.0, "{:.2f}"),
    ("watch CPU s", "cpu", 1.0, "{:.2f}"),
    ("peak MB", "memory", 1e6, "{:.0f}"),
)
"""Head, key, divisor and format of each number; each is followed by its ratio to ours."""

NEEDS = (
    ("CA", "ca_files"),
    ("token", "renew"),
    ("refused eviction", "evict"),
    ("delete by uid", "delete"),
    ("version too old", "resume"),
)


@dataclass(frozen=True)
class Measured:
    """One contestant's numbers and abilities; empty with a reason when it could not be measured."""

    name: str
    version: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""


def number_lines(measured: Sequence[Measured]) -> list[str]:
    """The table of numbers, with ratios to the first, ours."""
    ours = measured[0].numbers
    heads = ["contestant"]
    for head, *_ in NUMBERS:
        heads += [head, "/ ours"]
    rows = [heads]
    for one in (m for m in measured if m.numbers):
        row = [one.name]
        for _, key, divisor, shape in NUMBERS:
            row += [shape.format(one.numbers[key] / divisor), f"{one.numbers[key] / ours[key]:.2f}"]
        rows.append(row)
    return aligned(rows)


def need_lines(measured: Sequence[Measured]) -> list[str]:
    """The table of what each can."""
    rows = [["contestant", "version", *(head for head, _ in NEEDS)]]
    rows += [
        [one.name, one.version, *(one.needs.get(key, "-") for _, key in NEEDS)]
        for one in measured
        if one.needs
    ]
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
