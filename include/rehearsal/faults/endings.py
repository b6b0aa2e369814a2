"""How a change that takes time is to end, when it is not to end well."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar

from include.rehearsal.places import is_meant

JOIN_CODE = "NodeCreationFailure"


@dataclass(frozen=True)
class UpdateEnd:
    """How one update ends.

    Attributes:
        kind: the update type: VersionUpdate, AddonUpdate, ConfigUpdate.
        outcome: `fail` (status Failed with `errors`), or `stuck` (InProgress for ever).
        errors: EKS's error details: `errorCode`, `errorMessage`, `resourceIds`.
        cluster: only an update of this cluster.
        target: only one of this add-on or node group; "" for the cluster's own updates.
    """

    kind: str
    outcome: Literal["fail", "stuck"] = "fail"
    errors: list[dict[str, Any]] = field(default_factory=list)
    cluster: str | None = None
    target: str | None = None

    def fits(self, kind: str, cluster: str, target: str) -> bool:
        """Whether this update is meant."""
        return (
            kind == self.kind and is_meant(self.cluster, cluster) and self.target in (None, target)
        )


@dataclass(frozen=True)
class AddonEnd:
    """How one creation or update of an add-on ends.

    Attributes:
        addon: its name.
        status: what DescribeAddon says then: DEGRADED, UPDATE_FAILED, CREATE_FAILED.
        issues: health issues: `code`, `message`, `resourceIds`.
        update: what DescribeUpdate says then. With DEGRADED the new version is in place.
        cluster: only in this cluster.
        heals_after: an update that is Failed and DEGRADED becomes ACTIVE by itself so many
            simulated seconds later; None: it stays.
    """

    addon: str
    status: str = "DEGRADED"
    issues: list[dict[str, Any]] = field(default_factory=list)
    update: Literal["Failed", "Successful"] = "Failed"
    cluster: str | None = None
    heals_after: float | None = None

    def fits(self, cluster: str, addon: str) -> bool:
        """Whether this add-on is meant."""
        return addon == self.addon and is_meant(self.cluster, cluster)

    def errors(self) -> list[dict[str, Any]]:
        """The issues as the errors of an update."""
        return [
            {
                "errorCode": issue.get("code", "Unknown"),
                "errorMessage": issue.get("message", ""),
                "resourceIds": issue.get("resourceIds", []),
            }
            for issue in self.issues
        ]


@dataclass(frozen=True)
class GroupEnd:
    """What becomes of one new node group.

    Attributes:
        code: the health code of its CREATE_FAILED. With NodeCreationFailure instances start
            and never join; with any other nothing can be launched. Empty: it is created well.
        message: EKS's message; its usual one when empty.
        nodegroup: pattern of the name, `green-*`.
        cluster: only in this cluster.
        not_ready_after: its nodes turn NotReady so many simulated seconds after Ready.
    """

    code: str = ""
    message: str = ""
    nodegroup: str = "*"
    cluster: str | None = None
    not_ready_after: float | None = None

    def __post_init__(self) -> None:
        if not self.code and self.not_ready_after is None:
            raise ValueError("a node group's end needs a code, or not_ready_after")

    def fits(self, cluster: str, nodegroup: str) -> bool:
        """Whether this node group is meant."""
        return fnmatchcase(nodegroup, self.nodegroup) and is_meant(self.cluster, cluster)

    @property
    def launches(self) -> bool:
        """Whether its instances start."""
        return self.code in ("", JOIN_CODE)


Ending = TypeVar("Ending", UpdateEnd, AddonEnd, GroupEnd)


def take_first(queue: list[Ending], fits: Callable[[Ending], bool]) -> Ending | None:
    """Take the first that fits out of the queue; None when there is none."""
    for index, each in enumerate(queue):
        if fits(each):
            return queue.pop(index)
    return None


def as_json(ending: UpdateEnd | AddonEnd | GroupEnd) -> dict[str, Any]:
    """An ending as JSON data, without what is empty."""
    return {key: value for key, value in asdict(ending).items() if value not in (None, "", [])}
