"""Which answers of an API server pass by themselves, told by their status and words. Pure.

While EKS replaces a control plane, an API server starts or etcd chooses a leader, requests are
refused that are in perfect order.
"""

_ETCD = (
    "etcdserver: leader changed",
    "etcdserver: no leader",
    "etcdserver: request timed out",
    "etcdserver: server stopped",
    "etcdserver: too many requests",
    "etcdserver: unhealthy cluster",
    "code = Unavailable",
)
"""Words of etcd and of the way to it; a full or a broken database is not among them.
https://github.com/etcd-io/etcd/blob/main/api/v3rpc/rpctypes/error.go"""

_STARTING = (
    "not yet ready to handle request",
    "apiserver not ready",
    "apiserver is shutting down",
    "storage is (re)initializing",
)
"""Admission and storage of an API server that has just started, or is about to end."""


def is_starting(status: int, words: str) -> bool:
    """Whether the API server, or etcd behind it, cannot do anything for anybody at this moment."""
    if status not in {403, 429, 500, 503}:
        return False
    return any(known in words for known in (*_ETCD, *_STARTING))


def may_not_know_us_yet(status: int, words: str) -> bool:
    """Whether it is about who asks, and the same request may be granted some minutes later.

    401: the token has just run out, an access entry or a line of aws-auth is on its way, or the
    authenticator starts beside a new API server.
    """
    return status == 401 or lacks_roles(status, words)


def lacks_roles(status: int, words: str) -> bool:
    """Whether it says that a role is not found which a binding names.

    A role may indeed be missing. But an API server that has just started says so about every role
    that it has not read yet: `RBAC: clusterrole.rbac.authorization.k8s.io "x" not found`.
    """
    _, found, reasons = words.partition("RBAC: ")
    return status == 403 and bool(found) and "not found" in reasons
