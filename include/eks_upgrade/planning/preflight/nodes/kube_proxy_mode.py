"""kube-proxy's mode `ipvs`, which is on its way out."""

from collections.abc import Iterator

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

DEPRECATED_SINCE = Minor(1, 35)


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target < DEPRECATED_SINCE:
        return
    told = seen.of(PROXY_MODE)
    if told.mode == "ipvs":
        yield Finding(
            Severity.WARNS,
            told.where,
            "it sets the mode ipvs, which is deprecated since 1.35. When it goes is told in two "
            "ways: AWS says with 1.36, Kubernetes warns until it is off by default in 1.40 "
            "(KEP-5495); what EKS's own kube-proxy will do was not seen",
            "go to iptables or nftables (the add-on's configuration, key mode), and restart the "
            "nodes or their kube-proxy afterwards, before 1.36",
        )


CHECK = Check(
    "kube_proxy_mode",
    "Does kube-proxy work with IPVS, which is going to be removed?",
    "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html (1.35); "
    "https://github.com/kubernetes/enhancements/issues/5495; read in August 2026",
    _judge,
)
