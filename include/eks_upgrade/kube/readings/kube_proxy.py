"""The kube-proxy that runs on nodes. Pure."""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.common.versions import Minor, read_minor

NAMESPACE, NAME = "kube-system", "kube-proxy"


@dataclass(frozen=True, slots=True)
class KubeProxy:
    """The DaemonSet kube-proxy.

    Attributes:
        image: of its container; empty where there is no such DaemonSet.
    """

    image: str = ""

    @property
    def minor(self) -> Minor | None:
        """Its version, None where the image's tag does not say it."""
        name, colon, tag = self.image.partition("@")[0].rpartition(":")
        return read_minor(tag) if colon and "/" not in tag and name else None

    @classmethod
    def from_raw(cls, raw: Raw | None) -> "KubeProxy":
        """Read the DaemonSet; None: there is none."""
        template = ((raw or {}).get("spec") or {}).get("template") or {}
        containers = (template.get("spec") or {}).get("containers") or ()
        named = [each for each in containers if each.get("name") == NAME] or list(containers)
        return cls(named[0].get("image", "") if named else "")


KUBE_PROXY: Reading[KubeProxy] = Reading("kube_proxy", "kube-proxy's version", ("list daemonsets",))
