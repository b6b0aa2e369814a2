"""kube-proxy's mode `ipvs`, which is on its way out.

A kube-proxy that is given a file (`--config`) takes no notice of `--proxy-mode`; one without a file
takes none of the ConfigMap.
"""

from collections.abc import Iterator

from include.eks_upgrade.common.reading import NotAsked, NotKnown
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.components import COMPONENTS, Component
from include.eks_upgrade.kube.readings.kube_proxy import NAME
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE, flag_value
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

DEPRECATED_SINCE = Minor(1, 35)
IPVS = "ipvs"


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target < DEPRECATED_SINCE:
        return
    proxies, not_known = _proxies(seen)
    by_flags = [one for one in proxies if flag_value(one.arguments, "--config") is None]
    for one in by_flags:
        if (flag_value(one.arguments, "--proxy-mode") or "").lower() == IPVS:
            yield _finding(str(one), "its --proxy-mode is ipvs")
    if len(by_flags) < len(proxies) or not proxies:
        told = seen.of(PROXY_MODE)
        if told.mode == IPVS:
            yield _finding(told.where, "it sets the mode ipvs")
    if not_known is not None:
        raise not_known


def _proxies(seen: Seen) -> tuple[list[Component], NotKnown | None]:
    """The DaemonSets of kube-proxy, or why they are not known."""
    try:
        found = seen.of(COMPONENTS)
    except NotAsked:
        return [], None
    except NotKnown as error:
        return [], error
    return [one for one in found if one.part == NAME and one.kind == "DaemonSet"], None


def _finding(subject: str, does: str) -> Finding:
    return Finding(
        Severity.WARNS,
        subject,
        f"{does}, which is deprecated since 1.35. When it goes is told in two "
        "ways: AWS says with 1.36, Kubernetes warns until it is off by default in 1.40 "
        "(KEP-5495); what EKS's own kube-proxy will do was not seen",
        "go to iptables or nftables (the add-on's configuration, key mode; or --proxy-mode), and "
        "restart the nodes or their kube-proxy afterwards, before 1.36",
    )


CHECK = Check(
    "kube_proxy_mode",
    "Does kube-proxy work with IPVS, which is going to be removed?",
    "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html (1.35); "
    "https://github.com/kubernetes/enhancements/issues/5495; read in August 2026; "
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/",
    _judge,
)
