"""Kubernetes minor versions, as EKS counts them: one step is one minor.

EKS names a cluster's version `1.26`; kubelets report `v1.26.15-eks-36485ac`. Only the
minor matters to an upgrade, so patch and build are dropped when a text is read.
"""

import re
from dataclasses import dataclass

_MINOR = re.compile(r"v?(?P<major>\d+)\.(?P<number>\d+)(?:[.+-].*)?")


@dataclass(frozen=True, order=True)
class Minor:
    """A Kubernetes minor version; `str()` gives it the way EKS writes it, `1.26`."""

    major: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Minor":
        """Read `1.26`, `v1.26`, `1.26.3` or `v1.26.3-eks-abc`.

        Raises:
            ValueError: the text is none of these.
        """
        found = _MINOR.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a Kubernetes version; write it like 1.26")
        return cls(int(found["major"]), int(found["number"]))

    def next(self) -> "Minor":
        """The minor that follows."""
        return Minor(self.major, self.number + 1)

    def previous(self) -> "Minor":
        """The minor before this one."""
        return Minor(self.major, self.number - 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.number}"


def read_minor(text: str | None) -> Minor | None:
    """The minor in `text`, or None where there is none to read."""
    try:
        return Minor.parse(text or "")
    except ValueError:
        return None


def minors_between(older: Minor, newer: Minor) -> int:
    """How many minors `newer` is ahead of `older`; negative when it is behind.

    Raises:
        ValueError: the major versions differ, so that minors cannot be counted.
    """
    if older.major != newer.major:
        raise ValueError(f"cannot count minors between {older} and {newer}: another major version")
    return newer.number - older.number
