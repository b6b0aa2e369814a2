"""Whether a kube-proxy that EKS does not update still fits the new control plane. Pure.

One may be three minors older than the API server, one below 1.25 only two, and none may be newer:
https://kubernetes.io/releases/version-skew-policy/#kube-proxy
"""

from collections.abc import Iterator

from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.kube_proxy import KUBE_PROXY, NAME, NAMESPACE
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

FIRST_WITH_THREE = Minor(1, 25)


def judge(seen: Seen) -> Iterator[Finding]:
    """At most one finding: of the DaemonSet kube-proxy that is no add-on of EKS."""
    if NAME in seen.facts.addons:  # the plan of the add-ons sees to it
        return
    found = seen.of(KUBE_PROXY)
    if not found.image:  # Auto Mode and kube-proxy's replacements (Cilium) have none
        return
    if found.minor is None:
        raise NotKnown(f"kube-proxy's version is not to be seen in its image {found.image}")
    if found.minor > seen.target:
        yield _finding(found.image, f"is newer than a {seen.target} control plane", seen)
    elif too_old(found.minor, seen.target):
        allowed = _allowed(found.minor)
        yield _finding(found.image, f"is more than {allowed} minors older than {seen.target}", seen)


def too_old(proxy: Minor, target: Minor) -> bool:
    """Whether Kubernetes does not allow it below the target's control plane."""
    return proxy.major != target.major or target.number - proxy.number > _allowed(proxy)


def _allowed(proxy: Minor) -> int:
    return 3 if proxy >= FIRST_WITH_THREE else 2


def _finding(image: str, why: str, seen: Seen) -> Finding:
    what = f"its image {image} {why}, which Kubernetes does not support; it is no add-on of EKS"
    remedy = (
        f"bring its image to {seen.facts.present} first, or make it an add-on of EKS, which this"
        " run then keeps in step"
    )
    return Finding(Severity.BLOCKS, f"DaemonSet {NAMESPACE}/{NAME}", what, remedy)


CHECK = Check(
    "kube_proxy",
    "Does a kube-proxy that is no add-on of EKS fit the target's control plane?",
    "https://kubernetes.io/releases/version-skew-policy/#kube-proxy",
    judge,
)
