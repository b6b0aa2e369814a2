"""How far kubelets and kube-proxies may trail the API server. Pure.

Kubernetes' version skew policy (https://kubernetes.io/releases/version-skew-policy/): neither may
be newer than the API server. Each may be three minors older, one before 1.25 only two; the same
numbers may lie between a kube-proxy and the kubelet of its node, in either direction. Where both
keep to the API server's rule they keep to the third by themselves.
"""

from include.eks_upgrade.common.versions import Minor

WIDE, NARROW = 3, 2
WIDE_SINCE = Minor(1, 25)
"""The first minor of a kubelet or kube-proxy that may trail by three."""


def may_trail(component: Minor) -> int:
    """By how many minors a kubelet or kube-proxy of that minor may trail the API server."""
    return WIDE if component >= WIDE_SINCE else NARROW


def trails_too_far(component: Minor, api_server: Minor) -> bool:
    """Whether a kubelet or kube-proxy is too old for the API server."""
    if component.major != api_server.major:
        return component < api_server
    return api_server.number - component.number > may_trail(component)


def newest_api_server(component: Minor) -> Minor:
    """The newest API server below which a kubelet or kube-proxy may run."""
    return Minor(component.major, component.number + may_trail(component))
