"""The controller of a pod, or of whatever has owner references."""

from dataclasses import dataclass
from functools import lru_cache

from include.eks_upgrade.common.raw import Raw


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller of a pod (`metadata.ownerReferences` with `controller: true`)."""

    kind: str
    name: str
    uid: str = ""
    api_version: str = "apps/v1"

    @property
    def daemonset(self) -> bool:
        """Whether it is one of Kubernetes' own DaemonSets; others have made kinds of that name."""
        return self.kind == "DaemonSet" and self.api_version == "apps/v1"

    @property
    def daemonset_of_others(self) -> bool:
        """Whether it is a kind that others have made after Kubernetes' DaemonSet, by its name."""
        return "DaemonSet" in self.kind and not self.daemonset

    @property
    def job(self) -> bool:
        """Whether it is one of Kubernetes' own Jobs; others have made kinds of that name."""
        return self.kind == "Job" and self.api_version.startswith("batch/")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def controller(meta: Raw) -> Owner | None:
    """The owner reference that is the controller, as `metav1.GetControllerOf` picks it."""
    for owner in meta.get("ownerReferences") or ():
        if owner.get("controller"):
            version = owner.get("apiVersion", "apps/v1")
            return _owner(owner["kind"], owner["name"], owner.get("uid", ""), version)
    return None


@lru_cache(maxsize=10_000)
def _owner(kind: str, name: str, uid: str, api_version: str) -> Owner:
    """One value for all pods of a controller, of which there may be thousands."""
    return Owner(kind, name, uid, api_version)
